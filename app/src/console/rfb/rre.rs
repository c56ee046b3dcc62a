//! RRE and `CoRRE`: a background and boxes on it. Berth asks for neither; old servers send them all the same.

use super::super::{Area, Ending};
use super::framebuffer::lock;
use super::pixel_format::{Bgrx, Samples};
use super::target::Target;
use super::wire::{Incoming, Wire, nonsense};

/// How the boxes' positions are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    /// RRE.
    Words,
    /// `CoRRE`.
    Bytes,
}

pub(super) fn decode<I: Incoming>(target: &mut Target<'_, I>, area: Area, width: Width) -> Result<(), Ending> {
    let samples = target.format.plain();
    let boxes = target.wire.u32()?;
    let background = pixel(target.wire, samples)?;
    lock(target.framebuffer).fill(area, background);
    for _ in 0..boxes {
        let colour = pixel(target.wire, samples)?;
        let [x, y, w, h] = match width {
            Width::Words => [
                target.wire.u16()?,
                target.wire.u16()?,
                target.wire.u16()?,
                target.wire.u16()?,
            ],
            Width::Bytes => target.wire.array::<4>()?.map(u16::from),
        };
        lock(target.framebuffer).fill(inside(area, [x, y, w, h])?, colour);
    }
    Ok(())
}

/// A box on an area, which must not leave it.
pub(super) fn inside(area: Area, part: [u16; 4]) -> Result<Area, Ending> {
    let [x, y, width, height] = part.map(u32::from);
    if x + width > area.width || y + height > area.height {
        return Err(nonsense("a box that leaves its rectangle"));
    }
    Ok(Area {
        x: area.x + x,
        y: area.y + y,
        width,
        height,
    })
}

pub(super) fn pixel<I: Incoming>(wire: &mut Wire<I>, samples: Samples) -> Result<Bgrx, Ending> {
    let mut bytes = [0; 4];
    let bytes = &mut bytes[..samples.bytes()];
    wire.read(bytes)?;
    Ok(samples.pixel(bytes))
}
