//! How a server writes colours, and how they become the blue, green, red and filler bytes of the framebuffer.

/// One pixel of the framebuffer: blue, green, red, and 255.
pub(super) type Bgrx = [u8; 4];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PixelFormat {
    pub bits_per_pixel: u8,
    pub depth: u8,
    pub is_big_endian: bool,
    pub is_true_colour: bool,
    /// Of red, green and blue: the largest value.
    pub max: [u16; 3],
    /// Of red, green and blue: how far to the left the value stands.
    pub shift: [u8; 3],
}

impl PixelFormat {
    /// What the framebuffer holds, and what QEMU and most servers hold themselves: nothing is converted on either side.
    pub const BGRX: Self = Self {
        bits_per_pixel: 32,
        depth: 24,
        is_big_endian: false,
        is_true_colour: true,
        max: [255; 3],
        shift: [16, 8, 0],
    };

    pub(super) fn from_bytes(bytes: [u8; 16]) -> Self {
        let max = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
        Self {
            bits_per_pixel: bytes[0],
            depth: bytes[1],
            is_big_endian: bytes[2] != 0,
            is_true_colour: bytes[3] != 0,
            max: [max(4), max(6), max(8)],
            shift: [bytes[10], bytes[11], bytes[12]],
        }
    }

    pub(super) fn to_bytes(self) -> [u8; 16] {
        let [red, green, blue] = self.max.map(u16::to_be_bytes);
        [
            self.bits_per_pixel,
            self.depth,
            u8::from(self.is_big_endian),
            u8::from(self.is_true_colour),
            red[0],
            red[1],
            green[0],
            green[1],
            blue[0],
            blue[1],
            self.shift[0],
            self.shift[1],
            self.shift[2],
            0,
            0,
            0,
        ]
    }

    /// Can Berth decode it? Maxima are all ones and every colour stands inside the pixel.
    pub(super) fn is_usable(&self) -> bool {
        let fits = |max: u16, shift: u8| {
            let bits = u32::from(max).trailing_ones();
            bits > 0 && u32::from(max) == (1 << bits) - 1 && u32::from(shift) + bits <= u32::from(self.bits_per_pixel)
        };
        self.is_true_colour
            && matches!(self.bits_per_pixel, 8 | 16 | 32)
            && self.max.iter().zip(self.shift).all(|(max, shift)| fits(*max, shift))
    }

    pub(super) const fn pixel_bytes(&self) -> usize {
        self.bits_per_pixel as usize / 8
    }

    /// A pixel as such.
    pub(super) fn plain(&self) -> Samples {
        let is_bgrx = self.bits_per_pixel == 32 && self.max == [255; 3] && self.shift == [16, 8, 0];
        if is_bgrx && !self.is_big_endian {
            return Samples::new(*self, 4, Order::Bgrx);
        }
        Samples::new(*self, self.pixel_bytes(), Order::Other { skipped: 0 })
    }

    /// A pixel of ZRLE: without the byte that holds no colour.
    pub(super) fn compact(&self) -> Samples {
        let highest = self.max.iter().zip(self.shift);
        let highest = highest.map(|(max, shift)| u32::from(shift) + u32::from(*max).trailing_ones());
        let fits_low = highest.max().unwrap_or(0) <= 24;
        let fits_high = self.shift.iter().all(|shift| *shift >= 8);
        if self.bits_per_pixel != 32 || self.depth > 24 || !(fits_low || fits_high) {
            return self.plain();
        }
        if self.plain().order == Order::Bgrx {
            return Samples::new(*self, 3, Order::Bgr);
        }
        // Of four bytes in memory order, either the first or the last is left out.
        let skips_first = fits_low == self.is_big_endian;
        let skipped = usize::from(skips_first);
        Samples::new(*self, 3, Order::Other { skipped })
    }

    /// A pixel of Tight: red, green and blue where there are eight bits of each.
    pub(super) fn tight(&self) -> Samples {
        if self.bits_per_pixel == 32 && self.depth == 24 && self.max == [255; 3] {
            return Samples::new(*self, 3, Order::Rgb);
        }
        self.plain()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Bgrx,
    Bgr,
    Rgb,
    /// By the format; `skipped` bytes of the pixel, in memory order, were left out at the front.
    Other {
        skipped: usize,
    },
}

/// How an encoding writes the pixels of a format.
#[derive(Clone, Copy, Debug)]
pub(super) struct Samples {
    format: PixelFormat,
    bytes: usize,
    order: Order,
}

impl Samples {
    const fn new(format: PixelFormat, bytes: usize, order: Order) -> Self {
        Self { format, bytes, order }
    }

    /// Of one pixel, one to four.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_framebuffer_order(&self) -> bool {
        self.order == Order::Bgrx
    }

    /// Whole pixels from `from` to `to`, as many as both hold.
    pub(super) fn convert(&self, from: &[u8], to: &mut [u8]) {
        let pairs = from.chunks_exact(self.bytes).zip(to.chunks_exact_mut(4));
        match self.order {
            Order::Bgrx => {
                let length = from.len().min(to.len()) & !3;
                to[..length].copy_from_slice(&from[..length]);
            }
            Order::Bgr => {
                for (from, to) in pairs {
                    to.copy_from_slice(&[from[0], from[1], from[2], 255]);
                }
            }
            Order::Rgb => {
                for (from, to) in pairs {
                    to.copy_from_slice(&[from[2], from[1], from[0], 255]);
                }
            }
            Order::Other { .. } => {
                for (from, to) in pairs {
                    to.copy_from_slice(&self.pixel(from));
                }
            }
        }
    }

