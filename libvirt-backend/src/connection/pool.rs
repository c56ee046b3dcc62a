//! The threads that make libvirt calls: four at least, in order within a lane, parallel across lanes.
//!
//! A call that hangs holds its thread and its lane and nothing else: the pool replaces threads that hang or that run
//! long jobs, so there are always four for the rest. A thread that comes back to a pool with enough others ends.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::Sender;

use super::link::{Links, Purpose, Ticket};
use crate::command::JobId;
use crate::error::Result;
use crate::ffi::Conn;
use crate::model::MachineId;

/// A call that takes longer makes its machine "not responding".
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);
const THREADS: usize = 4;
/// Threads in all, those that hang or run long jobs included.
const THREADS_LIMIT: usize = 64;
const LONG_LIMIT: usize = 16;

/// Calls of one lane run one after the other, in the order they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lane {
    Host,
    Pools,
    Read(MachineId),
    Command(MachineId),
    /// Guests' agents, which may be silent for seconds while QEMU is well: two at a time and no more.
    Agent(u8),
    Job(JobId),
}

impl Lane {
    const fn is_asked_for(self) -> bool {
        matches!(self, Self::Command(_) | Self::Job(_))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Should be over in moments; overdue means that the machine hangs.
    Quick,
    /// Takes its time by nature (a start, a saved state, a guest that shuts down).
    Long,
}

type Run<M> = Box<dyn FnOnce(Result<&Conn>) -> M + Send>;

/// One piece of work. `run` answers with the message for the actor.
pub(crate) struct Call<M> {
    pub(crate) lane: Lane,
    pub(crate) machine: Option<MachineId>,
    pub(crate) job: Option<JobId>,
    pub(crate) patience: Patience,
    pub(crate) purpose: Purpose,
    pub(crate) links: Arc<Links>,
    pub(crate) run: Run<M>,
}

/// Cheap to clone; the threads end when `close` was called and their calls returned.
pub(crate) struct Pool<M>(Arc<Shared<M>>);

impl<M> Clone for Pool<M> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

struct Shared<M> {
    state: Mutex<State<M>>,
    wake: Condvar,
    finished: Sender<M>,
}

struct State<M> {
    waiting: BTreeMap<Lane, VecDeque<Call<M>>>,
    /// Lanes with work and no call under way, in the order in which they got it.
    ready: VecDeque<Lane>,
    /// Lanes with a call under way.
    busy: BTreeSet<Lane>,
    running: BTreeMap<u64, Running>,
    next: u64,
    threads: usize,
    idle: usize,
    is_closing: bool,
}

struct Running {
    machine: Option<MachineId>,
    patience: Patience,
    started: Instant,
    ticket: Option<Ticket>,
    is_parked: bool,
    /// On one of the pool's threads and not on an urgent one.
    is_pooled: bool,
}

impl Running {
    fn is_quick_call(&self) -> bool {
        self.patience == Patience::Quick && self.ticket.is_some()
    }
}

impl<M: Send + 'static> Pool<M> {
    pub(crate) fn new(finished: Sender<M>) -> Self {
        Self(Arc::new(Shared {
            state: Mutex::new(State {
                waiting: BTreeMap::new(),
                ready: VecDeque::new(),
                busy: BTreeSet::new(),
                running: BTreeMap::new(),
                next: 0,
                threads: 0,
                idle: 0,
                is_closing: false,
            }),
            wake: Condvar::new(),
            finished,
        }))
    }

    /// The way back to the actor, for threads beside the pool.
    pub(crate) fn sender(&self) -> Sender<M> {
        self.0.finished.clone()
    }

    /// Queues a call. Dropped silently once the pool is closing.
    pub(crate) fn submit(&self, call: Call<M>) {
        let mut state = self.0.lock();
        if state.is_closing {
            return;
        }
        let lane = call.lane;
        let queue = state.waiting.entry(lane).or_default();
        queue.push_back(call);
        if queue.len() == 1 && !state.busy.contains(&lane) {
            state.ready.push_back(lane);
        }
        self.0.replenish(&mut state);
        drop(state);
        self.0.wake.notify_one();
    }

    /// Runs at once on a thread of its own, whatever waits or hangs.
    pub(crate) fn submit_urgent(&self, call: Call<M>) {
        let shared = Arc::clone(&self.0);
        let spawned = Builder::new().name("libvirt-urgent".to_owned()).spawn(move || {
            let number = shared.lock().begin(&call, false);
            shared.run(number, call);
        });
        if let Err(error) = spawned {
            tracing::error!(%error, "no thread for an urgent call");
        }
    }

    /// Machines on which a quick call has been under way for longer than [`PATIENCE`], with the moment it began.
    /// Their connections are avoided from now on and their threads replaced.
    pub(crate) fn overdue(&self, now: Instant) -> BTreeMap<MachineId, Instant> {
        let mut state = self.0.lock();
        let mut overdue = BTreeMap::new();
        for running in state.running.values_mut() {
            // Without a ticket it waits for a connection, which says nothing about its machine.
            if !running.is_quick_call() || now.duration_since(running.started) < PATIENCE {
                continue;
            }
            if !running.is_parked {
                running.is_parked = true;
                if let Some(ticket) = &running.ticket {
                    ticket.park();
                }
            }
            if let Some(machine) = running.machine {
                let since = overdue.entry(machine).or_insert(running.started);
                *since = (*since).min(running.started);
            }
        }
        self.0.replenish(&mut state);
        drop(state);
        self.0.wake.notify_all();
        overdue
    }

