//! A session with a server: one thread reads, one writes, and the painter shows what was drawn.

use std::io;
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::super::{Canvas, Damage, Ending, InputQueue, Pixels, SizeRefusal, start_painter};
use super::Options;
use super::framebuffer::{Framebuffer, Shared};
use super::handshake::{Greeting, Outgoing as _, shake_hands};
use super::link::Link;
use super::messages::Messages;
use super::server::{Event, Server};
use super::talk::Talk;
use super::wire::{Wire, nonsense};

/// The writer looks this often whether the session is over.
const LOOK: Duration = Duration::from_millis(500);
/// While it waits for a window that may be hidden.
const LOOK_SOON: Duration = Duration::from_millis(100);
/// A picture that takes longer to arrive is shown in parts.
const PART: Duration = Duration::from_millis(40);

/// Begins a session with the server at the other end of `socket`. Returns at once; all that happens is told to the
/// canvas, the end too. Closing the input queue, or dropping the screen, ends it.
pub fn start(socket: impl Into<OwnedFd>, options: Options, canvas: Canvas, input: InputQueue) -> io::Result<()> {
    let link = Link::new(socket.into(), canvas.clone(), options.patience)?;
    thread::Builder::new()
        .name("berth-rfb-reader".to_owned())
        .spawn(move || {
            let session = || run(&link, &options, &canvas, &input);
            // A flaw in a decoder costs this session and nothing else.
            let ending = catch_unwind(AssertUnwindSafe(session)).unwrap_or_else(|_| nonsense("what broke the decoder"));
            canvas.end(ending);
            link.close();
            input.stir();
        })
        .map(drop)
}

fn run(link: &Link, options: &Options, canvas: &Canvas, input: &InputQueue) -> Ending {
    let session = || -> Result<Ending, Ending> {
        let mut wire = Wire::new(link.clone());
        let Greeting { size, .. } = shake_hands(&mut wire, &mut link.clone(), options)?;
        let size = size.map(u32::from);
        let framebuffer: Shared = Arc::new(Mutex::new(Framebuffer::sized(size)?));
        let talk = Talk::new(size);
        let source: Arc<Mutex<dyn Pixels>> = Arc::clone(&framebuffer) as Arc<Mutex<dyn Pixels>>;
        start_painter(canvas.clone(), source)?;
        start_writer(link.clone(), options, canvas.clone(), input.clone(), talk.clone())?;
        let mut reader = Reader {
            server: Server::new(wire, framebuffer, options.usable_format()),
            canvas,
            input,
            talk,
            damage: Damage::default(),
            shown: Instant::now(),
            has_part: false,
            patience: options.patience,
            has_picture: false,
        };
        loop {
            reader.step()?;
        }
    };
    session().unwrap_or_else(|ending| ending)
}

struct Reader<'a> {
    server: Server<Link>,
    canvas: &'a Canvas,
    input: &'a InputQueue,
    talk: Talk,
    damage: Damage,
    /// When the update began, or the painter was last told of a part of it.
    shown: Instant,
    /// The painter knows of a part.
    has_part: bool,
    patience: Duration,
    /// The first picture is due; later ones come when something changes.
    has_picture: bool,
}

