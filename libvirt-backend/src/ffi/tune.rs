//! A machine's share of its host, changed while it runs: calls that take named values.

use std::ffi::{CString, c_int};

use virt::sys;

use super::domain::Dom;
use super::error::{c_text, check, malformed};
use super::typed_params::typed_parameter;
use crate::error::LibvirtError;

/// A value in the type that libvirt wants for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tuning {
    Int(i32),
    UInt(u32),
    Long(i64),
    ULong(u64),
    Text(String),
}

type SetParameters =
    unsafe extern "C" fn(sys::virDomainPtr, sys::virTypedParameterPtr, c_int, std::ffi::c_uint) -> c_int;

/// `virDomainSet…Parameters`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tuned {
    Scheduler,
    Memory,
    BlockIo,
    Numa,
}

impl Dom {
    pub(crate) fn tune(&self, what: Tuned, values: &[(&str, Tuning)], flags: u32) -> Result<(), LibvirtError> {
        let call: SetParameters = match what {
            Tuned::Scheduler => sys::virDomainSetSchedulerParametersFlags,
            Tuned::Memory => sys::virDomainSetMemoryParameters,
            Tuned::BlockIo => sys::virDomainSetBlkioParameters,
            Tuned::Numa => sys::virDomainSetNumaParameters,
        };
        with_parameters(values, |params, count| {
            // SAFETY: the domain is held by `self`; the array has `count` entries and outlives the call.
            unsafe { call(self.as_raw(), params, count, flags) }
        })
    }

    /// Limits of a network interface, told by its MAC address.
    pub(crate) fn tune_interface(&self, mac: &str, values: &[(&str, Tuning)], flags: u32) -> Result<(), LibvirtError> {
        let mac = c_text(mac)?;
        with_parameters(values, |params, count| {
            // SAFETY: as above; the text outlives the call.
            unsafe { sys::virDomainSetInterfaceParameters(self.as_raw(), mac.as_ptr(), params, count, flags) }
        })
    }

    /// `map`: a bit for each of the host's processors.
    pub(crate) fn pin_iothread(&self, iothread: u32, map: &[u8], flags: u32) -> Result<(), LibvirtError> {
        let mut map = map.to_vec();
        let length = c_int::try_from(map.len()).map_err(|_too_long| malformed("more processors than any host has"))?;
        // SAFETY: the map has `length` bytes and outlives the call.
        let returned = unsafe { sys::virDomainPinIOThread(self.as_raw(), iothread, map.as_mut_ptr(), length, flags) };
        check(returned).map(drop)
    }

    /// How often the guest tells what its memory is used for, in seconds; 0: never.
    pub(crate) fn set_stats_period(&self, seconds: u32, flags: u32) -> Result<(), LibvirtError> {
        let seconds = c_int::try_from(seconds).unwrap_or(c_int::MAX);
        // SAFETY: the domain is held by `self`; the rest are numbers.
        check(unsafe { sys::virDomainSetMemoryStatsPeriod(self.as_raw(), seconds, flags) }).map(drop)
    }
}

fn with_parameters(
    values: &[(&str, Tuning)],
    call: impl FnOnce(sys::virTypedParameterPtr, c_int) -> c_int,
) -> Result<(), LibvirtError> {
    // Read by libvirt only, although its type says otherwise; they live to the end of this function.
    let texts: Vec<Option<CString>> = values
        .iter()
        .map(|(_, value)| match value {
            Tuning::Text(text) => c_text(text).map(Some),
            _ => Ok(None),
        })
        .collect::<Result<_, _>>()?;
    let mut params = values
        .iter()
        .zip(&texts)
        .map(|((name, value), text)| {
            let empty = sys::_virTypedParameter__bindgen_ty_1 { ul: 0 };
            let (kind, value) = match value {
                Tuning::Int(number) => (
                    sys::VIR_TYPED_PARAM_INT,
                    sys::_virTypedParameter__bindgen_ty_1 { i: *number },
                ),
                Tuning::UInt(number) => (
                    sys::VIR_TYPED_PARAM_UINT,
                    sys::_virTypedParameter__bindgen_ty_1 { ui: *number },
                ),
                Tuning::Long(number) => (
                    sys::VIR_TYPED_PARAM_LLONG,
                    sys::_virTypedParameter__bindgen_ty_1 { l: *number },
                ),
                Tuning::ULong(number) => (
                    sys::VIR_TYPED_PARAM_ULLONG,
                    sys::_virTypedParameter__bindgen_ty_1 { ul: *number },
                ),
                Tuning::Text(_) => (
                    sys::VIR_TYPED_PARAM_STRING,
                    text.as_ref()
                        .map_or(empty, |text| sys::_virTypedParameter__bindgen_ty_1 {
                            s: text.as_ptr().cast_mut(),
                        }),
                ),
            };
            typed_parameter(name, kind, value)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let count = c_int::try_from(params.len()).map_err(|_too_many| malformed("more values than it takes"))?;
    check(call(params.as_mut_ptr(), count)).map(drop)
}
