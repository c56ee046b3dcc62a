//! Hextile: small tiles, each raw or a background with boxes. Berth does not ask for it; old servers send it.

use super::super::{Area, Ending};
use super::framebuffer::lock;
use super::pixel_format::Bgrx;
use super::raw;
use super::rre::{inside, pixel};
use super::target::Target;
use super::wire::Incoming;

const SIDE: u32 = 16;
const RAW: u8 = 1;
const HAS_BACKGROUND: u8 = 2;
const HAS_FOREGROUND: u8 = 4;
const HAS_BOXES: u8 = 8;
const IS_COLOURED: u8 = 16;

pub(super) fn decode<I: Incoming>(target: &mut Target<'_, I>, area: Area) -> Result<(), Ending> {
    let mut colours = Colours::default();
    for y in (area.y..area.y + area.height).step_by(SIDE as usize) {
        for x in (area.x..area.x + area.width).step_by(SIDE as usize) {
            let tile = Area {
                x,
                y,
                width: SIDE.min(area.x + area.width - x),
                height: SIDE.min(area.y + area.height - y),
            };
            decode_tile(target, tile, &mut colours)?;
        }
    }
    Ok(())
}

/// They last from tile to tile.
#[derive(Default)]
struct Colours {
    background: Bgrx,
    foreground: Bgrx,
}

fn decode_tile<I: Incoming>(target: &mut Target<'_, I>, tile: Area, colours: &mut Colours) -> Result<(), Ending> {
    let kind = target.wire.u8()?;
    if kind & RAW != 0 {
        return raw::decode(target, tile);
    }
    let samples = target.format.plain();
    if kind & HAS_BACKGROUND != 0 {
        colours.background = pixel(target.wire, samples)?;
    }
    if kind & HAS_FOREGROUND != 0 {
        colours.foreground = pixel(target.wire, samples)?;
    }
    lock(target.framebuffer).fill(tile, colours.background);
    let boxes = if kind & HAS_BOXES == 0 { 0 } else { target.wire.u8()? };
    for _ in 0..boxes {
        let colour = if kind & IS_COLOURED == 0 {
            colours.foreground
        } else {
            pixel(target.wire, samples)?
        };
        let [place, size] = target.wire.array()?;
        let place = [place >> 4, place & 15].map(u16::from);
        let size = [size >> 4, size & 15].map(|side| u16::from(side) + 1);
        let part = inside(tile, [place[0], place[1], size[0], size[1]])?;
        lock(target.framebuffer).fill(part, colour);
    }
    Ok(())
}
