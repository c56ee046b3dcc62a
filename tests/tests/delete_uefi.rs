//! Deleting a machine with everything libvirt can keep beside it: UEFI's variables, a saved state and snapshots.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking and says what it skips"
)]

mod rig;

use std::path::{Path, PathBuf};

use berth_tests::{Need, Terminal, TestSession, require, wait_for};
use libvirt_backend::command::{DeleteFileKind, SnapshotCommand};
use libvirt_backend::{MachineCommand, Outcome};
use rig::Rig;

const CODE: &str = "/usr/share/OVMF/OVMF_CODE_4M.fd";
const VARIABLES: &str = "/usr/share/OVMF/OVMF_VARS_4M.fd";

fn is_possible() -> bool {
    if !require(&[Need::Libvirt]) {
        return false;
    }
    let has_firmware = [CODE, VARIABLES].iter().all(|file| Path::new(file).is_file());
    assert!(has_firmware || std::env::var("CI").as_deref() != Ok("true"), "no UEFI");
    if !has_firmware {
        println!("skipped: no UEFI");
    }
    has_firmware
}

/// Its variables are in a qcow2 file, the only kind that can hold snapshots. The disk was brought by the user.
fn define(session: &TestSession, folder: &Path) -> PathBuf {
    let variables = folder.join("variables.qcow2");
    let disk = folder.join("mine.qcow2");
    let qemu_img = |arguments: &[&str]| {
        let status = std::process::Command::new("qemu-img").args(arguments).status();
        assert!(status.unwrap().success(), "qemu-img {arguments:?}");
    };
    qemu_img(&[
        "convert",
        "-f",
        "raw",
        "-O",
        "qcow2",
        VARIABLES,
        variables.to_str().unwrap(),
    ]);
    qemu_img(&["create", "-q", "-f", "qcow2", disk.to_str().unwrap(), "64M"]);
    let xml = format!(
        "<domain type='qemu'><name>uefi</name><memory unit='MiB'>128</memory><vcpu>1</vcpu>\
         <os><type arch='x86_64' machine='q35'>hvm</type>\
         <loader readonly='yes' type='pflash' format='raw'>{CODE}</loader>\
         <nvram template='{}' templateFormat='qcow2' format='qcow2'/></os><features><acpi/></features>\
         <devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{}'/>\
         <target dev='vda' bus='virtio'/></disk></devices></domain>",
        variables.display(),
        disk.display()
    );
    let file = folder.join("uefi.xml");
    std::fs::write(&file, xml).unwrap();
    session.virsh(&["define", file.to_str().unwrap()]);
    disk
}

fn snapshots_inside(disk: &Path) -> String {
    let output = std::process::Command::new("qemu-img")
        .args(["snapshot", "-l"])
        .arg(disk)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_variables_the_saved_state_and_the_snapshots_are_listed_and_go() {
    if !is_possible() {
        return;
    }
    let rig = Rig::new();
    let disk = define(&rig.session, rig.folder.path());
    let id = wait_for("the machine", rig::PATIENCE, || {
        let model = rig.backend.model(&rig.uri)?;
        model
            .machine_named("uefi")
            .filter(|machine| machine.definition.is_complete)
            .map(|machine| machine.id)
    });
    rig.tell(id, MachineCommand::Start).unwrap();
    let snapshot = SnapshotCommand::Create {
        name: "one".to_owned(),
        description: None,
    };
    rig.snapshot(id, snapshot).unwrap();
    rig.tell(id, MachineCommand::Save).unwrap();

    let plan = rig.delete_plan(id);
    let mut kinds: Vec<_> = plan.files.iter().map(|file| (file.kind, file.is_preselected)).collect();
    kinds.sort_unstable_by_key(|&(kind, _)| kind as u8);
    assert_eq!(
        kinds,
        [
            (DeleteFileKind::ImportedDisk, false),
            (DeleteFileKind::Nvram, true),
            (DeleteFileKind::SavedState, true),
        ],
        "{plan:#?}"
    );
    assert_eq!(plan.snapshots, ["one"]);
    for file in &plan.files {
        assert!(file.path.is_file(), "{file:?}");
        assert!(file.size_bytes.is_some_and(|size| size > 0), "{file:?}");
    }
    assert!(
        plan.keeps_snapshots(|file| file.is_preselected),
        "the user's own disk stays, and they with it"
    );
    assert_eq!(rig.delete_as_preselected(id), Ok(Outcome::Done));
    assert!(rig.names().is_empty());
    for file in &plan.files {
        assert_eq!(file.path.exists(), file.path == disk, "{file:?}");
    }
    assert!(snapshots_inside(&disk).contains("one"), "the disk is left as it is");
}

#[test]
fn the_terminal_says_what_goes_and_what_stays_inside_a_kept_disk() {
    if !is_possible() {
        return;
    }
    let Some(terminal) = Terminal::open() else { return };
    let disk = define(&terminal.session, terminal.home());
    terminal.done(&["start", "uefi"]);
    terminal.done(&["snapshot", "create", "uefi", "one"]);
    terminal.done(&["save", "uefi"]);
    let variables = terminal.info("uefi")["nvram"].as_str().unwrap().to_owned();
    let saved = terminal.session.folder().join("cfg/libvirt/qemu/save/uefi.save");
    assert!(Path::new(&variables).is_file() && saved.is_file());

    let (status, words) = terminal.refused(&["delete", "uefi"]);
    assert_eq!(status, 2, "{words}");
    for (path, fate) in [
        (disk.to_str().unwrap(), "to be kept"),
        (&variables, "to be deleted"),
        (saved.to_str().unwrap(), "to be deleted"),
    ] {
        let line = words.lines().find(|line| line.contains(path)).unwrap();
        assert!(line.starts_with(fate) && line.contains("iB)"), "{words}");
    }
    assert!(
        !words.lines().any(|line| line.starts_with("deleted")),
        "nothing was: {words}"
    );
    assert!(
        words.contains("to stay inside the kept disk") && words.contains(": one"),
        "{words}"
    );
    assert!(saved.is_file() && terminal.json(&["list"])[0]["name"] == "uefi");

    let output = terminal.berth(&["delete", "uefi", "--yes"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("to stay inside the kept disk"),
        "with --yes nobody would know otherwise"
    );
    assert!(!Path::new(&variables).exists() && !saved.exists());
    assert!(snapshots_inside(&disk).contains("one"));
    assert_eq!(terminal.json(&["list"]), serde_json::json!([]));
}
