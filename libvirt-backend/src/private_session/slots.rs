//! A semaphore between processes: so many private sessions at once and no more.

use std::fs::File;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::SessionError;

const POLL: Duration = Duration::from_millis(25);

/// `count` places, kept as locked files in `folder`. A process that dies gives its place back.
#[derive(Clone, Debug)]
pub struct Slots {
    pub folder: PathBuf,
    pub count: usize,
}

/// A place taken, until it is dropped.
#[derive(Debug)]
pub struct Slot {
    _lock: File,
}

impl Slots {
    /// Waits for a free place.
    pub fn take(&self, timeout: Duration) -> Result<Slot, SessionError> {
        std::fs::create_dir_all(&self.folder).map_err(|error| SessionError::folder(&self.folder, error))?;
        let deadline = Instant::now() + timeout;
        loop {
            for number in 0..self.count {
                let path = self.folder.join(format!("slot-{number}"));
                let lock = File::options()
                    .create(true)
                    .truncate(false)
                    .write(true)
                    .open(&path)
                    .map_err(|error| SessionError::folder(&path, error))?;
                if lock.try_lock().is_ok() {
                    return Ok(Slot { _lock: lock });
                }
            }
            if Instant::now() > deadline {
                return Err(SessionError::NoFreeSlot {
                    count: self.count,
                    seconds: timeout.as_secs(),
                });
            }
            std::thread::sleep(POLL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_of_two_waits_until_one_is_given_back() {
        let folder = tempfile::tempdir().unwrap();
        let slots = Slots {
            folder: folder.path().to_owned(),
            count: 2,
        };
        let first = slots.take(Duration::ZERO).unwrap();
        let second = slots.take(Duration::ZERO).unwrap();
        assert!(matches!(
            slots.take(Duration::ZERO),
            Err(SessionError::NoFreeSlot { count: 2, .. })
        ));
        drop(first);
        let third = slots.take(Duration::ZERO).unwrap();
        drop((second, third));
    }
}
