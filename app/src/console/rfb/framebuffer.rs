//! The guest's picture as the server has drawn it so far.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use egui::Color32;

use super::super::{Area, Ending, Pixels};
use super::pixel_format::Bgrx;
use super::wire::nonsense;

/// No screen is wider or higher.
pub(super) const MOST_SIDE: u32 = 16_384;
const MOST_PIXELS: u64 = 64 << 20;

/// Rows of blue, green, red and a filler byte.
#[derive(Default)]
pub struct Framebuffer {
    size: [u32; 2],
    bytes: Vec<u8>,
}

/// Locked for a few rows at a time and never while waiting for the server, so that the painter does not wait for it.
pub(super) type Shared = Arc<Mutex<Framebuffer>>;

pub(super) fn lock(framebuffer: &Mutex<Framebuffer>) -> MutexGuard<'_, Framebuffer> {
    framebuffer.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Framebuffer {
    /// Black.
    pub fn sized(size: [u32; 2]) -> Result<Self, Ending> {
        let mut framebuffer = Self::default();
        framebuffer.resize(size)?;
        Ok(framebuffer)
    }

    /// What was drawn stays where it is until the server draws anew.
    pub(super) fn resize(&mut self, size: [u32; 2]) -> Result<(), Ending> {
        let [width, height] = size;
        if width.max(height) > MOST_SIDE || Area::whole(size).pixels() > MOST_PIXELS {
            return Err(nonsense(format!("a screen of {width}×{height}")));
        }
        if size == self.size {
            return Ok(());
        }
        let mut bytes = vec![0; Area::whole(size).pixels() as usize * 4];
        let row = width.min(self.size[0]) as usize * 4;
        if row > 0 {
            let old = self.bytes.chunks_exact(self.size[0] as usize * 4);
            for (new, old) in bytes.chunks_exact_mut(width as usize * 4).zip(old) {
                new[..row].copy_from_slice(&old[..row]);
            }
        }
        self.bytes = bytes;
        self.size = size;
        Ok(())
    }

    /// The area that a rectangle covers, which must lie on the screen.
    pub(super) fn area(&self, x: u16, y: u16, width: u16, height: u16) -> Result<Area, Ending> {
        let [x, y, width, height] = [x, y, width, height].map(u32::from);
        if x + width > self.size[0] || y + height > self.size[1] {
            let [w, h] = self.size;
            return Err(nonsense(format!(
                "a rectangle {width}×{height} at {x},{y} on a screen of {w}×{h}"
            )));
        }
        Ok(Area { x, y, width, height })
    }

    pub(super) fn row_mut(&mut self, x: u32, y: u32, width: u32) -> &mut [u8] {
        let start = self.offset(x, y);
        &mut self.bytes[start..start + width as usize * 4]
    }

    /// Writes `bytes` of `area`, beginning `offset` bytes behind its first one.
    pub(super) fn write(&mut self, area: Area, offset: usize, bytes: &[u8]) {
        let row_bytes = area.width as usize * 4;
        let (mut row, mut column, mut left) = (offset / row_bytes, offset % row_bytes, bytes);
        while !left.is_empty() {
            let taken = left.len().min(row_bytes - column);
            let start = self.offset(area.x, area.y + row as u32) + column;
            self.bytes[start..start + taken].copy_from_slice(&left[..taken]);
            left = &left[taken..];
            row += 1;
            column = 0;
        }
    }

    pub(super) fn fill(&mut self, area: Area, colour: Bgrx) {
        for y in area.y..area.y + area.height {
            let (pixels, _) = self.row_mut(area.x, y, area.width).as_chunks_mut::<4>();
            pixels.fill(colour);
        }
    }

    /// Both areas have the size of `to` and may overlap.
    pub(super) fn copy(&mut self, from_x: u32, from_y: u32, to: Area) {
        let bytes = to.width as usize * 4;
        let copy_row = |this: &mut Self, row: u32| {
            let from = this.offset(from_x, from_y + row);
            let target = this.offset(to.x, to.y + row);
            this.bytes.copy_within(from..from + bytes, target);
        };
        if from_y < to.y {
            (0..to.height).rev().for_each(|row| copy_row(self, row));
        } else {
            (0..to.height).for_each(|row| copy_row(self, row));
        }
    }

    const fn offset(&self, x: u32, y: u32) -> usize {
        (y as usize * self.size[0] as usize + x as usize) * 4
    }
}

impl Pixels for Framebuffer {
    fn size(&self) -> [u32; 2] {
        self.size
    }

    fn read(&self, area: Area, out: &mut Vec<Color32>) -> Result<(), Ending> {
        out.clear();
        out.reserve(area.pixels() as usize);
        for y in area.y..area.y + area.height {
            let start = self.offset(area.x, y);
            let (pixels, _) = self.bytes[start..start + area.width as usize * 4].as_chunks::<4>();
            out.extend(
                pixels
                    .iter()
                    .map(|[blue, green, red, _]| Color32::from_rgba_premultiplied(*red, *green, *blue, 255)),
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(framebuffer: &Framebuffer) -> Vec<u8> {
        framebuffer.bytes.chunks_exact(4).map(|pixel| pixel[0]).collect()
    }

    fn numbered(width: u32, height: u32) -> Framebuffer {
        let mut framebuffer = Framebuffer::default();
        framebuffer.resize([width, height]).expect("a small screen");
        for (index, pixel) in framebuffer.bytes.chunks_exact_mut(4).enumerate() {
            pixel[0] = index as u8;
        }
        framebuffer
    }

    #[test]
    fn a_screen_larger_than_any_is_refused() {
        let mut framebuffer = Framebuffer::default();
        assert!(framebuffer.resize([16_385, 1]).is_err());
        assert!(framebuffer.resize([16_384, 16_384]).is_err());
        assert!(framebuffer.resize([0, 0]).is_ok());
        assert!(framebuffer.resize([1, 16_384]).is_ok());
    }

    #[test]
    fn a_new_size_keeps_what_was_drawn() {
        let mut framebuffer = numbered(3, 2);
        framebuffer.resize([2, 3]).expect("a small screen");
        assert_eq!(pixels(&framebuffer), [0, 1, 3, 4, 0, 0]);
    }

    #[test]
    fn areas_that_overlap_are_copied_as_if_they_did_not() {
        let mut framebuffer = numbered(4, 3);
        framebuffer.copy(0, 0, framebuffer.area(1, 1, 3, 2).expect("inside"));
        assert_eq!(pixels(&framebuffer), [0, 1, 2, 3, 4, 0, 1, 2, 8, 4, 5, 6]);
        let mut framebuffer = numbered(4, 3);
        framebuffer.copy(1, 1, framebuffer.area(0, 0, 3, 2).expect("inside"));
        assert_eq!(pixels(&framebuffer), [5, 6, 7, 3, 9, 10, 11, 7, 8, 9, 10, 11]);
    }

    #[test]
    fn colours_arrive_opaque() {
        let mut framebuffer = Framebuffer::default();
        framebuffer.resize([1, 1]).expect("a small screen");
        framebuffer.fill(Area::whole([1, 1]), [1, 2, 3, 0]);
        let mut out = Vec::new();
        framebuffer.read(Area::whole([1, 1]), &mut out).expect("pixels");
        assert_eq!(out, [Color32::from_rgba_premultiplied(3, 2, 1, 255)]);
    }
}
