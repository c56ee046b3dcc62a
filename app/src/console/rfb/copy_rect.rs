//! `CopyRect`: what is already on the screen, moved.

use super::super::{Area, Ending};
use super::framebuffer::lock;
use super::target::Target;
use super::wire::Incoming;

pub(super) fn decode<I: Incoming>(target: &mut Target<'_, I>, area: Area) -> Result<(), Ending> {
    let (x, y) = (target.wire.u16()?, target.wire.u16()?);
    let mut framebuffer = lock(target.framebuffer);
    // Sides of a rectangle on the screen fit 16 bits.
    let from = framebuffer.area(x, y, area.width as u16, area.height as u16)?;
    framebuffer.copy(from.x, from.y, area);
    drop(framebuffer);
    Ok(())
}
