//! The wall clock, read in one place.

use std::time::{SystemTime, UNIX_EPOCH};

/// Unix milliseconds; 0 on a computer whose clock is before 1970.
pub(crate) fn now_millis() -> i64 {
    millis_of(SystemTime::now())
}

pub(crate) fn millis_of(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as i64)
}
