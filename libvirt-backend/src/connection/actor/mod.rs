//! The one task that owns what is known of a connection. It never blocks: libvirt is called by the pool's threads,
//! whose answers come back as messages.
//!
//! ```text
//!            wishes (submit, cancel, retry, focus)          answers (opened, listed, machine, job…)
//!                 │                                               │
//!                 ▼                                               ▼
//!   ┌──────────────────────────── Actor::run: select! biased ────────────────────────────┐
//!   │ connect.rs   open, lost, back-off          machines.rs  what is known, re-reads     │
//!   │ sampling.rs  counters → samples          balancing.rs  memory taken and given by need  │
//!   │ events.rs    what libvirt tells           hang.rs  machines that do not answer        │
//!   │ commands.rs  guard, queue, end of jobs     publish.rs   watch<Arc<HostModel>>       │
//!   └───────────────┬───────────────────────────────────────────────────────┬─────────────┘
//!                   ▼ calls                                                  ▼ models, events
//!              Pool (threads)                                         window, terminal, tests
//! ```

mod balancing;
mod commands;
mod connect;
mod events;
mod hang;
mod machines;
mod publish;
mod sampling;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};

use self::balancing::Balancing;
use self::commands::Job;
use self::events::{Letters, Mailbox, mailbox};
use self::machines::{Entry, PoolsReading};
use self::sampling::Sampling;
use super::common::Common;
use super::link::{Links, Opener, Purpose};
use super::message::{Finished, Wish};
use super::pool::{Call, Lane, Patience, Pool};
use super::start_time::StartTimes;
use super::uri::Place;
use crate::backend::{BeforeOpening, Profile};
use crate::command::JobId;
use crate::error::Result;
use crate::ffi::Conn;
use crate::model::{ConnectionState, Freshness, HostInfo, HostModel, HostStats, Machine, MachineId, PoolSummary};

/// Answers that wait for the actor. Threads wait when it is full, which it is only for a moment.
const ANSWERS: usize = 1_024;
/// Between two readings of the full list, beside those that events ask for.
const LIST_EVERY: Duration = Duration::from_secs(30);
/// Of the machine on screen.
const FOCUS_EVERY: Duration = Duration::from_secs(5);

pub(crate) struct Actor {
    uri: String,
    opener: Opener,
    start_times: StartTimes,
    common: Arc<Common>,
    pool: Pool<Finished>,
    answers: mpsc::Receiver<Finished>,
    letters: Letters,
    mailbox: Mailbox,
    wishes: mpsc::Receiver<Wish>,
    closing: watch::Receiver<bool>,
    published: watch::Sender<Arc<HostModel>>,

    // The connection
    before_opening: Option<BeforeOpening>,
    links: Option<Arc<Links>>,
    /// Rises with every connection that is opened or lost.
    epoch: u64,
    attempt: u64,
    /// Attempts that failed since the last success.
    failures: u32,
    retry_at: Option<Instant>,
    slow_at: Option<Instant>,
    list_at: Option<Instant>,
    was_connected: bool,

    // What is known
    state: ConnectionState,
    freshness: Freshness,
    info: Arc<HostInfo>,
    stats: Arc<HostStats>,
    machines: BTreeMap<MachineId, Entry>,
    machine_list: Arc<[Arc<Machine>]>,
    is_list_stale: bool,
    is_host_known: bool,
    pools: Arc<[PoolSummary]>,
    pools_reading: PoolsReading,
    jobs: BTreeMap<JobId, Job>,
    focus: Option<MachineId>,
    /// When the machine in focus is read again.
    focus_at: Option<Instant>,
    sampling: Sampling,
    balancing: Balancing,
    /// Machines of which a notice said that an I/O error paused them.
    told_of_io_error: BTreeSet<MachineId>,

    // Publication
    generation: u64,
    is_dirty: bool,
    last_published: Instant,
}

/// The ends that the `Backend` handle keeps.
pub(crate) struct Ends {
    pub(crate) wishes: mpsc::Receiver<Wish>,
    pub(crate) closing: watch::Receiver<bool>,
    pub(crate) published: watch::Sender<Arc<HostModel>>,
    pub(crate) before_opening: Option<BeforeOpening>,
}

impl Actor {
    pub(crate) fn new(uri: &str, common: Arc<Common>, ends: Ends) -> Self {
        let (sender, answers) = mpsc::channel(ANSWERS);
        let (mailbox, letters) = mailbox();
        let first = Arc::clone(&ends.published.borrow());
        let profile = common.profile;
        let mut actor = Self {
            uri: uri.to_owned(),
            opener: Opener {
                uri: uri.to_owned(),
                place: Place::of(uri),
                has_keepalive: profile == Profile::Desktop,
            },
            start_times: StartTimes::new(uri),
            common,
            pool: Pool::new(sender),
            answers,
            letters,
            mailbox,
            wishes: ends.wishes,
            closing: ends.closing,
            published: ends.published,
            before_opening: ends.before_opening,
            links: None,
            epoch: 0,
            attempt: 0,
            failures: 0,
            retry_at: None,
            slow_at: None,
            list_at: None,
            was_connected: false,
            state: ConnectionState::Idle,
            freshness: first.freshness,
            info: Arc::clone(&first.info),
            stats: Arc::clone(&first.stats),
            machines: BTreeMap::new(),
            machine_list: Arc::clone(&first.machines),
            is_list_stale: false,
            is_host_known: false,
            pools: Arc::clone(&first.pools),
            pools_reading: PoolsReading::Idle,
            jobs: BTreeMap::new(),
            focus: None,
            focus_at: None,
            sampling: Sampling::new(profile),
            balancing: Balancing::default(),
            told_of_io_error: BTreeSet::new(),
            generation: first.generation,
            is_dirty: false,
            last_published: Instant::now(),
        };
        for machine in first.machines.iter() {
            actor.machines.insert(machine.id, Entry::last_known(machine));
        }
        actor
    }

