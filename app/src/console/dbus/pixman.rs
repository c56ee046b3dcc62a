//! pixman's format codes: how a guest's screen packs its colours.
#![expect(clippy::disallowed_methods, reason = "a guest's colours are not the window's")]

use egui::Color32;

/// Where in a pixel's word the colours stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Format {
    bytes: usize,
    red: Channel,
    green: Channel,
    blue: Channel,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Channel {
    shift: u32,
    bits: u32,
}

impl Format {
    /// `None`: a format without colours of its own (palettes, YUV, floats), which no guest's screen has.
    pub(super) fn from_code(code: u32) -> Option<Self> {
        let bits_per_pixel = code >> 24;
        let kind = (code >> 16) & 0x3f;
        let width = |shift: u32| (code >> shift) & 0xf;
        let (alpha, red, green, blue) = (width(12), width(8), width(4), width(0));
        let used = red + green + blue;
        let is_whole = matches!(bits_per_pixel, 16 | 24 | 32);
        // Bits 22 and 23 scale the widths, for formats of more than 15 bits a channel.
        let is_wide = code & 0x00c0_0000 != 0;
        let is_colour = (1..=8).contains(&red) && (1..=8).contains(&green) && (1..=8).contains(&blue);
        if !is_whole || is_wide || !is_colour || used + alpha > bits_per_pixel {
            return None;
        }
        let channel = |shift, bits| Channel { shift, bits };
        // The order names the word from its highest bit.
        let (red, green, blue) = match kind {
            // ARGB
            2 => (channel(green + blue, red), channel(blue, green), channel(0, blue)),
            // ABGR
            3 => (channel(0, red), channel(red, green), channel(red + green, blue)),
            // BGRA
            8 => {
                let low = bits_per_pixel - used;
                (
                    channel(low, red),
                    channel(low + red, green),
                    channel(low + red + green, blue),
                )
            }
            // RGBA
            9 => {
                let low = bits_per_pixel - used;
                (
                    channel(low + green + blue, red),
                    channel(low + blue, green),
                    channel(low, blue),
                )
            }
            _ => return None,
        };
        Some(Self {
            bytes: bits_per_pixel as usize / 8,
            red,
            green,
            blue,
        })
    }

    /// Of one pixel.
    pub(super) const fn bytes(self) -> usize {
        self.bytes
    }

    /// Appends the pixels of one row. Words are in this computer's order, which is QEMU's: they share memory.
    pub(super) fn decode(self, row: &[u8], out: &mut Vec<Color32>) {
        if self == XRGB {
            // What nearly every guest has; simple enough for the compiler to do many at a time.
            out.extend(row.as_chunks::<4>().0.iter().copied().map(of_xrgb));
            return;
        }
        out.extend(row.chunks_exact(self.bytes).map(|pixel| self.pixel(pixel)));
    }

    /// The same over what was there.
    pub(super) fn decode_over(self, row: &[u8], out: &mut [Color32]) {
        if self == XRGB {
            for (out, pixel) in out.iter_mut().zip(row.as_chunks::<4>().0) {
                *out = of_xrgb(*pixel);
            }
            return;
        }
        for (out, pixel) in out.iter_mut().zip(row.chunks_exact(self.bytes)) {
            *out = self.pixel(pixel);
        }
    }

    fn pixel(self, pixel: &[u8]) -> Color32 {
        let word = self.word(pixel);
        Color32::from_rgb(self.red.of(word), self.green.of(word), self.blue.of(word))
    }

    fn word(self, pixel: &[u8]) -> u32 {
        let mut bytes = [0; 4];
        if cfg!(target_endian = "little") {
            bytes[..self.bytes].copy_from_slice(pixel);
        } else {
            bytes[4 - self.bytes..].copy_from_slice(pixel);
        }
        u32::from_ne_bytes(bytes)
    }
}

const fn of_xrgb(pixel: [u8; 4]) -> Color32 {
    let word = u32::from_ne_bytes(pixel);
    Color32::from_rgb((word >> 16) as u8, (word >> 8) as u8, word as u8)
}

impl Channel {
    /// Stretched to 8 bits, so that full is 255 whatever the width.
    const fn of(self, word: u32) -> u8 {
        let most = (1 << self.bits) - 1;
        let value = (word >> self.shift) & most;
        (value * 255 / most) as u8
    }
}

const XRGB: Format = Format {
    bytes: 4,
    red: Channel { shift: 16, bits: 8 },
    green: Channel { shift: 8, bits: 8 },
    blue: Channel { shift: 0, bits: 8 },
};

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(code: u32, pixel: &[u8]) -> [u8; 3] {
        let mut out = Vec::new();
        Format::from_code(code)
            .expect("a colour format")
            .decode(pixel, &mut out);
        let [red, green, blue, alpha] = out[0].to_array();
        assert_eq!(alpha, 255, "a screen is opaque");
        [red, green, blue]
    }

    #[test]
    fn colours_come_out_of_every_packing_that_a_screen_may_have() {
        let word = |value: u32| value.to_ne_bytes();
        assert_eq!(colour(0x2002_0888, &word(0x0011_2233)), [0x11, 0x22, 0x33], "x8r8g8b8");
        assert_eq!(
            colour(0x2002_8888, &word(0x0011_2233)),
            [0x11, 0x22, 0x33],
            "a8r8g8b8 of alpha 0"
        );
        assert_eq!(colour(0x2003_0888, &word(0x0033_2211)), [0x11, 0x22, 0x33], "x8b8g8r8");
        assert_eq!(colour(0x2008_0888, &word(0x3322_1100)), [0x11, 0x22, 0x33], "b8g8r8x8");
        assert_eq!(colour(0x2009_0888, &word(0x1122_3300)), [0x11, 0x22, 0x33], "r8g8b8x8");
        assert_eq!(colour(0x1002_0565, &0xf800_u16.to_ne_bytes()), [255, 0, 0], "r5g6b5");
        assert_eq!(colour(0x1002_0555, &0x03e0_u16.to_ne_bytes()), [0, 255, 0], "x1r5g5b5");
        assert_eq!(colour(0x1802_0888, &[0x33, 0x22, 0x11]), [0x11, 0x22, 0x33], "r8g8b8");
    }

    #[test]
    fn a_code_that_is_no_screen_is_refused() {
        for code in [
            0,
            u32::MAX,
            0x0801_0000,
            0x2002_0fff,
            0x2006_0888,
            0x0802_0332,
            0x8004_8888,
        ] {
            assert_eq!(Format::from_code(code), None, "{code:#x}");
        }
    }
}
