//! A small encoder, written from the protocol's description and not from the decoder.

use flate2::{Compress, Compression, FlushCompress};

use super::super::pixel_format::PixelFormat;

pub(super) type Rgb = [u8; 3];

/// A picture for a place on the screen.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    pub(super) x: u16,
    pub(super) y: u16,
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) pixels: Vec<Rgb>,
}

impl Picture {
    pub(super) fn at(&self, x: usize, y: usize) -> Rgb {
        self.pixels[y * usize::from(self.width) + x]
    }

    fn part(&self, x: usize, y: usize, width: usize, height: usize) -> Self {
        let rows = (y..y + height).flat_map(|y| (x..x + width).map(move |x| (x, y)));
        Self {
            x: 0,
            y: 0,
            width: width as u16,
            height: height as u16,
            pixels: rows.map(|(x, y)| self.at(x, y)).collect(),
        }
    }

    /// The colours, in the order of their first use.
    fn palette(&self) -> Vec<Rgb> {
        let mut palette = Vec::new();
        for pixel in &self.pixels {
            if !palette.contains(pixel) {
                palette.push(*pixel);
            }
            if palette.len() > 256 {
                break;
            }
        }
        palette
    }

    /// What is left of it where a format has fewer bits.
    pub(super) fn seen_through(&self, format: PixelFormat) -> Vec<Rgb> {
        let through = |value: u8, max: u16| {
            let max = u32::from(max);
            let kept = u32::from(value) * (max + 1) / 256;
            ((kept * 255 + max / 2) / max) as u8
        };
        let [red, green, blue] = format.max;
        let seen = |pixel: &Rgb| {
            [
                through(pixel[0], red),
                through(pixel[1], green),
                through(pixel[2], blue),
            ]
        };
        self.pixels.iter().map(seen).collect()
    }
}

fn components(format: PixelFormat, pixel: Rgb) -> [u32; 3] {
    [0, 1, 2].map(|index| u32::from(pixel[index]) * (u32::from(format.max[index]) + 1) / 256)
}

fn join(format: PixelFormat, components: [u32; 3]) -> Vec<u8> {
    let value = (0..3)
        .map(|index| components[index] << format.shift[index])
        .sum::<u32>();
    let bytes = usize::from(format.bits_per_pixel) / 8;
    if format.is_big_endian {
        value.to_be_bytes()[4 - bytes..].to_vec()
    } else {
        value.to_le_bytes()[..bytes].to_vec()
    }
}

fn pixel(format: PixelFormat, rgb: Rgb) -> Vec<u8> {
    join(format, components(format, rgb))
}

/// ZRLE's: three bytes of four, without the one that is always zero.
fn compact(format: PixelFormat, rgb: Rgb) -> Vec<u8> {
    let whole = pixel(format, rgb);
    if format.bits_per_pixel != 32 {
        return whole;
    }
    let is_low = format.shift.iter().all(|shift| *shift <= 16);
    if is_low == format.is_big_endian {
        whole[1..].to_vec()
    } else {
        whole[..3].to_vec()
    }
}

fn tight_join(format: PixelFormat, parts: [u32; 3]) -> Vec<u8> {
    if format.bits_per_pixel == 32 {
        return parts.map(|part| part as u8).to_vec();
    }
    join(format, parts)
}

fn tight_pixel(format: PixelFormat, rgb: Rgb) -> Vec<u8> {
    tight_join(format, components(format, rgb))
}

/// Which of several ways a server takes where it has a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// The pixels as they are.
    Plain,
    /// The best for the picture.
    Best,
    /// Runs, or the gradient.
    Clever,
}

/// The state of a server that lasts over rectangles.
pub(super) struct Encoder {
    pub(super) format: PixelFormat,
    zrle: Compress,
    zlib: Compress,
    tight: [Compress; 4],
    pub(super) bytes: Vec<u8>,
}

impl Encoder {
    pub(super) fn new(format: PixelFormat) -> Self {
        let stream = || Compress::new(Compression::fast(), true);
        Self {
            format,
            zrle: stream(),
            zlib: stream(),
            tight: [stream(), stream(), stream(), stream()],
            bytes: Vec::new(),
        }
    }

    pub(super) fn update(&mut self, rectangles: u16) {
        self.bytes.extend([0, 0]);
        self.bytes.extend(rectangles.to_be_bytes());
    }

    pub(super) fn head(&mut self, at: [u16; 4], encoding: i32) {
        self.bytes.extend(at.iter().flat_map(|side| side.to_be_bytes()));
        self.bytes.extend(encoding.to_be_bytes());
    }

    fn picture_head(&mut self, picture: &Picture, encoding: i32) {
        self.head([picture.x, picture.y, picture.width, picture.height], encoding);
    }

    pub(super) fn raw(&mut self, picture: &Picture) {
        self.picture_head(picture, 0);
        let format = self.format;
        self.bytes
            .extend(picture.pixels.iter().flat_map(|rgb| pixel(format, *rgb)));
    }

