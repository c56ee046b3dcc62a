//! A domain handle whose drop cannot panic, and the domain calls that `virt` lacks or does badly.

use std::ffi::{c_int, c_uint};
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::sync::Arc;

use virt::domain::Domain;
use virt::sys;

use super::error::{c_text, check, copy_text, malformed, take_text};
use super::typed_params::typed_parameter;
use crate::error::LibvirtError;
use crate::model::{MachineId, PauseReason, ShutOffReason, State};

/// A domain of a connection. A clone is another reference to the same one. The last drop may close the connection:
/// on a libvirt thread only.
#[derive(Clone)]
pub(crate) struct Dom(Arc<Inner>);

struct Inner {
    domain: ManuallyDrop<Domain>,
    id: MachineId,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // virt's own drop panics where this call fails; nobody can act on that.
        // SAFETY: the pointer is only used for the call below.
        let domain = unsafe { self.domain.as_ptr() };
        // SAFETY: this is our reference, given up once: `ManuallyDrop` keeps virt from doing it again.
        let freed = unsafe { sys::virDomainFree(domain) };
        if freed < 0 {
            tracing::warn!(id = %self.id, "giving a domain handle back failed");
        }
    }
}

impl Deref for Dom {
    type Target = Domain;

    fn deref(&self) -> &Domain {
        &self.0.domain
    }
}

impl std::fmt::Debug for Dom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Dom").field(&self.0.id).finish()
    }
}

/// What libvirt is doing with QEMU's monitor (`virDomainGetControlInfo`): never blocks, even when QEMU hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ControlState {
    /// QEMU answers.
    Ok,
    /// A background job (save, migration, dump) runs.
    Job { millis: u64 },
    /// A monitor command is under way for that long: above a second or two QEMU hangs.
    Occupied { millis: u64 },
    /// The monitor is lost.
    Error,
}

/// One line of `virDomainGetDiskErrors`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DiskError {
    /// `vda`…
    pub(crate) target: String,
    pub(crate) is_no_space: bool,
}

/// How far a background job is (`virDomainGetJobInfo`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct JobProgress {
    /// Started and not over.
    pub(crate) is_running: bool,
    pub(crate) elapsed_millis: u64,
    pub(crate) total_bytes: u64,
    pub(crate) processed_bytes: u64,
    pub(crate) remaining_bytes: u64,
}

impl JobProgress {
    /// 0 to 1; `None` where libvirt does not know.
    pub(crate) fn fraction(self) -> Option<f32> {
        let total = self
            .total_bytes
            .max(self.processed_bytes.saturating_add(self.remaining_bytes));
        (total > 0).then(|| (self.processed_bytes as f64 / total as f64).clamp(0.0, 1.0) as f32)
    }
}

impl Dom {
    /// Takes over a handle of virt's. Reads its UUID, which is local and does not block.
    pub(crate) fn new(domain: Domain) -> Result<Self, LibvirtError> {
        let domain = ManuallyDrop::new(domain);
        // SAFETY: the handle is ours and lives to the end of this function.
        let raw = unsafe { domain.as_ptr() };
        // SAFETY: `raw` is a live domain.
        match unsafe { id_of(raw) } {
            Some(id) => Ok(Self(Arc::new(Inner { domain, id }))),
            None => Err(malformed("a domain without a UUID")),
        }
    }

    pub(crate) fn id(&self) -> MachineId {
        self.0.id
    }

    /// Valid for as long as this handle lives.
    pub(super) fn as_raw(&self) -> sys::virDomainPtr {
        // SAFETY: the callers in this module use it only while they hold the handle.
        unsafe { self.0.domain.as_ptr() }
    }

    /// State and reason. Does not block on a hung QEMU (which stays "running").
    pub(crate) fn current_state(&self) -> Result<State, LibvirtError> {
        let mut state: c_int = 0;
        let mut reason: c_int = 0;
        // SAFETY: both numbers outlive the call.
        let returned = unsafe { sys::virDomainGetState(self.as_raw(), &raw mut state, &raw mut reason, 0) };
        check(returned)?;
        Ok(state_from_raw(state, reason))
    }

    /// Does not block on a hung QEMU: it is how one is told from a busy one.
    pub(crate) fn control_state(&self) -> Result<ControlState, LibvirtError> {
        let mut info = sys::virDomainControlInfo {
            state: 0,
            details: 0,
            stateTime: 0,
        };
        // SAFETY: `info` outlives the call.
        let returned = unsafe { sys::virDomainGetControlInfo(self.as_raw(), &raw mut info, 0) };
        check(returned)?;
        Ok(match info.state {
            sys::VIR_DOMAIN_CONTROL_OK => ControlState::Ok,
            sys::VIR_DOMAIN_CONTROL_JOB => ControlState::Job { millis: info.stateTime },
            sys::VIR_DOMAIN_CONTROL_OCCUPIED => ControlState::Occupied { millis: info.stateTime },
            _ => ControlState::Error,
        })
    }

