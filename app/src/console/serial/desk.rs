//! The serial lines that were asked for, and when each is to be opened again.

use std::collections::BTreeMap;

use libvirt_backend::command::{ConsoleEnding, ConsoleStream};
use libvirt_backend::model::SerialDevice;
use libvirt_backend::{Error, JobId};

use super::session::{LineState, Session};
use crate::route::MachineKey;

/// Terminals kept for lines that may be looked at again; the one that was not for the longest time goes.
const MOST: usize = 12;
/// A machine that stopped says so within this time; after it, whoever has the line is another program.
const NEWS_MILLIS: i64 = 4_000;
const FIRST_PAUSE_MILLIS: i64 = 500;
const LONGEST_PAUSE_MILLIS: i64 = 30_000;
/// A line that nobody looks at is given back after so long: other programs are refused meanwhile.
const KEPT_MILLIS: i64 = 60_000;
/// The same of one whose log cannot be read here: what is said while nobody is attached is lost.
const KEPT_WITHOUT_LOG_MILLIS: i64 = 600_000;
/// Attempts that are refused before a person has to say "again".
const MOST_REFUSALS: u32 = 4;

/// A serial device of a machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LineKey {
    pub machine: MachineKey,
    pub alias: String,
}

/// What became of its machine, as far as a line cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Running {
    /// Since when, where that is known.
    Yes(Option<i64>),
    No,
    /// The connection is away.
    Unknown,
}

#[derive(Default)]
pub struct Desk {
    lines: BTreeMap<LineKey, Line>,
    /// The line that was looked at last, of each machine.
    chosen: BTreeMap<MachineKey, String>,
    /// Counts looks.
    looks: u64,
}

struct Line {
    session: Session,
    looked_at: u64,
    is_seen: bool,
    seen_at: i64,
    asked: Option<JobId>,
    /// Started when, of the run that the line was last open to.
    run: Option<i64>,
    has_been_open: bool,
    /// It was off since.
    was_off: bool,
    ended_at: Option<i64>,
    refusals: u32,
    again_at: Option<i64>,
}

/// What a line needs now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Nothing,
    /// To be opened.
    Open,
    /// To be looked at again at this time.
    LookAt(i64),
}

impl Desk {
    /// The terminal of a line; `None`: nobody asked for it yet.
    pub fn session(&self, key: &LineKey) -> Option<&Session> {
        self.lines.get(key).map(|line| &line.session)
    }

    /// Is the line another program's now, which nothing but a person's wish takes back?
    pub fn is_lost(&self, key: &LineKey, now_millis: i64) -> bool {
        self.lines.get(key).is_some_and(|line| line.is_lost(now_millis))
    }

    pub fn keys(&self) -> impl Iterator<Item = &LineKey> {
        self.lines.keys()
    }

    /// From now on the line is held for as long as the machine runs and somebody looks.
    pub fn want(&mut self, key: LineKey, now_millis: i64, new_session: impl FnOnce() -> Session) {
        self.looks += 1;
        let looks = self.looks;
        let line = self.lines.entry(key).or_insert_with(|| Line {
            session: new_session(),
            looked_at: looks,
            is_seen: true,
            seen_at: now_millis,
            asked: None,
            run: None,
            has_been_open: false,
            was_off: false,
            ended_at: None,
            refusals: 0,
            again_at: None,
        });
        line.looked_at = looks;
        if self.lines.len() > MOST
            && let Some(oldest) = self.lines.iter().min_by_key(|(_, line)| line.looked_at)
        {
            let oldest = oldest.0.clone();
            self.lines.remove(&oldest);
        }
    }

    /// These are looked at now and no others.
    pub fn see(&mut self, is_seen: impl Fn(&LineKey) -> bool, now_millis: i64) {
        for (key, line) in &mut self.lines {
            // Nothing is drawn, nor asked here, while nothing happens: it was seen until now.
            let was_seen = std::mem::replace(&mut line.is_seen, is_seen(key));
            if was_seen || line.is_seen {
                line.seen_at = now_millis;
            }
        }
    }

