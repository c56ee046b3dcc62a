//! Why a connection went away, told by libvirt as it happens.

use std::ffi::{c_int, c_void};
use std::sync::Arc;

use virt::sys;

use super::connection::Conn;
use super::error::check;
use super::registry::{Registry, Ticket};
use crate::error::LibvirtError;

/// `virConnectCloseReason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CloseReason {
    Error,
    /// The daemon ended.
    Eof,
    /// The daemon was silent for too long.
    Keepalive,
    /// We closed it.
    Client,
    Other(i32),
}

type OnClose = dyn Fn(CloseReason) + Send + Sync;

static CALLBACKS: Registry<OnClose> = Registry::new();

/// Keeps the close callback registered. Drop it on a libvirt thread, never inside the callback. It holds the
/// connection, so that the callback goes before the connection does.
pub(crate) struct CloseGuard {
    connection: Conn,
    ticket: Ticket,
}

impl Conn {
    /// Calls `on_close` (on the event thread) when the connection is lost. One registration per connection: a second
    /// is refused by libvirt. Drivers inside this process (test) accept it and never call.
    pub(crate) fn register_close(
        &self,
        on_close: impl Fn(CloseReason) + Send + Sync + 'static,
    ) -> Result<CloseGuard, LibvirtError> {
        let ticket = CALLBACKS.insert(Arc::new(on_close));
        // SAFETY: `closed` has the type that libvirt calls; the opaque value is a number, so nothing is to be freed.
        let registered =
            unsafe { sys::virConnectRegisterCloseCallback(self.as_raw(), Some(closed), ticket.as_opaque(), None) };
        if let Err(error) = check(registered) {
            CALLBACKS.remove(ticket);
            return Err(error);
        }
        Ok(CloseGuard {
            connection: self.clone(),
            ticket,
        })
    }
}

impl Drop for CloseGuard {
    fn drop(&mut self) {
        // SAFETY: the connection is held by the guard; failure (already gone) changes nothing, the ticket goes anyway.
        let returned = unsafe { sys::virConnectUnregisterCloseCallback(self.connection.as_raw(), Some(closed)) };
        if returned < 0 {
            tracing::debug!("the close callback was gone already");
        }
        CALLBACKS.remove(self.ticket);
    }
}

extern "C" fn closed(_connection: sys::virConnectPtr, reason: c_int, opaque: *mut c_void) {
    let reason = match reason as sys::virConnectCloseReason {
        sys::VIR_CONNECT_CLOSE_REASON_ERROR => CloseReason::Error,
        sys::VIR_CONNECT_CLOSE_REASON_EOF => CloseReason::Eof,
        sys::VIR_CONNECT_CLOSE_REASON_KEEPALIVE => CloseReason::Keepalive,
        sys::VIR_CONNECT_CLOSE_REASON_CLIENT => CloseReason::Client,
        _ => CloseReason::Other(reason),
    };
    CALLBACKS.call(opaque, |on_close| on_close(reason));
}
