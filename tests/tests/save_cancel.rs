//! Saving a guest whose memory is full takes seconds, says how far it is, and can be called off.

mod rig;

use When::{FirstFigure, FirstWord};
use berth_tests::{Need, require, wait_for};
use libvirt_backend::command::{JobState, JobStep};
use libvirt_backend::model::{MachineId, NewMachine, NewStorage};
use libvirt_backend::{Command, Event, MachineCommand};
use rig::{PATIENCE, Rig, small};

const MIB: u64 = 1 << 20;

/// A boot sector that enters protected mode and writes a different word into every 64 bytes from 1 to 1,120 MiB:
/// memory that no saving can leave out.
const FILL_MEMORY: [u8; 102] = [
    0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0x66, 0x0f, 0x01, 0x16, 0x60, 0x7c, 0x0f, 0x20, 0xc0, 0x0c, 0x01, 0x0f, 0x22, 0xc0,
    0x66, 0xea, 0x1b, 0x7c, 0x00, 0x00, 0x08, 0x00, 0x66, 0xb8, 0x10, 0x00, 0x8e, 0xd8, 0xbf, 0x00, 0x00, 0x10, 0x00,
    0xb8, 0x78, 0x56, 0x34, 0x12, 0x89, 0x07, 0x69, 0xc0, 0x6d, 0x4e, 0xc6, 0x41, 0x05, 0x39, 0x30, 0x00, 0x00, 0x83,
    0xc7, 0x40, 0x81, 0xff, 0x00, 0x00, 0x00, 0x46, 0x72, 0xe8, 0xf4, 0xeb, 0xfd, 0x66, 0x90, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0x00, 0x00, 0x00, 0x9a, 0xcf, 0x00, 0xff, 0xff, 0x00, 0x00, 0x00, 0x92, 0xcf,
    0x00, 0x17, 0x00, 0x48, 0x7c, 0x00, 0x00,
];

#[test]
fn a_save_that_is_called_off_lets_the_guest_go_on() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let disk = rig.folder.path().join("fill.img");
    let mut raw = FILL_MEMORY.to_vec();
    raw.resize(2 << 20, 0);
    raw[510..512].copy_from_slice(&[0x55, 0xaa]);
    std::fs::write(&disk, raw).unwrap();
    let id = rig
        .create(NewMachine {
            memory_kib: 1_152 << 10,
            storage: NewStorage::Import(disk),
            start: true,
            ..small("full")
        })
        .unwrap();
    rig.until("its memory is full", |model| {
        let sample = model.machine(id).and_then(|machine| machine.stats.latest);
        sample
            .and_then(|sample| sample.memory_rss_bytes)
            .is_some_and(|rss| rss > 1_090 * MIB)
    });
    // At its very first word libvirt has yet to begin, and has nothing to abort.
    for when in [FirstWord, FirstFigure] {
        assert_eq!(save_and_call_off(&rig, id, when), JobState::Cancelled, "{when:?}");
        rig.until_state(id, "running");
        assert!(!rig.machine(id).definition.has_managed_save);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    FirstWord,
    FirstFigure,
}

/// Saves, cancels, and tells how it ended.
fn save_and_call_off(rig: &Rig, id: MachineId, when: When) -> JobState {
    let command = MachineCommand::Save;
    let job = rig.backend.submit(&rig.uri, Command::Machine { id, command });
    wait_for("an end of the job", PATIENCE, || {
        rig.backend.take_events().into_iter().find_map(|event| match event {
            Event::Job(update) if update.job == job => {
                if let JobState::Progress {
                    step: JobStep::Saving,
                    fraction,
                    is_cancellable: true,
                } = update.state
                    && (fraction.is_some() || when == FirstWord)
                {
                    assert!(fraction.is_none_or(|fraction| (0.0..=1.0).contains(&fraction)));
                    rig.backend.cancel(job);
                }
                update.state.is_over().then_some(update.state)
            }
            _ => None,
        })
    })
}
