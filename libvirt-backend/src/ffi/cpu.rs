//! What a named processor model comes to on a host.

use std::ffi::c_char;

use virt::sys;

use super::connection::Conn;
use super::error::{c_text, check_ptr, malformed, take_text};
use crate::error::LibvirtError;

/// The kind of machine that a processor is meant for; what is `None` is left to the host.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CpuPlace<'a> {
    pub(crate) emulator: Option<&'a str>,
    pub(crate) architecture: Option<&'a str>,
    pub(crate) machine: Option<&'a str>,
    pub(crate) virtualization: Option<&'a str>,
}

impl Conn {
    /// `cpu` with every feature that its model implies, one by one: `virConnectBaselineHypervisorCPU`.
    pub(crate) fn expanded_cpu(&self, place: CpuPlace<'_>, cpu: &str) -> Result<String, LibvirtError> {
        let text = |text: Option<&str>| text.map(c_text).transpose();
        let (emulator, architecture) = (text(place.emulator)?, text(place.architecture)?);
        let (machine, virtualization) = (text(place.machine)?, text(place.virtualization)?);
        let pointer = |text: &Option<std::ffi::CString>| text.as_ref().map_or(std::ptr::null(), |text| text.as_ptr());
        let cpu = c_text(cpu)?;
        let mut cpus: [*const c_char; 1] = [cpu.as_ptr()];
        // SAFETY: every text lives until the return, and the list has the one entry that is told.
        let returned = unsafe {
            sys::virConnectBaselineHypervisorCPU(
                self.as_raw(),
                pointer(&emulator),
                pointer(&architecture),
                pointer(&machine),
                pointer(&virtualization),
                cpus.as_mut_ptr(),
                1,
                sys::VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES,
            )
        };
        // SAFETY: a text that libvirt allocated for us.
        unsafe { take_text(check_ptr(returned)?) }.ok_or_else(|| malformed("a processor that is no text"))
    }
}
