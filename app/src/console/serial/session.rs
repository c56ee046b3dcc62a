//! One serial line of one machine as the window has it: a terminal that outlives the line, and the thread that feeds it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::Duration;

use alacritty_terminal::sync::FairMutex;
use libvirt_backend::Error;
use libvirt_backend::command::{ConsoleEnding, ConsoleStream, Heard, LogPlace};

use super::keys::Manner;
use super::{Snapshot, Tape, Terminal, without_orders};

/// At a time under the terminal's lock: the window never waits for more.
const PIECE: usize = 16 << 10;
/// What a guest holds back to show at once is shown after so long all the same.
const UPDATE_PATIENCE: Duration = Duration::from_millis(150);
/// Lines that a screen reader is told of at once; more is a flood that nobody listens to.
const MOST_SPOKEN: usize = 3;
const MOST_SPOKEN_LETTERS: usize = 300;

/// How the line stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineState {
    /// It is being opened, or will be as soon as the machine runs.
    Wanted,
    Open,
    /// Nobody had looked at it for a while: it is opened again once somebody does.
    GivenBack,
    Ended(ConsoleEnding),
    Refused(Error),
}

/// Cheap to clone. The last clone gives the line back.
#[derive(Clone)]
pub struct Session(Arc<Holder>);

struct Holder(Arc<Shared>);

struct Shared {
    /// Fair, because a guest that never stops talking must not keep the window from looking.
    terminal: FairMutex<Terminal>,
    line: Mutex<Line>,
    /// Something is to be seen that the window has not looked at. It is woken once, not for each letter.
    is_stale: AtomicBool,
    wake: Box<dyn Fn() + Send + Sync>,
}

struct Line {
    state: LineState,
    stream: Option<ConsoleStream>,
    /// Where in libvirt's log everything was shown up to.
    position: Option<LogPlace>,
    /// Whole lines that were said since somebody took them.
    spoken: Vec<String>,
    unfinished: Vec<u8>,
    skipped_bytes: u64,
}

impl Session {
    /// `wake` tells the window that something is new; it must not block.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(Holder(Arc::new(Shared {
            terminal: FairMutex::new(Terminal::default()),
            line: Mutex::new(Line {
                state: LineState::Wanted,
                stream: None,
                position: None,
                spoken: Vec::new(),
                unfinished: Vec::new(),
                skipped_bytes: 0,
            }),
            is_stale: AtomicBool::new(true),
            wake: Box::new(wake),
        }))))
    }

    /// Shows what comes over `stream`, and before that what was said meanwhile. `is_new_run`: by a guest that has
    /// started since the last line.
    pub fn attach(&self, stream: ConsoleStream, is_new_run: bool) {
        let shared = Arc::clone(&self.0.0);
        let mut line = shared.line();
        if let Some(before) = line.stream.replace(stream.clone()) {
            before.close();
        }
        line.state = LineState::Open;
        drop(line);
        let feeder = Arc::clone(&shared);
        let spawned = Builder::new()
            .name("berth-serial".to_owned())
            .spawn(move || feeder.carry(&stream, is_new_run));
        if let Err(error) = spawned {
            tracing::error!(%error, "no thread for a serial line");
            self.set_state(LineState::Refused(Error::Panicked(error.to_string())));
        }
    }

    pub fn set_state(&self, state: LineState) {
        self.0.0.line().state = state;
        self.0.0.stir();
    }

    pub fn state(&self) -> LineState {
        self.0.0.line().state.clone()
    }

    /// Types to the guest; `false`: it does not take so much, and gets none of it.
    pub fn send(&self, bytes: &[u8]) -> bool {
        let stream = self.0.0.line().stream.clone();
        stream.is_some_and(|stream| stream.send_whole(bytes))
    }

    pub fn manner(&self) -> Manner {
        self.0.0.terminal.lock().manner()
    }

    /// What the window does to the terminal: scrolls, marks, looks for words.
    pub fn with_terminal<T>(&self, act: impl FnOnce(&mut Terminal) -> T) -> T {
        let result = act(&mut self.0.0.terminal.lock());
        self.0.0.is_stale.store(true, Ordering::Release);
        result
    }

    /// The same where nothing changes by it.
    pub fn look<T>(&self, look: impl FnOnce(&Terminal) -> T) -> T {
        look(&self.0.0.terminal.lock())
    }

    /// `None`: nothing is new since the last time.
    pub fn take_snapshot(&self) -> Option<Snapshot> {
        let shared = &self.0.0;
        let is_stale = shared.is_stale.swap(false, Ordering::AcqRel);
        is_stale.then(|| shared.terminal.lock().snapshot())
    }

    /// The last whole lines that the guest said since the last time, and how much was lost because it spoke too fast.
    pub fn take_spoken(&self) -> (Vec<String>, u64) {
        let mut line = self.0.0.line();
        (
            std::mem::take(&mut line.spoken),
            std::mem::take(&mut line.skipped_bytes),
        )
    }

    /// Lets others have the line; what was shown stays.
    pub fn give_back(&self) {
        let mut line = self.0.0.line();
        line.state = LineState::GivenBack;
        let stream = line.stream.take();
        drop(line);
        if let Some(stream) = stream {
            stream.close();
        }
    }

    /// Does libvirt write down here what is said while nobody is attached?
    pub fn has_log(&self) -> bool {
        self.0.0.line().position.is_some()
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        if let Some(stream) = self.0.line().stream.take() {
            stream.close();
        }
    }
}

