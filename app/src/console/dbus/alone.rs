//! What QEMU may say over one connection, taken on the caller's thread: for the fuzzer, which is not QEMU.

use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};

use futures_lite::future::block_on;

use super::frames::Listener;
use super::session::Console;
use super::surface::Surface;
use super::{Options, peer};
use crate::console::{Canvas, Ending, Pixels};

/// Takes frames, damage and the pointer until the connection ends. What can be painted then, and why it ended.
pub fn hear_frames(stream: UnixStream, options: Options, canvas: Canvas) -> (Arc<Mutex<dyn Pixels>>, Ending) {
    let surface = Arc::new(Mutex::new(Surface::default()));
    let uid = peer::own_uid_there(&stream);
    let listener = Listener::new(options, uid, Arc::clone(&surface), canvas);
    let ending = block_on(listener.serve(stream)).unwrap_or_else(|ending| ending);
    (surface, ending)
}

/// Takes what the console, the keyboard and the clipboard say until the connection ends.
pub fn hear_console(stream: UnixStream, options: Options, canvas: Canvas) -> Ending {
    let console = Console::new(&options, Arc::default(), canvas);
    let uid = peer::own_uid_there(&stream);
    block_on(console.hear(stream, uid)).unwrap_or_else(|ending| ending)
}
