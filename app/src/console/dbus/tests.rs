//! What a QEMU that lies, stalls or speaks nonsense comes to: an ending that the window has words for.

mod stalls;

use std::io::{IoSlice, Read as _, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::sync::mpsc::{Receiver, sync_channel};

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use zbus::message::{Flags, Message};
use zbus::zvariant::{DynamicType, Fd};

use super::address::{CLIPBOARD, CLIPBOARD_PATH, LISTENER, LISTENER_MAP};
use super::*;
use crate::console::{CursorChange, Frames, Fresh, Screen, screen};

const A_WHILE: Duration = Duration::from_secs(20);
/// What those who are to be given up may take.
const SOON: Duration = Duration::from_millis(200);
const GREETING: &[u8] = b"OK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\n";
const XRGB: u32 = 0x2002_0888;

/// QEMU's end, and the window's.
struct Stage {
    peer: UnixStream,
    screen: Screen,
    woken: Receiver<()>,
}

fn stage(begin: impl FnOnce(UnixStream, Canvas) -> io::Result<()>) -> Stage {
    let (peer, ours) = UnixStream::pair().expect("a socket");
    let (wake, woken) = sync_channel(1_000);
    let (canvas, screen) = screen(move || wake.try_send(()).unwrap_or(()));
    begin(ours, canvas).expect("threads");
    Stage { peer, screen, woken }
}

fn options(patience: Duration) -> Options {
    Options {
        patience,
        ..Options::default()
    }
}

/// The connection on which QEMU shows frames.
fn frames_of(patience: Duration) -> Stage {
    stage(|ours, canvas| {
        let surface = Arc::new(Mutex::new(Surface::default()));
        let hang_up = Arc::new(HangUp {
            streams: [ours.try_clone()?, ours.try_clone()?],
            canvas: canvas.clone(),
            input: InputQueue::default(),
            listener: Mutex::default(),
        });
        start_painter(&surface, &hang_up)?;
        let uid = peer::own_uid_there(&ours);
        frames::start(ours, options(patience), uid, surface, canvas, &hang_up)
    })
}

/// Both connections, as the window begins them.
fn session_of(patience: Duration) -> Stage {
    stage(|ours, canvas| start(ours.into(), options(patience), canvas, InputQueue::default()))
}

fn call<B: serde::Serialize + DynamicType>(interface: &str, member: &str, body: &B) -> Message {
    Message::method_call("/org/qemu/Display1/Listener", member)
        .and_then(|call| call.interface(interface))
        .and_then(|call| call.with_flags(Flags::NoReplyExpected))
        .and_then(|call| call.build(body))
        .expect("a message")
}

impl Stage {
    fn greet(mut self) -> Self {
        self.peer.write_all(GREETING).expect("greeted");
        self
    }

    fn say(&self, message: &Message) {
        let data = message.data();
        let files: Vec<BorrowedFd<'_>> = data.fds().iter().map(|file| file.as_fd()).collect();
        let mut room = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = SendAncillaryBuffer::new(&mut room);
        if !files.is_empty() {
            assert!(ancillary.push(SendAncillaryMessage::ScmRights(&files)));
        }
        let bytes = [IoSlice::new(data.bytes())];
        sendmsg(&self.peer, &bytes, &mut ancillary, SendFlags::empty()).expect("said");
    }

    #[track_caller]
    fn until(&self, what: &str, mut is_so: impl FnMut(Fresh) -> bool) {
        let end = Instant::now() + A_WHILE;
        while !is_so(self.screen.take()) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(self.woken.recv_timeout(left).is_ok(), "no {what}");
        }
    }

    #[track_caller]
    fn ending(&self) -> Ending {
        self.until("ending", |_| self.screen.ending().is_some());
        self.screen.ending().expect("an ending")
    }
}

fn memory(bytes: u64) -> OwnedFd {
    let memory = rustix::fs::memfd_create("frame", rustix::fs::MemfdFlags::CLOEXEC).expect("memory");
    rustix::fs::ftruncate(&memory, bytes).expect("its size");
    memory
}

fn scanout_map(memory: &OwnedFd, offset: u32, [width, height]: [u32; 2], stride: u32) -> Message {
    let body = (Fd::from(memory), offset, width, height, stride, XRGB);
    call(LISTENER_MAP, "ScanoutMap", &body)
}

#[test]
fn a_display_that_says_nothing_is_given_up_wherever_it_stops() {
    let silent = session_of(SOON);
    assert!(matches!(silent.ending(), Ending::Stalled { .. }), "before its greeting");
    let deaf = session_of(SOON).greet();
    assert!(matches!(deaf.ending(), Ending::Stalled { .. }), "asked to show frames");
    let unshown = frames_of(SOON);
    assert!(
        matches!(unshown.ending(), Ending::Stalled { .. }),
        "before its second greeting"
    );
    let dark = frames_of(SOON).greet();
    assert!(matches!(dark.ending(), Ending::Stalled { .. }), "no first frame");
}

