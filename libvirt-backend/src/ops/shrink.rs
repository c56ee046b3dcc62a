//! A guest's screen made small while it is read, row by row, so that a large one is never held whole. Nothing in the
//! bytes is trusted.

use std::hash::{DefaultHasher, Hasher as _};
use std::io::Cursor;
use std::sync::Arc;

use super::picture::{self, Problem, check_size};
use crate::command::Screenshot;

const BROKEN: Problem = "broken PNG";
/// A row of the widest screen, and what unpacking needs beside it.
const MOST_BYTES: usize = 8 << 20;

/// Tells pictures apart by what QEMU sent: the same screen comes as the same bytes.
pub(super) fn fingerprint(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// The picture, no larger than `fits`, and the width and height of the screen.
pub(super) fn decode(bytes: &[u8], fits: [u32; 2]) -> Result<(Screenshot, [u32; 2]), Problem> {
    if bytes.starts_with(b"\x89PNG") {
        return decode_png(bytes, fits);
    }
    shrink(&picture::decode(bytes)?, fits)
}

fn decode_png(bytes: &[u8], fits: [u32; 2]) -> Result<(Screenshot, [u32; 2]), Problem> {
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: MOST_BYTES });
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let header = decoder.read_header_info().map_err(|_error| BROKEN)?;
    let screen = [header.width, header.height];
    check_size(screen[0], screen[1])?;
    if header.interlaced {
        // QEMU makes none; its rows come in another order.
        return shrink(&picture::decode(bytes)?, fits);
    }
    let mut reader = decoder.read_info().map_err(|_error| BROKEN)?;
    let channels = match reader.output_color_type() {
        (png::ColorType::Indexed, _) => return Err(BROKEN),
        (color, png::BitDepth::Eight) => color.samples(),
        _ => return Err(BROKEN),
    };
    let mut shrinking = Shrinking::new(screen, fits);
    while let Some(row) = reader.next_row().map_err(|_error| BROKEN)? {
        shrinking.push_row(row.data(), channels);
    }
    shrinking.finish().map(|picture| (picture, screen))
}

fn shrink(whole: &Screenshot, fits: [u32; 2]) -> Result<(Screenshot, [u32; 2]), Problem> {
    let screen = [whole.width, whole.height];
    let mut shrinking = Shrinking::new(screen, fits);
    for row in whole.rgba.chunks_exact(whole.width as usize * 4) {
        shrinking.push_row(row, 4);
    }
    shrinking.finish().map(|picture| (picture, screen))
}

/// Squares of `factor` × `factor` pixels become their mean. A whole factor keeps thin lines and letters even.
struct Shrinking {
    factor: usize,
    width: usize,
    height: usize,
    /// Red, green and blue of the row of squares under way, and how many rows are in it.
    sums: Vec<[u32; 3]>,
    num_rows: usize,
    source_width: usize,
    rgba: Vec<u8>,
}

impl Shrinking {
    fn new([width, height]: [u32; 2], [most_wide, most_high]: [u32; 2]) -> Self {
        let factor = width.div_ceil(most_wide.max(1)).max(height.div_ceil(most_high.max(1)));
        let (small_width, small_height) = (width.div_ceil(factor) as usize, height.div_ceil(factor) as usize);
        Self {
            factor: factor as usize,
            width: small_width,
            height: small_height,
            sums: vec![[0; 3]; small_width],
            num_rows: 0,
            source_width: width as usize,
            rgba: Vec::with_capacity(small_width * small_height * 4),
        }
    }

    /// One or two channels are grey, three or four red, green and blue; the last of two or four is left out.
    fn push_row(&mut self, row: &[u8], channels: usize) {
        let squares = row.chunks(self.factor * channels);
        for (sum, square) in self.sums.iter_mut().zip(squares) {
            for pixel in square.chunks_exact(channels) {
                let [red, green, blue] = match *pixel {
                    [red, green, blue, ..] => [red, green, blue],
                    [grey, ..] => [grey; 3],
                    [] => continue,
                };
                sum[0] += u32::from(red);
                sum[1] += u32::from(green);
                sum[2] += u32::from(blue);
            }
        }
        self.num_rows += 1;
        if self.num_rows == self.factor {
            self.end_row();
        }
    }