impl Reader<'_> {
    fn step(&mut self) -> Result<(), Ending> {
        let may_wait = self.has_picture && self.server.owes_nothing();
        self.server.source_mut().limit = (!may_wait).then_some(self.patience);
        self.server.wait()?;
        // What has begun must go on.
        self.server.source_mut().limit = Some(self.patience);
        let event = self.server.next_event()?;
        self.handle(event)
    }

    fn handle(&mut self, event: Event) -> Result<(), Ending> {
        match event {
            Event::UpdateBegan => {
                self.talk.lock().update_began();
                self.input.stir();
                self.shown = Instant::now();
            }
            Event::UpdateEnded => {
                self.has_picture = true;
                if !self.damage.is_empty() || self.has_part {
                    self.canvas.damage_all(self.damage.take());
                }
                self.has_part = false;
            }
            Event::Drawn(area) => {
                self.damage.add(area);
                if self.shown.elapsed() > PART {
                    self.canvas.damage_part(self.damage.take());
                    self.has_part = true;
                    self.shown = Instant::now();
                }
            }
            Event::Resized(size) => {
                self.canvas.set_size_refusal(None);
                self.talk.lock().resized(size);
                self.damage.add(super::super::Area::whole(size));
                self.input.stir();
            }
            Event::ScreenNamed(screen) => {
                self.talk.lock().screen_named(screen);
                self.input.stir();
            }
            Event::Cursor(change) => self.canvas.set_cursor(change),
            Event::Pointer(mode) => {
                self.talk.lock().qemu_takes_pointer(mode);
                self.canvas.set_pointer_mode(mode);
            }
            Event::Lights(lights) => {
                self.talk.lock().lights(lights);
                self.canvas.set_lights(lights);
            }
            Event::ExtendedKeys => self.talk.lock().extended_keys(),
            Event::ExtendedButtons => self.talk.lock().extended_buttons(),
            Event::ResizeRefused { status } => {
                let refusal = refusal(status);
                tracing::info!(?refusal, "the server keeps its screen's size");
                self.canvas.set_size_refusal(Some(refusal));
            }
            Event::Clipboard(heard) => {
                let text = self.talk.lock().heard(heard)?;
                if let Some(text) = text {
                    self.canvas.set_clipboard(text);
                }
                self.input.stir();
            }
            Event::Fence { flags, payload } => {
                self.talk.lock().fence(flags, &payload)?;
                self.input.stir();
            }
            Event::ContinuousEnded => {
                self.talk.lock().continuous_ended();
                self.input.stir();
            }
            Event::Other => {}
        }
        Ok(())
    }
}

/// Why a server does not take a size.
const fn refusal(status: u16) -> SizeRefusal {
    match status {
        1 => SizeRefusal::Forbidden,
        2 => SizeRefusal::NoResources,
        3 => SizeRefusal::NoSuchScreen,
        _ => SizeRefusal::Unsaid,
    }
}

fn start_writer(mut link: Link, options: &Options, canvas: Canvas, input: InputQueue, talk: Talk) -> io::Result<()> {
    let mut out = Messages::default();
    out.set_pixel_format(options.usable_format());
    out.set_encodings(&options.numbers());
    let wake = input.clone();
    canvas.on_wanted(move || wake.stir());
    thread::Builder::new()
        .name("berth-rfb-writer".to_owned())
        .spawn(move || {
            match write(&mut link, &canvas, &input, &talk, out) {
                // The reader sees that too, after the server's last words.
                Err(Ending::Closed) => {}
                Err(ending) => canvas.end(ending),
                Ok(()) => canvas.end(Ending::Closed),
            }
            link.close();
        })
        .map(drop)
}

/// Until the window closes its end.
fn write(link: &mut Link, canvas: &Canvas, input: &InputQueue, talk: &Talk, first: Messages) -> Result<(), Ending> {
    /// Of inputs in one go, so that requests are not kept waiting.
    const MOST_AT_ONCE: usize = 64;
    let mut out = first;
    while !canvas.is_over() {
        let is_counting = {
            let mut talk = talk.lock();
            talk.speak(canvas.is_wanted(), &mut out);
            talk.is_counting()
        };
        link.send(out.as_bytes())?;
        out.clear();
        let patience = if is_counting { LOOK_SOON } else { LOOK };
        let mut next = input.next(patience);
        if next.is_none() && input.is_closed() {
            return Ok(());
        }
        for _ in 0..MOST_AT_ONCE {
            let Some(known) = next else { break };
            talk.lock().input(known, &mut out);
            next = input.next(Duration::ZERO);
        }
        if let Some(last) = next {
            talk.lock().input(last, &mut out);
        }
    }
    Ok(())
}
