//! Decides what is read when and on which lane, and what becomes of late replies. Never calls libvirt itself.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::lane::{Lane, LaneId, Message};
use super::source::{OpenSource, Reading, Request, Shard};
use super::{Control, Sink, StatsConfig, StatsReport};
use crate::connection::host_stats::{HostReading, HostSource, LocalHost, RemoteHost};
use crate::connection::rates::Moment;
use crate::error::LibvirtError;
use crate::ffi::StatsGroups;

/// Lanes of one request at most: so many machines may begin to hang within one round.
const MAX_ATTEMPTS: usize = 5;
/// Threads of one worker, stuck ones included.
const MAX_THREADS: usize = 12;
/// With so many threads only states are read, which never blocks: the daemon has few workers left itself.
const CROWDED_THREADS: usize = 9;
const MAX_SHARDS: usize = 4;
/// Opening takes its time over ssh; a lane that has not managed by then is given up.
const OPEN_PATIENCE: Duration = Duration::from_secs(30);
const MAX_BACK_OFF_ROUNDS: u32 = 30;

/// A request and the lanes it was given to.
struct Round {
    request: Request,
    attempts: Vec<Attempt>,
    is_answered: bool,
    /// No thread was to be had for another attempt.
    has_nobody_left: bool,
}

struct Attempt {
    lane: Lane,
    is_open: bool,
    since: Instant,
}

pub(super) struct Coordinator {
    open: OpenSource,
    sink: Sink,
    config: StatsConfig,
    control: Arc<Mutex<Control>>,
    replies: SyncSender<Message>,
    epoch: Instant,
    threads: Arc<AtomicUsize>,
    next_lane: u64,
    /// Open and waiting for a request.
    idle: Vec<Lane>,
    /// A spare that is being opened ahead of need.
    opening_spare: Option<Lane>,
    rounds: Vec<Round>,
    /// How long a whole reading took lately. On a slow host late is not stuck.
    typical: Duration,
    num_rounds: u32,
    num_active: [usize; MAX_SHARDS],
    num_shards: usize,
    /// Rounds to let pass after failures.
    rounds_to_skip: u32,
    num_failures: u32,
    local_host: Option<LocalHost>,
    remote_host: RemoteHost,
    /// Goes out with the next report.
    host_reading: Option<HostReading>,
}

impl Coordinator {
    pub(super) fn new(
        open: OpenSource,
        sink: Sink,
        config: StatsConfig,
        control: Arc<Mutex<Control>>,
        replies: SyncSender<Message>,
    ) -> Self {
        Self {
            open,
            sink,
            control,
            replies,
            epoch: Instant::now(),
            threads: Arc::new(AtomicUsize::new(0)),
            next_lane: 0,
            idle: Vec::new(),
            opening_spare: None,
            rounds: Vec::new(),
            typical: Duration::ZERO,
            num_rounds: 0,
            num_active: [0; MAX_SHARDS],
            num_shards: 1,
            rounds_to_skip: 0,
            num_failures: 0,
            local_host: (config.host == HostSource::Local).then(LocalHost::new),
            remote_host: RemoteHost::default(),
            host_reading: None,
            config,
        }
    }

