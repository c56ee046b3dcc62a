//! Presses keys at a pace that guests keep up with, on a thread of its own.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::super::handle::Keys;
use super::super::qnum::ENTER;

/// Between two changes of a key: a USB keyboard is asked every 10 ms, and what waits for it is 16 changes at most.
const PACE: Duration = Duration::from_millis(12);
/// After a line a shell or an installer has something to do.
const AFTER_LINE: Duration = Duration::from_millis(60);

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub num_typed: usize,
    pub num_all: usize,
    pub is_over: bool,
}

/// Typing under way; dropped, it stops, and no key is left down.
pub struct Typist(Arc<Shared>);

struct Shared {
    num_typed: AtomicUsize,
    num_all: usize,
    is_over: AtomicBool,
    is_cancelled: Mutex<bool>,
    cancelled: Condvar,
}

impl Typist {
    /// Each of `presses` is done whole or not at all. `on_progress` is called after each and when it is over.
    pub fn start(
        presses: Vec<Vec<(u16, bool)>>,
        keys: Keys,
        on_progress: impl Fn() + Send + 'static,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            num_typed: AtomicUsize::new(0),
            num_all: presses.len(),
            is_over: AtomicBool::new(false),
            is_cancelled: Mutex::new(false),
            cancelled: Condvar::new(),
        });
        let of_thread = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("berth-typist".to_owned())
            .spawn(move || {
                for together in &presses {
                    if !of_thread.press(together, &keys) {
                        break;
                    }
                    of_thread.num_typed.fetch_add(1, Ordering::Relaxed);
                    on_progress();
                }
                of_thread.is_over.store(true, Ordering::Release);
                on_progress();
            })?;
        Ok(Self(shared))
    }

    pub fn progress(&self) -> Progress {
        // Whether it is over is read first: then the count is the last one.
        let is_over = self.0.is_over.load(Ordering::Acquire);
        Progress {
            num_typed: self.0.num_typed.load(Ordering::Relaxed),
            num_all: self.0.num_all,
            is_over,
        }
    }

    pub fn cancel(&self) {
        *self.0.is_cancelled.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.cancelled.notify_all();
    }
}

impl Drop for Typist {
    fn drop(&mut self) {
        self.cancel();
    }
}

impl Shared {
    /// To the end, so that nothing is left down. `false`: it was cancelled before or while.
    fn press(&self, together: &[(u16, bool)], keys: &Keys) -> bool {
        let mut goes_on = !*self.is_cancelled.lock().unwrap_or_else(PoisonError::into_inner);
        if !goes_on {
            return false;
        }
        for (qnum, is_down) in together {
            keys(*qnum, *is_down);
            goes_on = self.wait(PACE);
        }
        let is_line = together.iter().any(|(qnum, _)| *qnum == ENTER);
        goes_on && (!is_line || self.wait(AFTER_LINE))
    }

    /// `false`: it was cancelled.
    fn wait(&self, pause: Duration) -> bool {
        let is_cancelled = self.is_cancelled.lock().unwrap_or_else(PoisonError::into_inner);
        let (is_cancelled, _) = self
            .cancelled
            .wait_timeout_while(is_cancelled, pause, |is_cancelled| !*is_cancelled)
            .unwrap_or_else(PoisonError::into_inner);
        !*is_cancelled
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::mpsc::sync_channel;

    use super::super::{GuestLayout, Plan};
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    #[test]
    fn everything_is_typed_in_order_and_told() {
        let (sender, typed) = sync_channel(1_000);
        let (over, ended) = sync_channel(1_000);
        let plan = Plan::new("aB", GuestLayout::Us).presses();
        let keys: Keys = Arc::new(move |qnum, is_down| sender.send((qnum, is_down)).unwrap());
        let typist = Typist::start(plan, keys, move || over.send(()).unwrap()).unwrap();
        for _ in 0..3 {
            ended.recv_timeout(PATIENCE).unwrap();
        }
        assert_eq!(
            typist.progress(),
            Progress {
                num_typed: 2,
                num_all: 2,
                is_over: true
            }
        );
        let typed: Vec<(u16, bool)> = typed.try_iter().collect();
        assert_eq!(
            typed,
            [
                (0x1e, true),
                (0x1e, false),
                (0x2a, true),
                (0x30, true),
                (0x30, false),
                (0x2a, false)
            ]
        );
    }

    #[test]
    fn cancelling_stops_at_once_and_leaves_no_key_down() {
        let (sender, typed) = sync_channel(100_000);
        let plan = Plan::new(&"A".repeat(5_000), GuestLayout::Us).presses();
        let keys: Keys = Arc::new(move |qnum, is_down| sender.send((qnum, is_down)).unwrap());
        let typist = Typist::start(plan, keys, || {}).unwrap();
        let mut down = BTreeSet::new();
        let mut follow = |(qnum, is_down): (u16, bool)| if is_down { down.insert(qnum) } else { down.remove(&qnum) };
        for _ in 0..5 {
            follow(typed.recv_timeout(PATIENCE).unwrap());
        }
        typist.cancel();
        // The thread's end closes the channel.
        while let Ok(press) = typed.recv_timeout(PATIENCE) {
            follow(press);
        }
        let progress = typist.progress();
        assert!(progress.is_over && progress.num_typed < 10, "{progress:?}");
        assert!(down.is_empty(), "{down:?}");
    }
}
