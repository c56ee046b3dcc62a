//! A thread with a connection of its own that reads what it is told, one request at a time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Instant;

use super::source::{OpenSource, Reading, Request};
use crate::connection::rates::Moment;
use crate::error::LibvirtError;

/// Names a lane for as long as its coordinator lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LaneId(pub(super) u64);

/// What the coordinator hears.
pub(super) enum Message {
    /// Look at the control block.
    Wake,
    /// The lane's connection is open; it reads now.
    Opened(LaneId),
    /// The lane has read. After a failure it ends.
    Read {
        lane: LaneId,
        at: Moment,
        result: Result<Reading, LibvirtError>,
    },
}

/// The coordinator's end. Dropping it ends the lane: at once when it is idle, else as soon as its call returns. The
/// connection is closed on the lane's own thread.
pub(super) struct Lane {
    pub(super) id: LaneId,
    requests: SyncSender<Request>,
}

impl Lane {
    /// `threads` counts the threads that have not ended, stuck ones included.
    pub(super) fn spawn(
        id: LaneId,
        open: &OpenSource,
        replies: &SyncSender<Message>,
        threads: &Arc<AtomicUsize>,
        epoch: Instant,
    ) -> std::io::Result<Self> {
        let (requests, inbox) = sync_channel(1);
        let open = Arc::clone(open);
        let replies = replies.clone();
        threads.fetch_add(1, Ordering::Relaxed);
        let count = ThreadCount(Arc::clone(threads));
        std::thread::Builder::new()
            .name("libvirt-stats".to_owned())
            .spawn(move || {
                // Moved in, so that it is counted down when the thread is over, connection closed and all.
                let _count = count;
                run(id, &open, &inbox, &replies, epoch);
            })?;
        Ok(Self { id, requests })
    }

    /// `false`: the lane has ended or is busy.
    pub(super) fn ask(&self, request: Request) -> bool {
        self.requests.try_send(request).is_ok()
    }
}

struct ThreadCount(Arc<AtomicUsize>);

impl Drop for ThreadCount {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn run(id: LaneId, open: &OpenSource, inbox: &Receiver<Request>, replies: &SyncSender<Message>, epoch: Instant) {
    let fail = |error| {
        let failed = Message::Read {
            lane: id,
            at: Moment::now(epoch),
            result: Err(error),
        };
        // A coordinator that is gone needs no reply.
        replies.send(failed).ok();
    };
    let mut source = match open() {
        Ok(source) => source,
        Err(error) => return fail(error),
    };
    if replies.send(Message::Opened(id)).is_err() {
        return;
    }
    while let Ok(request) = inbox.recv() {
        let result = match catch_unwind(AssertUnwindSafe(|| source.read(&request))) {
            Ok(Ok(reading)) => Ok(reading),
            Ok(Err(error)) => return fail(error),
            Err(_) => return fail(panicked()),
        };
        let at = Moment::now(epoch);
        if replies.send(Message::Read { lane: id, at, result }).is_err() {
            return;
        }
    }
}

fn panicked() -> LibvirtError {
    LibvirtError {
        code: 1,
        domain: 0,
        message: "reading statistics panicked".to_owned(),
    }
}
