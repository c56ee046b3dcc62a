//! ZRLE: one zlib stream of tiles, each raw, of one colour, of a palette, or run-length encoded.

use super::super::{Area, Ending};
use super::framebuffer::lock;
use super::inflate::{Inflater, Plain};
use super::pixel_format::{Bgrx, Samples};
use super::target::{Scratch, Target};
use super::wire::{Incoming, nonsense};

const SIDE: u32 = 64;

#[derive(Default)]
pub(super) struct Zrle {
    inflater: Inflater,
    tile: Tile,
}

impl Zrle {
    pub(super) fn decode<I: Incoming>(&mut self, target: &mut Target<'_, I>, area: Area) -> Result<(), Ending> {
        let bytes = target.wire.u32()?;
        let samples = target.format.compact();
        let mut plain = self.inflater.read_from(target.wire, u64::from(bytes));
        let mut y = area.y;
        while y < area.y + area.height {
            let height = SIDE.min(area.y + area.height - y);
            let mut x = area.x;
            while x < area.x + area.width {
                let width = SIDE.min(area.x + area.width - x);
                let tile = Area { x, y, width, height };
                match self.tile.decode(&mut plain, samples, tile)? {
                    Painted::OneColour(colour) => lock(target.framebuffer).fill(tile, colour),
                    Painted::Pixels => {
                        let pixels = self.tile.pixels.sized(tile.pixels() as usize * 4);
                        lock(target.framebuffer).write(tile, 0, pixels);
                    }
                }
                x += width;
            }
            y += height;
        }
        plain.finish()
    }
}

enum Painted {
    OneColour(Bgrx),
    Pixels,
}

struct Tile {
    pixels: Scratch,
    raw: Scratch,
    palette: [Bgrx; 128],
}

impl Default for Tile {
    fn default() -> Self {
        Self {
            pixels: Scratch::default(),
            raw: Scratch::default(),
            palette: [[0; 4]; 128],
        }
    }
}

impl Tile {
    fn decode(&mut self, plain: &mut impl Plain, samples: Samples, area: Area) -> Result<Painted, Ending> {
        let kind = plain.u8()?;
        match kind {
            0 => {
                let raw = self.raw.sized(area.pixels() as usize * samples.bytes());
                plain.read(raw)?;
                samples.convert(raw, self.pixels.sized(area.pixels() as usize * 4));
            }
            1 => return one_pixel(plain, samples).map(Painted::OneColour),
            2..=16 => {
                self.read_palette(plain, samples, usize::from(kind))?;
                self.packed(plain, usize::from(kind), area)?;
            }
            128 => self.runs(plain, area, |plain, _| Ok((one_pixel(plain, samples)?, true)))?,
            130..=255 => {
                let colours = usize::from(kind - 128);
                self.read_palette(plain, samples, colours)?;
                self.runs(plain, area, |plain, palette| {
                    let index = plain.u8()?;
                    let colour = colour_of(palette, colours, usize::from(index & 0x7f))?;
                    Ok((colour, index & 0x80 != 0))
                })?;
            }
            _ => return Err(nonsense(format!("a ZRLE tile of kind {kind}"))),
        }
        Ok(Painted::Pixels)
    }

    fn read_palette(&mut self, plain: &mut impl Plain, samples: Samples, colours: usize) -> Result<(), Ending> {
        for colour in &mut self.palette[..colours] {
            *colour = one_pixel(plain, samples)?;
        }
        Ok(())
    }

    /// Indices of 1, 2 or 4 bits; each row begins with a new byte.
    fn packed(&mut self, plain: &mut impl Plain, colours: usize, area: Area) -> Result<(), Ending> {
        let bits = match colours {
            2 => 1,
            3 | 4 => 2,
            _ => 4,
        };
        let width = area.width as usize;
        let row_bytes = (width * bits).div_ceil(8);
        let packed = self.raw.sized(row_bytes * area.height as usize);
        plain.read(packed)?;
        let (pixels, _) = self.pixels.sized(area.pixels() as usize * 4).as_chunks_mut::<4>();
        for (row, packed) in pixels.chunks_exact_mut(width).zip(packed.chunks_exact(row_bytes)) {
            for (column, pixel) in row.iter_mut().enumerate() {
                let bit = column * bits;
                let index = packed[bit / 8] >> (8 - bits - bit % 8) & ((1 << bits) - 1);
                *pixel = colour_of(&self.palette, colours, usize::from(index))?;
            }
        }
        Ok(())
    }

    /// `next` gives a colour and whether the length of a run follows it.
    fn runs<P: Plain>(
        &mut self,
        plain: &mut P,
        area: Area,
        next: impl Fn(&mut P, &[Bgrx; 128]) -> Result<(Bgrx, bool), Ending>,
    ) -> Result<(), Ending> {
        let (mut left, _) = self.pixels.sized(area.pixels() as usize * 4).as_chunks_mut::<4>();
        while !left.is_empty() {
            let (colour, is_run) = next(plain, &self.palette)?;
            let length = if is_run { run_length(plain, left.len())? } else { 1 };
            let (run, rest) = left.split_at_mut(length);
            run.fill(colour);
            left = rest;
        }
        Ok(())
    }
}

fn run_length(plain: &mut impl Plain, most: usize) -> Result<usize, Ending> {
    let mut length = 1;
    loop {
        let byte = plain.u8()?;
        length += usize::from(byte);
        if length > most {
            return Err(nonsense("a ZRLE run that leaves its tile"));
        }
        if byte < 255 {
            return Ok(length);
        }
    }
}

fn colour_of(palette: &[Bgrx; 128], colours: usize, index: usize) -> Result<Bgrx, Ending> {
    palette[..colours]
        .get(index)
        .copied()
        .ok_or_else(|| nonsense("a ZRLE colour outside its palette"))
}

fn one_pixel(plain: &mut impl Plain, samples: Samples) -> Result<Bgrx, Ending> {
    let mut bytes = [0; 4];
    let bytes = &mut bytes[..samples.bytes()];
    plain.read(bytes)?;
    Ok(samples.pixel(bytes))
}
