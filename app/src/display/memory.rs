//! Gives memory back to the system after a screen has gone: buffers and threads of a session are large and many.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// By then the session's threads have ended; several that end together are one.
const SETTLE: Duration = Duration::from_secs(3);

static IS_UNDER_WAY: AtomicBool = AtomicBool::new(false);

pub(super) fn give_back_soon() {
    if IS_UNDER_WAY.swap(true, Ordering::AcqRel) {
        return;
    }
    let thread = std::thread::Builder::new().name("berth-memory".to_owned()).spawn(|| {
        std::thread::sleep(SETTLE);
        IS_UNDER_WAY.store(false, Ordering::Release);
        libvirt_backend::give_back_memory();
    });
    if thread.is_err() {
        // It is kept until the next time.
        IS_UNDER_WAY.store(false, Ordering::Release);
    }
}
