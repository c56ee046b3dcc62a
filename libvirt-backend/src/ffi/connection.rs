//! A connection whose drop cannot panic, and the ways to it.

use std::ffi::{c_int, c_uint, c_void};
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::sync::Arc;

use virt::connect::Connect;
use virt::domain::Domain;
use virt::sys;

use super::domain::Dom;
use super::error::{c_text, check, check_ptr, malformed};
use super::event_loop::start_event_loop;
use crate::error::LibvirtError;
use crate::model::MachineId;

/// An open connection. A clone is another reference to the same one; the last drop closes it, which talks to the
/// daemon and may therefore wait: on a libvirt thread only.
#[derive(Clone)]
pub(crate) struct Conn(Arc<Inner>);

struct Inner(ManuallyDrop<Connect>);

impl Drop for Inner {
    fn drop(&mut self) {
        // virt's own drop panics where this call fails. -1 is a failure that nobody can act on; above 0 others hold
        // references (event callbacks, domains), and libvirt closes with the last of them.
        // SAFETY: the pointer is only used for the call below.
        let connection = unsafe { self.0.as_ptr() };
        // SAFETY: this is our reference, given up once: `ManuallyDrop` keeps virt from doing it again.
        let remaining = unsafe { sys::virConnectClose(connection) };
        if remaining < 0 {
            tracing::warn!("closing a connection failed");
        }
    }
}

impl Deref for Conn {
    type Target = Connect;

    fn deref(&self) -> &Connect {
        &self.0.0
    }
}

impl std::fmt::Debug for Conn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Conn").field(&Arc::as_ptr(&self.0)).finish()
    }
}

impl Conn {
    /// Opens `uri` read-write. Blocks for as long as the daemon, ssh or polkit like.
    ///
    /// Whatever asks for a name or a password is told that there is none, so libvirt fails in words instead of asking
    /// on a terminal (ssh itself is silenced by `no_tty=1` in the URI).
    pub(crate) fn open(uri: &str) -> Result<Self, LibvirtError> {
        let name = c_text(uri)?;
        start_event_loop()?;
        let mut asked_for = [
            sys::VIR_CRED_USERNAME,
            sys::VIR_CRED_AUTHNAME,
            sys::VIR_CRED_LANGUAGE,
            sys::VIR_CRED_CNONCE,
            sys::VIR_CRED_PASSPHRASE,
            sys::VIR_CRED_ECHOPROMPT,
            sys::VIR_CRED_NOECHOPROMPT,
            sys::VIR_CRED_REALM,
            sys::VIR_CRED_EXTERNAL,
        ]
        .map(|kind| kind.cast_signed());
        let mut auth = sys::virConnectAuth {
            credtype: asked_for.as_mut_ptr(),
            ncredtype: asked_for.len() as c_uint,
            cb: Some(refuse_to_answer),
            cbdata: std::ptr::null_mut(),
        };
        // SAFETY: the name is NUL-terminated; `auth` and the array in it outlive the call, and libvirt keeps neither.
        let opened = unsafe { sys::virConnectOpenAuth(name.as_ptr(), &raw mut auth, 0) };
        let opened = check_ptr(opened)?;
        // SAFETY: a fresh connection, whose one reference becomes the wrapper's.
        let connect = unsafe { Connect::from_ptr(opened) };
        Ok(Self(Arc::new(Inner(ManuallyDrop::new(connect)))))
    }

    /// Valid for as long as this handle lives.
    pub(super) fn as_raw(&self) -> sys::virConnectPtr {
        // SAFETY: the callers in this module use it only while they hold the handle.
        unsafe { self.0.0.as_ptr() }
    }

    /// Has the daemon asked for a sign of life every `interval_seconds`; the connection closes
    /// (`CloseReason::Keepalive`) after `count` unanswered ones. `false`: the driver has no keepalive (test driver).
    pub(crate) fn set_keepalive(&self, interval_seconds: u32, count: u32) -> Result<bool, LibvirtError> {
        let interval = c_int::try_from(interval_seconds).unwrap_or(c_int::MAX);
        // SAFETY: the connection is held by `self`; the rest are numbers.
        let returned = unsafe { sys::virConnectSetKeepAlive(self.as_raw(), interval, count) };
        match check(returned) {
            Ok(returned) => Ok(returned == 0),
            // The test driver has no such call at all.
            Err(error) if error.code == sys::VIR_ERR_NO_SUPPORT.cast_signed() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The domain with this UUID. One round trip; the handle stays valid when the domain is renamed or stopped.
    pub(crate) fn domain(&self, id: MachineId) -> Result<Dom, LibvirtError> {
        // SAFETY: libvirt reads 16 bytes, which a UUID has.
        let found = unsafe { sys::virDomainLookupByUUID(self.as_raw(), id.0.as_bytes().as_ptr()) };
        let found = check_ptr(found)?;
        // SAFETY: a fresh reference, which becomes the wrapper's.
        Dom::new(unsafe { Domain::from_ptr(found) })
    }

    /// Every domain, running or not. Never blocks on a hung QEMU.
    pub(crate) fn domains(&self) -> Result<Vec<Dom>, LibvirtError> {
        self.list_domains(0)
    }

    /// The domains that have a QEMU process. Never blocks on a hung QEMU.
    pub(crate) fn active_domains(&self) -> Result<Vec<Dom>, LibvirtError> {
        self.list_domains(sys::VIR_CONNECT_LIST_DOMAINS_ACTIVE)
    }

    fn list_domains(&self, flags: c_uint) -> Result<Vec<Dom>, LibvirtError> {
        let mut list: *mut sys::virDomainPtr = std::ptr::null_mut();
        // SAFETY: `list` is written on success only, with an array that is freed below.
        let listed = unsafe { sys::virConnectListAllDomains(self.as_raw(), &raw mut list, flags) };
        let count = check(listed)?;
        if list.is_null() {
            return Ok(Vec::new());
        }
        let mut domains = Vec::with_capacity(count as usize);
        let mut problem = None;
        for index in 0..count as usize {
            // SAFETY: libvirt wrote `count` pointers.
            let entry = unsafe { list.add(index) };
            // SAFETY: inside the array, see above.
            let domain = unsafe { *entry };
            if domain.is_null() {
                problem = Some(malformed("a domain list with a hole"));
                continue;
            }
            // SAFETY: each entry carries a reference, which becomes the wrapper's.
            match Dom::new(unsafe { Domain::from_ptr(domain) }) {
                Ok(domain) => domains.push(domain),
                Err(error) => problem = Some(error),
            }
        }
        // SAFETY: the array (not what stood in it) is from malloc and ours.
        unsafe { libc::free(list.cast()) };
        problem.map_or(Ok(domains), Err)
    }
}

const extern "C" fn refuse_to_answer(
    _credentials: sys::virConnectCredentialPtr,
    _count: c_uint,
    _data: *mut c_void,
) -> c_int {
    -1
}
