//! Under which addresses a guest can be reached.

use std::net::IpAddr;
use std::time::Duration;

use crate::error::LibvirtError;
use crate::ffi::{AddressSource, Conn};
use crate::model::MachineId;

/// A guest that is busy may be slow; one that is silent must not hold a thread for long.
const AGENT_TIMEOUT: Duration = Duration::from_secs(3);

/// Asks the guest's agent, or where there is none the leases of libvirt's networks.
pub(crate) fn read(conn: &Conn, id: MachineId, has_agent: bool) -> Result<Vec<IpAddr>, LibvirtError> {
    let domain = conn.domain(id)?;
    let source = if has_agent {
        // Old daemons have no such call: then libvirt's own time-out holds.
        domain.set_agent_timeout(AGENT_TIMEOUT).ok();
        AddressSource::Agent
    } else {
        AddressSource::Lease
    };
    let interfaces = domain.addresses(source)?;
    let mut addresses: Vec<IpAddr> = interfaces
        .iter()
        .flat_map(|interface| interface.addresses.iter().map(|(address, _)| *address))
        .filter(|address| is_reachable(*address))
        .collect();
    // IPv4 first: it is what people type.
    addresses.sort_unstable();
    addresses.dedup();
    Ok(addresses)
}

fn is_reachable(address: IpAddr) -> bool {
    let is_link_local = match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    !is_link_local && !address.is_loopback() && !address.is_multicast() && !address.is_unspecified()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_lead_somewhere_are_kept() {
        for (address, is_kept) in [
            ("127.0.0.1", false),
            ("::1", false),
            ("169.254.3.4", false),
            ("fe80::1", false),
            ("0.0.0.0", false),
            ("192.168.1.5", true),
            ("10.0.2.15", true),
            ("2001:db8::1", true),
            ("fd00::1", true),
        ] {
            assert_eq!(is_reachable(address.parse().unwrap()), is_kept, "{address}");
        }
    }
}
