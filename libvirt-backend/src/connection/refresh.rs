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
            LibvirtEvent::Lifecycle { id, .. }
            | LibvirtEvent::IoError { id, .. }
            | LibvirtEvent::Watchdog { id, .. }
            | LibvirtEvent::ControlError(id)
            | LibvirtEvent::TrayChange { id, .. }
            | LibvirtEvent::DeviceAdded { id, .. }
            | LibvirtEvent::DeviceRemoved { id, .. }
            | LibvirtEvent::DeviceRemovalFailed { id, .. }
            | LibvirtEvent::AgentLifecycle { id, .. }
            | LibvirtEvent::JobCompleted(id)
            | LibvirtEvent::MetadataChange { id, .. } => {
                self.machines.insert(*id);
            }
        }
    }
}

/// What the user should hear of at once. `was_active`: the machine ran as far as was known. `has_job`: a command of
/// ours is at work on it, so its end was asked for (or the command tells of its failure).
pub(crate) fn notice(event: &LibvirtEvent, was_active: bool, has_job: bool) -> Option<(MachineId, NoticeKind)> {
    match event {
        LibvirtEvent::Lifecycle {
            id,
            event: STOPPED,
            detail: STOPPED_CRASHED | STOPPED_FAILED,
            ..
        } if was_active && !has_job => Some((*id, NoticeKind::MachineDied)),
        LibvirtEvent::Lifecycle { id, event: CRASHED, .. } => Some((*id, NoticeKind::GuestPanicked)),
        LibvirtEvent::IoError {
            id,
            is_paused: true,
            reason,
            ..
        } => {
            let kind = if reason == "enospc" {
                NoticeKind::PausedDiskFull
            } else {
                NoticeKind::PausedIoError
            };
            Some((*id, kind))
        }
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

    #[test]
    fn a_death_is_told_only_when_nobody_asked_for_it() {
        let died = Some((id(), NoticeKind::MachineDied));
        for detail in [STOPPED_CRASHED, STOPPED_FAILED] {
            assert_eq!(notice(&lifecycle(STOPPED, detail), true, false), died);
            assert_eq!(notice(&lifecycle(STOPPED, detail), true, true), None);
            assert_eq!(
                notice(&lifecycle(STOPPED, detail), false, false),
                None,
                "a start that failed"
            );
        }
        for asked_for in [0, 1, 3, 4, 6] {
            assert_eq!(notice(&lifecycle(STOPPED, asked_for), true, false), None);
        }
    }

    #[test]
    fn a_full_disk_is_told_from_a_broken_one() {
        assert_eq!(
            notice(&io_error("enospc", true), true, false),
            Some((id(), NoticeKind::PausedDiskFull))
        );
        assert_eq!(
            notice(&io_error("", true), true, false),
            Some((id(), NoticeKind::PausedIoError))
        );
        assert_eq!(
            notice(&io_error("", false), true, false),
            None,
            "the guest was told, and goes on"
        );
    }
}
