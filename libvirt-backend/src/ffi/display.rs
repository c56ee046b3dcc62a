//! A connection to a guest's display, handed out as a file descriptor.

use std::os::fd::{FromRawFd as _, OwnedFd};

use virt::sys;

use super::domain::Dom;
use super::error::{check, malformed};
use crate::error::LibvirtError;

impl Dom {
    /// The display at place `index` among the machine's `<graphics>`. No password is asked for: whoever may call
    /// libvirt may see the screen.
    pub(crate) fn open_display(&self, index: u32) -> Result<OwnedFd, LibvirtError> {
        // SAFETY: the domain lives.
        let fd = unsafe { sys::virDomainOpenGraphicsFD(self.as_raw(), index, sys::VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH) };
        let fd = check(fd)?;
        // SAFETY: libvirt made the descriptor for us; nobody else has it.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        // A duplicate is closed in programs that are started meanwhile; libvirt's own is not.
        fd.try_clone()
            .map_err(|error| malformed(&format!("a display's descriptor ({error})")))
    }
}
