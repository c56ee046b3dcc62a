//! Anything that a peer may say over the connections of the D-Bus display: each must end in an ending, and what can be
//! painted then must be there, also after its memory was cut short. The first byte chooses what is tried.
#![no_main]

use std::io::{IoSlice, Write as _};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Duration;

use berth_fuzz::console::dbus::{Options, hear_console, hear_frames};
use berth_fuzz::console::{Area, Canvas, Pixels, screen};
use libfuzzer_sys::fuzz_target;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use zbus::message::{Flags, Message};
use zbus::zvariant::{DynamicType, Fd, Value};

const GREETING: &[u8] = b"OK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\n";
const LISTENER: &str = "org.qemu.Display1.Listener";
const LISTENER_MAP: &str = "org.qemu.Display1.Listener.Unix.Map";
const CLIPBOARD: &str = "org.qemu.Display1.Clipboard";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const CONSOLE_PATH: &str = "/org/qemu/Display1/Console_0";
const CLIPBOARD_PATH: &str = "/org/qemu/Display1/Clipboard";
/// All that is said lies in the socket before anybody takes it: answers must find room too.
const MOST_MESSAGES: usize = 40;
/// More of a frame is not painted here: a whole one of the largest takes its time.
const MOST_PAINTED: u64 = 1 << 18;

fuzz_target!(|bytes: &[u8]| {
    expect_flaws_of_zbus();
    let mut input = Input(bytes);
    let choice = input.byte();
    let (ours, theirs) = UnixStream::pair().expect("a socket");
    theirs.set_nonblocking(true).expect("a socket that does not wait");
    let mut peer = Peer {
        stream: theirs,
        memory: None,
    };
    if choice & 1 == 0 {
        peer.raw(GREETING);
    }
    let is_console = choice & 4 != 0;
    for _ in 0..MOST_MESSAGES {
        if input.0.is_empty() {
            break;
        }
        if choice & 2 != 0 {
            peer.raw(input.rest());
        } else if is_console {
            peer.console(&mut input);
        } else {
            peer.frames(&mut input);
        }
    }
    peer.stream.shutdown(Shutdown::Write).expect("a socket");
    let (canvas, _screen) = screen(|| {});
    let options = Options {
        shares_memory: choice & 8 == 0,
        shares_clipboard: true,
        // What is waited for must come of what is said, and the end of that is known at once.
        patience: Duration::from_secs(60),
        ..Options::default()
    };
    let hear = || {
        if is_console {
            hear_console(ours, options, canvas);
        } else {
            paint(ours, options, canvas, peer.memory.as_ref());
        }
    };
    catch_unwind(AssertUnwindSafe(hear)).ok();
});

/// The bus's library breaks at some of what nobody says. A session expects that of it, and of nothing else.
fn expect_flaws_of_zbus() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let abort = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let is_of_library = |file: &str| file.contains("/zbus-") || file.contains("/zvariant-");
            if !panic.location().is_some_and(|place| is_of_library(place.file())) {
                abort(panic);
            }
        }));
    });
}

fn paint(stream: UnixStream, options: Options, canvas: Canvas, memory: Option<&OwnedFd>) {
    let (pixels, _ending) = hear_frames(stream, options, canvas);
    read(&pixels);
    if let Some(memory) = memory {
        // What is no memory has no length.
        rustix::fs::ftruncate(memory, 100).ok();
        read(&pixels);
    }
}

/// The first rows, the last ones and a strip, as the painter would.
fn read(pixels: &Arc<Mutex<dyn Pixels>>) {
    let pixels = pixels.lock().unwrap_or_else(PoisonError::into_inner);
    let [width, height] = pixels.size();
    let rows = (MOST_PAINTED / u64::from(width.max(1))).max(1).min(u64::from(height)) as u32;
    let area = |x, y, width, height| Area { x, y, width, height };
    let mut out = Vec::new();
    for area in [
        area(0, 0, width, rows),
        area(0, height.saturating_sub(rows), width, rows),
        area(width / 2, 0, 1, height),
        area(u32::MAX, 7, u32::MAX, 7),
    ] {
        let area = area.clipped([width, height]);
        if !area.is_empty() && pixels.read(area, &mut out).is_ok() {
            assert_eq!(out.len() as u64, area.pixels());
        }
    }
}

struct Peer {
    stream: UnixStream,
    /// Of the newest frame that is shared.
    memory: Option<OwnedFd>,
}

impl Peer {
    fn raw(&mut self, bytes: &[u8]) {
        // What finds no room was not said.
        self.stream.write(bytes).ok();
    }

    fn say<B: serde::Serialize + DynamicType>(&self, path: &str, interface: &str, member: &str, body: &B) {
        let message = Message::method_call(path, member)
            .and_then(|call| call.interface(interface))
            .and_then(|call| call.with_flags(Flags::NoReplyExpected))
            .and_then(|call| call.build(body));
        self.send(&message.expect("a message"));
    }

    fn send(&self, message: &Message) {
        let data = message.data();
        let files: Vec<BorrowedFd<'_>> = data.fds().iter().map(|file| file.as_fd()).collect();
        let mut room = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = SendAncillaryBuffer::new(&mut room);
        if !files.is_empty() {
            ancillary.push(SendAncillaryMessage::ScmRights(&files));
        }
        sendmsg(
            &self.stream,
            &[IoSlice::new(data.bytes())],
            &mut ancillary,
            SendFlags::NOSIGNAL,
        )
        .ok();
    }

