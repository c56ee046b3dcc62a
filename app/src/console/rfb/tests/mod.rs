//! The client against bytes: an encoder of our own, lies, and a server that the test plays.

mod encoder;
mod encodings;
mod hostile;
mod session;

use std::sync::{Arc, Mutex};

use egui::Color32;

use super::super::{Area, Ending, Pixels as _};
use super::framebuffer::{Framebuffer, lock};
use super::pixel_format::PixelFormat;
use super::server::{Event, Server};
use super::wire::Wire;

pub(super) const RGB565: PixelFormat = PixelFormat {
    bits_per_pixel: 16,
    depth: 16,
    is_big_endian: false,
    is_true_colour: true,
    max: [31, 63, 31],
    shift: [11, 5, 0],
};
pub(super) const RGB332: PixelFormat = PixelFormat {
    bits_per_pixel: 8,
    depth: 8,
    is_big_endian: false,
    is_true_colour: true,
    max: [7, 7, 3],
    shift: [0, 3, 6],
};
pub(super) const BIG_ENDIAN: PixelFormat = PixelFormat {
    is_big_endian: true,
    ..PixelFormat::BGRX
};
pub(super) const HIGH: PixelFormat = PixelFormat {
    shift: [8, 16, 24],
    ..PixelFormat::BGRX
};

/// What a client made of bytes.
struct Read {
    events: Vec<Event>,
    ending: Ending,
    framebuffer: Arc<Mutex<Framebuffer>>,
}

impl Read {
    /// Red, green and blue of each pixel.
    fn pixels(&self) -> Vec<[u8; 3]> {
        let framebuffer = lock(&self.framebuffer);
        let mut out: Vec<Color32> = Vec::new();
        framebuffer.read(Area::whole(framebuffer.size()), &mut out).unwrap();
        out.iter().map(|colour| [colour.r(), colour.g(), colour.b()]).collect()
    }

    fn drawn(&self) -> usize {
        let is_drawn = |event: &&Event| matches!(event, Event::Drawn(_));
        self.events.iter().filter(is_drawn).count()
    }
}

/// Reads all of it; the ending is `Closed` where everything was understood.
fn read(bytes: &[u8], size: [u32; 2], format: PixelFormat) -> Read {
    let framebuffer = Arc::new(Mutex::new(Framebuffer::default()));
    lock(&framebuffer).resize(size).unwrap();
    let mut server = Server::new(Wire::new(bytes), Arc::clone(&framebuffer), format);
    let mut events = Vec::new();
    let ending = loop {
        match server.next_event() {
            Ok(event) => events.push(event),
            Err(ending) => break ending,
        }
    };
    Read {
        events,
        ending,
        framebuffer,
    }
}
