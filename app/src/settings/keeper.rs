//! The thread that writes files, so that the window never waits for a disk. Of each file only the newest content
//! counts: what was not yet written is replaced.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::atomic;

/// Makes the content, on the writing thread.
type Encode = Box<dyn FnOnce() -> io::Result<Vec<u8>> + Send>;

#[derive(Default)]
struct State {
    waiting: BTreeMap<PathBuf, Encode>,
    is_writing: bool,
    is_ending: bool,
    /// The last failure, until somebody takes it to tell the user.
    failure: Option<(PathBuf, String)>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends its thread when dropped, without waiting; see [`Keeper::flush`].
pub struct Keeper {
    shared: Arc<Shared>,
}

impl Keeper {
    pub fn start() -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("berth-keeper".to_owned())
            .spawn(move || run(&theirs))?;
        Ok(Self { shared })
    }

    /// Queues the file's new content. Never blocks.
    pub fn write(&self, path: PathBuf, encode: impl FnOnce() -> io::Result<Vec<u8>> + Send + 'static) {
        self.shared.lock().waiting.insert(path, Box::new(encode));
        self.shared.changed.notify_all();
    }

    /// What could not be written since the last call.
    pub fn take_failure(&self) -> Option<(PathBuf, String)> {
        self.shared.lock().failure.take()
    }

    /// Waits until everything is on disk. False: it took too long.
    pub fn flush(&self, timeout: Duration) -> bool {
        let is_busy = |state: &mut State| state.is_writing || !state.waiting.is_empty();
        let (_state, result) = self
            .shared
            .changed
            .wait_timeout_while(self.shared.lock(), timeout, is_busy)
            .unwrap_or_else(PoisonError::into_inner);
        !result.timed_out()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.shared.lock().is_ending = true;
        self.shared.changed.notify_all();
    }
}

fn run(shared: &Shared) {
    let mut state = shared.lock();
    loop {
        let Some((path, encode)) = state.waiting.pop_first() else {
            if state.is_ending {
                return;
            }
            state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        state.is_writing = true;
        drop(state);
        let result = encode().and_then(|content| atomic::write(&path, &content));
        state = shared.lock();
        state.is_writing = false;
        if let Err(error) = result {
            tracing::warn!(path = %path.display(), %error, "a file could not be written");
            state.failure = Some((path, error.to_string()));
        }
        shared.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_content_is_what_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let keeper = Keeper::start().unwrap();
        for number in 0..50 {
            keeper.write(path.clone(), move || Ok(format!("{number}").into_bytes()));
        }
        assert!(keeper.flush(Duration::from_secs(10)));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "49");
        assert_eq!(keeper.take_failure(), None);
    }

    #[test]
    fn a_file_that_cannot_be_written_is_told() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        let keeper = Keeper::start().unwrap();
        keeper.write(folder.path().join("file/below.json"), || Ok(Vec::new()));
        assert!(keeper.flush(Duration::from_secs(10)));
        let (path, _) = keeper.take_failure().unwrap();
        assert!(path.ends_with("file/below.json"));
    }
}