    /// One call of those that QEMU makes of a listener, with any numbers in it.
    fn frames(&mut self, input: &mut Input<'_>) {
        let path = "/org/qemu/Display1/Listener";
        match input.byte() % 9 {
            0 => {
                let body = (
                    input.number(),
                    input.number(),
                    input.number(),
                    input.format(),
                    input.piece(),
                );
                self.say(path, LISTENER, "Scanout", &body);
            }
            1 => {
                let (at, size) = ([input.signed(), input.signed()], [input.signed(), input.signed()]);
                let body = (
                    at[0],
                    at[1],
                    size[0],
                    size[1],
                    input.number(),
                    input.format(),
                    input.piece(),
                );
                self.say(path, LISTENER, "Update", &body);
            }
            2 => self.say(path, LISTENER, "Disable", &()),
            3 => {
                let body = (
                    input.signed(),
                    input.signed(),
                    input.signed(),
                    input.signed(),
                    input.piece(),
                );
                self.say(path, LISTENER, "CursorDefine", &body);
            }
            4 => self.say(
                path,
                LISTENER,
                "MouseSet",
                &(input.signed(), input.signed(), input.signed()),
            ),
            5 => {
                let memory = input.memory();
                let numbers = [input.number(), input.number(), input.number(), input.number()];
                let body = (
                    Fd::from(&memory),
                    numbers[0],
                    numbers[1],
                    numbers[2],
                    numbers[3],
                    input.format(),
                );
                self.say(path, LISTENER_MAP, "ScanoutMap", &body);
                self.memory = Some(memory);
            }
            6 => {
                let body = (input.signed(), input.signed(), input.signed(), input.signed());
                self.say(path, LISTENER_MAP, "UpdateMap", &body);
            }
            7 => self.say(path, PROPERTIES, "GetAll", &LISTENER),
            _ => self.raw(input.piece()),
        }
    }

    /// One message of those that QEMU sends about its console and the guest's clipboard.
    fn console(&mut self, input: &mut Input<'_>) {
        match input.byte() % 6 {
            0 => {
                let names = ["Width", "Height", "Modifiers", "IsAbsolute", "Elsewhere"];
                let name = names[usize::from(input.byte()) % names.len()];
                let value = match input.byte() % 4 {
                    0 => Value::from(input.number()),
                    1 => Value::from(input.byte() & 1 != 0),
                    2 => Value::from(input.text()),
                    _ => Value::from(vec![Value::from(input.number()); usize::from(input.byte() % 8)]),
                };
                let changed = std::collections::HashMap::from([(name, value)]);
                let signal = Message::signal(CONSOLE_PATH, PROPERTIES, "PropertiesChanged")
                    .and_then(|signal| signal.build(&("org.qemu.Display1.Console", changed, Vec::<&str>::new())));
                self.send(&signal.expect("a signal"));
            }
            1 => {
                let body = (
                    input.number() % 3,
                    input.number(),
                    vec![input.text(); usize::from(input.byte() % 4)],
                );
                self.say(CLIPBOARD_PATH, CLIPBOARD, "Grab", &body);
            }
            2 => {
                let body = (input.number() % 3, vec![input.text(); usize::from(input.byte() % 4)]);
                self.say(CLIPBOARD_PATH, CLIPBOARD, "Request", &body);
            }
            3 => {
                let names = ["Register", "Unregister", "Release", "Grab", "Request", "Elsewhere"];
                let name = names[usize::from(input.byte()) % names.len()];
                self.say(CLIPBOARD_PATH, CLIPBOARD, name, &input.piece());
            }
            4 => self.say(CLIPBOARD_PATH, PROPERTIES, "GetAll", &CLIPBOARD),
            _ => self.raw(input.piece()),
        }
    }
}

/// The fuzzer's bytes; what it has no more of is zero.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    /// Mostly small, and sometimes what makes sums overflow.
    fn number(&mut self) -> u32 {
        let kind = self.byte();
        match kind {
            0..=199 => u32::from(kind),
            200..=229 => u32::from_le_bytes([self.byte(), self.byte(), 0, 0]),
            230..=239 => u32::MAX - u32::from(kind - 230),
            240..=247 => 16_384 + u32::from(kind) - 244,
            _ => u32::from_le_bytes([self.byte(), self.byte(), self.byte(), self.byte()]),
        }
    }

    fn signed(&mut self) -> i32 {
        self.number().cast_signed()
    }

    fn format(&mut self) -> u32 {
        match self.byte() {
            0..=199 => 0x2002_0888,
            200..=219 => 0x1002_0565,
            220..=239 => 0x1802_0888,
            _ => self.number(),
        }
    }

    fn piece(&mut self) -> &'a [u8] {
        let length = usize::from(u16::from_le_bytes([self.byte(), self.byte()])).min(self.0.len());
        let (piece, rest) = self.0.split_at(length);
        self.0 = rest;
        piece
    }

    fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    fn text(&mut self) -> &'a str {
        let piece = self.piece();
        let whole = std::str::from_utf8(piece).map_or_else(|error| error.valid_up_to(), str::len);
        // A text of the bus holds no zero.
        let text = std::str::from_utf8(&piece[..whole]).unwrap_or_default();
        text.split('\0').next().unwrap_or_default()
    }

    /// What a frame lies in, or is said to.
    fn memory(&mut self) -> OwnedFd {
        let kind = self.byte();
        if kind >= 250 {
            return UnixStream::pair().expect("a socket").0.into();
        }
        let memory = rustix::fs::memfd_create("frame", rustix::fs::MemfdFlags::CLOEXEC).expect("memory");
        // Sparse: a file as large as it likes costs nothing.
        let size = u64::from(self.number()) * if kind >= 200 { 1 << 16 } else { 1 };
        rustix::fs::ftruncate(&memory, size.min(1 << 40)).expect("its size");
        memory
    }
}
