//! The guest's screen as a picture file.

use std::ffi::c_char;

use virt::sys;

use super::connection::Conn;
use super::domain::Dom;
use super::error::{check, check_ptr, last_error, malformed, take_text};
use crate::error::LibvirtError;

/// More is not a screen.
pub(super) const MAX_SCREENSHOT_BYTES: usize = 64 << 20;
const CHUNK: usize = 256 << 10;

impl Dom {
    /// The picture of screen `screen` and its MIME type (`image/png` from QEMU ≥ 7.1, `image/x-portable-pixmap`
    /// before). Blocks while QEMU draws it. `connection` must be the one this domain came from.
    pub(crate) fn screenshot_bytes(&self, connection: &Conn, screen: u32) -> Result<(String, Vec<u8>), LibvirtError> {
        let stream = Stream::new(connection)?;
        // SAFETY: domain and stream live; the stream is of the domain's connection.
        let mime = unsafe { sys::virDomainScreenshot(self.as_raw(), stream.0, screen, 0) };
        let mime = check_ptr(mime)?;
        // SAFETY: libvirt allocated it for us.
        let mime = unsafe { take_text(mime) }.unwrap_or_default();
        let picture = stream.read_to_end(MAX_SCREENSHOT_BYTES)?;
        stream.finish()?;
        Ok((mime, picture))
    }
}

/// A blocking stream. Aborted when dropped unfinished.
struct Stream(sys::virStreamPtr);

impl Stream {
    fn new(connection: &Conn) -> Result<Self, LibvirtError> {
        // SAFETY: the connection is held by the caller; 0 is a blocking stream.
        check_ptr(unsafe { sys::virStreamNew(connection.as_raw(), 0) }).map(Self)
    }

    fn read_to_end(&self, limit: usize) -> Result<Vec<u8>, LibvirtError> {
        let mut content = Vec::new();
        let mut chunk = vec![0_u8; CHUNK];
        loop {
            // SAFETY: the buffer has the length that is given.
            let received = unsafe { sys::virStreamRecv(self.0, chunk.as_mut_ptr().cast::<c_char>(), chunk.len()) };
            match received {
                0 => return Ok(content),
                // -2 is "would block", which a blocking stream must not say: taken for a failure, else it spins.
                -2 => return Err(malformed("\"would block\" from a blocking stream")),
                ..0 => return Err(last_error()),
                _ => {}
            }
            let Some(bytes) = chunk.get(..received as usize) else {
                return Err(malformed("more bytes than were asked for"));
            };
            if content.len() + bytes.len() > limit {
                return Err(malformed("a picture beyond all measure"));
            }
            content.extend_from_slice(bytes);
        }
    }

    fn finish(mut self) -> Result<(), LibvirtError> {
        let stream = std::mem::replace(&mut self.0, std::ptr::null_mut());
        // SAFETY: a live stream, which everything was read from.
        let finished = check(unsafe { sys::virStreamFinish(stream) });
        // SAFETY: our one reference; `self` no longer holds it.
        unsafe { sys::virStreamFree(stream) };
        finished.map(drop)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: a live stream that was not finished.
            unsafe { sys::virStreamAbort(self.0) };
            // SAFETY: our one reference, given up once.
            unsafe { sys::virStreamFree(self.0) };
        }
    }
}
