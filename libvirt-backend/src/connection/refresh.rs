//! What an event means: which object to read anew, and what to tell the user. Pure.
//!
//! An event never changes the model by itself: it only says where to look. So a lost or doubled event does no harm
//! beyond a late or a needless reading.

use std::collections::BTreeSet;

use crate::command::NoticeKind;
use crate::ffi::LibvirtEvent;
use crate::model::MachineId;

/// `virDomainEventType`.
const STARTED: i32 = 2;
const RESUMED: i32 = 4;
const STOPPED: i32 = 5;
const CRASHED: i32 = 8;
/// `virDomainEventStoppedDetailType`.
const STOPPED_CRASHED: i32 = 2;
const STOPPED_FAILED: i32 = 5;

/// What is to be read, each thing once.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Rereads {
    pub(crate) machines: BTreeSet<MachineId>,
    pub(crate) pools: bool,
}

impl Rereads {
    pub(crate) fn add(&mut self, event: &LibvirtEvent) {
        match event {
            LibvirtEvent::PoolLifecycle { .. } | LibvirtEvent::PoolRefresh { .. } => self.pools = true,
            // Nothing that is read from the domain changes.
            LibvirtEvent::Reboot(_) | LibvirtEvent::BalloonChange { .. } => {}
            _ => self.machines.extend(machine_of(event)),
        }
    }
}

/// What is known of the machine that an event is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circumstances {
    /// It ran, as far as was known.
    pub(crate) was_active: bool,
    /// A command of ours is at work on it: its end was asked for, or the command tells of its failure.
    pub(crate) has_job: bool,
}

/// The machine that an event is about; `None` for pools.
pub(crate) const fn machine_of(event: &LibvirtEvent) -> Option<MachineId> {
    match event {
        LibvirtEvent::PoolLifecycle { .. } | LibvirtEvent::PoolRefresh { .. } => None,
        LibvirtEvent::Lifecycle { id, .. }
        | LibvirtEvent::Reboot(id)
        | LibvirtEvent::BalloonChange { id, .. }
        | LibvirtEvent::IoError { id, .. }
        | LibvirtEvent::Watchdog { id, .. }
        | LibvirtEvent::ControlError(id)
        | LibvirtEvent::TrayChange { id, .. }
        | LibvirtEvent::DeviceAdded { id, .. }
        | LibvirtEvent::DeviceRemoved { id, .. }
        | LibvirtEvent::DeviceRemovalFailed { id, .. }
        | LibvirtEvent::AgentLifecycle { id, .. }
        | LibvirtEvent::JobCompleted(id)
        | LibvirtEvent::MetadataChange { id, .. } => Some(*id),
    }
}

/// What the user should hear of at once.
pub(crate) fn notice(event: &LibvirtEvent, known: Circumstances) -> Option<NoticeKind> {
    match event {
        LibvirtEvent::Lifecycle {
            event: STOPPED,
            detail: STOPPED_CRASHED | STOPPED_FAILED,
            ..
        } if known.was_active && !known.has_job => Some(NoticeKind::MachineDied),
        LibvirtEvent::Lifecycle { event: CRASHED, .. } => Some(NoticeKind::GuestPanicked),
        LibvirtEvent::IoError {
            is_paused: true,
            reason,
            ..
        } => Some(if reason == "enospc" {
            NoticeKind::PausedDiskFull
        } else {
            NoticeKind::PausedIoError
        }),
        _ => None,
    }
}

/// Its QEMU began, went on or ended: what was told of it before may be told again.
pub(crate) const fn starts_afresh(event: &LibvirtEvent) -> Option<MachineId> {
    match event {
        LibvirtEvent::Lifecycle {
            id,
            event: STARTED | RESUMED | STOPPED,
            ..
        } => Some(*id),
        _ => None,
    }
}

/// Another QEMU process, or none: counters and addresses of the old one mean nothing any more.
pub(crate) const fn changes_process(event: &LibvirtEvent) -> Option<MachineId> {
    match event {
        LibvirtEvent::Lifecycle {
            id,
            event: STARTED | STOPPED,
            ..
        } => Some(*id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> MachineId {
        "11111111-2222-3333-4444-555555555555".parse().unwrap()
    }

    fn lifecycle(event: i32, detail: i32) -> LibvirtEvent {
        LibvirtEvent::Lifecycle {
            id: id(),
            name: "guest".to_owned(),
            event,
            detail,
        }
    }

    fn io_error(reason: &str, is_paused: bool) -> LibvirtEvent {
        LibvirtEvent::IoError {
            id: id(),
            source_path: None,
            alias: None,
            is_paused,
            reason: reason.to_owned(),
        }
    }

    #[test]
    fn a_storm_of_events_on_one_machine_is_one_reading() {
        let mut rereads = Rereads::default();
        for event in 0..9 {
            rereads.add(&lifecycle(event, 0));
        }
        rereads.add(&io_error("", true));
        assert_eq!(rereads.machines.len(), 1);
        assert!(!rereads.pools);
        rereads.add(&LibvirtEvent::PoolRefresh {
            name: "images".to_owned(),
        });
        assert!(rereads.pools);
    }

    const RAN: Circumstances = Circumstances {
        was_active: true,
        has_job: false,
    };

    #[test]
    fn a_death_is_told_only_when_nobody_asked_for_it() {
        for detail in [STOPPED_CRASHED, STOPPED_FAILED] {
            let stopped = lifecycle(STOPPED, detail);
            assert_eq!(notice(&stopped, RAN), Some(NoticeKind::MachineDied));
            let asked_for = Circumstances { has_job: true, ..RAN };
            assert_eq!(notice(&stopped, asked_for), None);
            let was_off = Circumstances {
                was_active: false,
                ..RAN
            };
            assert_eq!(notice(&stopped, was_off), None, "a start that failed");
        }
        for in_order in [0, 1, 3, 4, 6] {
            assert_eq!(notice(&lifecycle(STOPPED, in_order), RAN), None);
        }
    }

    #[test]
    fn a_full_disk_is_told_from_a_broken_one() {
        assert_eq!(notice(&io_error("enospc", true), RAN), Some(NoticeKind::PausedDiskFull));
        assert_eq!(notice(&io_error("", true), RAN), Some(NoticeKind::PausedIoError));
        assert_eq!(
            notice(&io_error("", false), RAN),
            None,
            "the guest was told, and goes on"
        );
    }
}