    pub(crate) async fn run(mut self) {
        self.connect_now();
        self.publish();
        loop {
            self.publish_if_due(Instant::now());
            let wake_at = self.next_wake();
            tokio::select! {
                biased;
                changed = self.closing.changed() => {
                    if changed.is_err() || *self.closing.borrow() {
                        break;
                    }
                }
                Some((attempt, reason)) = self.letters.losses.recv() => self.lost(attempt, reason),
                Some(answer) = self.answers.recv() => self.take_answers(answer),
                Some(event) = self.letters.events.recv() => self.take_events(event),
                Some(wish) = self.wishes.recv() => self.take_wish(wish),
                Some((epoch, report)) = self.sampling.reports.recv() => self.take_report(epoch, report),
                () = sleep_until(wake_at) => {}
            }
            self.do_what_is_due(Instant::now());
        }
        self.close().await;
    }

    /// All that have arrived, so that a thousand answers are one publication.
    fn take_answers(&mut self, first: Finished) {
        let mut next = Some(first);
        while let Some(answer) = next {
            self.take_answer(answer);
            next = self.answers.try_recv().ok();
        }
    }

    fn take_answer(&mut self, answer: Finished) {
        match answer {
            Finished::Opened { attempt, result } => self.opened(attempt, result),
            Finished::Listed { epoch, result } if epoch == self.epoch => self.listed(result),
            Finished::Machine { epoch, reading } if epoch == self.epoch => self.machine_was_read(reading),
            Finished::Host { epoch, result } if epoch == self.epoch => self.host_was_read(result),
            Finished::Pools { epoch, result } if epoch == self.epoch => self.pools_were_read(result),
            Finished::Addresses { epoch, id, result } if epoch == self.epoch => self.addresses_were_read(id, result),
            Finished::Job {
                epoch,
                job,
                result,
                reading,
            } => {
                if let Some(reading) = reading.filter(|_| epoch == self.epoch) {
                    self.machine_was_read(reading);
                }
                self.end_job(job, result);
            }
            Finished::Listed { .. }
            | Finished::Machine { .. }
            | Finished::Host { .. }
            | Finished::Pools { .. }
            | Finished::Addresses { .. }
            | Finished::Nothing => {}
        }
    }

    fn take_wish(&mut self, wish: Wish) {
        match wish {
            Wish::Submit(submission) => self.submit(*submission),
            Wish::Cancel(job) => self.cancel(job),
            Wish::Retry => self.retry_now(),
            Wish::Focus(machine) => {
                self.focus = machine;
                self.sampling.set_focus(machine);
                self.focus_at = machine.map(|_| Instant::now());
            }
            Wish::StartSampling => self.want_sampling(),
        }
    }

    fn next_wake(&self) -> Option<Instant> {
        [
            self.retry_at,
            self.slow_at,
            self.list_at,
            self.focus_at,
            self.publish_at(),
            self.pool.next_overdue(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn do_what_is_due(&mut self, now: Instant) {
        if self.slow_at.is_some_and(|at| at <= now) {
            self.slow_at = None;
            self.set_state(ConnectionState::Connecting { is_slow: true });
        }
        if self.retry_at.is_some_and(|at| at <= now) {
            self.connect_now();
        }
        if self.list_at.is_some_and(|at| at <= now) {
            self.list_at = Some(now + LIST_EVERY);
            self.read_list();
            self.read_pools();
            if !self.is_host_known {
                self.read_host();
            }
            self.ask_for_addresses();
        }
        if self.focus_at.is_some_and(|at| at <= now) {
            self.focus_at = Some(now + FOCUS_EVERY);
            self.read_focus();
        }
        self.watch_for_hangs(now);
    }

    /// Snapshots made by others come without an event.
    fn read_focus(&mut self) {
        if self.freshness != Freshness::Live {
            return;
        }
        let machine = self.focus.and_then(|id| self.machines.get(&id));
        if let Some(machine) = machine.map(|entry| &entry.machine)
            && machine.responding.is_yes()
        {
            self.read_machine(machine.id);
        }
    }

    /// Queues a call on the connection that is open now; `false` where there is none.
    fn call(
        &self,
        lane: Lane,
        machine: Option<MachineId>,
        run: impl FnOnce(Result<&Conn>) -> Finished + Send + 'static,
    ) -> bool {
        let Some(links) = &self.links else { return false };
        self.pool.submit(Call {
            lane,
            machine,
            job: None,
            patience: Patience::Quick,
            purpose: Purpose::Control,
            links: Arc::clone(links),
            run: Box::new(run),
        });
        true
    }

    /// Waits a little for calls under way and leaves what is stuck to its thread.
    async fn close(mut self) {
        const GRACE: Duration = Duration::from_secs(2);
        self.wishes.close();
        self.pool.close();
        self.sampling.stop();
        let end = Instant::now() + GRACE;
        while self.pool.num_running() > 0 {
            match tokio::time::timeout_at(end.into(), self.answers.recv()).await {
                Ok(Some(answer)) => self.take_answer(answer),
                Ok(None) | Err(_) => break,
            }
        }
        self.end_all_jobs();
        if let Some(links) = self.links.take() {
            links.clear();
        }
        self.state = ConnectionState::Idle;
        self.is_dirty = true;
        self.publish();
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