    /// The disks that stopped the machine, with the reason. Needs a running machine; may block on a hung QEMU.
    pub(crate) fn disk_errors(&self) -> Result<Vec<DiskError>, LibvirtError> {
        // SAFETY: NULL and 0 ask for the number of disks.
        let count = check(unsafe { sys::virDomainGetDiskErrors(self.as_raw(), std::ptr::null_mut(), 0, 0) })?;
        let empty = sys::virDomainDiskError {
            disk: std::ptr::null_mut(),
            error: 0,
        };
        let mut raw = vec![empty; count as usize];
        if raw.is_empty() {
            return Ok(Vec::new());
        }
        // SAFETY: the array has as many entries as it is said to have.
        let filled = unsafe { sys::virDomainGetDiskErrors(self.as_raw(), raw.as_mut_ptr(), raw.len() as c_uint, 0) };
        let filled = check(filled)? as usize;
        let mut errors = Vec::with_capacity(filled.min(raw.len()));
        for entry in raw.iter().take(filled) {
            // SAFETY: libvirt gave the first `filled` names to us.
            if let Some(target) = unsafe { take_text(entry.disk) }
                && entry.error != sys::VIR_DOMAIN_DISK_ERROR_NONE.cast_signed()
            {
                errors.push(DiskError {
                    target,
                    is_no_space: entry.error == sys::VIR_DOMAIN_DISK_ERROR_NO_SPACE.cast_signed(),
                });
            }
        }
        Ok(errors)
    }

    /// Ends the background job (save, snapshot with memory, migration) that runs on this machine.
    pub(crate) fn abort_job(&self) -> Result<(), LibvirtError> {
        // SAFETY: the domain is held by `self`.
        check(unsafe { sys::virDomainAbortJob(self.as_raw()) }).map(drop)
    }

    /// Limits of a disk (`virDomainSetBlockIoTune`), by libvirt's names for them; 0 takes one away.
    pub(crate) fn set_block_io_tune(
        &self,
        disk: &str,
        limits: &[(&str, u64)],
        group: Option<&str>,
        flags: u32,
    ) -> Result<(), LibvirtError> {
        let disk = c_text(disk)?;
        let group = group.map(c_text).transpose()?;
        let mut params: Vec<sys::virTypedParameter> = Vec::with_capacity(limits.len() + 1);
        for (name, value) in limits {
            let kind = sys::VIR_TYPED_PARAM_ULLONG;
            params.push(typed_parameter(
                name,
                kind,
                sys::_virTypedParameter__bindgen_ty_1 { ul: *value },
            )?);
        }
        if let Some(group) = &group {
            // Read by libvirt only, although its type says otherwise.
            let value = sys::_virTypedParameter__bindgen_ty_1 {
                s: group.as_ptr().cast_mut(),
            };
            params.push(typed_parameter("group_name", sys::VIR_TYPED_PARAM_STRING, value)?);
        }
        let count = c_int::try_from(params.len()).map_err(|_too_many| malformed("more limits than it takes"))?;
        // SAFETY: the texts and the array with its `count` entries outlive the call.
        let returned =
            unsafe { sys::virDomainSetBlockIoTune(self.as_raw(), disk.as_ptr(), params.as_mut_ptr(), count, flags) };
        check(returned).map(drop)
    }

    pub(crate) fn job_progress(&self) -> Result<JobProgress, LibvirtError> {
        let mut info = std::mem::MaybeUninit::<sys::virDomainJobInfo>::zeroed();
        // SAFETY: `info` has the size that libvirt writes.
        check(unsafe { sys::virDomainGetJobInfo(self.as_raw(), info.as_mut_ptr()) })?;
        // SAFETY: plain numbers, for which zero is valid too.
        let info = unsafe { info.assume_init() };
        let kind = info.type_ as sys::virDomainJobType;
        Ok(JobProgress {
            is_running: matches!(kind, sys::VIR_DOMAIN_JOB_BOUNDED | sys::VIR_DOMAIN_JOB_UNBOUNDED),
            elapsed_millis: info.timeElapsed,
            total_bytes: info.dataTotal,
            processed_bytes: info.dataProcessed,
            remaining_bytes: info.dataRemaining,
        })
    }
}

