//! Raw: the pixels, row by row.

use super::super::{Area, Ending};
use super::framebuffer::lock;
use super::inflate::{Inflater, Plain as _};
use super::target::Target;
use super::wire::Incoming;

/// Straight from the receive buffer into the framebuffer where the formats agree.
pub(super) fn decode<I: Incoming>(target: &mut Target<'_, I>, area: Area) -> Result<(), Ending> {
    let samples = target.format.plain();
    if !samples.is_framebuffer_order() {
        let bytes = area.width as usize * samples.bytes();
        for y in area.y..area.y + area.height {
            let row = target.row.sized(bytes);
            target.wire.read(row)?;
            samples.convert(row, lock(target.framebuffer).row_mut(area.x, y, area.width));
        }
        return Ok(());
    }
    let total = area.pixels() as usize * 4;
    let mut done = 0;
    while done < total {
        let chunk = target.wire.fill()?;
        let taken = chunk.len().min(total - done);
        lock(target.framebuffer).write(area, done, &chunk[..taken]);
        target.wire.consume(taken);
        done += taken;
    }
    Ok(())
}

/// Zlib: Raw in one compressed stream. Berth does not ask for it.
#[derive(Default)]
pub(super) struct Zlib(Inflater);

impl Zlib {
    pub(super) fn decode<I: Incoming>(&mut self, target: &mut Target<'_, I>, area: Area) -> Result<(), Ending> {
        let samples = target.format.plain();
        let length = target.wire.u32()?;
        let mut plain = self.0.read_from(target.wire, u64::from(length));
        let bytes = area.width as usize * samples.bytes();
        for y in area.y..area.y + area.height {
            let row = target.row.sized(bytes);
            plain.read(row)?;
            samples.convert(row, lock(target.framebuffer).row_mut(area.x, y, area.width));
        }
        plain.finish()
    }
}
