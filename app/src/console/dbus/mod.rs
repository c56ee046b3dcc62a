//! QEMU's D-Bus display: peer to peer over a file descriptor that libvirt hands out, frames in shared memory.
//!
//! Two connections: on the first QEMU serves its console, keyboard and pointer; on the second, whose other end is handed
//! to QEMU by `RegisterListener`, QEMU calls *us* with frames, damage and the guest's pointer. Messages are taken one by
//! one as they come, since damage that overtakes its frame would be painted into the wrong picture.
//!
//! QEMU is not believed: what it says is compared with limits before anything is allocated for it, frames are read by
//! position from what must be memory, and a QEMU that says nothing it has to say in time is given up.
//!
//! Threads: `berth-dbus` (first connection), `berth-dbus-frames` (second), `berth-dbus-input`, `berth-painter`. The first
//! of them that ends hangs up for all: QEMU hung up, the input queue was closed, or the canvas is over, which the painter
//! sees at once, whatever the others wait for.

mod address;
mod alone;
mod clipboard;
mod convert;
mod frames;
mod input;
mod patient;
mod peer;
mod pixman;
mod session;
mod surface;
#[cfg(test)]
mod tests;

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::{Canvas, Ending, InputQueue, run_painter};
use surface::Surface;

pub use alone::{hear_console, hear_frames};

/// What the first seconds are allowed to take: QEMU answers in milliseconds unless it hangs.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Frames in shared memory. Off: they are copied through the socket, as an old QEMU does.
    pub shares_memory: bool,
    /// Text copied here goes there, and the other way.
    pub shares_clipboard: bool,
    /// The guest's screen: 0 is the first.
    pub console: u32,
    /// How long QEMU may take for an answer that is due, and twice as long for its first frame.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            shares_memory: true,
            shares_clipboard: false,
            console: 0,
            patience: PATIENCE,
        }
    }
}

/// Begins a session over the descriptor that libvirt gave. Returns at once; how it ends stands in the canvas.
pub fn start(display: OwnedFd, options: Options, canvas: Canvas, input: InputQueue) -> io::Result<()> {
    let display = UnixStream::from(display);
    let (ours, theirs) = UnixStream::pair()?;
    let surface = Arc::new(Mutex::new(Surface::default()));
    let uid = peer::own_uid_there(&display);
    let hang_up = HangUp {
        streams: [display.try_clone()?, ours.try_clone()?],
        canvas: canvas.clone(),
        input: input.clone(),
        listener: Mutex::new(Some(theirs.into())),
    };
    let hang_up = Arc::new(hang_up);
    start_painter(&surface, &hang_up)?;
    frames::start(ours, options, uid, Arc::clone(&surface), canvas, &hang_up)?;
    session::start(display, options, uid, surface, input, &hang_up)
}

/// Nobody else waits for the window's end of the canvas.
fn start_painter(surface: &Arc<Mutex<Surface>>, hang_up: &Arc<HangUp>) -> io::Result<()> {
    let (canvas, surface) = (hang_up.canvas.clone(), Arc::clone(surface));
    spawn("berth-painter", hang_up, move || {
        run_painter(&canvas, &*surface);
        Ending::Closed
    })
}

/// Ends all threads of a session, whichever of them saw the end first.
struct HangUp {
    streams: [UnixStream; 2],
    canvas: Canvas,
    input: InputQueue,
    /// The end of the second connection that is QEMU's, until QEMU has it. Were it dropped because the first one
    /// failed, that would look like QEMU hanging up, and why it failed would not be told.
    listener: Mutex<Option<OwnedFd>>,
}

impl HangUp {
    fn listener(&self) -> io::Result<Option<OwnedFd>> {
        let listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner);
        listener.as_ref().map(OwnedFd::try_clone).transpose()
    }

    fn let_listener_go(&self) {
        *self.listener.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn with(&self, ending: Ending) {
        self.canvas.end(ending);
        self.input.close();
        for stream in &self.streams {
            // Already hung up by the other side: there is nothing left to do.
            stream.shutdown(std::net::Shutdown::Both).ok();
        }
    }
}

/// Runs a part of the session on a thread of its own; however the part ends, so does the session.
fn spawn(name: &str, hang_up: &Arc<HangUp>, part: impl FnOnce() -> Ending + Send + 'static) -> io::Result<()> {
    let hang_up = Arc::clone(hang_up);
    let run = move || {
        // What nobody foresaw in what QEMU may say costs this session and nothing else.
        let ending = catch_unwind(AssertUnwindSafe(part)).unwrap_or_else(|_| Ending::Nonsense {
            what: "what broke the reader".to_owned(),
        });
        hang_up.with(ending);
    };
    thread::Builder::new().name(name.to_owned()).spawn(run).map(drop)
}

/// `future`, unless it takes longer than until `due`.
async fn in_time<T>(due: Instant, patience: Duration, future: impl Future<Output = T>) -> Result<T, Ending> {
    let late = async {
        async_io::Timer::at(due).await;
        Err(Ending::Stalled {
            seconds: patience.as_secs(),
        })
    };
    futures_lite::future::or(async { Ok(future.await) }, late).await
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
