//! Any bytes instead of a server: every session must end in an ending. The first byte chooses what is tried.
#![no_main]

use std::sync::{Arc, Mutex};

use berth_fuzz::console::Ending;
use berth_fuzz::console::rfb::{Framebuffer, Options, Outgoing, PixelFormat, Server, Wire, shake_hands};
use libfuzzer_sys::fuzz_target;

const RGB565: PixelFormat = PixelFormat {
    bits_per_pixel: 16,
    depth: 16,
    max: [31, 63, 31],
    shift: [11, 5, 0],
    ..PixelFormat::BGRX
};

struct Nowhere;

impl Outgoing for Nowhere {
    fn send(&mut self, _bytes: &[u8]) -> Result<(), Ending> {
        Ok(())
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let mut wire = Wire::new(bytes);
    if choice & 1 != 0 {
        let options = Options {
            password: (choice & 2 != 0).then(|| "password".to_owned()),
            ..Options::local()
        };
        if shake_hands(&mut wire, &mut Nowhere, &options).is_err() {
            return;
        }
    }
    let format = if choice & 4 == 0 { PixelFormat::BGRX } else { RGB565 };
    let framebuffer = Framebuffer::sized([40, 30]).expect("a small screen");
    let mut server = Server::new(wire, Arc::new(Mutex::new(framebuffer)), format);
    while server.next_event().is_ok() {}
});
