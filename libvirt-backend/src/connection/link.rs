//! Connections to one daemon: opening with a time-out, choosing one that nobody hangs on, closing on a thread.
//!
//! A daemon serves five requests of a connection at a time and then lets the sixth wait, so five calls that hang on
//! a stopped QEMU wedge a connection. Calls that hang are counted per connection here; a connection with two of
//! them is avoided and a spare is opened.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::Duration;

use super::askpass;
use super::reason::classify;
use super::uri::{Asking, Place, is_plain_ssh, without_terminal};
use crate::error::{Error, LibvirtError, Result};
use crate::ffi::{CloseGuard, Conn, EventGuard};
use crate::model::DisconnectReason;

/// Calls that hang on one connection before another is opened.
const PARKED_LIMIT: u32 = 2;
/// Long jobs on one connection before another is opened.
const JOBS_PER_LINK: u32 = 3;
/// Connections to one daemon for commands and jobs, statistics not counted.
const LINKS_LIMIT: usize = 5;
/// Requests of one connection that a daemon works on at a time.
const SERVED_AT_ONCE: u32 = 5;
const ASKED_TIMEOUT: Duration = Duration::from_mins(2);
pub(crate) const KEEPALIVE_SECONDS: u32 = 2;
pub(crate) const KEEPALIVE_COUNT: u32 = 2;

/// A libvirt connection whose end never runs on the thread that let it go: closing asks the daemon, which may hang.
pub(crate) struct Link {
    conn: Option<Conn>,
    /// The daemon or the way to it is gone: said by libvirt, of connections of which the actor is not told.
    is_lost: Arc<AtomicBool>,
    /// Registrations, which hold the connection too: they go first, on the same thread.
    guards: Mutex<Vec<Guard>>,
}

/// A callback that libvirt calls for a connection.
#[expect(dead_code, reason = "held for their drop")]
pub(crate) enum Guard {
    Events(EventGuard),
    Close(CloseGuard),
}

impl Link {
    pub(crate) fn new(conn: Conn) -> Self {
        Self {
            conn: Some(conn),
            is_lost: Arc::default(),
            guards: Mutex::new(Vec::new()),
        }
    }

    pub(crate) fn conn(&self) -> Result<&Conn> {
        // Taken only while dropping.
        self.conn.as_ref().ok_or(Error::Closing)
    }

    /// Takes it for oneself. To be dropped on a thread that may wait.
    fn into_conn(mut self) -> Option<Conn> {
        self.conn.take()
    }

    fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::Acquire)
    }

    /// Notices when it is gone.
    fn watch(&self) -> Result<(), LibvirtError> {
        let Ok(conn) = self.conn() else { return Ok(()) };
        let is_lost = Arc::clone(&self.is_lost);
        let guard = conn.register_close(move |_| is_lost.store(true, Ordering::Release))?;
        self.keep(Guard::Close(guard));
        Ok(())
    }

    pub(crate) fn keep(&self, guard: Guard) {
        self.guards.lock().unwrap_or_else(PoisonError::into_inner).push(guard);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let conn = self.conn.take();
        let guards = std::mem::take(self.guards.get_mut().unwrap_or_else(PoisonError::into_inner));
        let close = move || {
            drop(guards);
            drop(conn);
        };
        if let Err(error) = Builder::new().name("libvirt-close".to_owned()).spawn(close) {
            tracing::warn!(%error, "no thread to close a connection on");
        }
    }
}

/// How connections of one URI are opened.
#[derive(Clone, Debug)]
pub(crate) struct Opener {
    pub(crate) uri: String,
    pub(crate) place: Place,
    pub(crate) has_keepalive: bool,
}

impl Opener {
    /// Blocks until it is open and prepared, refused or timed out. The attempt itself runs on a thread of its own, because
    /// `virConnectOpen` cannot be interrupted; where it succeeds too late it is closed again.
    pub(crate) fn open(
        &self,
        prepare: impl FnOnce(&Link) -> Result<(), LibvirtError> + Send + 'static,
    ) -> Result<Link, LibvirtError> {
        let (sender, receiver) = sync_channel(1);
        let opener = self.clone();
        Builder::new()
            .name("libvirt-open".to_owned())
            .spawn(move || {
                let opened = catch_unwind(AssertUnwindSafe(|| opener.open_blocking(prepare)))
                    .unwrap_or_else(|_| Err(own_error(INTERNAL_ERROR, "opening panicked")));
                // The receiver is gone where this came too late: the link closes as it is dropped.
                sender.send(opened).ok();
            })
            .map_err(|error| own_error(INTERNAL_ERROR, &error.to_string()))?;
        match receiver.recv_timeout(self.open_timeout()) {
            Ok(opened) => opened,
            Err(RecvTimeoutError::Timeout) => Err(own_error(TIMED_OUT, "opening timed out")),
            Err(RecvTimeoutError::Disconnected) => Err(own_error(INTERNAL_ERROR, "opening panicked")),
        }
    }

