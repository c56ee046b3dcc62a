//! Tight: one of four zlib streams behind a filter, one colour, or a JPEG picture.

use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::super::{Area, Ending};
use super::framebuffer::lock;
use super::inflate::{Inflater, Plain};
use super::pixel_format::{Bgrx, Samples};
use super::target::{Scratch, Target};
use super::wire::{Incoming, Wire, nonsense};

/// Fewer bytes are sent as they are.
const LEAST_COMPRESSED: usize = 12;
const FILL: u8 = 8;
const JPEG: u8 = 9;
const PNG: u8 = 10;
const HAS_FILTER: u8 = 4;

#[derive(Default)]
pub(super) struct Tight {
    inflaters: [Option<Box<Inflater>>; 4],
    jpeg: Scratch,
    picture: Scratch,
    above: Scratch16,
}

impl Tight {
    pub(super) fn decode<I: Incoming>(&mut self, target: &mut Target<'_, I>, area: Area) -> Result<(), Ending> {
        let control = target.wire.u8()?;
        for (index, inflater) in self.inflaters.iter_mut().enumerate() {
            if control & 1 << index != 0
                && let Some(inflater) = inflater
            {
                inflater.reset();
            }
        }
        match control >> 4 {
            FILL => {
                let samples = target.format.tight();
                let mut pixel = [0; 4];
                let pixel = &mut pixel[..samples.bytes()];
                target.wire.read(pixel)?;
                lock(target.framebuffer).fill(area, samples.pixel(pixel));
                Ok(())
            }
            JPEG => self.decode_jpeg(target, area),
            // A picture that only a browser is sent.
            PNG => {
                let length = compact_length(target.wire)?;
                target.wire.skip(u64::from(length))
            }
            kind if kind < FILL => self.decode_basic(target, area, kind),
            kind => Err(nonsense(format!("Tight compression of kind {kind}"))),
        }
    }

    fn decode_basic<I: Incoming>(&mut self, target: &mut Target<'_, I>, area: Area, kind: u8) -> Result<(), Ending> {
        let samples = target.format.tight();
        let filter = if kind & HAS_FILTER == 0 {
            Filter::Copy
        } else {
            Filter::read(target.wire, samples)?
        };
        let row_bytes = match &filter {
            Filter::Palette { colours: 2, .. } => (area.width as usize).div_ceil(8),
            Filter::Palette { .. } => area.width as usize,
            Filter::Copy | Filter::Gradient => area.width as usize * samples.bytes(),
        };
        let mut rows = Rows {
            area,
            samples,
            row_bytes,
            row: target.row,
            above: &mut self.above,
        };
        let total = row_bytes * area.height as usize;
        if total < LEAST_COMPRESSED {
            let mut bytes = [0; LEAST_COMPRESSED];
            let bytes = &mut bytes[..total];
            target.wire.read(bytes)?;
            return rows.paint(&mut &*bytes, &filter, target.framebuffer);
        }
        let length = compact_length(target.wire)?;
        let inflater = self.inflaters[usize::from(kind & 3)].get_or_insert_default();
        let mut plain = inflater.read_from(target.wire, u64::from(length));
        rows.paint(&mut plain, &filter, target.framebuffer)?;
        plain.finish()
    }

    fn decode_jpeg<I: Incoming>(&mut self, target: &mut Target<'_, I>, area: Area) -> Result<(), Ending> {
        // The form of the length allows 4 MiB at most.
        let length = compact_length(target.wire)? as usize;
        let packed = self.jpeg.sized(length);
        target.wire.read(packed)?;
        let (width, height) = (area.width as usize, area.height as usize);
        let options = DecoderOptions::default()
            .set_max_width(width)
            .set_max_height(height)
            .jpeg_set_out_colorspace(ColorSpace::RGB);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&*packed), options);
        let broken = |error: zune_jpeg::errors::DecodeErrors| nonsense(format!("a JPEG picture: {error}"));
        decoder.decode_headers().map_err(broken)?;
        let bytes = width * height * 3;
        if decoder.dimensions() != Some((width, height)) || decoder.output_buffer_size() != Some(bytes) {
            return Err(nonsense("a JPEG picture of another size than its rectangle"));
        }
        let picture = self.picture.sized(bytes);
        decoder.decode_into(picture).map_err(broken)?;
        let samples = super::pixel_format::PixelFormat::BGRX.tight();
        let mut framebuffer = lock(target.framebuffer);
        for (y, row) in (area.y..).zip(picture.chunks_exact(width * 3)) {
            samples.convert(row, framebuffer.row_mut(area.x, y, area.width));
        }
        drop(framebuffer);
        Ok(())
    }
}