    fn end_row(&mut self) {
        for (index, sum) in self.sums.iter_mut().enumerate() {
            // The squares at the right and lower edge may be cut.
            let columns = self.factor.min(self.source_width - index * self.factor);
            let pixels = (columns * self.num_rows) as u32;
            let [red, green, blue] = std::mem::take(sum).map(|sum| (sum / pixels) as u8);
            self.rgba.extend([red, green, blue, 255]);
        }
        self.num_rows = 0;
    }

    fn finish(mut self) -> Result<Screenshot, Problem> {
        if self.num_rows > 0 {
            self.end_row();
        }
        if self.rgba.len() != self.width * self.height * 4 {
            return Err("as many rows as no picture of that size has");
        }
        Ok(Screenshot {
            width: self.width as u32,
            height: self.height as u32,
            rgba: Arc::from(self.rgba),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png_of(width: u32, height: u32, color: png::ColorType, data: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(color);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(data).unwrap();
        writer.finish().unwrap();
        bytes
    }

    fn plain(width: u32, height: u32) -> Vec<u8> {
        let pixels = [10, 20, 30].repeat((width * height) as usize);
        png_of(width, height, png::ColorType::Rgb, &pixels)
    }

    #[test]
    fn a_picture_becomes_small_and_keeps_its_shape_and_colour() {
        for (screen, fits, small) in [
            ([1_280, 800], [384, 240], [320, 200]),
            ([720, 400], [384, 240], [360, 200]),
            ([100, 50], [384, 240], [100, 50]),
            ([1_023, 767], [384, 240], [256, 192]),
            ([5, 3_000], [384, 240], [1, 231]),
            ([2, 2], [0, 0], [1, 1]),
        ] {
            let (picture, size) = decode(&plain(screen[0], screen[1]), fits).unwrap();
            assert_eq!(size, screen);
            assert_eq!([picture.width, picture.height], small, "{screen:?} in {fits:?}");
            assert!(
                picture.rgba.chunks(4).all(|pixel| pixel == [10, 20, 30, 255]),
                "{screen:?}: the edges too"
            );
        }
    }

    #[test]
    fn a_square_of_pixels_becomes_their_mean_in_every_format() {
        let rgb = [0, 0, 0, 100, 100, 100, 20, 40, 60, 80, 60, 40];
        let ppm = [&b"P6 2 2 255\n"[..], &rgb].concat();
        let rgba: Vec<u8> = rgb.chunks(3).flat_map(|p| [p[0], p[1], p[2], 7]).collect();
        for bytes in [
            png_of(2, 2, png::ColorType::Rgb, &rgb),
            png_of(2, 2, png::ColorType::Rgba, &rgba),
            ppm,
        ] {
            let (picture, _) = decode(&bytes, [1, 1]).unwrap();
            assert_eq!(*picture.rgba, [50, 50, 50, 255]);
        }
        let grey = png_of(2, 2, png::ColorType::Grayscale, &[0, 10, 20, 30]);
        assert_eq!(*decode(&grey, [1, 1]).unwrap().0.rgba, [15, 15, 15, 255]);
    }

    #[test]
    fn the_same_screen_is_known_by_its_bytes_and_another_is_not() {
        assert_eq!(fingerprint(&plain(4, 4)), fingerprint(&plain(4, 4)));
        assert_ne!(fingerprint(&plain(4, 4)), fingerprint(&plain(4, 5)));
    }

    #[test]
    fn bytes_that_lie_are_refused() {
        let mut huge = plain(4, 4);
        // The width in the header; its checksum is then wrong too, and nothing of that size is made room for.
        huge[16..20].copy_from_slice(&u32::MAX.to_be_bytes());
        let whole = plain(64, 64);
        let cut = &whole[..whole.len() / 2];
        for bytes in [&b""[..], b"P6 99999 99999 255\n", b"\x89PNG\r\n\x1a\n", &huge, cut] {
            assert!(decode(bytes, [384, 240]).is_err());
        }
        let mut wide = Vec::new();
        let mut encoder = png::Encoder::new(&mut wide, 60_000, 60_000);
        encoder.set_color(png::ColorType::Rgb);
        // Written without its pixels: the header alone asks for ten gigabytes.
        drop(encoder.write_header().unwrap());
        assert_eq!(decode(&wide, [384, 240]), Err("a size that no screen has"));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(
            bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
            start in 0_usize..3,
            fits: [u32; 2],
        ) {
            let whole = plain(9, 7);
            let start: &[u8] = [&b"P6 "[..], b"\x89PNG\r\n\x1a\n", &whole[..whole.len() / 2]][start];
            drop(decode(&[start, &bytes].concat(), fits));
        }
    }
}
