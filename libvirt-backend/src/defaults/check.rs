//! Can a machine like this be made on this host? Asked with every key stroke of the dialog and once more by the plan.

use crate::error::InputProblem;
use crate::model::{AccelChoice, HostProfile, NetworkChoice, NewMachine, NewStorage};
use crate::xml::metadata::normalized_tags;

/// Enough for a boot loader; less is a slip of the unit.
pub const MIN_MEMORY_KIB: u64 = 16 << 10;
pub const MIN_DISK_BYTES: u64 = 1 << 20;
/// What a qcow2 file with clusters of 64 KiB can address.
pub const MAX_DISK_BYTES: u64 = 1 << 51;

/// Everything wrong with the numbers and choices, for live checks. The name has its own check in `xml::name`.
pub fn check(profile: &HostProfile, new: &NewMachine) -> Vec<InputProblem> {
    [
        memory_problem(profile, new.memory_kib),
        vcpu_problem(profile, new.vcpus),
        storage_problem(&new.storage),
        (new.accel == AccelChoice::Kvm && !profile.trusts_kvm()).then_some(InputProblem::KvmUnavailable),
        (new.network == NetworkChoice::Passt && !profile.passt.works()).then_some(InputProblem::PasstUnavailable),
        normalized_tags(&new.tags).is_none().then_some(InputProblem::InvalidTag),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn memory_problem(profile: &HostProfile, memory_kib: u64) -> Option<InputProblem> {
    let host_bytes = profile.host_memory_bytes;
    if memory_kib < MIN_MEMORY_KIB {
        Some(InputProblem::MemoryTooSmall {
            min_kib: MIN_MEMORY_KIB,
        })
    } else if host_bytes > 0 && memory_kib > host_bytes / 1024 {
        Some(InputProblem::MemoryAboveHost { host_bytes })
    } else {
        None
    }
}

fn vcpu_problem(profile: &HostProfile, vcpus: u32) -> Option<InputProblem> {
    match profile.caps.max_vcpus {
        _ if vcpus == 0 => Some(InputProblem::NoVcpus),
        Some(max) if vcpus > max => Some(InputProblem::TooManyVcpus { max }),
        _ => None,
    }
}

const fn storage_problem(storage: &NewStorage) -> Option<InputProblem> {
    match storage {
        NewStorage::Create { capacity_bytes, .. } => image_size_problem(*capacity_bytes),
        NewStorage::None | NewStorage::Import(_) | NewStorage::HandOver(_) => None,
    }
}

/// Of a new image.
pub const fn image_size_problem(capacity_bytes: u64) -> Option<InputProblem> {
    if capacity_bytes < MIN_DISK_BYTES {
        Some(InputProblem::DiskTooSmall {
            min_bytes: MIN_DISK_BYTES,
        })
    } else if capacity_bytes > MAX_DISK_BYTES {
        Some(InputProblem::DiskTooLarge {
            max_bytes: MAX_DISK_BYTES,
        })
    } else {
        None
    }
}
