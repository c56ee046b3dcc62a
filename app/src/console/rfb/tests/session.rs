//! A whole session over a socket with a server that the test plays.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use super::super::super::{Ending, Fresh, Input, InputQueue, Screen, SizeRefusal, screen};
use super::super::{Options, security, start};

const PATIENCE: Duration = Duration::from_secs(20);

/// The server's end, and the window's.
struct Stage {
    server: UnixStream,
    screen: Screen,
    input: InputQueue,
    woken: Receiver<()>,
}

fn stage(options: Options) -> Stage {
    let (server, client) = UnixStream::pair().unwrap();
    server.set_read_timeout(Some(PATIENCE)).unwrap();
    let (wake, woken) = sync_channel(1_000);
    let (canvas, screen) = screen(move || wake.try_send(()).unwrap_or(()));
    let input = InputQueue::default();
    start(client, options, canvas, input.clone()).unwrap();
    Stage {
        server,
        screen,
        input,
        woken,
    }
}

/// A password that the tests use.
fn with_password(password: &str) -> Options {
    Options {
        password: Some(password.to_owned()),
        ..Options::local()
    }
}

const FORMAT: [u8; 16] = [32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0];

impl Stage {
    fn say(&mut self, bytes: &[u8]) {
        self.server.write_all(bytes).unwrap();
    }

    #[track_caller]
    fn expect(&mut self, bytes: &[u8]) {
        let mut heard = vec![0; bytes.len()];
        self.server.read_exact(&mut heard).unwrap();
        assert_eq!(heard, bytes);
    }

    fn greet(&mut self, [width, height]: [u8; 2]) {
        self.say(b"RFB 003.008\n");
        self.expect(b"RFB 003.008\n");
        self.say(&[1, 1]);
        self.expect(&[1]);
        self.say(&[0; 4]);
        self.expect(&[1]);
        self.say(&[0, width, 0, height]);
        self.say(&FORMAT);
        self.say(&[0, 0, 0, 1, b'x']);
        // Pixel format, then encodings: as many as it says.
        let mut head = [0; 24];
        self.server.read_exact(&mut head).unwrap();
        assert_eq!(head[4..20], FORMAT);
        let mut numbers = vec![0; usize::from(u16::from_be_bytes([head[22], head[23]])) * 4];
        self.server.read_exact(&mut numbers).unwrap();
    }

    /// An update that paints the whole small screen in one colour.
    fn paint(&mut self, [width, height]: [u8; 2], colour: u8) {
        self.say(&[0, 0, 0, 1, 0, 0, 0, 0, 0, width, 0, height, 0, 0, 0, 0]);
        self.say(&[colour; 4].repeat(usize::from(width) * usize::from(height)));
    }

    #[track_caller]
    fn until(&self, what: &str, mut is_so: impl FnMut(Fresh, &Screen) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !is_so(self.screen.take(), &self.screen) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(self.woken.recv_timeout(left).is_ok(), "no {what}");
        }
    }

    #[track_caller]
    fn ending(&self) -> Ending {
        self.until("ending", |_, screen| screen.ending().is_some());
        self.screen.ending().unwrap()
    }

    /// Nothing more comes within a moment.
    #[track_caller]
    fn assert_silence(&mut self) {
        self.server.set_read_timeout(Some(Duration::from_millis(700))).unwrap();
        let mut byte = [0];
        let heard = self.server.read(&mut byte);
        assert!(heard.is_err(), "the client said {byte:?}");
        self.server.set_read_timeout(Some(PATIENCE)).unwrap();
    }
}

const WHOLE: [u8; 10] = [3, 0, 0, 0, 0, 0, 0, 8, 0, 4];
const NEXT: [u8; 10] = [3, 1, 0, 0, 0, 0, 0, 8, 0, 4];

#[test]
fn a_picture_is_shown_and_the_next_change_is_asked_for() {
    let mut stage = stage(Options::local());
    stage.greet([8, 4]);
    stage.expect(&WHOLE);
    stage.paint([8, 4], 9);
    stage.expect(&NEXT);
    stage.until("picture", |fresh, _| {
        let is_shown = |patch: &super::super::super::Patch| patch.image.pixels[0].r() == 9;
        fresh.size == Some([8, 4]) && fresh.patches.iter().all(is_shown)
    });
    drop(stage.server.shutdown(std::net::Shutdown::Both));
    assert_eq!(stage.ending(), Ending::Closed);
}

