//! The guest agent's channel. Every call waits for the guest: never on a shared thread, always with a time-out.

use std::ffi::c_int;
use std::time::Duration;

use virt::sys;

use super::domain::Dom;
use super::error::check;
use crate::error::LibvirtError;

impl Dom {
    /// How long libvirt's own agent calls (shutdown by agent, addresses…) on this machine may wait; whole seconds,
    /// rounded up.
    pub(crate) fn set_agent_timeout(&self, timeout: Duration) -> Result<(), LibvirtError> {
        // SAFETY: the domain is held by `self`; the rest are numbers.
        let returned = unsafe { sys::virDomainAgentSetResponseTimeout(self.as_raw(), whole_seconds(timeout), 0) };
        check(returned).map(drop)
    }
}

/// At least one: 0 and below have meanings of their own (do not wait, wait for ever).
fn whole_seconds(timeout: Duration) -> c_int {
    let seconds = timeout.as_secs() + u64::from(timeout.subsec_nanos() > 0);
    c_int::try_from(seconds.max(1)).unwrap_or(c_int::MAX)
}
