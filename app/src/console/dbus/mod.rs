//! QEMU's D-Bus display: peer to peer over a file descriptor that libvirt hands out, frames in shared memory.
//!
//! Two connections: on the first QEMU serves its console, keyboard and pointer; on the second, whose other end is handed
//! to QEMU by `RegisterListener`, QEMU calls *us* with frames, damage and the guest's pointer. Messages are taken one by
//! one as they come, since damage that overtakes its frame would be painted into the wrong picture.
//!
//! Threads: `berth-dbus` (first connection), `berth-dbus-frames` (second), `berth-dbus-input`. All end when the canvas is
//! over, when the input queue is closed or when QEMU hangs up.

mod address;
mod clipboard;
mod convert;
mod frames;
mod input;
mod peer;
mod pixman;
mod session;
mod surface;

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::thread;

use super::{Canvas, Ending, InputQueue, start_painter};
use surface::Surface;

/// What the first seconds are allowed to take: QEMU answers in milliseconds unless it hangs.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Frames in shared memory. Off: they are copied through the socket, as an old QEMU does.
    pub shares_memory: bool,
    /// Text copied here goes there, and the other way.
    pub shares_clipboard: bool,
    /// The guest's screen: 0 is the first.
    pub console: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            shares_memory: true,
            shares_clipboard: false,
            console: 0,
        }
    }
}

/// Begins a session over the descriptor that libvirt gave. Returns at once; how it ends stands in the canvas.
pub fn start(display: OwnedFd, options: Options, canvas: Canvas, input: InputQueue) -> io::Result<()> {
    let display = UnixStream::from(display);
    let (ours, theirs) = UnixStream::pair()?;
    let surface = Arc::new(Mutex::new(Surface::default()));
    start_painter(canvas.clone(), surface.clone())?;
    let uid = peer::own_uid_there(&display);
    let hang_up = HangUp {
        streams: [display.try_clone()?, ours.try_clone()?],
        canvas: canvas.clone(),
        input: input.clone(),
    };
    let hang_up = Arc::new(hang_up);
    frames::start(ours, options, uid, Arc::clone(&surface), canvas, &hang_up)?;
    session::start(display, theirs.into(), options, uid, surface, input, &hang_up)
}

/// Ends all threads of a session, whichever of them saw the end first.
struct HangUp {
    streams: [UnixStream; 2],
    canvas: Canvas,
    input: InputQueue,
}

impl HangUp {
    fn with(&self, ending: Ending) {
        self.canvas.end(ending);
        self.input.close();
        for stream in &self.streams {
            // Already hung up by the other side: there is nothing left to do.
            stream.shutdown(std::net::Shutdown::Both).ok();
        }
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.to_owned()).spawn(body).map(drop)
}

/// Runs a connection's own tasks on this thread while `future` goes on: no thread hop between a message and its effect.
async fn drive<T>(connection: &zbus::Connection, future: impl Future<Output = T>) -> T {
    let executor = connection.executor().clone();
    let tasks = async {
        loop {
            executor.tick().await;
        }
    };
    futures_lite::future::or(future, tasks).await
}