#[test]
fn an_update_that_takes_long_is_shown_in_parts_and_is_one_change() {
    let mut stage = stage(Options::local());
    stage.greet([8, 4]);
    stage.expect(&WHOLE);
    let rows = |y, colour| [&[0, 0, 0, y, 0, 8, 0, 1, 0, 0, 0, 0][..], &[colour; 32]].concat();
    stage.say(&[0, 0, 0, 3]);
    stage.say(&rows(0, 7));
    std::thread::sleep(Duration::from_millis(60));
    stage.say(&rows(1, 7));
    stage.until("part", |fresh, screen| {
        assert_eq!(screen.counts().updates, 0);
        !fresh.patches.is_empty()
    });
    stage.say(&rows(2, 7));
    stage.until("rest", |fresh, screen| {
        !fresh.patches.is_empty() && screen.counts().updates == 1
    });
}

#[test]
fn a_window_that_takes_nothing_asks_for_no_more_than_one_change_ahead() {
    let mut stage = stage(Options::local());
    stage.greet([8, 4]);
    stage.expect(&WHOLE);
    stage.paint([8, 4], 1);
    stage.expect(&NEXT);
    // Painted and waiting for the window: this one waits behind it.
    stage.paint([8, 4], 2);
    let mut asked = 1;
    stage.server.set_read_timeout(Some(Duration::from_millis(700))).unwrap();
    let mut request = [0; 10];
    while stage.server.read_exact(&mut request).is_ok() {
        assert_eq!(request, NEXT);
        asked += 1;
        assert!(asked < 4, "the hidden window asks for more and more");
        stage.paint([8, 4], 3);
    }
    stage.server.set_read_timeout(Some(PATIENCE)).unwrap();
    stage.screen.take();
    stage.expect(&NEXT);
    stage.assert_silence();
}

#[test]
fn every_version_is_spoken() {
    for (said, answered, security) in [
        ("RFB 003.003\n", "RFB 003.003\n", [0, 0, 0, 1].as_slice()),
        ("RFB 003.005\n", "RFB 003.003\n", &[0, 0, 0, 1]),
        ("RFB 003.007\n", "RFB 003.007\n", &[2, 2, 1]),
        ("RFB 003.889\n", "RFB 003.008\n", &[2, 2, 1]),
        ("RFB 005.000\n", "RFB 003.008\n", &[2, 2, 1]),
    ] {
        let mut stage = stage(Options::local());
        stage.say(said.as_bytes());
        stage.expect(answered.as_bytes());
        stage.say(security);
        if answered != "RFB 003.003\n" {
            stage.expect(&[1]);
        }
        if answered == "RFB 003.008\n" {
            stage.say(&[0; 4]);
        }
        stage.expect(&[1]);
        stage.say(&[0, 8, 0, 4]);
        stage.say(&FORMAT);
        stage.say(&[0; 4]);
        stage.expect(&[0, 0, 0, 0, 32, 24, 0, 1]);
    }
}

#[test]
fn a_password_opens_or_is_wanted_or_wrong() {
    let challenge = [7; 16];
    for (version, kinds) in [("RFB 003.008\n", [1, 2].as_slice()), ("RFB 003.003\n", &[0, 0, 0, 2])] {
        let mut asked = stage(Options::local());
        asked.say(version.as_bytes());
        asked.say(kinds);
        assert_eq!(asked.ending(), Ending::PasswordWanted);

        for (result, ending) in [([0, 0, 0, 0], None), ([0, 0, 0, 1], Some(Ending::PasswordWrong))] {
            let mut stage = stage(with_password("secret"));
            stage.say(version.as_bytes());
            stage.expect(version.as_bytes());
            stage.say(kinds);
            if kinds.len() == 2 {
                stage.expect(&[2]);
            }
            stage.say(&challenge);
            stage.expect(&security::answer("secret", challenge));
            stage.say(&result);
            match ending {
                Some(ending) => assert_eq!(stage.ending(), ending),
                None => stage.expect(&[1]),
            }
        }
    }
}

