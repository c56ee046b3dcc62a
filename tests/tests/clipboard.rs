//! The clipboard's channel comes and goes while the machine runs, and keeps nobody from saving it.

mod rig;

use berth_tests::{Need, require};
use libvirt_backend::command::SnapshotCommand;
use libvirt_backend::guard::Denied;
use libvirt_backend::model::MachineId;
use libvirt_backend::{Error, MachineCommand, Outcome};
use rig::Rig;

fn has_channel(rig: &Rig, id: MachineId) -> bool {
    rig.live_xml(id).contains("qemu-vdagent")
}

#[test]
fn the_channel_is_there_while_it_is_wanted_and_snapshots_and_saving_work_all_the_same() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let (id, _serial) = rig.running_guest("shared");
    assert_eq!(
        rig.tell(id, MachineCommand::AttachClipboard),
        Err(Error::Denied(Denied::ClipboardNotShared))
    );
    rig.tell(id, MachineCommand::SetSharesClipboard(true)).unwrap();
    assert!(rig.machine(id).definition.shares_clipboard);
    for _ in 0..2 {
        assert_eq!(rig.tell(id, MachineCommand::AttachClipboard), Ok(Outcome::Done));
        assert!(has_channel(&rig, id));
    }
    let defined = rig.session.virsh(&["dumpxml", "--inactive", &id.to_string()]);
    assert!(!defined.contains("qemu-vdagent"), "no definition changes: {defined}");
    assert_eq!(rig.machine(id).definition.snapshot_refusal, None);

    let create = SnapshotCommand::Create {
        name: "one".to_owned(),
        description: None,
    };
    rig.snapshot(id, create).unwrap();
    assert!(has_channel(&rig, id), "it comes back");
    let kept = rig.session.virsh(&["snapshot-dumpxml", &id.to_string(), "one"]);
    assert!(!kept.contains("qemu-vdagent"), "{kept}");
    rig.snapshot(id, SnapshotCommand::Revert { name: "one".to_owned() })
        .unwrap();
    assert!(has_channel(&rig, id));
    rig.serial(id).ask("x", "x");

    rig.tell(id, MachineCommand::Save).unwrap();
    rig.tell(id, MachineCommand::Start).unwrap();
    assert!(!has_channel(&rig, id), "it is gone with the machine");
    rig.tell(id, MachineCommand::AttachClipboard).unwrap();
    for _ in 0..2 {
        assert_eq!(rig.tell(id, MachineCommand::DetachClipboard), Ok(Outcome::Done));
        assert!(!has_channel(&rig, id));
    }
}

#[test]
fn a_channel_that_stands_in_the_definition_is_not_berths_to_take_away() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let id = rig.create(rig::small("own")).unwrap();
    let channel = "<channel type='qemu-vdagent'><source><clipboard copypaste='yes'/></source>\
        <target type='virtio' name='com.redhat.spice.0'/></channel>";
    let path = rig.folder.path().join("channel.xml");
    std::fs::write(&path, channel).unwrap();
    rig.session
        .virsh(&["attach-device", "own", path.to_str().unwrap(), "--config"]);
    rig.tell(id, MachineCommand::SetSharesClipboard(true)).unwrap();
    rig.tell(id, MachineCommand::Start).unwrap();
    for command in [MachineCommand::AttachClipboard, MachineCommand::DetachClipboard] {
        assert_eq!(rig.tell(id, command), Ok(Outcome::Done));
        assert!(has_channel(&rig, id));
    }
}