#[test]
fn a_guest_in_which_nothing_happens_is_waited_for() {
    let stage = frames_of(SOON).greet();
    stage.say(&call(LISTENER, "Disable", &()));
    std::thread::sleep(SOON * 4);
    assert_eq!(stage.screen.ending(), None);
    let body = (2_u32, 1_u32, 8_u32, XRGB, [7_u8; 8].as_slice());
    stage.say(&call(LISTENER, "Scanout", &body));
    stage.until("picture", |fresh| fresh.size == Some([2, 1]));
}

#[test]
fn what_is_no_display_ends_in_words() {
    let greetings: [&[u8]; 5] = [b"\n", b"\r\n", b"HELLO\r\n", b"REJECTED EXTERNAL\r\n", b"ERROR\r\n"];
    for greeting in greetings {
        for mut stage in [session_of(A_WHILE), frames_of(A_WHILE)] {
            stage.peer.write_all(greeting).expect("said");
            let ending = stage.ending();
            assert!(
                matches!(ending, Ending::Nonsense { .. } | Ending::Refused { .. }),
                "{ending:?} of {greeting:?}"
            );
        }
    }
    let garbage: [&[u8]; 3] = [
        &[0xff; 64],
        b"l\x01\x00\x01\xff\xff\xff\xff\x01\x00\x00\x00\xff\xff\xff\xff",
        &[0; 64],
    ];
    for garbage in garbage {
        for stage in [session_of(A_WHILE), frames_of(A_WHILE)] {
            let mut stage = stage.greet();
            stage.peer.write_all(garbage).expect("said");
            let ending = stage.ending();
            assert!(matches!(ending, Ending::Nonsense { .. }), "{ending:?} of {garbage:?}");
        }
    }
}

#[test]
fn a_connection_that_is_closed_anywhere_is_closed_and_nothing_else() {
    let whole = call(LISTENER, "Disable", &());
    let said = [GREETING, whole.data().bytes()].concat();
    for end in [
        0,
        5,
        GREETING.len(),
        GREETING.len() + 7,
        GREETING.len() + 40,
        said.len(),
    ] {
        let Stage {
            mut peer,
            screen,
            woken,
        } = frames_of(A_WHILE);
        peer.write_all(&said[..end]).expect("said");
        drop(peer);
        while screen.ending().is_none() {
            screen.take();
            woken.recv_timeout(A_WHILE).expect("an ending");
        }
        let ending = screen.ending();
        let is_closed = matches!(ending, Some(Ending::Closed | Ending::Refused { .. }));
        assert!(is_closed, "{ending:?} after {end} bytes");
    }
}

#[test]
fn frames_that_lie_end_the_session_before_anything_is_made_for_them() {
    let small = memory(4_096);
    let bytes = [0_u8; 64].as_slice();
    let update =
        |x: i32, y: i32, width: i32, height: i32| call(LISTENER, "Update", &(x, y, width, height, 16_u32, XRGB, bytes));
    let pointer = |width: i32, height: i32| call(LISTENER, "CursorDefine", &(width, height, 0_i32, 0_i32, bytes));
    let scanout =
        |width: u32, height: u32, stride: u32| call(LISTENER, "Scanout", &(width, height, stride, XRGB, bytes));
    let lies = [
        scanout(u32::MAX, u32::MAX, u32::MAX),
        scanout(16_384, 16_384, 65_536),
        scanout(4, 4, 15),
        scanout(4, 5, 16),
        update(0, 0, 4, 4),
        update(-1, 0, 4, 4),
        update(i32::MAX, i32::MAX, i32::MAX, i32::MAX),
        pointer(0, 4),
        pointer(-4, -4),
        pointer(i32::MAX, i32::MAX),
        pointer(5, 4),
        scanout_map(&small, 0, [64, 64], 256),
        scanout_map(&small, u32::MAX, [1, 1], 4),
        scanout_map(&small, 4_093, [1, 1], 4),
        scanout_map(&small, 0, [16, 16], 63),
        scanout_map(&small, 0, [16_385, 1], 65_540),
        call(LISTENER_MAP, "UpdateMap", &(0_i32, 0_i32, -1_i32, 4_i32)),
        call(LISTENER_MAP, "ScanoutMap", &("no", "frame")),
        call(LISTENER, "Scanout", &()),
        call(LISTENER, "MouseSet", &"here"),
    ];
    for lie in lies {
        let stage = frames_of(A_WHILE).greet();
        stage.say(&lie);
        let ending = stage.ending();
        assert!(matches!(ending, Ending::Nonsense { .. }), "{ending:?} of {lie:?}");
    }
}

#[test]
fn a_frame_whose_memory_shrinks_while_it_is_shown_ends_in_words_and_no_signal() {
    let memory = memory(64 * 256);
    let stage = frames_of(A_WHILE).greet();
    stage.say(&scanout_map(&memory, 0, [64, 64], 256));
    stage.until("picture", |fresh| fresh.size == Some([64, 64]));
    rustix::fs::ftruncate(&memory, 100).expect("cut");
    stage.say(&call(LISTENER_MAP, "UpdateMap", &(0_i32, 0_i32, i32::MAX, i32::MAX)));
    let Ending::Nonsense { what } = stage.ending() else {
        panic!("{:?}", stage.screen.ending());
    };
    assert!(what.contains("cut short"), "{what}");
}