#[test]
fn refusals_are_told_in_the_servers_words() {
    for bytes in [
        b"RFB 003.008\n\0\0\0\0\x07no room".as_slice(),
        b"RFB 003.003\n\0\0\0\0\0\0\0\x07no room",
        b"RFB 003.008\n\x01\x01\0\0\0\x01\0\0\0\x07no room",
    ] {
        let mut stage = stage(Options::local());
        stage.say(bytes);
        let reason = "no room".to_owned();
        assert_eq!(stage.ending(), Ending::Refused { reason });
    }
    let mut stage = stage(Options::local());
    stage.say(b"RFB 003.008\n\x02\x13\x12");
    let what = "security [19, 18]".to_owned();
    assert_eq!(stage.ending(), Ending::NotSpoken { what });
}

#[test]
fn what_is_no_server_is_named() {
    let mut stage = stage(Options::local());
    stage.say(b"HTTP/1.1 400 Bad Request\r\n");
    let what = "\"HTTP/1.1 400\" instead of a version".to_owned();
    assert_eq!(stage.ending(), Ending::Nonsense { what });
}

#[test]
fn a_server_that_owes_an_answer_is_given_up() {
    let hasty = || Options {
        patience: Duration::from_secs(1),
        ..Options::local()
    };
    let silent = stage(hasty());
    assert_eq!(silent.ending(), Ending::Stalled { seconds: 1 });

    let mut no_picture = stage(hasty());
    no_picture.greet([8, 4]);
    assert_eq!(no_picture.ending(), Ending::Stalled { seconds: 1 });

    let mut half = stage(hasty());
    half.greet([8, 4]);
    half.say(&[0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0, 4, 0, 0, 0, 0, 1, 2]);
    assert_eq!(half.ending(), Ending::Stalled { seconds: 1 });
}

#[test]
fn a_guest_in_which_nothing_happens_is_waited_for() {
    let mut stage = stage(Options {
        patience: Duration::from_secs(1),
        ..Options::local()
    });
    stage.greet([8, 4]);
    stage.expect(&WHOLE);
    stage.paint([8, 4], 1);
    stage.expect(&NEXT);
    std::thread::sleep(Duration::from_millis(1_700));
    assert_eq!(stage.screen.ending(), None);
    stage.paint([8, 4], 7);
    stage.until("the later picture", |fresh, _| {
        fresh.patches.iter().any(|patch| patch.image.pixels[0].r() == 7)
    });
}

#[test]
fn keys_go_by_number_where_the_server_takes_them_and_by_meaning_elsewhere() {
    let mut stage = stage(Options::local());
    stage.greet([8, 4]);
    stage.expect(&WHOLE);
    let a = |is_down| Input::Key { qnum: 0x1e, is_down };
    stage.input.send(a(true));
    stage.expect(&[4, 1, 0, 0, 0, 0, 0, 0x61]);
    stage.input.send(a(false));
    stage.expect(&[4, 0, 0, 0, 0, 0, 0, 0x61]);
    // The server takes numbers from now on; the fence says when that was read.
    stage.say(&[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xfe, 0xfe]);
    stage.expect(&NEXT);
    stage.say(&[248, 0, 0, 0, 0x80, 0, 0, 1, 2, 5, 6]);
    stage.expect(&[248, 0, 0, 0, 0, 0, 0, 1, 2, 5, 6]);
    stage.input.send(a(true));
    stage.expect(&[255, 0, 0, 1, 0, 0, 0, 0x61, 0, 0, 0, 0x1e]);
}

