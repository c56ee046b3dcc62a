//! A QEMU that stops where it must go on is given up, and its session leaves no thread behind.

use std::io::IoSliceMut;
use std::sync::mpsc::RecvTimeoutError;

use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};

use super::*;
use crate::console::Input;

/// The other end of a whole session: it greets, shows a dark screen and answers what it is asked.
struct Qemu {
    display: UnixStream,
    /// The connection on which it shows frames.
    listener: Option<UnixStream>,
}

impl Qemu {
    fn answer(display: &UnixStream) -> Self {
        let mut qemu = Self {
            display: display.try_clone().expect("a socket"),
            listener: None,
        };
        qemu.display.set_read_timeout(Some(A_WHILE)).expect("a limit");
        let begin = b"BEGIN\r\n";
        let mut heard = Vec::new();
        let greeted = loop {
            if let Some(at) = heard.windows(begin.len()).position(|words| words == begin) {
                break at + begin.len();
            }
            qemu.hear(&mut heard);
        };
        heard.drain(..greeted);
        // RegisterListener and four properties.
        for reply in [nothing, number, number, number, number] {
            let number = |heard: &[u8], at: usize| u32::from_le_bytes(heard[at..at + 4].try_into().expect("a number"));
            let length = loop {
                if heard.len() >= 16 {
                    let header = 16 + number(&heard, 12) as usize;
                    let length = header.next_multiple_of(8) + number(&heard, 4) as usize;
                    if heard.len() >= length {
                        break length;
                    }
                }
                qemu.hear(&mut heard);
            };
            let call: Vec<u8> = heard.drain(..length).collect();
            let serial = call[8..12].try_into().expect("a serial number");
            qemu.display.write_all(&reply(serial)).expect("answered");
        }
        let listener = qemu.listener.as_mut().expect("a connection for frames");
        listener.write_all(GREETING).expect("greeted");
        listener
            .write_all(call(LISTENER, "Disable", &()).data().bytes())
            .expect("said");
        qemu
    }

    /// A file that comes with it is the listener.
    fn hear(&mut self, heard: &mut Vec<u8>) {
        let mut bytes = vec![0; 4_096];
        let mut room = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut room);
        let mut pieces = [IoSliceMut::new(&mut bytes)];
        let received = recvmsg(&self.display, &mut pieces, &mut ancillary, RecvFlags::empty()).expect("words");
        assert_ne!(received.bytes, 0, "it hung up");
        heard.extend_from_slice(&bytes[..received.bytes]);
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(files) = message {
                self.listener = files.map(UnixStream::from).next().or_else(|| self.listener.take());
            }
        }
    }
}

/// An answer without a body.
fn nothing(to: [u8; 4]) -> Vec<u8> {
    [
        &[b'l', 2, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0][..],
        &[5, 1, b'u', 0],
        &to,
    ]
    .concat()
}

/// An answer with a property's value.
fn number(to: [u8; 4]) -> Vec<u8> {
    [
        &[b'l', 2, 1, 1, 8, 0, 0, 0, 1, 0, 0, 0, 15, 0, 0, 0][..],
        &[5, 1, b'u', 0],
        &to,
        &[8, 1, b'g', 0, 1, b'v', 0, 0],
        &[1, b'u', 0, 0, 0, 0, 0, 0],
    ]
    .concat()
}

/// A session that is greeted and answered, and its keyboard.
fn session_with_keyboard(patience: Duration) -> (Stage, Qemu, InputQueue) {
    let input = InputQueue::default();
    let keyboard = input.clone();
    let stage = stage(move |ours, canvas| start(ours.into(), options(patience), canvas, input)).greet();
    let qemu = Qemu::answer(&stage.peer);
    stage.until("dark screen", |fresh| fresh.size == Some([0, 0]));
    (stage, qemu, keyboard)
}

/// Types until nothing more is taken: QEMU no longer reads.
fn type_until_it_is_full(keyboard: &InputQueue, is_over: impl Fn() -> bool) {
    let mut typed = 0_u64;
    while !is_over() {
        for is_down in [true, false] {
            keyboard.send(Input::Key { qnum: 30, is_down });
        }
        typed += 2;
        if typed.is_multiple_of(256) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Each of them holds the canvas, which holds what wakes the window.
#[track_caller]
fn all_threads_end(woken: &Receiver<()>) {
    loop {
        match woken.recv_timeout(A_WHILE) {
            Ok(()) => {}
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => panic!("a thread is left"),
        }
    }
}

#[test]
fn a_display_that_stops_in_the_middle_of_a_message_is_given_up() {
    let body = (2_u32, 1_u32, 8_u32, XRGB, [7_u8; 8].as_slice());
    let frame = call(LISTENER, "Scanout", &body);
    for end in [3, 40, frame.data().len() - 1] {
        let mut stage = frames_of(SOON).greet();
        stage.say(&call(LISTENER, "Disable", &()));
        stage.until("dark screen", |fresh| fresh.size == Some([0, 0]));
        stage.peer.write_all(&frame.data().bytes()[..end]).expect("said");
        assert!(matches!(stage.ending(), Ending::Stalled { .. }), "after {end} bytes");
    }
    for end in [3, 20] {
        let (mut stage, _qemu, _keyboard) = session_with_keyboard(Duration::from_secs(1));
        stage.peer.write_all(&number([9, 0, 0, 0])[..end]).expect("said");
        assert!(
            matches!(stage.ending(), Ending::Stalled { .. }),
            "{end} bytes of an answer"
        );
    }
}

#[test]
fn a_message_that_comes_slowly_and_goes_on_is_waited_for() {
    let mut stage = frames_of(Duration::from_secs(5)).greet();
    let body = (2_u32, 1_u32, 8_u32, XRGB, [7_u8; 8].as_slice());
    let frame = call(LISTENER, "Scanout", &body);
    for piece in frame.data().bytes().chunks(40) {
        stage.peer.write_all(piece).expect("said");
        std::thread::sleep(SOON);
    }
    stage.until("picture", |fresh| fresh.size == Some([2, 1]));
    assert_eq!(stage.screen.ending(), None);
}

#[test]
fn typing_at_a_display_that_takes_nothing_any_more_ends_in_words() {
    let (stage, _qemu, keyboard) = session_with_keyboard(Duration::from_secs(1));
    let begun = Instant::now();
    type_until_it_is_full(&keyboard, || {
        assert!(begun.elapsed() < A_WHILE, "it is not given up");
        stage.screen.ending().is_some()
    });
    assert!(
        matches!(stage.ending(), Ending::Stalled { .. }),
        "{:?}",
        stage.screen.ending()
    );
}

#[test]
fn a_screen_that_is_left_while_its_display_takes_nothing_leaves_no_thread_behind() {
    let (stage, qemu, keyboard) = session_with_keyboard(Duration::from_mins(10));
    let begun = Instant::now();
    type_until_it_is_full(&keyboard, || begun.elapsed() > Duration::from_secs(2));
    let Stage { screen, woken, peer } = stage;
    assert_eq!(screen.ending(), None);
    drop((screen, keyboard));
    all_threads_end(&woken);
    drop((peer, qemu));
}

#[test]
fn a_screen_that_is_left_while_its_display_has_yet_to_answer_leaves_no_thread_behind() {
    for begin in [session_of, frames_of] {
        let Stage { screen, woken, peer } = begin(Duration::from_mins(10));
        drop(screen);
        all_threads_end(&woken);
        drop(peer);
    }
}