    pub(super) fn run(mut self, messages: &Receiver<Message>) {
        let mut next_tick = Instant::now();
        loop {
            let control = *self.control.lock().unwrap_or_else(PoisonError::into_inner);
            if control.is_stopped {
                return;
            }
            let now = Instant::now();
            if now >= next_tick {
                self.tick(now, &control);
                next_tick += self.config.interval;
                if next_tick <= now {
                    // The host slept or had no time for us: the missed ticks are not made up for.
                    next_tick = now + self.config.interval;
                }
            }
            self.look_after_rounds(now);
            let wake_at = self
                .next_deadline()
                .map_or(next_tick, |deadline| deadline.min(next_tick));
            match messages.recv_timeout(wake_at.saturating_duration_since(Instant::now())) {
                Ok(message) => self.hear(message),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn tick(&mut self, now: Instant, control: &Control) {
        if let Some(host) = &mut self.local_host {
            self.host_reading = Some(host.read());
        }
        if self.rounds_to_skip > 0 {
            self.rounds_to_skip -= 1;
            return;
        }
        self.num_shards = self.wanted_shards();
        let is_device_round = self.num_rounds.is_multiple_of(self.config.device_rounds.max(1));
        self.num_rounds = self.num_rounds.wrapping_add(1);
        for index in 0..self.num_shards {
            let shard = Shard {
                index,
                count: self.num_shards,
            };
            if self
                .rounds
                .iter()
                .any(|round| !round.is_answered && round.request.shard == shard)
            {
                // Still at the last one: a second would only wait in the same queue.
                continue;
            }
            let mut groups = StatsGroups::STATE;
            if !self.is_crowded() {
                groups = groups | StatsGroups::CPU | StatsGroups::BALLOON;
                if is_device_round {
                    groups = groups | StatsGroups::BLOCK | StatsGroups::NET;
                }
            }
            let request = Request {
                groups,
                shard,
                focus: control
                    .focus
                    .filter(|focus| groups.has(StatsGroups::CPU) && shard.holds(*focus)),
                with_host: self.config.host == HostSource::Remote && index == 0,
            };
            if let Some(attempt) = self.attempt(request, now) {
                self.rounds.push(Round {
                    request,
                    attempts: vec![attempt],
                    is_answered: false,
                    has_nobody_left: false,
                });
            }
        }
    }

    fn wanted_shards(&self) -> usize {
        let active: usize = self.num_active.iter().take(self.num_shards).sum();
        active
            .div_ceil(self.config.machines_per_lane.max(1))
            .clamp(1, MAX_SHARDS)
    }

    /// Gives a request to an idle lane, or to a new one that opens its connection first.
    fn attempt(&mut self, request: Request, now: Instant) -> Option<Attempt> {
        while let Some(lane) = self.idle.pop() {
            if lane.ask(request) {
                return Some(Attempt {
                    lane,
                    is_open: true,
                    since: now,
                });
            }
        }
        let lane = match self.opening_spare.take() {
            Some(lane) => lane,
            None => self.spawn_lane()?,
        };
        // The channel holds it until the connection is open.
        lane.ask(request).then_some(Attempt {
            lane,
            is_open: false,
            since: now,
        })
    }

    fn is_crowded(&self) -> bool {
        self.threads.load(Ordering::Relaxed) >= CROWDED_THREADS
    }

    fn spawn_lane(&mut self) -> Option<Lane> {
        if self.threads.load(Ordering::Relaxed) >= MAX_THREADS {
            return None;
        }
        self.next_lane += 1;
        let id = LaneId(self.next_lane);
        Lane::spawn(id, &self.open, &self.replies, &self.threads, self.epoch)
            .inspect_err(|error| tracing::warn!(%error, "no thread for statistics"))
            .ok()
    }

    fn hedge_after(&self) -> Duration {
        self.config.hedge_after.max(self.typical * 2)
    }

    fn abandon_after(&self) -> Duration {
        self.config.abandon_after.max(self.typical * 3)
    }

    /// When the next late attempt has to be looked after.
    fn next_deadline(&self) -> Option<Instant> {
        let deadlines = self.rounds.iter().flat_map(|round| {
            let may_hedge = round.may_hedge();
            let last = round.attempts.len().saturating_sub(1);
            round.attempts.iter().enumerate().map(move |(index, attempt)| {
                if !attempt.is_open {
                    attempt.since + OPEN_PATIENCE
                } else if may_hedge && index == last {
                    attempt.since + self.hedge_after()
                } else {
                    attempt.since + self.abandon_after()
                }
            })
        });
        deadlines.min()
    }

    /// Asks again what is late, gives up what is stuck.
    fn look_after_rounds(&mut self, now: Instant) {
        let (hedge_after, abandon_after) = (self.hedge_after(), self.abandon_after());
        let mut rounds = std::mem::take(&mut self.rounds);
        for round in &mut rounds {
            let is_late = |attempt: &Attempt| now.saturating_duration_since(attempt.since) >= hedge_after;
            if round.may_hedge() && round.attempts.last().is_some_and(is_late) {
                // What the first one hangs at may well be the machine in focus.
                let groups = if self.is_crowded() {
                    StatsGroups::STATE
                } else {
                    round.request.groups
                };
                let request = Request {
                    groups,
                    focus: None,
                    ..round.request
                };
                match self.attempt(request, now) {
                    Some(attempt) => round.attempts.push(attempt),
                    None => round.has_nobody_left = true,
                }
            }
            let num_before = round.attempts.len();
            round.attempts.retain(|attempt| {
                let patience = if attempt.is_open { abandon_after } else { OPEN_PATIENCE };
                now.saturating_duration_since(attempt.since) < patience
            });
            if round.attempts.len() < num_before && round.attempts.is_empty() && !round.is_answered {
                // Not one machine hangs but everything: slow down rather than pile up calls.
                self.typical = (self.typical + abandon_after) / 2;
                self.typical = self.typical.min(Duration::from_secs(4));
            }
        }
        rounds.retain(|round| !round.attempts.is_empty());
        self.rounds = rounds;
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Wake => {}
            Message::Opened(id) => self.opened(id),
            Message::Read { lane, at, result } => self.read(lane, at, result),
        }
    }

    fn opened(&mut self, id: LaneId) {
        if self.opening_spare.as_ref().is_some_and(|lane| lane.id == id) {
            self.idle.extend(self.opening_spare.take());
            return;
        }
        let attempts = self.rounds.iter_mut().flat_map(|round| &mut round.attempts);
        for attempt in attempts.filter(|attempt| attempt.lane.id == id) {
            attempt.is_open = true;
            attempt.since = Instant::now();
        }
    }

    fn read(&mut self, id: LaneId, at: Moment, result: Result<Reading, LibvirtError>) {
        if self.opening_spare.as_ref().is_some_and(|lane| lane.id == id) {
            // A spare that could not be opened is not missed before it is needed.
            self.opening_spare = None;
            return;
        }
        let Some((round_index, attempt_index)) = self.find(id) else {
            // Given up long ago; what it read is older than what was reported since.
            return;
        };
        let Some(round) = self.rounds.get_mut(round_index) else {
            return;
        };
        let attempt = round.attempts.swap_remove(attempt_index);
        // Attempts are in the order they were made: the last is the one whose lateness counts.
        round.attempts.sort_by_key(|attempt| attempt.since);
        let was_answered = round.is_answered;
        let request = round.request;
        let is_last = round.attempts.is_empty();
        match result {
            Ok(reading) => {
                round.is_answered = true;
                self.idle.push(attempt.lane);
                if !was_answered {
                    self.typical = (self.typical * 3 + attempt.since.elapsed()) / 4;
                    self.num_failures = 0;
                    self.report(at, &request, reading);
                    self.keep_spare();
                }
            }
            Err(error) => {
                // The lane ends by itself. Others of the round may still answer.
                if is_last && !was_answered {
                    self.num_failures = self.num_failures.saturating_add(1);
                    self.rounds_to_skip = 2_u32.saturating_pow(self.num_failures - 1).min(MAX_BACK_OFF_ROUNDS) - 1;
                    self.report_failure(at, error);
                }
            }
        }
        self.rounds.retain(|round| !round.attempts.is_empty());
        self.idle.truncate(self.num_shards + 1);
    }

    fn find(&self, id: LaneId) -> Option<(usize, usize)> {
        self.rounds.iter().enumerate().find_map(|(round_index, round)| {
            let attempt_index = round.attempts.iter().position(|attempt| attempt.lane.id == id)?;
            Some((round_index, attempt_index))
        })
    }

    fn report(&mut self, at: Moment, request: &Request, reading: Reading) {
        let Reading { stats, occupied, host } = reading;
        if let Some(active) = self.num_active.get_mut(request.shard.index) {
            *active = stats.len();
        }
        if let Some((times, memory)) = host {
            self.host_reading = Some(self.remote_host.take(times, memory));
        }
        let hung_after = u64::try_from(self.config.hung_after.as_millis()).unwrap_or(u64::MAX);
        let hung = occupied
            .into_iter()
            .filter(|(_, millis)| *millis >= hung_after)
            .collect();
        let host = self.host_reading.take();
        (self.sink)(StatsReport {
            at,
            stats,
            hung,
            host,
            error: None,
        });
    }

    fn report_failure(&mut self, at: Moment, error: LibvirtError) {
        let host = self.host_reading.take();
        (self.sink)(StatsReport {
            at,
            stats: Vec::new(),
            hung: Vec::new(),
            host,
            error: Some(error),
        });
    }

    /// One open lane more than is needed, so that nobody waits for a connection when a machine begins to hang.
    fn keep_spare(&mut self) {
        if self.idle.len() < 2 && self.opening_spare.is_none() && !self.is_crowded() {
            self.opening_spare = self.spawn_lane();
        }
    }
}

impl Round {
    /// Unanswered, and every lane asked so far is at it: one that still opens is not late.
    fn may_hedge(&self) -> bool {
        let is_open_to_more = !self.is_answered && !self.has_nobody_left && self.attempts.len() < MAX_ATTEMPTS;
        is_open_to_more && self.attempts.iter().all(|attempt| attempt.is_open)
    }
}
