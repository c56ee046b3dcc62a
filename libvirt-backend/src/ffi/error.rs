//! libvirt's last error, read on the thread that made the call.

use std::ffi::{CStr, CString, c_char, c_int};

use virt::sys;

use crate::error::LibvirtError;

impl From<virt::error::Error> for LibvirtError {
    fn from(error: virt::error::Error) -> Self {
        Self {
            code: error.code().to_raw().cast_signed(),
            domain: error.domain().to_raw().cast_signed(),
            message: error.message().to_owned(),
        }
    }
}

/// What libvirt said last on this thread.
pub(super) fn last_error() -> LibvirtError {
    virt::error::Error::last_error().into()
}

/// libvirt's convention for calls that return a number: negative is failure.
pub(super) fn check(returned: c_int) -> Result<c_int, LibvirtError> {
    if returned < 0 { Err(last_error()) } else { Ok(returned) }
}

/// libvirt's convention for calls that return an object: NULL is failure.
pub(super) fn check_ptr<T>(returned: *mut T) -> Result<*mut T, LibvirtError> {
    if returned.is_null() {
        Err(last_error())
    } else {
        Ok(returned)
    }
}

/// Text for C. A NUL inside is refused as libvirt refuses a bad argument.
pub(super) fn c_text(text: &str) -> Result<CString, LibvirtError> {
    CString::new(text).map_err(|nul| LibvirtError {
        code: sys::VIR_ERR_INVALID_ARG.cast_signed(),
        domain: sys::VIR_FROM_NONE.cast_signed(),
        message: format!("invalid argument: NUL at byte {}", nul.nul_position()),
    })
}

/// Something that libvirt handed out does not hold together.
pub(super) fn malformed(what: &str) -> LibvirtError {
    LibvirtError {
        code: sys::VIR_ERR_INTERNAL_ERROR.cast_signed(),
        domain: sys::VIR_FROM_NONE.cast_signed(),
        message: format!("libvirt returned {what}"),
    }
}

/// Copies a C string; `None` for NULL.
///
/// # Safety
/// `text` is NULL or points at a NUL-terminated string that lives until the return.
pub(super) unsafe fn copy_text(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not NULL, and the caller vouches for the terminator and the lifetime.
    let text = unsafe { CStr::from_ptr(text) };
    Some(text.to_string_lossy().into_owned())
}

/// Copies a C string that libvirt allocated for us, and frees it.
///
/// # Safety
/// `text` is NULL or a NUL-terminated string from malloc that nobody else frees.
pub(super) unsafe fn take_text(text: *mut c_char) -> Option<String> {
    // SAFETY: as the caller vouches.
    let copy = unsafe { copy_text(text) };
    // SAFETY: from malloc and ours, as the caller vouches; free(NULL) does nothing.
    unsafe { libc::free(text.cast()) };
    copy
}