    /// When [`Self::overdue`] could next have something new to say.
    pub(crate) fn next_overdue(&self) -> Option<Instant> {
        self.0
            .lock()
            .running
            .values()
            .filter(|running| running.is_quick_call() && !running.is_parked)
            .map(|running| running.started + PATIENCE)
            .min()
    }

    /// Calls under way.
    pub(crate) fn num_running(&self) -> usize {
        self.0.lock().running.len()
    }

    /// No further call begins; those that wait are dropped.
    pub(crate) fn close(&self) {
        let dropped = {
            let mut state = self.0.lock();
            state.is_closing = true;
            state.ready.clear();
            std::mem::take(&mut state.waiting)
        };
        drop(dropped);
        self.0.wake.notify_all();
    }

    /// Drops calls that have not begun; answers how many.
    pub(crate) fn drop_waiting(&self, mut is_unwanted: impl FnMut(&Call<M>) -> bool) -> usize {
        let mut dropped = Vec::new();
        let mut state = self.0.lock();
        for queue in state.waiting.values_mut() {
            for call in std::mem::take(queue) {
                if is_unwanted(&call) {
                    dropped.push(call);
                } else {
                    queue.push_back(call);
                }
            }
        }
        let State { ready, waiting, .. } = &mut *state;
        ready.retain(|lane| waiting.get(lane).is_some_and(|queue| !queue.is_empty()));
        drop(state);
        dropped.len()
    }
}

impl<M: Send + 'static> Shared<M> {
    fn lock(&self) -> MutexGuard<'_, State<M>> {
        // No user code runs under this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts threads for lanes that would otherwise wait although fewer than four threads are free for them.
    fn replenish(self: &Arc<Self>, state: &mut State<M>) {
        let wanted = (THREADS + state.num_occupied()).min(THREADS_LIMIT);
        let mut starting = state.ready.len().saturating_sub(state.idle);
        while starting > 0 && state.threads < wanted {
            let shared = Arc::clone(self);
            let spawned = Builder::new()
                .name("libvirt-call".to_owned())
                .spawn(move || shared.work());
            if let Err(error) = spawned {
                tracing::error!(%error, "no thread for libvirt calls");
                return;
            }
            state.threads += 1;
            starting -= 1;
        }
    }

    fn work(self: &Arc<Self>) {
        let mut state = self.lock();
        loop {
            let is_surplus = state.threads > THREADS + state.num_occupied();
            if state.is_closing || is_surplus {
                state.threads -= 1;
                return;
            }
            let Some(call) = state.take_next() else {
                state.idle += 1;
                state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.idle -= 1;
                continue;
            };
            let lane = call.lane;
            let number = state.begin(&call, true);
            self.replenish(&mut state);
            drop(state);
            self.run(number, call);
            state = self.lock();
            state.release(lane);
            self.wake.notify_one();
        }
    }

    fn run(&self, number: u64, call: Call<M>) {
        let Call {
            purpose, links, run, ..
        } = call;
        let leased = links.lease(purpose);
        let mut lease = match leased {
            Ok(lease) => {
                self.lock().set_ticket(number, lease.ticket());
                Ok(lease)
            }
            Err(error) => Err(error),
        };
        let message = run(match &lease {
            Ok(lease) => lease.conn(),
            Err(error) => Err(error.clone()),
        });
        let was_parked = self.lock().end(number);
        if let Ok(lease) = &mut lease
            && was_parked
        {
            lease.set_parked();
        }
        drop(lease);
        // The actor is gone: nobody waits for the answer.
        self.finished.blocking_send(message).ok();
    }
}

impl<M> State<M> {
    /// Threads that hang or run a long job.
    fn num_occupied(&self) -> usize {
        self.running
            .values()
            .filter(|running| running.is_pooled && (running.is_parked || running.patience == Patience::Long))
            .count()
    }

    fn take_next(&mut self) -> Option<Call<M>> {
        let num_long = self
            .running
            .values()
            .filter(|running| running.patience == Patience::Long)
            .count();
        let can_begin = |lane: &Lane| {
            let head = self.waiting.get(lane).and_then(VecDeque::front);
            head.is_some_and(|call| call.patience == Patience::Quick || num_long < LONG_LIMIT)
        };
        // What a user asked for goes before a thousand reads.
        let index = self
            .ready
            .iter()
            .position(|lane| lane.is_asked_for() && can_begin(lane))
            .or_else(|| self.ready.iter().position(can_begin))?;
        let lane = self.ready.remove(index)?;
        let call = self.waiting.get_mut(&lane)?.pop_front()?;
        self.busy.insert(lane);
        Some(call)
    }

    fn begin(&mut self, call: &Call<M>, is_pooled: bool) -> u64 {
        let number = self.next;
        self.next += 1;
        let running = Running {
            machine: call.machine,
            patience: call.patience,
            started: Instant::now(),
            ticket: None,
            is_parked: false,
            is_pooled,
        };
        self.running.insert(number, running);
        number
    }

    /// From here on the call itself is timed, and not the wait for a connection.
    fn set_ticket(&mut self, number: u64, ticket: Ticket) {
        if let Some(running) = self.running.get_mut(&number) {
            running.started = Instant::now();
            running.ticket = Some(ticket);
        }
    }

    fn end(&mut self, number: u64) -> bool {
        self.running.remove(&number).is_some_and(|running| running.is_parked)
    }

    fn release(&mut self, lane: Lane) {
        self.busy.remove(&lane);
        match self.waiting.get(&lane) {
            Some(queue) if queue.is_empty() => {
                self.waiting.remove(&lane);
            }
            Some(_) => self.ready.push_back(lane),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests;
