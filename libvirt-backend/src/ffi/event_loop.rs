//! The one event thread of the process.

use std::ffi::{c_int, c_void};
use std::sync::OnceLock;
use std::time::Duration;

use virt::sys;

use super::error::{check, last_error};
use crate::error::LibvirtError;

/// An idle loop wakes this often. Everything real (sockets, keepalive, callbacks) wakes it by itself.
const IDLE_WAKE_MILLIS: c_int = 5_000;

/// Registers libvirt's own event loop and starts the thread that runs it, once per process; later calls return the
/// first call's result.
///
/// Must come before the first open (`Conn::open` sees to it): a connection opened earlier has no keepalive and no
/// events. The thread lives as long as the process; it holds no connection and needs no goodbye.
pub(super) fn start_event_loop() -> Result<(), LibvirtError> {
    static STARTED: OnceLock<Result<(), LibvirtError>> = OnceLock::new();
    STARTED.get_or_init(start).clone()
}

fn start() -> Result<(), LibvirtError> {
    // libvirt would print every error to stderr.
    virt::error::clear_error_callback();
    // SAFETY: takes nothing; initialises libvirt where needed.
    check(unsafe { sys::virInitialize() })?;
    // SAFETY: takes nothing; called once, before any connection.
    check(unsafe { sys::virEventRegisterDefaultImpl() })?;
    // SAFETY: `idle` needs no data, so NULL and no free function are right.
    let timer = unsafe { sys::virEventAddTimeout(IDLE_WAKE_MILLIS, Some(idle), std::ptr::null_mut(), None) };
    check(timer)?;
    std::thread::Builder::new()
        .name("libvirt-events".to_owned())
        .spawn(run)
        .map(drop)
        .map_err(|error| LibvirtError {
            code: sys::VIR_ERR_INTERNAL_ERROR.cast_signed(),
            domain: sys::VIR_FROM_NONE.cast_signed(),
            message: format!("the event thread cannot be started: {error}"),
        })
}

#[expect(clippy::infinite_loop, reason = "the event thread lives as long as the process")]
fn run() {
    loop {
        // SAFETY: takes nothing; the default implementation was registered, and only this thread runs it.
        if unsafe { sys::virEventRunDefaultImpl() } < 0 {
            let error = last_error();
            tracing::error!(%error, "libvirt's event loop failed once");
            // A loop that fails at once must not burn a core.
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

const extern "C" fn idle(_timer: c_int, _opaque: *mut c_void) {}