#[test]
fn a_frame_without_pixels_is_a_dark_screen() {
    let stage = frames_of(A_WHILE).greet();
    let body = (2_u32, 1_u32, 8_u32, XRGB, [7_u8; 8].as_slice());
    stage.say(&call(LISTENER, "Scanout", &body));
    stage.until("picture", |fresh| fresh.size == Some([2, 1]));
    stage.say(&call(
        LISTENER,
        "Scanout",
        &(0_u32, 0_u32, 0_u32, XRGB, [0_u8; 0].as_slice()),
    ));
    stage.until("dark screen", |fresh| fresh.size == Some([0, 0]));
    assert_eq!(stage.screen.ending(), None);
}

#[test]
fn a_picture_that_stays_on_the_graphics_card_is_told_at_once() {
    let memory = memory(4_096);
    let body = (
        Fd::from(&memory),
        64_u32,
        16_u32,
        256_u32,
        0x3432_5258_u32,
        0_u64,
        false,
    );
    let stage = frames_of(A_WHILE).greet();
    stage.say(&call(LISTENER, "ScanoutDMABUF", &body));
    assert_eq!(stage.ending(), Ending::OnGraphicsCard);
}

#[test]
fn the_window_can_tell_how_frames_come() {
    let memory = memory(64 * 256);
    let stage = frames_of(A_WHILE).greet();
    assert_eq!(stage.screen.frames(), None);
    let body = (2_u32, 1_u32, 8_u32, XRGB, [7_u8; 8].as_slice());
    stage.say(&call(LISTENER, "Scanout", &body));
    stage.until("picture", |fresh| fresh.size == Some([2, 1]));
    assert_eq!(stage.screen.frames(), Some(Frames::Copied));
    stage.say(&scanout_map(&memory, 0, [64, 64], 256));
    stage.until("picture", |fresh| fresh.size == Some([64, 64]));
    assert_eq!(stage.screen.frames(), Some(Frames::Shared));
}

#[test]
fn a_pointer_that_the_guest_hides_comes_back_as_it_was() {
    let stage = frames_of(A_WHILE).greet();
    let is_shown = |fresh: Fresh| match fresh.cursor {
        Some(CursorChange::Shown(cursor)) => cursor.image.size == [2, 1] && cursor.hot_x == 1,
        _ => false,
    };
    let seen = |is_on: i32| call(LISTENER, "MouseSet", &(3_i32, 4_i32, is_on));
    let bytes = [0xff_u8; 8].as_slice();
    stage.say(&call(LISTENER, "CursorDefine", &(2_i32, 1_i32, 1_i32, 0_i32, bytes)));
    stage.until("pointer", is_shown);
    for _ in 0..2 {
        stage.say(&seen(0));
        stage.until("hidden pointer", |fresh| {
            matches!(fresh.cursor, Some(CursorChange::Hidden))
        });
        stage.say(&seen(1));
        stage.until("pointer again", is_shown);
    }
    // A movement is no news.
    stage.say(&seen(1));
    stage.say(&call(LISTENER, "Disable", &()));
    stage.until("dark screen", |fresh| {
        assert!(fresh.cursor.is_none());
        fresh.size == Some([0, 0])
    });
}

#[test]
fn a_flaw_in_a_part_ends_the_session_and_does_not_leave_it_standing() {
    let stage = stage(|ours, canvas| {
        let hang_up = Arc::new(HangUp {
            streams: [ours.try_clone()?, ours],
            canvas,
            input: InputQueue::default(),
            listener: Mutex::default(),
        });
        spawn("flawed", &hang_up, || panic!("a flaw"))
    });
    assert!(matches!(stage.ending(), Ending::Nonsense { .. }));
}

#[test]
fn a_guest_that_copies_without_end_is_asked_for_one_text_at_a_time() {
    let mut stage = stage(|ours, canvas| {
        let options = Options {
            shares_clipboard: true,
            ..options(A_WHILE)
        };
        thread::Builder::new()
            .name("console".to_owned())
            .spawn(move || hear_console(ours, options, canvas))
            .map(drop)
    })
    .greet();
    for serial in 0..100_u32 {
        let grab = Message::method_call(CLIPBOARD_PATH, "Grab")
            .and_then(|call| call.interface(CLIPBOARD))
            .and_then(|call| call.build(&(0_u32, serial, vec!["text/plain"])))
            .expect("a message");
        stage.say(&grab);
    }
    // Each is answered; of all that they announce, one text is asked for.
    let mut heard: Vec<u8> = Vec::new();
    stage
        .peer
        .set_read_timeout(Some(Duration::from_secs(1)))
        .expect("a limit");
    let mut piece = [0; 4_096];
    while let Ok(count @ 1..) = stage.peer.read(&mut piece) {
        heard.extend_from_slice(&piece[..count]);
    }
    let asked = heard.windows(7).filter(|words| words == b"Request").count();
    assert_eq!(asked, 1);
}
