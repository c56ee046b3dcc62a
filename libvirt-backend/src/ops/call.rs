//! The common ground of all operations: finding a domain, and libvirt's errors with the verb that failed.

use std::time::{Duration, Instant};

use virt::sys;

use super::Context;
use crate::error::{Error, LibvirtError, Result, Verb};
use crate::ffi::{ControlState, Dom};
use crate::model::{Machine, MachineId};
use crate::xml::XmlError;

/// A monitor command that takes longer hangs.
const MONITOR_PATIENCE: Duration = Duration::from_secs(2);
const MONITOR_POLL: Duration = Duration::from_millis(50);

/// Turns libvirt's error into ours. Must be called on the thread that made the call.
pub(super) trait Failed<T> {
    fn failed(self, verb: Verb, object: &str) -> Result<T>;
}

impl<T, E: Into<LibvirtError>> Failed<T> for std::result::Result<T, E> {
    fn failed(self, verb: Verb, object: &str) -> Result<T> {
        self.map_err(|error| Error::Libvirt {
            verb,
            object: object.to_owned(),
            source: error.into(),
        })
    }
}

/// An XML text that is not what it should be.
pub(super) trait BadXml<T> {
    fn bad_xml(self, object: &str) -> Result<T>;
}

impl<T> BadXml<T> for std::result::Result<T, XmlError> {
    fn bad_xml(self, object: &str) -> Result<T> {
        self.map_err(|error| Error::Xml {
            object: object.to_owned(),
            message: error.to_string(),
        })
    }
}

/// Is it libvirt's error of this number (`VIR_ERR_…`)?
pub(super) const fn has_code(error: &Error, code: sys::virErrorNumber) -> bool {
    matches!(error, Error::Libvirt { source, .. } if source.code == code.cast_signed())
}

/// A domain and the name by which errors call it.
pub(super) struct Found {
    pub(super) domain: Dom,
    pub(super) id: MachineId,
    pub(super) name: String,
}

pub(super) fn find(ctx: &Context<'_>, id: MachineId) -> Result<Found> {
    match ctx.connection.domain(id) {
        Ok(domain) => {
            let name = domain.name().unwrap_or_else(|_| id.to_string());
            Ok(Found { domain, id, name })
        }
        Err(error) if error.code == sys::VIR_ERR_NO_DOMAIN.cast_signed() => {
            let name = ctx.model.machine(id).map(|machine| machine.name().to_owned());
            Err(Error::NoSuchMachine(name.unwrap_or_else(|| id.to_string())))
        }
        Err(error) => Err(error).failed(Verb::ListDomains, &id.to_string()),
    }
}

impl Found {
    /// A QEMU runs for it. A transient domain that stopped is gone, which is not an error here.
    pub(super) fn is_active(&self) -> Result<bool> {
        match self.domain.is_active() {
            Err(error) if error.code().to_raw() == sys::VIR_ERR_NO_DOMAIN => Ok(false),
            other => other.failed(Verb::ListDomains, &self.name),
        }
    }

    /// Can its XML be asked for? Waits a moment for whoever is talking to QEMU: behind one that hangs, libvirt would
    /// keep the question for half a minute and then refuse it.
    pub(super) fn answers(&self, ctx: &Context<'_>) -> Result<bool> {
        let is_known_to_hang = last_seen(ctx, self.id).is_some_and(|machine| !machine.responding.is_yes());
        let begun = Instant::now();
        // A machine that is off, and a driver without a monitor, have nothing that could hang.
        while let Ok(ControlState::Occupied { millis }) = self.domain.control_state() {
            let waited = begun.elapsed().max(Duration::from_millis(millis));
            if is_known_to_hang || waited > MONITOR_PATIENCE {
                return Ok(false);
            }
            ctx.cancel.wait(MONITOR_POLL)?;
        }
        Ok(true)
    }

    pub(super) fn is_persistent(&self) -> Result<bool> {
        self.domain.is_persistent().failed(Verb::ListDomains, &self.name)
    }

    /// The XML that is true now: live while it runs.
    pub(super) fn live_xml(&self) -> Result<String> {
        self.domain.xml_desc(0).failed(Verb::ReadXml, &self.name)
    }

    /// The XML of the next start.
    pub(super) fn inactive_xml(&self) -> Result<String> {
        let flags = sys::VIR_DOMAIN_XML_INACTIVE;
        self.domain.xml_desc(flags).failed(Verb::ReadXml, &self.name)
    }

    /// Where a change must go to be true now and after the next start (`virDomainModificationImpact`).
    pub(super) fn impact(&self) -> Result<u32> {
        let live = if self.is_active()? {
            sys::VIR_DOMAIN_AFFECT_LIVE
        } else {
            0
        };
        let config = if self.is_persistent()? {
            sys::VIR_DOMAIN_AFFECT_CONFIG
        } else {
            0
        };
        Ok(live | config)
    }
}

/// The machine as last seen.
pub(super) fn last_seen<'a>(ctx: &'a Context<'_>, id: MachineId) -> Option<&'a Machine> {
    ctx.model.machine(id).map(std::convert::AsRef::as_ref)
}

/// A real daemon on this computer: paths mean the same here and there. The test driver's paths mean nothing.
pub(super) fn is_local(uri: &str) -> bool {
    uri.split_once("://")
        .is_some_and(|(scheme, rest)| !scheme.starts_with("test") && (rest.is_empty() || rest.starts_with('/')))
}

/// A daemon on another computer. The test driver's world is none.
pub(super) fn is_remote(uri: &str) -> bool {
    !uri.starts_with("test") && !is_local(uri) && uri.contains("://")
}

/// QEMU runs as the connection's own user (`…/session`).
pub(super) fn is_session(uri: &str) -> bool {
    let without_query = uri.split(['?', '#']).next().unwrap_or(uri);
    without_query.ends_with("/session")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_and_session_are_read_from_the_uri() {
        for (uri, local, session) in [
            ("qemu:///session", true, true),
            ("qemu:///session?socket=/tmp/x/run/libvirt/libvirt-sock", true, true),
            ("qemu:///system", true, false),
            ("qemu+ssh://host/session", false, true),
            ("qemu+ssh://me@host/system?no_tty=1", false, false),
            ("test:///tmp/host.xml", false, false),
        ] {
            assert_eq!((is_local(uri), is_session(uri)), (local, session), "{uri}");
            assert_eq!(is_remote(uri), uri.contains("+ssh"), "{uri}");
        }
    }
}