enum Filter {
    Copy,
    Palette { palette: Box<[Bgrx; 256]>, colours: usize },
    Gradient,
}

impl Filter {
    fn read<I: Incoming>(wire: &mut Wire<I>, samples: Samples) -> Result<Self, Ending> {
        match wire.u8()? {
            0 => Ok(Self::Copy),
            1 => {
                let colours = usize::from(wire.u8()?) + 1;
                let mut palette = Box::new([[0; 4]; 256]);
                let mut pixel = [0; 4];
                let pixel = &mut pixel[..samples.bytes()];
                for colour in &mut palette[..colours] {
                    wire.read(pixel)?;
                    *colour = samples.pixel(pixel);
                }
                Ok(Self::Palette { palette, colours })
            }
            2 => Ok(Self::Gradient),
            other => Err(nonsense(format!("a Tight filter {other}"))),
        }
    }
}

/// A length of up to 22 bits in one to three bytes.
fn compact_length<I: Incoming>(wire: &mut Wire<I>) -> Result<u32, Ending> {
    let mut length = 0;
    for (shift, bits) in [(0, 0x7f), (7, 0x7f), (14, 0xff)] {
        let byte = u32::from(wire.u8()?);
        length |= (byte & bits) << shift;
        if bits == 0xff || byte & 0x80 == 0 {
            break;
        }
    }
    Ok(length)
}

/// The components of the row above, for the gradient.
#[derive(Default)]
struct Scratch16(Vec<[u16; 3]>);

struct Rows<'a> {
    area: Area,
    samples: Samples,
    row_bytes: usize,
    row: &'a mut Scratch,
    above: &'a mut Scratch16,
}

impl Rows<'_> {
    fn paint(
        &mut self,
        plain: &mut impl Plain,
        filter: &Filter,
        framebuffer: &std::sync::Mutex<super::framebuffer::Framebuffer>,
    ) -> Result<(), Ending> {
        let Area { x, y, width, height } = self.area;
        if matches!(filter, Filter::Gradient) {
            self.above.0.clear();
            self.above.0.resize(width as usize, [0; 3]);
        }
        for y in y..y + height {
            let row = self.row.sized(self.row_bytes);
            plain.read(row)?;
            let mut framebuffer = lock(framebuffer);
            let to = framebuffer.row_mut(x, y, width);
            match filter {
                Filter::Copy => self.samples.convert(row, to),
                Filter::Palette { palette, colours: 2 } => {
                    for (column, pixel) in to.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                        let bit = row[column / 8] >> (7 - column % 8) & 1;
                        *pixel = palette[usize::from(bit)];
                    }
                }
                Filter::Palette { palette, colours } => {
                    for (index, pixel) in row.iter().zip(to.as_chunks_mut::<4>().0) {
                        if usize::from(*index) >= *colours {
                            return Err(nonsense("a Tight colour outside its palette"));
                        }
                        *pixel = palette[usize::from(*index)];
                    }
                }
                Filter::Gradient => gradient(self.samples, row, &mut self.above.0, to),
            }
            drop(framebuffer);
        }
        Ok(())
    }
}

/// Each value is the difference to what its left, upper and upper left neighbours let expect.
fn gradient(samples: Samples, row: &[u8], above: &mut [[u16; 3]], to: &mut [u8]) {
    let max = samples.max();
    let (mut left, mut above_left) = ([0_u16; 3], [0_u16; 3]);
    let pixels = row.chunks_exact(samples.bytes()).zip(to.as_chunks_mut::<4>().0);
    for ((from, to), above) in pixels.zip(above) {
        let difference = samples.components(from);
        let mut value = [0; 3];
        for index in 0..3 {
            let expected = i32::from(left[index]) + i32::from(above[index]) - i32::from(above_left[index]);
            let expected = expected.clamp(0, i32::from(max[index])) as u16;
            value[index] = expected.wrapping_add(difference[index]) & max[index];
        }
        above_left = *above;
        *above = value;
        left = value;
        *to = samples.joined(value);
    }
}
