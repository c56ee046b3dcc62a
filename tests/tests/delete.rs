//! Deleting real machines: every file that would go is listed, and only what was ticked goes.

mod rig;

use std::path::PathBuf;

use berth_tests::{Need, require};
use libvirt_backend::command::{DeleteFileKind, DeletePlan, DeleteRequest, SnapshotCommand};
use libvirt_backend::error::{InputProblem, MediumProblem};
use libvirt_backend::model::{NewMachine, NewStorage};
use libvirt_backend::{Error, MachineCommand, Outcome};
use rig::{Rig, small};

fn kinds(plan: &DeletePlan) -> Vec<(DeleteFileKind, bool)> {
    let mut kinds: Vec<_> = plan.files.iter().map(|file| (file.kind, file.is_preselected)).collect();
    kinds.sort_unstable_by_key(|&(kind, _)| kind as u8);
    kinds
}

#[test]
fn an_imported_disk_is_listed_with_its_size_and_stays_unless_ticked() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let (id, _serial) = rig.running_guest("guest");
    let snapshot = SnapshotCommand::Create {
        name: "one".to_owned(),
        description: None,
    };
    rig.snapshot(id, snapshot).unwrap();
    rig.tell(id, MachineCommand::Save).unwrap();
    let plan = rig.delete_plan(id);
    assert_eq!(
        kinds(&plan),
        [
            (DeleteFileKind::ImportedDisk, false),
            (DeleteFileKind::SavedState, true),
            (DeleteFileKind::SerialLog, true),
        ],
        "{plan:#?}"
    );
    assert_eq!(plan.snapshots, ["one"]);
    for file in &plan.files {
        assert!(file.size_bytes.is_some(), "{file:?}");
    }
    assert_eq!(rig.delete_as_preselected(id), Ok(Outcome::Done));
    assert!(rig.names().is_empty());
    for file in &plan.files {
        let is_imported = file.kind == DeleteFileKind::ImportedDisk;
        assert_eq!(file.path.exists(), is_imported, "{file:?}");
    }
}

#[test]
fn a_ticked_imported_disk_goes() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let disk = rig.guest_disk("mine.qcow2");
    let id = rig
        .create(NewMachine {
            storage: NewStorage::Import(disk.clone()),
            ..small("guest")
        })
        .unwrap();
    let request = DeleteRequest {
        files: vec![disk.clone()],
        force_off: false,
    };
    assert_eq!(rig.tell(id, MachineCommand::Delete(request)), Ok(Outcome::Done));
    assert!(!disk.exists());
}

#[test]
fn a_disk_that_is_another_machines_base_is_named_and_refused() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let base = rig.guest_disk("base.qcow2");
    let id = rig
        .create(NewMachine {
            storage: NewStorage::Import(base.clone()),
            ..small("base")
        })
        .unwrap();
    // What other tools call a linked clone.
    let overlay = rig.folder.path().join("overlay.qcow2");
    let made = std::process::Command::new("qemu-img")
        .args(["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b"])
        .args([&base, &overlay])
        .status()
        .unwrap();
    assert!(made.success());
    let file = rig.folder.path().join("clone.xml");
    let xml = format!(
        "<domain type='qemu'><name>clone</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>\
         <os><type arch='x86_64' machine='q35'>hvm</type></os><devices><disk type='file' device='disk'>\
         <driver name='qemu' type='qcow2'/><source file='{}'/><target dev='vda' bus='virtio'/></disk></devices></domain>",
        overlay.display()
    );
    std::fs::write(&file, xml).unwrap();
    rig.session.virsh(&["define", file.to_str().unwrap()]);

    let plan = rig.delete_plan(id);
    let listed = plan.files.iter().find(|file| file.path == base).unwrap();
    assert_eq!(listed.used_by, ["clone"]);
    assert!(!listed.is_preselected);
    let request = DeleteRequest {
        files: vec![base.clone()],
        force_off: false,
    };
    let refusal = Error::Medium {
        path: base.clone(),
        problem: MediumProblem::InUse,
    };
    assert_eq!(rig.tell(id, MachineCommand::Delete(request)), Err(refusal));
    assert!(base.exists());
    assert_eq!(rig.names().len(), 2);
}

#[test]
fn a_file_that_is_not_on_the_list_is_refused_and_nothing_goes() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let precious = rig.folder.path().join("precious");
    std::fs::write(&precious, "x").unwrap();
    let (id, _serial) = rig.running_guest("guest");
    let request = DeleteRequest {
        files: vec![PathBuf::from(&precious)],
        force_off: true,
    };
    assert_eq!(
        rig.tell(id, MachineCommand::Delete(request)),
        Err(Error::InvalidInput(InputProblem::FileNotListed))
    );
    assert!(precious.exists());
    assert!(rig.machine(id).state.is_active());
}
