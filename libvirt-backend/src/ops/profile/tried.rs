//! What a try came to, and whether the next one would come to the same.

use virt::sys;

use crate::error::LibvirtError;

/// Only facts about the host are remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tried<T> {
    pub(super) proof: T,
    pub(super) is_fact: bool,
}

impl<T> Tried<T> {
    pub(super) const fn fact(proof: T) -> Self {
        Self { proof, is_fact: true }
    }

    pub(super) fn refused(refusal: &LibvirtError, proof: T) -> Self {
        let is_fact = !is_passing(refusal);
        if !is_fact {
            tracing::info!(%refusal, "a probe failed for a reason that passes");
        }
        Self { proof, is_fact }
    }
}

/// The connection went in the middle of it.
pub(super) fn is_lost(error: &LibvirtError) -> bool {
    [sys::VIR_ERR_RPC, sys::VIR_ERR_NO_CONNECT, sys::VIR_ERR_INVALID_CONN]
        .iter()
        .any(|code| error.code == code.cast_signed())
}

/// Says something about this moment: no memory, no room, too much to do.
fn is_passing(error: &LibvirtError) -> bool {
    const CODES: [sys::virErrorNumber; 5] = [
        sys::VIR_ERR_NO_MEMORY,
        sys::VIR_ERR_SYSTEM_ERROR,
        sys::VIR_ERR_OPERATION_TIMEOUT,
        sys::VIR_ERR_RESOURCE_BUSY,
        sys::VIR_ERR_OPERATION_ABORTED,
    ];
    // QEMU's own words come as an "internal error", in English unless the daemon was started in another language.
    const WORDS: [&str; 8] = [
        "Cannot allocate memory",
        "cannot set up guest memory",
        "No space left on device",
        "Disk quota exceeded",
        "Too many open files",
        "Resource temporarily unavailable",
        "Interrupted system call",
        "timed out",
    ];
    CODES.iter().any(|code| error.code == code.cast_signed()) || WORDS.iter().any(|words| error.message.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: sys::virErrorNumber, message: &str) -> LibvirtError {
        LibvirtError {
            code: code.cast_signed(),
            domain: 10,
            message: message.to_owned(),
        }
    }

    #[test]
    fn what_passes_is_tried_again_and_what_the_host_lacks_is_remembered() {
        let internal = sys::VIR_ERR_INTERNAL_ERROR;
        for passing in [
            error(sys::VIR_ERR_NO_MEMORY, "out of memory"),
            error(
                sys::VIR_ERR_SYSTEM_ERROR,
                "cannot fork child process: Resource temporarily unavailable",
            ),
            error(sys::VIR_ERR_OPERATION_TIMEOUT, "cannot acquire state change lock"),
            error(
                internal,
                "process exited: qemu: cannot set up guest memory 'pc.ram': Cannot allocate memory",
            ),
            error(internal, "Failed to write: No space left on device"),
        ] {
            assert!(!Tried::refused(&passing, ()).is_fact, "{passing:?}");
        }
        for fact in [
            error(
                internal,
                "process exited while connecting to monitor: Display 'dbus' is not available",
            ),
            error(sys::VIR_ERR_CONFIG_UNSUPPORTED, "passt is not supported by this QEMU"),
            error(internal, "Could not access KVM kernel module: Permission denied"),
            error(
                sys::VIR_ERR_OPERATION_FAILED,
                "Could not start 'passt': No external interface usable",
            ),
        ] {
            assert!(Tried::refused(&fact, ()).is_fact, "{fact:?}");
        }
    }

    #[test]
    fn a_lost_connection_proves_nothing() {
        assert!(is_lost(&error(sys::VIR_ERR_RPC, "End of file while reading data")));
        assert!(!is_lost(&error(sys::VIR_ERR_INTERNAL_ERROR, "QEMU ended")));
    }
}