impl Shared {
    /// Until the line ends. Runs on a thread of its own.
    fn carry(&self, stream: &ConsoleStream, is_new_run: bool) {
        let mut tape = Tape::new(stream.clone());
        let position = self.line().position.clone();
        if is_new_run {
            self.terminal.lock().start_over();
        }
        for piece in tape.history(position.as_ref()).chunks(PIECE) {
            self.terminal.lock().feed_history(piece);
        }
        self.line().position = tape.position().cloned();
        self.stir();
        let mut is_updating = false;
        let ending = loop {
            match tape.read(is_updating.then_some(UPDATE_PATIENCE)) {
                Heard::Bytes { bytes, skipped_bytes } => {
                    is_updating = self.show(&bytes, skipped_bytes, stream);
                    self.line().position = tape.position().cloned();
                }
                Heard::Nothing => {
                    self.terminal.lock().finish_update();
                    is_updating = false;
                    self.stir();
                }
                Heard::Ended(ending) => break ending,
            }
        };
        let mut line = self.line();
        // Another line may have taken its place.
        if line.stream.as_ref() == Some(stream) {
            line.stream = None;
            line.state = LineState::Ended(ending);
        }
        drop(line);
        self.stir();
    }

    /// Is the guest holding back an update?
    fn show(&self, bytes: &[u8], skipped_bytes: u64, stream: &ConsoleStream) -> bool {
        let mut is_updating = false;
        for piece in bytes.chunks(PIECE) {
            let mut terminal = self.terminal.lock();
            terminal.feed(piece);
            let answers = terminal.take_answers();
            is_updating = terminal.is_updating();
            drop(terminal);
            if !answers.is_empty() {
                stream.send(&answers);
            }
            self.stir();
        }
        let mut line = self.line();
        line.skipped_bytes += skipped_bytes;
        line.hear(bytes);
        is_updating
    }

    fn stir(&self) {
        if !self.is_stale.swap(true, Ordering::AcqRel) {
            (self.wake)();
        }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// Keeps the last whole lines, for those who listen.
    fn hear(&mut self, bytes: &[u8]) {
        let Self { spoken, unfinished, .. } = self;
        // Of a flood the end is enough.
        let tail = bytes
            .get(bytes.len().saturating_sub(4 * MOST_SPOKEN_LETTERS)..)
            .unwrap_or(bytes);
        unfinished.extend_from_slice(tail);
        if let Some(end) = unfinished.iter().rposition(|byte| *byte == b'\n') {
            let whole: Vec<u8> = unfinished.drain(..=end).collect();
            spoken.extend(spoken_lines(&whole));
            spoken.drain(..spoken.len().saturating_sub(MOST_SPOKEN));
        }
        let surplus = unfinished.len().saturating_sub(4 * MOST_SPOKEN_LETTERS);
        unfinished.drain(..surplus);
    }
}

fn spoken_lines(bytes: &[u8]) -> Vec<String> {
    let plain = String::from_utf8_lossy(&without_orders(bytes)).into_owned();
    let lines = plain.lines().map(|line| {
        // Colours are the one order that was left.
        let mut words = String::new();
        let mut rest = line;
        while let Some((before, after)) = rest.split_once('\x1b') {
            words.push_str(before);
            rest = after.split_once('m').map_or("", |(_, after)| after);
        }
        words.push_str(rest);
        // What was written over counts as said last.
        let words = words
            .trim_end_matches('\r')
            .rsplit('\r')
            .next()
            .unwrap_or_default()
            .trim();
        words.chars().take(MOST_SPOKEN_LETTERS).collect::<String>()
    });
    lines.filter(|line| !line.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_listen_hear_whole_lines_without_orders_and_the_last_of_a_flood() {
        let session = Session::new(|| {});
        let shared = &session.0.0;
        shared.line().hear(b"\x1b[1;32mweb\x1b[0m login");
        assert_eq!(session.take_spoken().0, Vec::<String>::new());
        shared.line().hear(b": ada\r\n 10%\r 20%\r\n\r\n");
        assert_eq!(session.take_spoken().0, ["web login: ada", "20%"]);
        for line in 0..1_000 {
            shared.line().hear(format!("line {line}\n").as_bytes());
        }
        assert_eq!(session.take_spoken().0, ["line 997", "line 998", "line 999"]);
        shared.line().hear(&vec![b'x'; 100_000]);
        assert!(shared.line().unfinished.len() <= 4 * MOST_SPOKEN_LETTERS);
    }

    #[test]
    fn the_window_is_woken_once_until_it_looks() {
        let woken = Arc::new(std::sync::atomic::AtomicU32::new(0));
        let counter = Arc::clone(&woken);
        let session = Session::new(move || {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        assert!(session.take_snapshot().is_some(), "the empty screen");
        assert!(session.take_snapshot().is_none());
        for _ in 0..50 {
            session.0.0.terminal.lock().feed(b"x");
            session.0.0.stir();
        }
        assert_eq!(woken.load(Ordering::Relaxed), 1);
        assert_eq!(session.take_snapshot().unwrap().text(), "x".repeat(50));
        assert!(session.take_snapshot().is_none());
    }
}
