//! libvirt's typed parameters, read and made: a name, a type and a value each.

use std::ffi::{CStr, c_char};

use virt::sys;

use super::error::{copy_text, malformed};
use crate::error::LibvirtError;

/// A parameter's value, numbers widened to the two that matter.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Signed(i64),
    Unsigned(u64),
    Other,
    Text(String),
}

impl Value {
    pub(super) fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Unsigned(value) => Some(*value),
            Self::Signed(value) => u64::try_from(*value).ok(),
            Self::Other | Self::Text(_) => None,
        }
    }

    pub(super) fn as_i32(&self) -> Option<i32> {
        match self {
            Self::Signed(value) => i32::try_from(*value).ok(),
            Self::Unsigned(value) => i32::try_from(*value).ok(),
            Self::Other | Self::Text(_) => None,
        }
    }
}

/// Calls `visit` with each parameter. Names that are not UTF-8 are left out.
///
/// # Safety
/// `params` is NULL or points at `count` parameters as libvirt filled them, which live until the return.
pub(super) unsafe fn for_each(params: sys::virTypedParameterPtr, count: i32, mut visit: impl FnMut(&str, Value)) {
    if params.is_null() {
        return;
    }
    for index in 0..usize::try_from(count).unwrap_or(0) {
        // SAFETY: inside the array, as the caller vouches.
        let entry = unsafe { params.add(index) };
        // SAFETY: filled by libvirt and not written to meanwhile.
        let param: &sys::virTypedParameter = unsafe { &*entry };
        // The field is 80 bytes; a name without its NUL is not read beyond them.
        let name = CStr::from_bytes_until_nul(bytes_of(&param.field));
        if let Ok(Ok(name)) = name.map(CStr::to_str) {
            // SAFETY: filled by libvirt, so the type tells which value is there.
            visit(name, unsafe { value_of(param) });
        }
    }
}

/// # Safety
/// `param` was filled by libvirt: its type tells which member of the union is set, and a text is NUL-terminated.
unsafe fn value_of(param: &sys::virTypedParameter) -> Value {
    let Ok(kind) = sys::virTypedParameterType::try_from(param.type_) else {
        return Value::Other;
    };
    match kind {
        // SAFETY: the member that the type names.
        sys::VIR_TYPED_PARAM_INT => Value::Signed(i64::from(unsafe { param.value.i })),
        // SAFETY: the member that the type names.
        sys::VIR_TYPED_PARAM_UINT => Value::Unsigned(u64::from(unsafe { param.value.ui })),
        // SAFETY: the member that the type names.
        sys::VIR_TYPED_PARAM_LLONG => Value::Signed(unsafe { param.value.l }),
        // SAFETY: the member that the type names.
        sys::VIR_TYPED_PARAM_ULLONG => Value::Unsigned(unsafe { param.value.ul }),
        sys::VIR_TYPED_PARAM_STRING => {
            // SAFETY: the member that the type names.
            let text = unsafe { param.value.s };
            // SAFETY: NULL or NUL-terminated, as the caller vouches.
            unsafe { copy_text(text) }.map_or(Value::Other, Value::Text)
        }
        _ => Value::Other,
    }
}

/// One to give to libvirt. `value` must be of the member that `kind` names; a text must outlive the call.
pub(super) fn typed_parameter(
    name: &str,
    kind: sys::virTypedParameterType,
    value: sys::_virTypedParameter__bindgen_ty_1,
) -> Result<sys::virTypedParameter, LibvirtError> {
    let mut field: [c_char; 80] = [0; 80];
    // One byte stays for the NUL.
    if name.len() >= field.len() {
        return Err(malformed("a parameter's name that is too long"));
    }
    for (place, byte) in field.iter_mut().zip(name.bytes()) {
        *place = byte.cast_signed();
    }
    Ok(sys::virTypedParameter {
        field,
        type_: kind.cast_signed(),
        value,
    })
}

/// `char`s as the bytes they are.
pub(super) fn bytes_of(chars: &[c_char]) -> &[u8] {
    // SAFETY: `c_char` and `u8` have one size and alignment, every bit pattern is valid in both, and the borrow is
    // the same.
    unsafe { std::slice::from_raw_parts(chars.as_ptr().cast::<u8>(), chars.len()) }
}
