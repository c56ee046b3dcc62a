//! What every encoding decodes from and into.

use std::sync::Mutex;

use super::framebuffer::Framebuffer;
use super::pixel_format::PixelFormat;
use super::wire::Wire;

pub(super) struct Target<'a, I> {
    pub(super) wire: &'a mut Wire<I>,
    pub(super) framebuffer: &'a Mutex<Framebuffer>,
    pub(super) format: PixelFormat,
    pub(super) row: &'a mut Scratch,
}

/// Memory that is kept from one rectangle to the next.
#[derive(Default)]
pub(super) struct Scratch(Vec<u8>);

impl Scratch {
    /// Its contents are left over from before.
    pub(super) fn sized(&mut self, bytes: usize) -> &mut [u8] {
        if self.0.len() < bytes {
            self.0.resize(bytes, 0);
        }
        &mut self.0[..bytes]
    }
}