    pub(super) fn copy_rect(&mut self, to: [u16; 4], from: [u16; 2]) {
        self.head(to, 1);
        self.bytes.extend(from.iter().flat_map(|side| side.to_be_bytes()));
    }

    /// A box for every pixel that is not the background.
    pub(super) fn rre(&mut self, picture: &Picture) {
        self.picture_head(picture, 2);
        let background = picture.pixels[0];
        let boxes: Vec<usize> = (0..picture.pixels.len())
            .filter(|index| picture.pixels[*index] != background)
            .collect();
        self.bytes.extend((boxes.len() as u32).to_be_bytes());
        self.bytes.extend(pixel(self.format, background));
        for index in boxes {
            self.bytes.extend(pixel(self.format, picture.pixels[index]));
            let width = usize::from(picture.width);
            let place = [(index % width) as u16, (index / width) as u16, 1, 1];
            self.bytes.extend(place.iter().flat_map(|side| side.to_be_bytes()));
        }
    }

    pub(super) fn hextile(&mut self, picture: &Picture, way: Way) {
        self.picture_head(picture, 5);
        let format = self.format;
        for tile in tiles(picture, 16) {
            let background = tile.pixels[0];
            let others: Vec<usize> = (0..tile.pixels.len())
                .filter(|index| tile.pixels[*index] != background)
                .collect();
            if way == Way::Plain || others.len() > 255 {
                self.bytes.push(1);
                self.bytes
                    .extend(tile.pixels.iter().flat_map(|rgb| pixel(format, *rgb)));
                continue;
            }
            self.bytes.push(2 | if others.is_empty() { 0 } else { 8 | 16 });
            self.bytes.extend(pixel(format, background));
            if others.is_empty() {
                continue;
            }
            self.bytes.push(others.len() as u8);
            for index in others {
                self.bytes.extend(pixel(format, tile.pixels[index]));
                let width = usize::from(tile.width);
                self.bytes.extend([(((index % width) << 4) | (index / width)) as u8, 0]);
            }
        }
    }

    pub(super) fn zlib(&mut self, picture: &Picture) {
        self.picture_head(picture, 6);
        let format = self.format;
        let plain: Vec<u8> = picture.pixels.iter().flat_map(|rgb| pixel(format, *rgb)).collect();
        let packed = deflate(&mut self.zlib, &plain);
        self.bytes.extend((packed.len() as u32).to_be_bytes());
        self.bytes.extend(packed);
    }

    pub(super) fn zrle(&mut self, picture: &Picture, way: Way) {
        self.picture_head(picture, 16);
        let mut plain = Vec::new();
        for tile in tiles(picture, 64) {
            zrle_tile(self.format, &tile, way, &mut plain);
        }
        let packed = deflate(&mut self.zrle, &plain);
        self.bytes.extend((packed.len() as u32).to_be_bytes());
        self.bytes.extend(packed);
    }

    /// `is_fresh`: the stream begins anew.
    pub(super) fn tight(&mut self, picture: &Picture, way: Way, stream: u8, is_fresh: bool) {
        self.picture_head(picture, 7);
        let format = self.format;
        let palette = picture.palette();
        let reset = if is_fresh { 1 << stream } else { 0 };
        if is_fresh {
            self.tight[usize::from(stream)] = Compress::new(Compression::fast(), true);
        }
        if way == Way::Best && palette.len() == 1 {
            self.bytes.push(0x80 | reset);
            self.bytes.extend(tight_pixel(format, palette[0]));
            return;
        }
        let width = usize::from(picture.width);
        let plain: Vec<u8> = match way {
            Way::Best if palette.len() <= 256 => {
                self.bytes
                    .extend([0x40 | stream << 4 | reset, 1, (palette.len() - 1) as u8]);
                self.bytes
                    .extend(palette.iter().flat_map(|rgb| tight_pixel(format, *rgb)));
                let index = |rgb: &Rgb| palette.iter().position(|known| known == rgb).unwrap() as u8;
                let rows = picture
                    .pixels
                    .chunks(width)
                    .map(|row| row.iter().map(index).collect::<Vec<u8>>());
                if palette.len() == 2 {
                    rows.flat_map(|row| packed_bits(&row, 1)).collect()
                } else {
                    rows.flatten().collect()
                }
            }
            Way::Clever => {
                self.bytes.extend([0x40 | stream << 4 | reset, 2]);
                gradient(format, picture)
            }
            Way::Plain | Way::Best => {
                self.bytes.push(stream << 4 | reset);
                picture
                    .pixels
                    .iter()
                    .flat_map(|rgb| tight_pixel(format, *rgb))
                    .collect()
            }
        };
        if plain.len() < 12 {
            self.bytes.extend(plain);
            return;
        }
        let packed = deflate(&mut self.tight[usize::from(stream)], &plain);
        self.compact_length(packed.len());
        self.bytes.extend(packed);
    }

