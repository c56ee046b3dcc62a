//! Displays of machines that other programs made: added, opened, and left out where QEMU lacks the fast one.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails here")]

mod rig;

use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use berth_tests::{Need, require};
use libvirt_backend::error::Cure;
use libvirt_backend::guard::Denied;
use libvirt_backend::model::{GraphicsKind, MachineId};
use libvirt_backend::{Command, Error, MachineCommand, Outcome, Query};
use rig::Rig;

const QEMU: &str = "/usr/bin/qemu-system-x86_64";

/// A machine as another program would define it.
fn define(rig: &Rig, name: &str, emulator: &str, devices: &str) -> MachineId {
    let xml = format!(
        "<domain type='qemu'><name>{name}</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>\
         <os><type arch='x86_64' machine='q35'>hvm</type></os>\
         <devices><emulator>{emulator}</emulator>{devices}</devices></domain>"
    );
    let path = rig.folder.path().join(format!("{name}.xml"));
    std::fs::write(&path, xml).unwrap();
    rig.session.virsh(&["define", path.to_str().unwrap()]);
    let id = rig.session.virsh(&["domuuid", name]).trim().parse().unwrap();
    rig.until("the machine is read", |model| {
        model.machine(id).is_some_and(|machine| machine.definition.is_complete)
    });
    id
}

fn kinds(rig: &Rig, id: MachineId) -> Vec<GraphicsKind> {
    let machine = rig.machine(id);
    let all = machine.definition.graphics.iter();
    all.map(|graphics| graphics.kind.clone()).collect()
}

fn open(rig: &Rig, id: MachineId, kind: &GraphicsKind) -> Result<UnixStream, Error> {
    let machine = rig.machine(id);
    let graphics = &machine.definition.graphics;
    let index = graphics.iter().find(|graphics| graphics.kind == *kind).unwrap().index;
    match rig.run(Command::Query(Query::OpenDisplay { id, index }))? {
        Outcome::Display(stream) => Ok(UnixStream::from(stream.descriptor().unwrap())),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_machine_without_a_display_gets_both_and_they_open_after_the_next_start() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let id = define(&rig, "blind", QEMU, "<video><model type='none'/></video>");
    rig.tell(id, MachineCommand::Start).unwrap();
    assert_eq!(rig.tell(id, MachineCommand::AddDisplay), Ok(Outcome::AtNextStart));
    assert_eq!(kinds(&rig, id), [GraphicsKind::Vnc, GraphicsKind::DbusP2p]);
    assert_eq!(
        open(&rig, id, &GraphicsKind::Vnc).unwrap_err(),
        Error::Denied(Denied::DisplayAtNextStart)
    );
    assert_eq!(
        rig.tell(id, MachineCommand::AddDisplay),
        Err(Error::Denied(Denied::HasDisplay))
    );
    rig.tell(id, MachineCommand::ForceOff).unwrap();
    rig.tell(id, MachineCommand::Start).unwrap();
    let mut greeting = [0; 4];
    let mut vnc = open(&rig, id, &GraphicsKind::Vnc).unwrap();
    vnc.read_exact(&mut greeting).unwrap();
    assert_eq!(&greeting, b"RFB ");
    open(&rig, id, &GraphicsKind::DbusP2p).unwrap();
    let Ok(Outcome::Screenshot(picture)) = rig.run(Command::Query(Query::Screenshot(id))) else {
        panic!("it has a screen now")
    };
    assert!(picture.width > 0);
}

/// A QEMU that cannot see its module for the D-Bus display, as where the package is not installed.
fn emulator_without_module(rig: &Rig) -> PathBuf {
    let path = rig.session.folder().join("qemu-without-module");
    let folders = "/usr/lib/x86_64-linux-gnu/qemu /usr/lib64/qemu /usr/lib/qemu";
    let text = format!(
        "#!/bin/sh\nexec unshare -rm sh -c 'for f in {folders}; do [ -e $f/ui-dbus.so ] && mount --bind /dev/null \
         $f/ui-dbus.so; done; exec {QEMU} \"$@\"' qemu \"$@\"\n"
    );
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn a_start_that_lacks_the_module_says_so_and_works_without_the_fast_display() {
    if !require(&[Need::Libvirt, Need::Program("unshare")]) {
        return;
    }
    let rig = Rig::new();
    let emulator = emulator_without_module(&rig);
    let both = "<graphics type='vnc'><listen type='socket'/></graphics><graphics type='dbus' p2p='yes'/>";
    let id = define(&rig, "bare", emulator.to_str().unwrap(), both);
    let failure = rig.tell(id, MachineCommand::Start).unwrap_err();
    assert_eq!(failure.cure(), Some(Cure::InstallDbusDisplayModule), "{failure}");
    assert_eq!(kinds(&rig, id).len(), 2, "nothing is taken away unasked");
    assert_eq!(rig.tell(id, MachineCommand::StartWithoutFastDisplay), Ok(Outcome::Done));
    assert!(rig.machine(id).state.is_active());
    assert_eq!(kinds(&rig, id), [GraphicsKind::Vnc]);
    open(&rig, id, &GraphicsKind::Vnc).unwrap();
    // The way back, once the module is there.
    assert_eq!(rig.tell(id, MachineCommand::AddDisplay), Ok(Outcome::AtNextStart));
    assert_eq!(kinds(&rig, id), [GraphicsKind::Vnc, GraphicsKind::DbusP2p]);
}
