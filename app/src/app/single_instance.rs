//! One window for each user: a second start asks the first to come forward and ends.
//!
//! ```text
//! $XDG_RUNTIME_DIR/berth/     0700, this user's
//!   instance.lock             held by the first for as long as it lives, whatever ends it
//!   instance.sock             where it listens: 4 bytes of length, JSON, one byte back
//! ```

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::outside::{Outbox, Outside};
use crate::link::Target;
use crate::settings::folders::{create_private, is_private};

/// A message longer than this is not one of ours.
const MAX_BYTES: usize = 8 * 1024;
const PATIENCE: Duration = Duration::from_secs(3);
const IO_TIMEOUT: Duration = Duration::from_secs(2);
const DONE: u8 = b'+';

/// What a second start wants of the first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// A connection to open beside those that are.
    pub connect: Option<String>,
    /// What to show.
    #[serde(default)]
    pub open: Option<Target>,
}

/// Who we are.
pub enum Claim {
    First(Instance),
    /// The first one has taken over; nothing is left to do.
    Second,
    /// It cannot be told; go on as if alone.
    Unknown(io::Error),
}

/// The right to be the first; ends with the value.
pub struct Instance {
    _lock: File,
    listener: UnixListener,
}

/// Becomes the first, or hands `request` to it.
pub fn claim(folder: &Path, request: &Request) -> Claim {
    match try_claim(folder, request) {
        Ok(Some(instance)) => Claim::First(instance),
        Ok(None) => Claim::Second,
        Err(error) => Claim::Unknown(error),
    }
}

fn try_claim(folder: &Path, request: &Request) -> io::Result<Option<Instance>> {
    create_private(folder)?;
    if !is_private(folder) {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "the runtime folder belongs to somebody else",
        ));
    }
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(folder.join("instance.lock"))?;
    let socket = folder.join("instance.sock");
    let asked_at = Instant::now();
    loop {
        match lock.try_lock() {
            Ok(()) => {
                std::fs::remove_file(&socket).or_else(|error| match error.kind() {
                    io::ErrorKind::NotFound => Ok(()),
                    _ => Err(error),
                })?;
                let listener = UnixListener::bind(&socket)?;
                // The folder keeps others out; the socket does it once more.
                std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o600))?;
                return Ok(Some(Instance { _lock: lock, listener }));
            }
            Err(std::fs::TryLockError::WouldBlock) => {}
            Err(std::fs::TryLockError::Error(error)) => return Err(error),
        }
        match hand_over(&socket, request) {
            Ok(()) => return Ok(None),
            // It may be starting, or ending.
            Err(error) if asked_at.elapsed() > PATIENCE => return Err(error),
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

fn hand_over(socket: &Path, request: &Request) -> io::Result<()> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(IO_TIMEOUT))?;
    stream.set_write_timeout(Some(IO_TIMEOUT))?;
    let message = serde_json::to_vec(request).map_err(io::Error::other)?;
    let length = u32::try_from(message.len()).map_err(io::Error::other)?;
    stream.write_all(&length.to_be_bytes())?;
    stream.write_all(&message)?;
    let mut answer = [0];
    stream.read_exact(&mut answer)?;
    match answer {
        [DONE] => Ok(()),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

impl Instance {
    /// Answers later starts for as long as the program runs. The lock goes with the thread.
    pub fn listen(self, outbox: &Outbox) {
        let Self { _lock: lock, listener } = self;
        outbox.on_thread("berth-instance", move |outbox| {
            for stream in listener.incoming() {
                match stream.and_then(receive) {
                    Ok(request) => outbox.send(Outside::Raise(request)),
                    Err(error) => tracing::warn!(%error, "a second start could not be understood"),
                }
            }
            drop(lock);
        });
    }
}

fn receive(mut stream: UnixStream) -> io::Result<Request> {
    stream.set_read_timeout(Some(IO_TIMEOUT))?;
    stream.set_write_timeout(Some(IO_TIMEOUT))?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "too long"));
    }
    let mut message = vec![0; length];
    stream.read_exact(&mut message)?;
    let request = serde_json::from_slice(&message).map_err(io::Error::other)?;
    stream.write_all(&[DONE])?;
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::super::outside;
    use super::*;

    fn first(folder: &Path) -> outside::Inbox {
        let (outbox, inbox) = outside::channel(&egui::Context::default());
        let Claim::First(instance) = claim(folder, &Request::default()) else {
            panic!("not the first");
        };
        instance.listen(&outbox);
        inbox
    }

    #[test]
    fn a_second_start_hands_its_wish_to_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let inbox = first(&folder.path().join("berth"));
        let request = Request {
            connect: Some("test:///default".to_owned()),
            open: Some(Target::Machine {
                place: crate::link::Place::Anywhere,
                name: "web \"1\"\n--console".to_owned(),
                shown: crate::link::Shown::FullScreen,
            }),
        };
        assert!(matches!(claim(&folder.path().join("berth"), &request), Claim::Second));
        let received = inbox.recv_timeout(Duration::from_secs(5)).unwrap();
        assert_eq!(received, Outside::Raise(request));
    }

    #[test]
    fn nonsense_on_the_socket_harms_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("berth");
        let inbox = first(&path);
        for nonsense in [&b"\xff\xff\xff\xff"[..], b"\0\0\0\x02{]", b"\0\0"] {
            let mut stream = UnixStream::connect(path.join("instance.sock")).unwrap();
            stream.write_all(nonsense).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).ok();
            assert_eq!(answer, b"");
        }
        assert!(matches!(claim(&path, &Request::default()), Claim::Second));
        assert_eq!(
            inbox.recv_timeout(Duration::from_secs(5)).unwrap(),
            Outside::Raise(Request::default())
        );
    }

    #[test]
    fn what_a_crashed_first_left_behind_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("berth");
        create_private(&path).unwrap();
        drop(UnixListener::bind(path.join("instance.sock")).unwrap());
        std::fs::write(path.join("instance.lock"), "").unwrap();
        assert!(matches!(claim(&path, &Request::default()), Claim::First(_)));
    }

    #[test]
    fn a_folder_that_others_may_write_is_not_trusted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("berth");
        std::fs::create_dir(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(claim(&path, &Request::default()), Claim::Unknown(_)));
    }
}