    pub(super) fn tight_jpeg(&mut self, at: [u16; 4], jpeg: &[u8]) {
        self.head(at, 7);
        self.bytes.push(0x90);
        self.compact_length(jpeg.len());
        self.bytes.extend(jpeg);
    }

    pub(super) fn compact_length(&mut self, length: usize) {
        let length = length as u32;
        if length < 0x80 {
            self.bytes.push(length as u8);
        } else if length < 0x4000 {
            self.bytes.extend([length as u8 | 0x80, (length >> 7) as u8]);
        } else {
            self.bytes
                .extend([length as u8 | 0x80, (length >> 7) as u8 | 0x80, (length >> 14) as u8]);
        }
    }
}

fn tiles(picture: &Picture, side: usize) -> Vec<Picture> {
    let (width, height) = (usize::from(picture.width), usize::from(picture.height));
    let mut tiles = Vec::new();
    for y in (0..height).step_by(side) {
        for x in (0..width).step_by(side) {
            tiles.push(picture.part(x, y, side.min(width - x), side.min(height - y)));
        }
    }
    tiles
}

fn zrle_tile(format: PixelFormat, tile: &Picture, way: Way, plain: &mut Vec<u8>) {
    let palette = tile.palette();
    let index = |rgb: &Rgb| palette.iter().position(|known| known == rgb).unwrap() as u8;
    let write_palette = |plain: &mut Vec<u8>| plain.extend(palette.iter().flat_map(|rgb| compact(format, *rgb)));
    match (way, palette.len()) {
        (Way::Best, 1) => {
            plain.push(1);
            write_palette(plain);
        }
        (Way::Best, 2..=16) => {
            plain.push(palette.len() as u8);
            write_palette(plain);
            let bits = match palette.len() {
                2 => 1,
                3 | 4 => 2,
                _ => 4,
            };
            for row in tile.pixels.chunks(usize::from(tile.width)) {
                let row: Vec<u8> = row.iter().map(index).collect();
                plain.extend(packed_bits(&row, bits));
            }
        }
        (Way::Best, 17..=127) => {
            plain.push(128 + palette.len() as u8);
            write_palette(plain);
            for (rgb, length) in runs(&tile.pixels) {
                if length == 1 {
                    plain.push(index(&rgb));
                } else {
                    plain.push(index(&rgb) | 0x80);
                    push_run(plain, length);
                }
            }
        }
        (Way::Clever, _) => {
            plain.push(128);
            for (rgb, length) in runs(&tile.pixels) {
                plain.extend(compact(format, rgb));
                push_run(plain, length);
            }
        }
        _ => {
            plain.push(0);
            plain.extend(tile.pixels.iter().flat_map(|rgb| compact(format, *rgb)));
        }
    }
}

fn runs(pixels: &[Rgb]) -> Vec<(Rgb, usize)> {
    let mut runs: Vec<(Rgb, usize)> = Vec::new();
    for pixel in pixels {
        match runs.last_mut() {
            Some((known, length)) if known == pixel => *length += 1,
            _ => runs.push((*pixel, 1)),
        }
    }
    runs
}

fn push_run(plain: &mut Vec<u8>, length: usize) {
    let mut left = length - 1;
    while left >= 255 {
        plain.push(255);
        left -= 255;
    }
    plain.push(left as u8);
}

fn packed_bits(row: &[u8], bits: usize) -> Vec<u8> {
    let mut packed = vec![0; (row.len() * bits).div_ceil(8)];
    for (column, index) in row.iter().enumerate() {
        let bit = column * bits;
        packed[bit / 8] |= index << (8 - bits - bit % 8);
    }
    packed
}

fn gradient(format: PixelFormat, picture: &Picture) -> Vec<u8> {
    let mut plain = Vec::new();
    let at = |x: usize, y: usize| -> [i64; 3] {
        if x == 0 || y == 0 {
            return [0; 3];
        }
        components(format, picture.at(x - 1, y - 1)).map(i64::from)
    };
    for y in 1..=usize::from(picture.height) {
        for x in 1..=usize::from(picture.width) {
            let (left, above, corner) = (at(x - 1, y), at(x, y - 1), at(x - 1, y - 1));
            let difference = [0, 1, 2].map(|index| {
                let max = i64::from(format.max[index]);
                let expected = (left[index] + above[index] - corner[index]).clamp(0, max);
                ((at(x, y)[index] - expected) & max) as u32
            });
            plain.extend(tight_join(format, difference));
        }
    }
    plain
}

pub(super) fn deflate(stream: &mut Compress, plain: &[u8]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(plain.len() + plain.len() / 8 + 1_024);
    stream
        .compress_vec(plain, &mut packed, FlushCompress::Sync)
        .expect("room for it");
    packed
}
