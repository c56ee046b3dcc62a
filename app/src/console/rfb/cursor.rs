//! The guest's pointer: in the screen's pixels with a mask, with alpha, or in two colours.

use std::sync::Arc;

use egui::{Color32, ColorImage};

use super::super::{Cursor, CursorChange, Ending};
use super::pixel_format::{PixelFormat, Samples};
use super::wire::{Incoming, Wire, nonsense};

const MOST_SIDE: u16 = 1_024;
const RAW: i32 = 0;

/// Of a rectangle that carries a pointer: the position is its hot spot.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) hot: [u16; 2],
    pub(super) size: [u16; 2],
}

impl Shape {
    fn check(self) -> Result<Option<Self>, Ending> {
        let [width, height] = self.size;
        if width.max(height) > MOST_SIDE {
            return Err(nonsense(format!("a pointer of {width}×{height}")));
        }
        Ok((width > 0 && height > 0).then_some(self))
    }

    fn pixels(self) -> usize {
        self.size[0] as usize * self.size[1] as usize
    }

    fn mask_bytes(self) -> usize {
        usize::from(self.size[0]).div_ceil(8) * usize::from(self.size[1])
    }

    /// Is the bit of this pixel set?
    fn bit(self, mask: &[u8], index: usize) -> bool {
        let width = usize::from(self.size[0]);
        let (row, column) = (index / width, index % width);
        let byte = mask.get(row * width.div_ceil(8) + column / 8);
        byte.is_some_and(|byte| byte >> (7 - column % 8) & 1 == 1)
    }

    fn shown(self, pixels: Vec<Color32>) -> CursorChange {
        CursorChange::Shown(Cursor {
            hot_x: u32::from(self.hot[0].min(self.size[0] - 1)),
            hot_y: u32::from(self.hot[1].min(self.size[1] - 1)),
            image: Arc::new(ColorImage::new(self.size.map(usize::from), pixels)),
        })
    }
}

fn bytes<I: Incoming>(wire: &mut Wire<I>, length: usize) -> Result<Vec<u8>, Ending> {
    let mut bytes = vec![0; length];
    wire.read(&mut bytes)?;
    Ok(bytes)
}

pub(super) fn with_mask<I: Incoming>(
    wire: &mut Wire<I>,
    format: PixelFormat,
    shape: Shape,
) -> Result<CursorChange, Ending> {
    let Some(shape) = shape.check()? else {
        return Ok(CursorChange::Hidden);
    };
    let samples = format.plain();
    let picture = bytes(wire, shape.pixels() * samples.bytes())?;
    let mask = bytes(wire, shape.mask_bytes())?;
    let colour = |samples: Samples, pixel: &[u8]| {
        let [blue, green, red, _] = samples.pixel(pixel);
        Color32::from_rgba_premultiplied(red, green, blue, 255)
    };
    let pixels = picture.chunks_exact(samples.bytes()).enumerate().map(|(index, pixel)| {
        if shape.bit(&mask, index) {
            colour(samples, pixel)
        } else {
            Color32::TRANSPARENT
        }
    });
    Ok(shape.shown(pixels.collect()))
}

/// Always red, green, blue and alpha, already multiplied, whatever the screen's format is. But QEMU sends its own order.
pub(super) fn with_alpha<I: Incoming>(wire: &mut Wire<I>, shape: Shape, is_qemu: bool) -> Result<CursorChange, Ending> {
    let encoding = wire.i32()?;
    if encoding != RAW {
        return Err(nonsense(format!("a pointer in encoding {encoding}")));
    }
    let Some(shape) = shape.check()? else {
        return Ok(CursorChange::Hidden);
    };
    let picture = bytes(wire, shape.pixels() * 4)?;
    let (pixels, _) = picture.as_chunks::<4>();
    let colour = |&[first, green, third, alpha]: &[u8; 4]| {
        let [red, blue] = if is_qemu { [third, first] } else { [first, third] };
        // More than alpha would glow on the screen.
        let [red, green, blue] = [red, green, blue].map(|value| value.min(alpha));
        Color32::from_rgba_premultiplied(red, green, blue, alpha)
    };
    Ok(shape.shown(pixels.iter().map(colour).collect()))
}

pub(super) fn two_colours<I: Incoming>(wire: &mut Wire<I>, shape: Shape) -> Result<CursorChange, Ending> {
    let Some(shape) = shape.check()? else {
        return Ok(CursorChange::Hidden);
    };
    let [red, green, blue, back_red, back_green, back_blue] = wire.array()?;
    let front = Color32::from_rgba_premultiplied(red, green, blue, 255);
    let back = Color32::from_rgba_premultiplied(back_red, back_green, back_blue, 255);
    let bitmap = bytes(wire, shape.mask_bytes())?;
    let mask = bytes(wire, shape.mask_bytes())?;
    let pixels = (0..shape.pixels()).map(|index| match (shape.bit(&mask, index), shape.bit(&bitmap, index)) {
        (false, _) => Color32::TRANSPARENT,
        (true, true) => front,
        (true, false) => back,
    });
    Ok(shape.shown(pixels.collect()))
}
