//! Both halves of a socket to a server: they wait with patience and see when the session is over.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::super::{Canvas, Ending};
use super::handshake::Outgoing;
use super::wire::Incoming;

/// How soon a half that waits sees that the session is over, should nothing else tell it.
const LOOK: Duration = Duration::from_millis(500);

#[derive(Clone)]
pub(super) struct Link {
    socket: Arc<OwnedFd>,
    canvas: Canvas,
    /// How long it may take until anything moves; for ever without.
    pub(super) limit: Option<Duration>,
}

impl Link {
    pub(super) fn new(socket: OwnedFd, canvas: Canvas, limit: Duration) -> io::Result<Self> {
        rustix::io::ioctl_fionbio(&socket, true)?;
        Ok(Self {
            socket: Arc::new(socket),
            canvas,
            limit: Some(limit),
        })
    }

    /// Wakes both halves and tells the server.
    pub(super) fn close(&self) {
        // What is no socket, or is closed already, ends when the last half is dropped.
        rustix::net::shutdown(&*self.socket, rustix::net::Shutdown::Both).ok();
    }

    fn wait(&self, flags: PollFlags) -> Result<(), Ending> {
        let since = Instant::now();
        loop {
            let left = self.limit.map(|limit| limit.saturating_sub(since.elapsed()));
            if left == Some(Duration::ZERO) {
                let seconds = self.limit.map_or(0, |limit| limit.as_secs());
                return Err(Ending::Stalled { seconds });
            }
            let patience = left.map_or(LOOK, |left| left.min(LOOK));
            let patience = Timespec::try_from(patience).unwrap_or(Timespec { tv_sec: 1, tv_nsec: 0 });
            match poll(&mut [PollFd::new(&*self.socket, flags)], Some(&patience)) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => return Ok(()),
                Err(error) => return Err(io::Error::from(error).into()),
            }
            if self.canvas.is_over() {
                return Err(Ending::Closed);
            }
        }
    }
}

impl Incoming for Link {
    fn receive(&mut self, buffer: &mut [u8]) -> Result<usize, Ending> {
        loop {
            match rustix::io::read(&*self.socket, &mut *buffer) {
                Ok(received) => return Ok(received),
                Err(Errno::AGAIN) => self.wait(PollFlags::IN)?,
                Err(Errno::INTR) => {}
                Err(error) => return Err(io::Error::from(error).into()),
            }
        }
    }
}

impl Outgoing for Link {
    fn send(&mut self, bytes: &[u8]) -> Result<(), Ending> {
        let mut left = bytes;
        while !left.is_empty() {
            match rustix::io::write(&*self.socket, left) {
                Ok(sent) => left = &left[sent..],
                Err(Errno::AGAIN) => self.wait(PollFlags::OUT)?,
                Err(Errno::INTR) => {}
                Err(error) => return Err(io::Error::from(error).into()),
            }
        }
        Ok(())
    }
}
