//! The addresses of a machine's interfaces.

use std::ffi::c_uint;
use std::net::IpAddr;

use virt::sys;

use super::domain::Dom;
use super::error::{check, copy_text};
use crate::error::LibvirtError;

/// Where libvirt is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AddressSource {
    /// Leases of libvirt's own networks. Does not touch the guest.
    Lease,
    /// The guest agent: waits for the guest.
    Agent,
}

/// One interface and its addresses with their prefix lengths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InterfaceAddresses {
    pub(crate) name: String,
    pub(crate) mac: Option<String>,
    pub(crate) addresses: Vec<(IpAddr, u32)>,
}

impl Dom {
    pub(crate) fn addresses(&self, source: AddressSource) -> Result<Vec<InterfaceAddresses>, LibvirtError> {
        let source = match source {
            AddressSource::Lease => sys::VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE,
            AddressSource::Agent => sys::VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT,
        };
        let mut list: *mut sys::virDomainInterfacePtr = std::ptr::null_mut();
        // SAFETY: `list` is written on success only, with an array that is freed below.
        let count = check(unsafe { sys::virDomainInterfaceAddresses(self.as_raw(), &raw mut list, source, 0) })?;
        if list.is_null() {
            return Ok(Vec::new());
        }
        let mut interfaces = Vec::with_capacity(count as usize);
        for index in 0..count as usize {
            // SAFETY: libvirt wrote `count` pointers.
            let entry = unsafe { list.add(index) };
            // SAFETY: inside the array, see above.
            let interface = unsafe { *entry };
            if interface.is_null() {
                continue;
            }
            // SAFETY: a live interface until it is freed below.
            interfaces.extend(unsafe { read_interface(interface) });
            // SAFETY: each entry is ours and freed once; the call frees what it points at as well.
            unsafe { sys::virDomainInterfaceFree(interface) };
        }
        // SAFETY: the array itself is from malloc and ours.
        unsafe { libc::free(list.cast()) };
        Ok(interfaces)
    }
}

/// # Safety
/// `interface` points at a live interface as libvirt filled it.
unsafe fn read_interface(interface: sys::virDomainInterfacePtr) -> Option<InterfaceAddresses> {
    // SAFETY: live as the caller vouches; nothing writes to it meanwhile.
    let raw: &sys::virDomainInterface = unsafe { &*interface };
    // SAFETY: NULL or a text of the interface's.
    let name = unsafe { copy_text(raw.name) }?;
    // SAFETY: NULL or a text of the interface's.
    let mac = unsafe { copy_text(raw.hwaddr) };
    let count = if raw.addrs.is_null() { 0 } else { raw.naddrs as usize };
    let mut addresses = Vec::with_capacity(count);
    for index in 0..count {
        // SAFETY: `addrs` has `naddrs` entries.
        let entry = unsafe { raw.addrs.add(index) };
        // SAFETY: inside the array, see above; a plain struct.
        let address = unsafe { *entry };
        // SAFETY: NULL or a text of the interface's.
        let text = unsafe { copy_text(address.addr) };
        if let Some(parsed) = text.and_then(|text| parse_address(&text)) {
            addresses.push((parsed, c_uint::min(address.prefix, 128)));
        }
    }
    Some(InterfaceAddresses { name, mac, addresses })
}

/// Agents append a zone (`fe80::1%eth0`) to link-local addresses.
fn parse_address(text: &str) -> Option<IpAddr> {
    text.split('%').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_does_not_hide_an_address() {
        assert_eq!(parse_address("fe80::1%eth0"), "fe80::1".parse().ok());
        assert_eq!(parse_address("192.168.122.7"), "192.168.122.7".parse().ok());
        assert_eq!(parse_address(""), None);
    }
}