    /// A user who is asked for a passphrase has to find it first.
    fn open_timeout(&self) -> Duration {
        if is_plain_ssh(&self.uri) && askpass::asking() == Asking::InAWindow {
            ASKED_TIMEOUT
        } else {
            self.place.open_timeout()
        }
    }

    /// An ssh that fails at once may be gone before libvirt reads what it said: then it is asked once more.
    fn open_conn(&self) -> Result<Conn, LibvirtError> {
        let uri = without_terminal(&self.uri, askpass::asking());
        let opened = Conn::open(&uri);
        match &opened {
            Err(error) if self.place == Place::Remote && classify(&self.uri, error) == DisconnectReason::DaemonGone => {
                Conn::open(&uri)
            }
            _ => opened,
        }
    }

    fn open_blocking(&self, prepare: impl FnOnce(&Link) -> Result<(), LibvirtError>) -> Result<Link, LibvirtError> {
        let conn = self.open_conn()?;
        // Refused by daemons without keepalive: then a stopped daemon is noticed by calls that hang.
        if self.has_keepalive
            && let Err(error) = conn.set_keepalive(KEEPALIVE_SECONDS, KEEPALIVE_COUNT)
        {
            tracing::info!(%error, uri = self.uri, "no keepalive");
        }
        let link = Link::new(conn);
        prepare(&link)?;
        Ok(link)
    }
}

const INTERNAL_ERROR: i32 = 1;
/// `VIR_ERR_OPERATION_TIMEOUT`.
pub(crate) const TIMED_OUT: i32 = 68;

fn own_error(code: i32, message: &str) -> LibvirtError {
    LibvirtError {
        code,
        domain: 0,
        message: message.to_owned(),
    }
}

/// What a connection is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A read or a command that should be over in moments.
    Control,
    /// A job that may take minutes: kept apart, so that it never uses up the requests of the control connection.
    Job,
    /// Destroy and abort-job: only where no call hangs.
    Urgent,
}

/// How many connections there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// One for everything: another of a `test:` URI would be another world.
    Always,
    /// One for everything until calls hang on it, for the terminal.
    UntilHung,
    /// Jobs have one of their own from the first day.
    ByPurpose,
}

/// The connections of one URI between one connect and the next disconnect.
pub(crate) struct Links {
    opener: Opener,
    sharing: Sharing,
    slots: Mutex<Slots>,
}

#[derive(Default)]
struct Slots {
    list: Vec<Slot>,
    next: u64,
    /// What still waits for a connection gets none: it was wanted of a world that is gone.
    is_closed: bool,
}

struct Slot {
    number: u64,
    link: Arc<Link>,
    for_jobs: bool,
    in_flight: u32,
    parked: u32,
}

impl Links {
    pub(crate) fn new(opener: Opener, first: Arc<Link>, wanted: Sharing) -> Arc<Self> {
        let links = Self {
            sharing: if opener.place == Place::Test {
                Sharing::Always
            } else {
                wanted
            },
            opener,
            slots: Mutex::default(),
        };
        links.add(first, false);
        Arc::new(links)
    }

    /// A connection for one call. Opens another where all are taken or hang, which may block.
    pub(crate) fn lease(self: &Arc<Self>, purpose: Purpose) -> Result<Lease> {
        self.drop_lost();
        if let Some(lease) = self.lease_open(purpose, Choice::Suitable) {
            return Ok(lease);
        }
        if self.may_open(purpose) {
            match self.opener.open(Link::watch) {
                Ok(link) => self.add(
                    Arc::new(link),
                    self.sharing == Sharing::ByPurpose && purpose == Purpose::Job,
                ),
                Err(error) => tracing::info!(%error, uri = self.opener.uri, "no further connection"),
            }
        }
        self.lease_open(purpose, Choice::Working)
            .ok_or_else(|| Error::NotConnected {
                uri: self.opener.uri.clone(),
            })
    }

    /// A connection that belongs to nobody but the caller: neither shared nor counted. Blocks while it opens.
    pub(crate) fn open_apart(&self) -> Result<Conn, LibvirtError> {
        let first = self.first();
        if let (Sharing::Always, Some(conn)) = (self.sharing, first.as_deref().and_then(|link| link.conn().ok())) {
            return Ok(conn.clone());
        }
        let opened = self.opener.open(|_| Ok(()))?;
        opened
            .into_conn()
            .ok_or_else(|| own_error(INTERNAL_ERROR, "a closed connection"))
    }

