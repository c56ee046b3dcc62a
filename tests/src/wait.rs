//! Waiting for a condition.

use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(20);

/// Asks again and again until there is an answer; panics with `what` when the time is over.
#[track_caller]
pub fn wait_for<T>(what: &str, timeout: Duration, mut answer: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = answer() {
            return found;
        }
        assert!(started.elapsed() < timeout, "no {what} within {timeout:?}");
        std::thread::sleep(POLL);
    }
}

/// Waits until something is so.
#[track_caller]
pub fn wait_until(what: &str, timeout: Duration, mut is_so: impl FnMut() -> bool) {
    wait_for(what, timeout, || is_so().then_some(()));
}