    pub(super) fn pixel(&self, from: &[u8]) -> Bgrx {
        self.joined(self.components(from))
    }

    /// Red, green and blue, each up to [`Self::max`].
    pub(super) fn components(&self, from: &[u8]) -> [u16; 3] {
        let byte = |at: usize| u16::from(from.get(at).copied().unwrap_or(0));
        match self.order {
            Order::Bgrx | Order::Bgr => [byte(2), byte(1), byte(0)],
            Order::Rgb => [byte(0), byte(1), byte(2)],
            Order::Other { skipped } => {
                let value = self.value(from, skipped);
                let part = |index: usize| (value >> self.format.shift[index]) as u16 & self.format.max[index];
                [part(0), part(1), part(2)]
            }
        }
    }

    pub(super) const fn max(&self) -> [u16; 3] {
        self.format.max
    }

    pub(super) fn joined(&self, components: [u16; 3]) -> Bgrx {
        let scaled = |index: usize| {
            let max = u32::from(self.format.max[index]);
            if max == 255 {
                components[index] as u8
            } else {
                ((u32::from(components[index]) * 255 + max / 2) / max) as u8
            }
        };
        [scaled(2), scaled(1), scaled(0), 255]
    }

    fn value(&self, from: &[u8], skipped: usize) -> u32 {
        let mut bytes = [0; 4];
        let whole = self.format.pixel_bytes();
        for (to, from) in bytes[skipped..whole].iter_mut().zip(from) {
            *to = *from;
        }
        let bytes = &bytes[..whole];
        let join = |value: u32, byte: &u8| value << 8 | u32::from(*byte);
        if self.format.is_big_endian {
            bytes.iter().fold(0, join)
        } else {
            bytes.iter().rev().fold(0, join)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RGB565: PixelFormat = PixelFormat {
        bits_per_pixel: 16,
        depth: 16,
        is_big_endian: false,
        is_true_colour: true,
        max: [31, 63, 31],
        shift: [11, 5, 0],
    };

    #[test]
    fn a_format_survives_the_wire() {
        for format in [PixelFormat::BGRX, RGB565] {
            assert_eq!(PixelFormat::from_bytes(format.to_bytes()), format);
            assert!(format.is_usable());
        }
    }

    #[test]
    fn formats_that_cannot_be_are_not_usable() {
        let bgrx = PixelFormat::BGRX;
        for format in [
            PixelFormat {
                bits_per_pixel: 24,
                ..bgrx
            },
            PixelFormat { max: [0; 3], ..bgrx },
            PixelFormat { max: [254; 3], ..bgrx },
            PixelFormat {
                shift: [25, 8, 0],
                ..bgrx
            },
            PixelFormat {
                shift: [255, 8, 0],
                ..bgrx
            },
            PixelFormat {
                is_true_colour: false,
                ..bgrx
            },
        ] {
            assert!(!format.is_usable(), "{format:?}");
        }
    }

    #[test]
    fn every_order_of_bytes_gives_the_same_colour() {
        let bgrx = PixelFormat::BGRX;
        let big = PixelFormat {
            is_big_endian: true,
            ..bgrx
        };
        let high = PixelFormat {
            shift: [24, 16, 8],
            ..bgrx
        };
        let big_high = PixelFormat {
            is_big_endian: true,
            ..high
        };
        let expected = [3, 2, 1, 255];
        assert_eq!(bgrx.plain().pixel(&[3, 2, 1, 0]), expected);
        assert_eq!(big.plain().pixel(&[0, 1, 2, 3]), expected);
        assert_eq!(high.plain().pixel(&[0, 3, 2, 1]), expected);
        assert_eq!(bgrx.compact().pixel(&[3, 2, 1]), expected);
        assert_eq!(big.compact().pixel(&[1, 2, 3]), expected);
        assert_eq!(high.compact().pixel(&[3, 2, 1]), expected);
        assert_eq!(big_high.compact().pixel(&[1, 2, 3]), expected);
        for format in [bgrx, big, high, big_high] {
            assert_eq!(format.tight().pixel(&[1, 2, 3]), expected);
        }
    }

    #[test]
    fn few_bits_reach_black_and_white() {
        let samples = RGB565.plain();
        assert_eq!(samples.pixel(&[0xff, 0xff]), [255; 4]);
        assert_eq!(samples.pixel(&[0, 0]), [0, 0, 0, 255]);
        assert_eq!(samples.pixel(&[0x00, 0xf8]), [0, 0, 255, 255], "red");
    }

    #[test]
    fn whole_rows_are_converted_as_single_pixels_are() {
        let row: Vec<u8> = (0..96).collect();
        for samples in [
            PixelFormat::BGRX.plain(),
            PixelFormat::BGRX.compact(),
            PixelFormat::BGRX.tight(),
            RGB565.plain(),
        ] {
            let mut converted = vec![0; row.len() / samples.bytes() * 4];
            samples.convert(&row, &mut converted);
            for (from, to) in row.chunks_exact(samples.bytes()).zip(converted.chunks_exact(4)) {
                assert_eq!(to[..3], samples.pixel(from)[..3], "{samples:?}");
            }
        }
    }
}
