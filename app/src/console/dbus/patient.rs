//! A socket on which what has begun must go on. Between messages QEMU may say nothing for as long as it likes; a message
//! that it began is due, and so is its taking of one that Berth began.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_io::{Async, Timer};
use futures_lite::future::or;
use zbus::connection::socket::{ReadHalf, Socket, Split, WriteHalf};
use zbus::message::Message;

type Stream = Arc<Async<UnixStream>>;
type Promise<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
type Received = io::Result<(usize, Vec<OwnedFd>)>;

#[derive(Debug)]
pub(super) struct PatientSocket {
    stream: Stream,
    patience: Duration,
}

impl PatientSocket {
    pub(super) fn new(stream: UnixStream, patience: Duration) -> io::Result<Self> {
        Ok(Self {
            stream: Arc::new(Async::new(stream)?),
            patience,
        })
    }
}

impl Socket for PatientSocket {
    type ReadHalf = Reader;
    type WriteHalf = Writer;

    fn split(self) -> Split<Reader, Writer> {
        let Self { stream, patience } = self;
        let reader = Reader(OneMessage {
            stream: Arc::clone(&stream),
            patience,
            due: None,
        });
        Split::new(reader, Writer { stream, patience })
    }
}

/// `future`, unless the socket is not ready for it until `due`. No timer is made for what is ready at once.
async fn until<T>(due: Instant, future: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let late = async {
        Timer::at(due).await;
        Err(io::ErrorKind::TimedOut.into())
    };
    or(future, late).await
}

#[derive(Debug)]
pub(super) struct Reader(OneMessage);

impl ReadHalf for Reader {
    fn receive_message<'reader, 'bytes, 'files, 'all>(
        &'reader mut self,
        number: u64,
        bytes: &'bytes mut Vec<u8>,
        files: &'files mut Vec<OwnedFd>,
    ) -> Promise<'all, zbus::Result<Message>>
    where
        'reader: 'all,
        'bytes: 'all,
        'files: 'all,
        Self: 'all,
    {
        let Self(message) = self;
        // The greeting may have brought the first one's beginning.
        message.due = (!bytes.is_empty()).then(|| Instant::now() + message.patience);
        message.receive_message(number, bytes, files)
    }

    /// Of the greeting, which has a limit of its own.
    fn recvmsg<'reader, 'bytes, 'all>(&'reader mut self, bytes: &'bytes mut [u8]) -> Promise<'all, Received>
    where
        'reader: 'all,
        'bytes: 'all,
        Self: 'all,
    {
        self.0.stream.recvmsg(bytes)
    }

    fn can_pass_unix_fd(&self) -> bool {
        true
    }
}

/// Reads the pieces of one message.
#[derive(Debug)]
struct OneMessage {
    stream: Stream,
    patience: Duration,
    /// Once it has begun.
    due: Option<Instant>,
}

impl ReadHalf for OneMessage {
    fn recvmsg<'reader, 'bytes, 'all>(&'reader mut self, bytes: &'bytes mut [u8]) -> Promise<'all, Received>
    where
        'reader: 'all,
        'bytes: 'all,
        Self: 'all,
    {
        Box::pin(async move {
            let receiving = self.stream.recvmsg(bytes);
            if let Some(due) = self.due {
                return until(due, receiving).await;
            }
            let received = receiving.await;
            self.due = Some(Instant::now() + self.patience);
            received
        })
    }

    fn can_pass_unix_fd(&self) -> bool {
        true
    }
}

#[derive(Debug)]
pub(super) struct Writer {
    stream: Stream,
    patience: Duration,
}

impl WriteHalf for Writer {
    fn sendmsg<'writer, 'bytes, 'files, 'file, 'all>(
        &'writer mut self,
        bytes: &'bytes [u8],
        files: &'files [BorrowedFd<'file>],
    ) -> Promise<'all, io::Result<usize>>
    where
        'writer: 'all,
        'bytes: 'all,
        'files: 'all,
        'file: 'all,
        Self: 'all,
    {
        let due = Instant::now() + self.patience;
        Box::pin(until(due, self.stream.sendmsg(bytes, files)))
    }

    fn close<'writer, 'all>(&'writer mut self) -> Promise<'all, io::Result<()>>
    where
        'writer: 'all,
        Self: 'all,
    {
        WriteHalf::close(&mut self.stream)
    }

    fn can_pass_unix_fd(&self) -> bool {
        true
    }
}