#[test]
fn the_size_of_the_window_is_asked_for_once_the_server_can() {
    let mut stage = stage(Options::local());
    stage.greet([8, 4]);
    stage.expect(&WHOLE);
    stage.input.send(Input::Resize {
        width: 300,
        height: 200,
    });
    let screens = [1, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 8, 0, 4, 0, 0, 0, 6];
    stage.say(&[0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0, 4, 0xff, 0xff, 0xfe, 0xcc]);
    stage.expect(&NEXT);
    stage.say(&screens);
    stage.expect(&[
        251, 0, 1, 44, 0, 200, 1, 0, 0, 0, 0, 5, 0, 0, 0, 0, 1, 44, 0, 200, 0, 0, 0, 6,
    ]);
    // It has become that large: the whole new picture is wanted.
    stage.say(&[0, 0, 0, 1, 0, 1, 0, 0, 1, 44, 0, 200, 0xff, 0xff, 0xfe, 0xcc]);
    stage.say(&screens);
    let mut requests = Vec::new();
    stage.until("whole request", |_, _| {
        let mut request = [0; 10];
        stage.server.try_clone().unwrap().read_exact(&mut request).unwrap();
        requests.push(request);
        request == [3, 0, 0, 0, 0, 0, 1, 44, 0, 200]
    });
    assert!(requests.len() <= 2, "{requests:?}");
}

#[test]
fn a_server_that_keeps_its_size_is_told_until_it_takes_another() {
    let mut stage = stage(Options::local());
    stage.greet([8, 4]);
    stage.expect(&WHOLE);
    let screens = [1, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 8, 0, 4, 0, 0, 0, 6];
    // By this client, forbidden.
    stage.say(&[0, 0, 0, 1, 0, 1, 0, 1, 0, 8, 0, 4, 0xff, 0xff, 0xfe, 0xcc]);
    stage.say(&screens);
    stage.until("refusal", |_, screen| {
        screen.size_refusal() == Some(SizeRefusal::Forbidden)
    });
    stage.say(&[0, 0, 0, 1, 0, 0, 0, 0, 0, 16, 0, 4, 0xff, 0xff, 0xfe, 0xcc]);
    stage.say(&screens);
    stage.until("another size", |_, screen| screen.size_refusal().is_none());
    assert_eq!(stage.screen.ending(), None);
}

#[test]
fn updates_without_asking_are_switched_on_and_off_with_the_windows_interest() {
    let mut stage = stage(Options::local());
    stage.greet([8, 4]);
    stage.expect(&WHOLE);
    stage.say(&[150]);
    stage.expect(&[150, 1, 0, 0, 0, 0, 0, 8, 0, 4]);
    stage.paint([8, 4], 1);
    stage.woken.recv_timeout(PATIENCE).unwrap();
    // The window is told and takes nothing: this waits behind it.
    stage.paint([8, 4], 2);
    stage.expect(&[150, 0, 0, 0, 0, 0, 0, 8, 0, 4]);
    stage.say(&[150]);
    stage.assert_silence();
    stage.screen.take();
    stage.expect(&[150, 1, 0, 0, 0, 0, 0, 8, 0, 4]);
}

#[test]
fn closing_the_window_ends_the_session_at_once() {
    for is_dropped in [true, false] {
        let mut stage = stage(Options::local());
        stage.greet([8, 4]);
        stage.expect(&WHOLE);
        let Stage {
            mut server,
            screen,
            input,
            ..
        } = stage;
        let kept = if is_dropped {
            drop(screen);
            None
        } else {
            input.close();
            Some(screen)
        };
        let mut rest = Vec::new();
        server.read_to_end(&mut rest).unwrap();
        assert!(rest.is_empty(), "{rest:?}");
        drop(kept);
    }
}

#[test]
fn a_server_that_takes_nothing_does_not_hold_the_window() {
    let mut stage = stage(Options {
        patience: Duration::from_secs(1),
        ..Options::local()
    });
    stage.greet([8, 4]);
    stage.expect(&WHOLE);
    stage.paint([8, 4], 1);
    // Text is sent as it is to a server that knows no better; none of it is read here.
    let text: std::sync::Arc<str> = "x".repeat(1 << 20).into();
    let since = Instant::now();
    for _ in 0..4 {
        stage.input.send(Input::Clipboard(std::sync::Arc::clone(&text)));
    }
    assert!(since.elapsed() < Duration::from_millis(200));
    assert_eq!(stage.ending(), Ending::Stalled { seconds: 1 });
}