    fn may_open(&self, purpose: Purpose) -> bool {
        let slots = self.lock();
        self.sharing != Sharing::Always
            && !slots.is_closed
            && (purpose == Purpose::Urgent || slots.list.len() < LINKS_LIMIT)
    }

    /// The first one's loss is told to the actor, which ends all of them.
    fn drop_lost(&self) {
        let mut slots = self.lock();
        let (lost, rest) = std::mem::take(&mut slots.list)
            .into_iter()
            .partition(|slot| slot.link.is_lost());
        slots.list = rest;
        drop(slots);
        drop::<Vec<Slot>>(lost);
    }

    /// The connection that was opened first.
    pub(crate) fn first(&self) -> Option<Arc<Link>> {
        self.lock().list.first().map(|slot| Arc::clone(&slot.link))
    }

    /// Forgets every connection; calls under way keep theirs until they return.
    pub(crate) fn clear(&self) {
        let list = {
            let mut slots = self.lock();
            slots.is_closed = true;
            std::mem::take(&mut slots.list)
        };
        drop(list);
    }

    fn add(&self, link: Arc<Link>, for_jobs: bool) {
        let mut slots = self.lock();
        if slots.is_closed {
            drop(slots);
            drop(link);
            return;
        }
        let number = slots.next;
        slots.next += 1;
        slots.list.push(Slot {
            number,
            link,
            for_jobs,
            in_flight: 0,
            parked: 0,
        });
    }

    fn lease_open(self: &Arc<Self>, purpose: Purpose, choice: Choice) -> Option<Lease> {
        let mut slots = self.lock();
        let slot = slots
            .list
            .iter_mut()
            .filter(|slot| match choice {
                Choice::Suitable => slot.suits(purpose, self.sharing),
                Choice::Working => {
                    self.sharing == Sharing::Always || purpose != Purpose::Urgent || slot.in_flight < SERVED_AT_ONCE
                }
            })
            .min_by_key(|slot| (slot.parked, slot.for_jobs != (purpose == Purpose::Job), slot.in_flight))?;
        slot.in_flight += 1;
        Some(Lease {
            links: Arc::clone(self),
            number: slot.number,
            link: Arc::clone(&slot.link),
            is_parked: false,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Clone, Copy)]
enum Choice {
    /// Made for it.
    Suitable,
    /// Whatever there is. What is urgent would only wait for ever behind five calls that hang, and says so instead.
    Working,
}

impl Slot {
    const fn suits(&self, purpose: Purpose, sharing: Sharing) -> bool {
        match (sharing, purpose) {
            (Sharing::Always, _) => true,
            (Sharing::UntilHung, Purpose::Control | Purpose::Job) => self.parked < PARKED_LIMIT,
            (Sharing::ByPurpose, Purpose::Control) => !self.for_jobs && self.parked < PARKED_LIMIT,
            (Sharing::ByPurpose, Purpose::Job) => self.for_jobs && self.parked == 0 && self.in_flight < JOBS_PER_LINK,
            // Long jobs may hang too, which nobody counts.
            (Sharing::UntilHung | Sharing::ByPurpose, Purpose::Urgent) => {
                self.parked == 0 && self.in_flight < SERVED_AT_ONCE - 1
            }
        }
    }
}

/// One call's hold on a connection.
pub(crate) struct Lease {
    links: Arc<Links>,
    number: u64,
    link: Arc<Link>,
    is_parked: bool,
}

impl Lease {
    pub(crate) fn conn(&self) -> Result<&Conn> {
        self.link.conn()
    }

    /// What the pool needs to say later that the call hangs.
    pub(crate) fn ticket(&self) -> Ticket {
        Ticket {
            links: Arc::clone(&self.links),
            number: self.number,
        }
    }

    pub(crate) fn set_parked(&mut self) {
        self.is_parked = true;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut slots = self.links.lock();
        if let Some(slot) = slots.list.iter_mut().find(|slot| slot.number == self.number) {
            slot.in_flight -= 1;
            slot.parked -= u32::from(self.is_parked);
        }
    }
}

pub(crate) struct Ticket {
    links: Arc<Links>,
    number: u64,
}

impl Ticket {
    /// The call hangs: its connection is avoided from now on.
    pub(crate) fn park(&self) {
        if let Some(slot) = self
            .links
            .lock()
            .list
            .iter_mut()
            .find(|slot| slot.number == self.number)
        {
            slot.parked += 1;
        }
    }
}

#[cfg(test)]
mod tests;