/// The UUID of a domain that libvirt holds. Local: no round trip.
///
/// # Safety
/// `domain` is NULL or a live domain.
pub(super) unsafe fn id_of(domain: sys::virDomainPtr) -> Option<MachineId> {
    if domain.is_null() {
        return None;
    }
    let mut bytes = [0_u8; sys::VIR_UUID_BUFLEN as usize];
    // SAFETY: live as the caller vouches; the buffer has the length that libvirt writes.
    let returned = unsafe { sys::virDomainGetUUID(domain, bytes.as_mut_ptr()) };
    (returned >= 0).then(|| MachineId(uuid::Uuid::from_bytes(bytes)))
}

/// The name of a domain that libvirt holds. Local: no round trip.
///
/// # Safety
/// `domain` is NULL or a live domain.
pub(super) unsafe fn name_of(domain: sys::virDomainPtr) -> Option<String> {
    if domain.is_null() {
        return None;
    }
    // SAFETY: live as the caller vouches.
    let name = unsafe { sys::virDomainGetName(domain) };
    // SAFETY: the name belongs to the domain and lives as long as it does.
    unsafe { copy_text(name) }
}

/// `virDomainState` with its reason. Whether a disk is full is not in the reason: ask [`Dom::disk_errors`].
pub(super) fn state_from_raw(state: i32, reason: i32) -> State {
    let Ok(state) = sys::virDomainState::try_from(state) else {
        return State::Unknown;
    };
    match state {
        sys::VIR_DOMAIN_RUNNING | sys::VIR_DOMAIN_BLOCKED => State::Running,
        sys::VIR_DOMAIN_PAUSED => State::Paused(pause_reason(reason)),
        sys::VIR_DOMAIN_SHUTDOWN => State::ShuttingDown,
        sys::VIR_DOMAIN_SHUTOFF => State::ShutOff(shut_off_reason(reason)),
        sys::VIR_DOMAIN_CRASHED => State::Crashed,
        sys::VIR_DOMAIN_PMSUSPENDED => State::Asleep,
        _ => State::Unknown,
    }
}

fn pause_reason(reason: i32) -> PauseReason {
    match sys::virDomainPausedReason::try_from(reason).unwrap_or_default() {
        sys::VIR_DOMAIN_PAUSED_USER => PauseReason::User,
        sys::VIR_DOMAIN_PAUSED_MIGRATION => PauseReason::Migration,
        sys::VIR_DOMAIN_PAUSED_SAVE => PauseReason::Saving,
        sys::VIR_DOMAIN_PAUSED_DUMP => PauseReason::Dumping,
        sys::VIR_DOMAIN_PAUSED_IOERROR => PauseReason::IoError { disk_full: false },
        sys::VIR_DOMAIN_PAUSED_WATCHDOG => PauseReason::Watchdog,
        sys::VIR_DOMAIN_PAUSED_FROM_SNAPSHOT => PauseReason::FromSnapshot,
        sys::VIR_DOMAIN_PAUSED_SHUTTING_DOWN => PauseReason::ShuttingDown,
        sys::VIR_DOMAIN_PAUSED_SNAPSHOT => PauseReason::Snapshotting,
        sys::VIR_DOMAIN_PAUSED_CRASHED => PauseReason::Crashed,
        sys::VIR_DOMAIN_PAUSED_STARTING_UP => PauseReason::StartingUp,
        sys::VIR_DOMAIN_PAUSED_POSTCOPY => PauseReason::PostCopy,
        sys::VIR_DOMAIN_PAUSED_POSTCOPY_FAILED => PauseReason::PostCopyFailed,
        sys::VIR_DOMAIN_PAUSED_API_ERROR => PauseReason::ApiError,
        _ => PauseReason::Unknown,
    }
}

fn shut_off_reason(reason: i32) -> ShutOffReason {
    match sys::virDomainShutoffReason::try_from(reason).unwrap_or_default() {
        sys::VIR_DOMAIN_SHUTOFF_SHUTDOWN => ShutOffReason::Shutdown,
        sys::VIR_DOMAIN_SHUTOFF_DESTROYED => ShutOffReason::Destroyed,
        sys::VIR_DOMAIN_SHUTOFF_CRASHED => ShutOffReason::Crashed,
        sys::VIR_DOMAIN_SHUTOFF_MIGRATED => ShutOffReason::Migrated,
        sys::VIR_DOMAIN_SHUTOFF_SAVED => ShutOffReason::Saved,
        sys::VIR_DOMAIN_SHUTOFF_FAILED => ShutOffReason::Failed,
        sys::VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT => ShutOffReason::FromSnapshot,
        sys::VIR_DOMAIN_SHUTOFF_DAEMON => ShutOffReason::Daemon,
        _ => ShutOffReason::Unknown,
    }
}
