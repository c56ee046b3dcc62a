//! Events of libvirt's, and what follows from them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc;

use super::Actor;
use crate::command::{Notice, NoticeKind};
use crate::connection::link::{Guard, Link};
use crate::connection::reason;
use crate::connection::refresh::{self, Circumstances, Rereads};
use crate::error::LibvirtError;
use crate::ffi::{CloseReason, LibvirtEvent};
use crate::model::{ConnectionState, MachineId};

/// Events that wait for the actor. More than that at once, and everything is read anew instead.
const EVENTS: usize = 1_024;
/// A connection is lost once; there are never many of them.
const LOSSES: usize = 64;

/// Where libvirt's callbacks leave what they have to tell. They run on the event thread and must never wait.
#[derive(Clone)]
pub(super) struct Mailbox {
    events: mpsc::Sender<(u64, LibvirtEvent)>,
    losses: mpsc::Sender<(u64, CloseReason)>,
    /// Events were lost.
    resync: Arc<AtomicBool>,
}

/// The actor's side of a [`Mailbox`].
pub(super) struct Letters {
    pub(super) events: mpsc::Receiver<(u64, LibvirtEvent)>,
    pub(super) losses: mpsc::Receiver<(u64, CloseReason)>,
    resync: Arc<AtomicBool>,
}

pub(super) fn mailbox() -> (Mailbox, Letters) {
    let (events_sender, events) = mpsc::channel(EVENTS);
    let (losses_sender, losses) = mpsc::channel(LOSSES);
    let resync = Arc::new(AtomicBool::new(false));
    (
        Mailbox {
            events: events_sender,
            losses: losses_sender,
            resync: Arc::clone(&resync),
        },
        Letters { events, losses, resync },
    )
}

impl Mailbox {
    /// Registers for everything that `link`'s daemon tells. Blocks: a round trip each.
    pub(super) fn register(&self, attempt: u64, link: &Link) -> Result<(), LibvirtError> {
        let Ok(conn) = link.conn() else { return Ok(()) };
        let Self { events, resync, .. } = self.clone();
        let guard = conn.register_events(Arc::new(move |event| {
            if events.try_send((attempt, event)).is_err() {
                resync.store(true, Ordering::Release);
            }
        }))?;
        link.keep(Guard::Events(guard));
        let losses = self.losses.clone();
        let guard = conn.register_close(move |reason| {
            if losses.try_send((attempt, reason)).is_err() {
                tracing::error!("a lost connection could not be told");
            }
        })?;
        link.keep(Guard::Close(guard));
        Ok(())
    }
}

impl Letters {
    fn take_resync(&self) -> bool {
        self.resync.swap(false, Ordering::AcqRel)
    }
}

impl Actor {
    /// All that have arrived: a storm on one machine is one reading.
    pub(super) fn take_events(&mut self, first: (u64, LibvirtEvent)) {
        let mut rereads = Rereads::default();
        let mut next = Some(first);
        while let Some((attempt, event)) = next {
            if attempt == self.attempt {
                rereads.add(&event);
                self.heed(&event);
            }
            next = self.letters.events.try_recv().ok();
        }
        if self.letters.take_resync() {
            self.resynchronise();
            return;
        }
        let Rereads { machines, pools } = rereads;
        for id in machines {
            self.read_machine(id);
        }
        if pools {
            self.read_pools();
        }
    }

    fn heed(&mut self, event: &LibvirtEvent) {
        if let Some(id) = refresh::starts_afresh(event) {
            self.told_of_io_error.remove(&id);
        }
        if let Some(id) = refresh::changes_process(event) {
            self.sampling.forget(id);
            self.balancing.forget(id);
        }
        let Some((id, kind)) = self.notice_of(event) else {
            return;
        };
        let is_io_error = matches!(kind, NoticeKind::PausedDiskFull | NoticeKind::PausedIoError);
        // QEMU reports each request that failed.
        if !is_io_error || self.told_of_io_error.insert(id) {
            self.tell_machine(id, kind);
        }
    }

    fn notice_of(&self, event: &LibvirtEvent) -> Option<(MachineId, NoticeKind)> {
        let id = refresh::machine_of(event)?;
        // What is not in the list is nobody's: a probe, or already gone.
        let machine = &self.machines.get(&id)?.machine;
        let known = Circumstances {
            was_active: machine.state.is_active(),
            has_job: self.has_job_on(id),
        };
        refresh::notice(event, known).map(|kind| (id, kind))
    }

    fn resynchronise(&mut self) {
        tracing::warn!(uri = self.uri, "events were lost: everything is read anew");
        self.expect_everything_to_have_changed();
        self.read_list();
        self.read_pools();
        self.common.tell(Notice {
            uri: self.uri.clone(),
            machine: None,
            machine_name: None,
            kind: NoticeKind::Resynchronised,
        });
    }

    pub(super) fn lost(&mut self, attempt: u64, reason: CloseReason) {
        if attempt != self.attempt || !matches!(self.state, ConnectionState::Connected) {
            return;
        }
        let message = match reason {
            CloseReason::Eof => "end of file",
            CloseReason::Keepalive => "keepalive time-out",
            CloseReason::Client => "closed by this program",
            CloseReason::Error | CloseReason::Other(_) => "input/output error",
        };
        self.disconnected(
            reason::of_close(reason),
            LibvirtError {
                code: 0,
                domain: 0,
                message: message.to_owned(),
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_mailbox_never_blocks_and_says_that_events_were_lost() {
        let (mailbox, letters) = mailbox();
        let id: MachineId = "11111111-2222-3333-4444-555555555555".parse().unwrap();
        for _ in 0..EVENTS {
            mailbox.events.try_send((1, LibvirtEvent::Reboot(id))).unwrap();
        }
        assert!(!letters.take_resync());
        // As the callback does.
        if mailbox.events.try_send((1, LibvirtEvent::Reboot(id))).is_err() {
            mailbox.resync.store(true, Ordering::Release);
        }
        assert!(letters.take_resync());
        assert!(!letters.take_resync(), "told once");
    }
}
