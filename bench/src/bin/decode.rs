//! Times the VNC client on full screens of 1280×800, in memory: `decode [--rounds 40]`.
//!
//! Noise is the worst that a guest can show: nothing is packed and every byte is handled. Lines of text are what
//! guests mostly show.

use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use berth::console::rfb::{Framebuffer, PixelFormat, Server, Wire};
use flate2::{Compress, Compression, FlushCompress};

const WIDTH: usize = 1280;
const HEIGHT: usize = 800;
const RAW: i32 = 0;
const TIGHT: i32 = 7;
const ZRLE: i32 = 16;
const TILE: usize = 64;

type Pixels = Vec<[u8; 3]>;
type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let rounds = rounds();
    let mut out = std::io::stdout();
    for (picture, pixels) in [("noise", noise()), ("text", text())] {
        for (encoding, update) in [
            ("raw", raw(&pixels)),
            ("tight", tight(&pixels)?),
            ("zrle", zrle(&pixels)?),
        ] {
            let milliseconds = time(&update, rounds)?;
            writeln!(out, "decode.{picture}.{encoding} {milliseconds:.2} ms")?;
        }
    }
    Ok(())
}

fn rounds() -> usize {
    let arguments: Vec<String> = std::env::args().collect();
    let wanted = arguments.windows(2).find(|pair| pair[0] == "--rounds");
    wanted.and_then(|pair| pair[1].parse().ok()).unwrap_or(40)
}

/// The median of one update, each by a client that has just connected.
fn time(update: &[u8], rounds: usize) -> Result<f64, Failure> {
    let size = [WIDTH as u32, HEIGHT as u32];
    let framebuffer = Framebuffer::sized(size).map_err(|ending| format!("{ending:?}"))?;
    let framebuffer = Arc::new(Mutex::new(framebuffer));
    let mut times = Vec::new();
    for _ in 0..rounds {
        let mut server = Server::new(Wire::new(update), Arc::clone(&framebuffer), PixelFormat::BGRX);
        let started = Instant::now();
        // The head, the rectangle and the end.
        for _ in 0..3 {
            server.next_event().map_err(|ending| format!("{ending:?}"))?;
        }
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok(times.get(times.len() / 2).copied().unwrap_or(f64::NAN))
}

fn noise() -> Pixels {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let [_, _, red, green, blue, ..] = state.to_le_bytes();
        [red, green, blue]
    };
    (0..WIDTH * HEIGHT).map(next).collect()
}

fn text() -> Pixels {
    let pixel = |at: usize| {
        let (x, y) = (at % WIDTH, at / WIDTH);
        let is_ink = y % 16 < 10 && x % 9 < 7 && (x * 7 + y * 13) % 5 < 2;
        if is_ink { [30, 30, 40] } else { [250, 250, 250] }
    };
    (0..WIDTH * HEIGHT).map(pixel).collect()
}

fn head(encoding: i32) -> Vec<u8> {
    let mut update = vec![0, 0, 0, 1, 0, 0, 0, 0];
    update.extend((WIDTH as u16).to_be_bytes());
    update.extend((HEIGHT as u16).to_be_bytes());
    update.extend(encoding.to_be_bytes());
    update
}

fn raw(pixels: &Pixels) -> Vec<u8> {
    let mut update = head(RAW);
    update.extend(pixels.iter().flat_map(|[red, green, blue]| [*blue, *green, *red, 0]));
    update
}

fn tight(pixels: &Pixels) -> Result<Vec<u8>, Failure> {
    let mut update = head(TIGHT);
    update.push(0);
    let packed = deflate(&pixels.concat())?;
    let length = packed.len();
    update.extend([length as u8 | 0x80, (length >> 7) as u8 | 0x80, (length >> 14) as u8]);
    update.extend(packed);
    Ok(update)
}

/// Tiles of two colours are packed as such, all others as they are.
fn zrle(pixels: &Pixels) -> Result<Vec<u8>, Failure> {
    let mut plain = Vec::new();
    for y in (0..HEIGHT).step_by(TILE) {
        for x in (0..WIDTH).step_by(TILE) {
            let rows: Vec<&[[u8; 3]]> = (y..HEIGHT.min(y + TILE))
                .map(|y| &pixels[y * WIDTH + x..y * WIDTH + x + TILE])
                .collect();
            zrle_tile(&rows, &mut plain);
        }
    }
    let packed = deflate(&plain)?;
    let mut update = head(ZRLE);
    update.extend((packed.len() as u32).to_be_bytes());
    update.extend(packed);
    Ok(update)
}

fn zrle_tile(rows: &[&[[u8; 3]]], plain: &mut Vec<u8>) {
    let mut palette: Pixels = Vec::new();
    for pixel in rows.iter().copied().flatten() {
        if !palette.contains(pixel) {
            palette.push(*pixel);
        }
        if palette.len() > 2 {
            break;
        }
    }
    let compact = |[red, green, blue]: &[u8; 3]| [*blue, *green, *red];
    if palette.len() != 2 {
        plain.push(0);
        plain.extend(rows.iter().copied().flatten().flat_map(compact));
        return;
    }
    plain.push(2);
    plain.extend(palette.iter().flat_map(compact));
    for row in rows {
        for eight in row.chunks(8) {
            let bit = |byte: u8, pixel: &[u8; 3]| byte << 1 | u8::from(*pixel == palette[1]);
            plain.push(eight.iter().fold(0, bit));
        }
    }
}

fn deflate(plain: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut stream = Compress::new(Compression::fast(), true);
    let mut packed = Vec::with_capacity(plain.len() + plain.len() / 8 + 1_024);
    stream.compress_vec(plain, &mut packed, FlushCompress::Sync)?;
    Ok(packed)
}