    /// The one of a machine's lines that a person looks at, where its page is shown.
    pub fn line_of<'a>(&self, machine: &MachineKey, serials: &'a [SerialDevice]) -> Option<&'a SerialDevice> {
        let chosen = self.chosen(machine);
        let openable = || serials.iter().filter(|device| device.is_openable);
        openable()
            .find(|device| chosen == Some(device.alias.as_str()))
            .or_else(|| openable().next())
    }

    /// The alias of the line of this machine that a person looks at.
    fn chosen(&self, machine: &MachineKey) -> Option<&str> {
        self.chosen.get(machine).map(String::as_str)
    }

    pub fn choose(&mut self, key: LineKey) {
        self.chosen.insert(key.machine, key.alias);
    }

    /// A person wants it now, whoever has it.
    pub fn again(&mut self, key: &LineKey) {
        if let Some(line) = self.lines.get_mut(key) {
            line.refusals = 0;
            line.again_at = None;
            line.ended_at = None;
            line.session.set_state(LineState::Wanted);
        }
    }

    pub fn forget(&mut self, is_gone: impl Fn(&MachineKey) -> bool) {
        self.lines.retain(|key, _| !is_gone(&key.machine));
        self.chosen.retain(|key, _| !is_gone(key));
    }

    /// What does the line need, its machine being so?
    pub fn need(&mut self, key: &LineKey, running: Running, now_millis: i64) -> Need {
        self.lines
            .get_mut(key)
            .map_or(Need::Nothing, |line| line.need(running, now_millis))
    }

    pub fn asked(&mut self, key: &LineKey, job: JobId) {
        if let Some(line) = self.lines.get_mut(key) {
            line.asked = Some(job);
        }
    }

    /// The answer to a question that was asked for a line; a stream that nobody wants any more is dropped.
    pub fn answered(&mut self, job: JobId, answer: Result<ConsoleStream, Error>, running: Running, now_millis: i64) {
        let Some(line) = self.lines.values_mut().find(|line| line.asked == Some(job)) else {
            if let Ok(stream) = answer {
                stream.close();
            }
            return;
        };
        line.asked = None;
        match answer {
            Ok(stream) => {
                line.session.attach(stream, line.has_been_open && line.was_off);
                line.has_been_open = true;
                line.was_off = false;
                line.refusals = 0;
                line.ended_at = None;
                if let Running::Yes(since) = running {
                    line.run = since;
                }
            }
            Err(error) => {
                line.refusals += 1;
                line.again_at = Some(now_millis + pause(line.refusals));
                line.session.set_state(LineState::Refused(error));
            }
        }
    }
}

impl Line {
    fn need(&mut self, running: Running, now_millis: i64) -> Need {
        if running == Running::No {
            self.was_off = true;
            self.refusals = 0;
        }
        if self.asked.is_some() {
            return Need::Nothing;
        }
        let state = self.session.state();
        if matches!(state, LineState::Ended(_)) {
            self.ended_at.get_or_insert(now_millis);
        }
        let Running::Yes(since) = running else {
            return Need::Nothing;
        };
        if state != LineState::Open {
            self.was_off |= since.is_some() && self.run.is_some() && since != self.run;
        }
        let until = self.kept_until();
        if until.is_some_and(|until| now_millis >= until) {
            if state == LineState::Open {
                self.session.give_back();
            }
            return Need::Nothing;
        }
        match state {
            LineState::Open => until.map_or(Need::Nothing, Need::LookAt),
            LineState::GivenBack if !self.is_seen => Need::Nothing,
            LineState::Wanted | LineState::GivenBack => Need::Open,
            LineState::Ended(_) if self.was_off => Need::Open,
            // The daemon or the way to it was gone, and is back.
            LineState::Ended(ConsoleEnding::Failed(_)) => self.in_a_while(now_millis),
            LineState::Ended(ConsoleEnding::HungUp | ConsoleEnding::Closed) => match self.ended_at {
                Some(at) if now_millis < at + NEWS_MILLIS => Need::LookAt(at + NEWS_MILLIS),
                _ => Need::Nothing,
            },
            LineState::Refused(_) if self.refusals < MOST_REFUSALS => self.in_a_while(now_millis),
            LineState::Refused(_) => Need::Nothing,
        }
    }

    /// `None`: for as long as somebody looks.
    fn kept_until(&self) -> Option<i64> {
        let kept = if self.session.has_log() {
            KEPT_MILLIS
        } else {
            KEPT_WITHOUT_LOG_MILLIS
        };
        (!self.is_seen).then_some(self.seen_at + kept)
    }

    fn in_a_while(&mut self, now_millis: i64) -> Need {
        let at = *self.again_at.get_or_insert(now_millis + FIRST_PAUSE_MILLIS);
        if now_millis < at {
            return Need::LookAt(at);
        }
        self.again_at = None;
        Need::Open
    }

    fn is_lost(&self, now_millis: i64) -> bool {
        let is_over = matches!(
            self.session.state(),
            LineState::Ended(ConsoleEnding::HungUp | ConsoleEnding::Closed)
        );
        is_over && !self.was_off && self.ended_at.is_some_and(|at| now_millis >= at + NEWS_MILLIS)
    }
}

