//! A guest's serial line as a stream that never blocks its reader.

use std::ffi::{c_char, c_int, c_void};
use std::sync::Arc;

use virt::sys;

use super::connection::Conn;
use super::domain::Dom;
use super::error::{c_text, check, check_ptr, last_error, malformed};
use super::registry::{Registry, Ticket};
use crate::error::LibvirtError;

type OnReady = dyn Fn() + Send + Sync;

static CALLBACKS: Registry<OnReady> = Registry::new();

const WOULD_BLOCK: c_int = -2;

/// An open console. Dropping it gives the line back, which asks the daemon: on a libvirt thread only.
pub(crate) struct Console {
    stream: sys::virStreamPtr,
    ticket: Ticket,
    /// The stream is of this connection, which goes last.
    _connection: Conn,
}

// SAFETY: libvirt's streams are objects with locks of their own; the handle is used by one thread at a time.
unsafe impl Send for Console {}

/// What a look at the line found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    Bytes(usize),
    /// Nothing now.
    Later,
    /// Nothing ever again: the machine stopped, or another program took the line.
    End,
}

impl Dom {
    /// Opens the line of the serial device `alias` (`None`: the first), taking it from whoever holds it. `connection`
    /// must be the one this domain came from. After [`Console::wake_when_ready`], `on_ready` is called on the event
    /// thread; it must not block.
    pub(crate) fn open_console(
        &self,
        connection: &Conn,
        alias: Option<&str>,
        on_ready: impl Fn() + Send + Sync + 'static,
    ) -> Result<Console, LibvirtError> {
        let alias = alias.map(c_text).transpose()?;
        let alias = alias.as_deref().map_or(std::ptr::null(), |alias| alias.as_ptr());
        // SAFETY: the connection is held by the caller.
        let stream = check_ptr(unsafe { sys::virStreamNew(connection.as_raw(), sys::VIR_STREAM_NONBLOCK) })?;
        // From here on its drop cleans up.
        let console = Console {
            stream,
            ticket: CALLBACKS.insert(Arc::new(on_ready)),
            _connection: connection.clone(),
        };
        // SAFETY: domain and stream live and are of one connection; the alias is NULL or NUL-terminated.
        check(unsafe { sys::virDomainOpenConsole(self.as_raw(), alias, stream, sys::VIR_DOMAIN_CONSOLE_FORCE) })?;
        // SAFETY: `ready` has the type that libvirt calls; the opaque value is a number, so nothing is to be freed.
        let added = unsafe {
            sys::virStreamEventAddCallback(stream, events(false), Some(ready), console.ticket.as_opaque(), None)
        };
        check(added)?;
        Ok(console)
    }
}

impl Console {
    pub(crate) fn receive(&self, buffer: &mut [u8]) -> Result<Received, LibvirtError> {
        // SAFETY: the stream lives; the buffer has the length that is given.
        let received = unsafe { sys::virStreamRecv(self.stream, buffer.as_mut_ptr().cast::<c_char>(), buffer.len()) };
        match received {
            0 => Ok(Received::End),
            WOULD_BLOCK => Ok(Received::Later),
            ..0 => Err(last_error()),
            length if length as usize <= buffer.len() => Ok(Received::Bytes(length as usize)),
            _ => Err(malformed("more bytes than were asked for")),
        }
    }

    /// How many of the bytes went out; 0: none now.
    pub(crate) fn send(&self, bytes: &[u8]) -> Result<usize, LibvirtError> {
        // SAFETY: the stream lives; the bytes have the length that is given.
        let sent = unsafe { sys::virStreamSend(self.stream, bytes.as_ptr().cast::<c_char>(), bytes.len()) };
        match sent {
            WOULD_BLOCK => Ok(0),
            ..0 => Err(last_error()),
            sent => Ok((sent as usize).min(bytes.len())),
        }
    }

    /// Has `on_ready` called once: when something can be received, or sent where that is waited for too.
    pub(crate) fn wake_when_ready(&self, is_sending: bool) -> Result<(), LibvirtError> {
        // SAFETY: the stream lives and has the callback.
        check(unsafe { sys::virStreamEventUpdateCallback(self.stream, events(is_sending)) }).map(drop)
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        // Each of the first two may fail where opening failed half-way or the line is gone: nothing is left to do then.
        // SAFETY: a live stream.
        let removed = unsafe { sys::virStreamEventRemoveCallback(self.stream) };
        // SAFETY: a live stream.
        let aborted = unsafe { sys::virStreamAbort(self.stream) };
        tracing::trace!(removed, aborted, "a console goes");
        CALLBACKS.remove(self.ticket);
        // SAFETY: our one reference, given up once.
        unsafe { sys::virStreamFree(self.stream) };
    }
}

const fn events(is_sending: bool) -> c_int {
    let always = sys::VIR_STREAM_EVENT_READABLE | sys::VIR_STREAM_EVENT_ERROR | sys::VIR_STREAM_EVENT_HANGUP;
    let sending = if is_sending { sys::VIR_STREAM_EVENT_WRITABLE } else { 0 };
    (always | sending).cast_signed()
}

extern "C" fn ready(stream: sys::virStreamPtr, _events: c_int, opaque: *mut c_void) {
    // Else libvirt would call again at once, and again, until the line was read. This asks nobody: it sets a number.
    // SAFETY: libvirt calls with a live stream.
    let updated = unsafe { sys::virStreamEventUpdateCallback(stream, 0) };
    if updated < 0 {
        tracing::debug!("a console's events could not be paused");
    }
    CALLBACKS.call(opaque, |on_ready| on_ready());
}
