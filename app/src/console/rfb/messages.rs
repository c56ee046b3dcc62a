//! What Berth says to a server.

use super::super::Area;
use super::framebuffer::MOST_SIDE;
use super::pixel_format::PixelFormat;

/// Bytes on their way out.
#[derive(Default)]
pub(super) struct Messages(Vec<u8>);

impl Messages {
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn append(&mut self, other: &mut Self) {
        self.0.append(&mut other.0);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    #[cfg(test)]
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn set_pixel_format(&mut self, format: PixelFormat) {
        self.0.extend([0; 4]);
        self.0.extend(format.to_bytes());
    }

    pub(super) fn set_encodings(&mut self, numbers: &[i32]) {
        self.0.extend([2, 0]);
        self.u16(numbers.len() as u16);
        for number in numbers {
            self.0.extend(number.to_be_bytes());
        }
    }

    pub(super) fn request_update(&mut self, is_incremental: bool, size: [u32; 2]) {
        self.0.extend([3, u8::from(is_incremental)]);
        self.area(Area::whole(size));
    }

    pub(super) fn key(&mut self, keysym: u32, is_down: bool) {
        self.0.extend([4, u8::from(is_down), 0, 0]);
        self.u32(keysym);
    }

    /// QEMU's message: the key itself, whatever it means on either side.
    pub(super) fn extended_key(&mut self, keysym: u32, qnum: u16, is_down: bool) {
        self.0.extend([255, 0]);
        self.u16(u16::from(is_down));
        self.u32(keysym);
        self.u32(u32::from(qnum));
    }

    pub(super) fn pointer(&mut self, buttons: u8, x: u16, y: u16) {
        self.0.extend([5, buttons]);
        self.u16(x);
        self.u16(y);
    }

    /// With room for two more buttons, and marked as such by the eighth one's bit.
    pub(super) fn extended_pointer(&mut self, buttons: u16, x: u16, y: u16) {
        self.pointer(buttons as u8 | 0x80, x, y);
        self.0.push((buttons >> 7) as u8);
    }

    pub(super) fn cut_text(&mut self, bytes: &[u8]) {
        self.0.extend([6, 0, 0, 0]);
        self.u32(bytes.len() as u32);
        self.0.extend(bytes);
    }

    /// Marked by a length below zero.
    pub(super) fn extended_cut_text(&mut self, flags: u32, body: &[u8]) {
        self.0.extend([6, 0, 0, 0]);
        let length = body.len() as u32 + 4;
        self.u32(length.wrapping_neg());
        self.u32(flags);
        self.0.extend(body);
    }

    pub(super) fn fence(&mut self, flags: u32, payload: &[u8]) {
        self.0.extend([248, 0, 0, 0]);
        self.u32(flags);
        self.0.push(payload.len() as u8);
        self.0.extend(payload);
    }

    pub(super) fn continuous_updates(&mut self, is_on: bool, size: [u32; 2]) {
        self.0.extend([150, u8::from(is_on)]);
        self.area(Area::whole(size));
    }

    /// One screen that covers everything.
    pub(super) fn set_desktop_size(&mut self, size: [u32; 2], screen: ScreenName) {
        let [width, height] = size.map(|side| side.clamp(1, MOST_SIDE) as u16);
        self.0.extend([251, 0]);
        self.u16(width);
        self.u16(height);
        self.0.extend([1, 0]);
        self.u32(screen.id);
        self.u16(0);
        self.u16(0);
        self.u16(width);
        self.u16(height);
        self.u32(screen.flags);
    }

    fn area(&mut self, area: Area) {
        for side in [area.x, area.y, area.width, area.height] {
            self.u16(side as u16);
        }
    }

    fn u16(&mut self, value: u16) {
        self.0.extend(value.to_be_bytes());
    }

    fn u32(&mut self, value: u32) {
        self.0.extend(value.to_be_bytes());
    }
}

/// A server's name for a screen, given back when its size is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScreenName {
    pub id: u32,
    pub flags: u32,
}