/// Twice as long after each refusal.
fn pause(refusals: u32) -> i64 {
    FIRST_PAUSE_MILLIS
        .saturating_mul(1_i64 << refusals.min(10))
        .min(LONGEST_PAUSE_MILLIS)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn key(number: usize) -> LineKey {
        LineKey {
            machine: MachineKey {
                uri: Arc::from("qemu:///session"),
                id: format!("00000000-0000-4000-8000-{number:012}").parse().unwrap(),
            },
            alias: "serial0".to_owned(),
        }
    }

    fn desk() -> Desk {
        let mut desk = Desk::default();
        desk.want(key(1), 0, || Session::new(|| {}));
        desk
    }

    fn end(desk: &mut Desk, ending: ConsoleEnding) {
        let line = desk.lines.get_mut(&key(1)).unwrap();
        line.asked = None;
        line.has_been_open = true;
        line.run = Some(5);
        line.session.set_state(LineState::Ended(ending));
    }

    const ON: Running = Running::Yes(Some(5));

    #[test]
    fn a_line_is_opened_once_its_machine_runs_and_asked_for_once() {
        let mut desk = desk();
        assert_eq!(desk.need(&key(1), Running::No, 0), Need::Nothing);
        assert_eq!(desk.need(&key(1), Running::Unknown, 0), Need::Nothing);
        assert_eq!(desk.need(&key(1), ON, 0), Need::Open);
        desk.asked(&key(1), JobId(7));
        assert_eq!(desk.need(&key(1), ON, 0), Need::Nothing);
    }

    #[test]
    fn a_machine_that_starts_anew_is_followed_and_another_program_is_not_fought() {
        let mut desk = desk();
        end(&mut desk, ConsoleEnding::HungUp);
        assert_eq!(desk.need(&key(1), ON, 1_000), Need::LookAt(1_000 + NEWS_MILLIS));
        assert!(!desk.is_lost(&key(1), 1_000));
        assert_eq!(desk.need(&key(1), ON, 10_000), Need::Nothing);
        assert!(desk.is_lost(&key(1), 10_000));
        desk.again(&key(1));
        assert_eq!(desk.need(&key(1), ON, 10_000), Need::Open);

        end(&mut desk, ConsoleEnding::HungUp);
        assert_eq!(desk.need(&key(1), Running::No, 11_000), Need::Nothing);
        assert!(!desk.is_lost(&key(1), 99_000), "it is off, not lost");
        assert_eq!(desk.need(&key(1), Running::Yes(Some(9)), 99_000), Need::Open);

        end(&mut desk, ConsoleEnding::HungUp);
        let restarted = Running::Yes(Some(6));
        assert_eq!(
            desk.need(&key(1), restarted, 12_000),
            Need::Open,
            "too quick to be seen off"
        );
    }

    #[test]
    fn refusals_are_tried_again_ever_later_and_then_not_at_all() {
        let mut desk = desk();
        let mut now = 0;
        for _ in 1..MOST_REFUSALS {
            desk.asked(&key(1), JobId(7));
            desk.answered(JobId(7), Err(Error::Cancelled), ON, now);
            let Need::LookAt(at) = desk.need(&key(1), ON, now) else {
                panic!("no pause")
            };
            assert!(at > now);
            now = at;
            assert_eq!(desk.need(&key(1), ON, now), Need::Open);
        }
        desk.asked(&key(1), JobId(8));
        desk.answered(JobId(8), Err(Error::Cancelled), ON, now);
        assert_eq!(desk.need(&key(1), ON, now + 1_000_000), Need::Nothing);
    }

    #[test]
    fn a_line_that_nobody_looks_at_is_given_back_and_opened_with_the_next_look() {
        let mut desk = desk();
        let state = |desk: &Desk| desk.session(&key(1)).unwrap().state();
        let minutes = |count: i64| count * 60_000;
        desk.lines.get_mut(&key(1)).unwrap().session.set_state(LineState::Open);
        desk.see(|_| true, 0);
        // Hours pass without a frame, in which it is looked at all the time.
        assert_eq!(desk.need(&key(1), ON, minutes(500)), Need::Nothing);
        desk.see(|_| false, minutes(500));
        let until = minutes(500) + KEPT_WITHOUT_LOG_MILLIS;
        assert_eq!(desk.need(&key(1), ON, minutes(500)), Need::LookAt(until));
        desk.see(|_| false, until - 1);
        assert_eq!(desk.need(&key(1), ON, until - 1), Need::LookAt(until));
        assert_eq!(state(&desk), LineState::Open, "left for a moment only");
        assert_eq!(desk.need(&key(1), ON, until), Need::Nothing);
        assert_eq!(state(&desk), LineState::GivenBack);
        // Whatever the machine does, nobody is there to see it.
        assert_eq!(desk.need(&key(1), Running::No, minutes(600)), Need::Nothing);
        assert_eq!(desk.need(&key(1), Running::Yes(Some(9)), minutes(601)), Need::Nothing);
        desk.see(|_| true, minutes(602));
        assert_eq!(desk.need(&key(1), Running::Yes(Some(9)), minutes(602)), Need::Open);
        assert!(desk.lines[&key(1)].was_off, "another run of the guest");
    }

    #[test]
    fn terminals_do_not_pile_up() {
        let mut desk = Desk::default();
        for number in 0..100 {
            desk.want(key(number), 0, || Session::new(|| {}));
        }
        assert_eq!(desk.lines.len(), MOST);
        assert!(desk.session(&key(99)).is_some() && desk.session(&key(0)).is_none());
    }
}
