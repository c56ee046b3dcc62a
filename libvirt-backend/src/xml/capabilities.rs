//! What a host says of itself: `virConnectGetCapabilities` and `virConnectGetDomainCapabilities`.

use super::XmlError;
use crate::model::DomainCaps;

/// `x86_64`…
pub fn host_architecture(_capabilities: &str) -> Result<String, XmlError> {
    todo!()
}

/// `domain_capabilities` asked for with the host's architecture and machine `q35` (or none where that fails), any
/// `virttype`: whether KVM is offered is read from `capabilities`.
pub fn domain_caps(_capabilities: &str, _domain_capabilities: &str) -> Result<DomainCaps, XmlError> {
    todo!()
}
