//! A guest's screen as QEMU hands it over: PNG, or PPM from older ones. Nothing in the bytes is trusted.

use std::io::Cursor;
use std::sync::Arc;

use crate::command::Screenshot;

/// No screen is wider or higher.
const MAX_SIDE: u32 = 16_384;
/// 64 million pixels are 256 MB.
const MAX_PIXELS: u64 = 64 << 20;

pub(super) type Problem = &'static str;

pub(super) fn decode(bytes: &[u8]) -> Result<Screenshot, Problem> {
    if bytes.starts_with(b"\x89PNG") {
        decode_png(bytes)
    } else {
        decode_ppm(bytes)
    }
}

pub(super) fn check_size(width: u32, height: u32) -> Result<(), Problem> {
    let pixels = u64::from(width) * u64::from(height);
    if width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE || pixels > MAX_PIXELS {
        return Err("a size that no screen has");
    }
    Ok(())
}

fn decode_png(bytes: &[u8]) -> Result<Screenshot, Problem> {
    const BROKEN: Problem = "broken PNG";
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: 512 << 20 });
    // Palettes, 16 bits and grey without alpha become 8-bit channels; grey stays grey.
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let header = decoder.read_header_info().map_err(|_error| BROKEN)?;
    check_size(header.width, header.height)?;
    let mut reader = decoder.read_info().map_err(|_error| BROKEN)?;
    let mut raw = vec![0; reader.output_buffer_size().ok_or(BROKEN)?];
    let info = reader.next_frame(&mut raw).map_err(|_error| BROKEN)?;
    raw.truncate(info.buffer_size());
    let rgba: Vec<u8> = match info.color_type {
        png::ColorType::Rgba => raw,
        png::ColorType::Rgb => with_alpha(&raw),
        png::ColorType::Grayscale => raw.iter().flat_map(|&grey| [grey, grey, grey, 255]).collect(),
        png::ColorType::GrayscaleAlpha => raw
            .chunks_exact(2)
            .flat_map(|pixel| [pixel[0], pixel[0], pixel[0], pixel[1]])
            .collect(),
        png::ColorType::Indexed => return Err(BROKEN),
    };
    picture(info.width, info.height, rgba)
}

fn with_alpha(rgb: &[u8]) -> Vec<u8> {
    rgb.chunks_exact(3)
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255])
        .collect()
}

/// `P6 width height 255`, one white space, then three bytes a pixel.
fn decode_ppm(bytes: &[u8]) -> Result<Screenshot, Problem> {
    let rest = bytes.strip_prefix(b"P6").ok_or("neither PNG nor PPM")?;
    let (width, rest) = number(rest)?;
    let (height, rest) = number(rest)?;
    let (max, rest) = number(rest)?;
    check_size(width, height)?;
    if max != 255 {
        return Err("a PPM with other than 8 bits a channel");
    }
    let [_space, pixels @ ..] = rest else {
        return Err("a PPM without pixels");
    };
    let num_bytes = width as usize * height as usize * 3;
    let pixels = pixels.get(..num_bytes).ok_or("a PPM that is cut off")?;
    picture(width, height, with_alpha(pixels))
}

/// Skips white space and comments, then reads digits.
fn number(mut bytes: &[u8]) -> Result<(u32, &[u8]), Problem> {
    loop {
        match bytes {
            [b'#', rest @ ..] => {
                let end = rest.iter().position(|&byte| byte == b'\n').ok_or("broken PPM")?;
                bytes = &rest[end..];
            }
            [space, rest @ ..] if space.is_ascii_whitespace() => bytes = rest,
            _ => break,
        }
    }
    let length = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = bytes.split_at(length);
    let digits = std::str::from_utf8(digits).map_err(|_error| "broken PPM")?;
    digits
        .parse()
        .map(|number| (number, rest))
        .map_err(|_error| "broken PPM")
}

fn picture(width: u32, height: u32, rgba: Vec<u8>) -> Result<Screenshot, Problem> {
    if rgba.len() as u64 != u64::from(width) * u64::from(height) * 4 {
        return Err("as many bytes as no picture of that size has");
    }
    Ok(Screenshot {
        width,
        height,
        rgba: Arc::from(rgba),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png_of(color: png::ColorType, data: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 2, 1);
        encoder.set_color(color);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(data).unwrap();
        writer.finish().unwrap();
        bytes
    }

    #[test]
    fn both_formats_become_the_same_pixels() {
        let ppm = decode(b"P6\n# made by QEMU\n2 1\n255\n\x01\x02\x03\x04\x05\x06").unwrap();
        let png = decode(&png_of(png::ColorType::Rgb, &[1, 2, 3, 4, 5, 6])).unwrap();
        assert_eq!(ppm, png);
        assert_eq!(
            (ppm.width, ppm.height, &*ppm.rgba),
            (2, 1, &[1, 2, 3, 255, 4, 5, 6, 255][..])
        );
        let grey = decode(&png_of(png::ColorType::Grayscale, &[9, 0])).unwrap();
        assert_eq!(*grey.rgba, [9, 9, 9, 255, 0, 0, 0, 255]);
    }

    #[test]
    fn bytes_that_lie_are_refused() {
        for bytes in [
            &b""[..],
            b"P6",
            b"P6 2 1 255",
            b"P6 2 1 255\n\x01\x02\x03\x04\x05",
            b"P6 99999 1 255\n",
            b"P6 4294967295 4294967295 255\n",
            b"P6 99999999999999999999 1 255\n",
            b"P6 2 1 65535\n\0\0\0\0\0\0\0\0\0\0\0\0",
            b"P6 -2 1 255\n",
            b"P6 #",
            b"\x89PNG\r\n\x1a\n",
            b"GIF89a",
        ] {
            assert!(decode(bytes).is_err(), "{:?}", String::from_utf8_lossy(bytes));
        }
        let whole = png_of(png::ColorType::Rgb, &[1, 2, 3, 4, 5, 6]);
        for length in 0..whole.len() - 12 {
            assert!(decode(&whole[..length]).is_err(), "{length}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200), as_png: bool) {
            let start: &[u8] = if as_png { b"\x89PNG\r\n\x1a\n" } else { b"P6 " };
            drop(decode(&[start, &bytes].concat()));
        }
    }
}
