//! The guest agent's channel. Every call waits for the guest: never on a shared thread, always with a time-out.

use std::ffi::c_int;
use std::time::Duration;

use virt::sys;

use super::domain::Dom;
use super::error::{c_text, check, check_ptr, malformed, take_text};
use crate::error::LibvirtError;

impl Dom {
    /// How long libvirt's own agent calls (shutdown by agent, addresses…) on this machine may wait; whole seconds,
    /// rounded up.
    pub(crate) fn set_agent_timeout(&self, timeout: Duration) -> Result<(), LibvirtError> {
        // SAFETY: the domain is held by `self`; the rest are numbers.
        let returned = unsafe { sys::virDomainAgentSetResponseTimeout(self.as_raw(), whole_seconds(timeout), 0) };
        check(returned).map(drop)
    }

    /// Sends one JSON command to the guest agent and returns its JSON answer.
    pub(crate) fn agent_command(&self, command: &str, timeout: Duration) -> Result<String, LibvirtError> {
        let command = c_text(command)?;
        // SAFETY: the text is NUL-terminated and outlives the call.
        let answer =
            unsafe { sys::virDomainQemuAgentCommand(self.as_raw(), command.as_ptr(), whole_seconds(timeout), 0) };
        let answer = check_ptr(answer)?;
        // SAFETY: libvirt allocated it for us.
        unsafe { take_text(answer) }.ok_or_else(|| malformed("an empty agent answer"))
    }
}

/// At least one: 0 and below have meanings of their own (do not wait, wait for ever).
fn whole_seconds(timeout: Duration) -> c_int {
    let seconds = timeout.as_secs() + u64::from(timeout.subsec_nanos() > 0);
    c_int::try_from(seconds.max(1)).unwrap_or(c_int::MAX)
}
