//! Another firmware for a machine that exists, with real QEMUs: what libvirt chooses, and what becomes of the variables.

use std::path::{Path, PathBuf};

use super::qemu_tests::World;
use super::tests::{fates, request, set};
use super::*;
use crate::command::Overwrite;
use crate::real_machines;
use crate::xml::property::firmware::variables;
use crate::xml::property::pending::{Waiting, discard, pending};

const SECURE_CODE: &str = "/usr/share/OVMF/OVMF_CODE_4M.ms.fd";

fn is_possible() -> bool {
    if !real_machines::are_possible() {
        return false;
    }
    let has_firmware = Path::new(SECURE_CODE).is_file();
    assert!(has_firmware || std::env::var("CI").as_deref() != Ok("true"), "no UEFI");
    if !has_firmware {
        println!("skipped: no UEFI");
    }
    has_firmware
}

fn world(board: &str, features: &str) -> World {
    World::off(&format!(
        "<domain type='qemu'><name>guest</name><memory unit='MiB'>128</memory><vcpu>1</vcpu>\
         <os><type arch='x86_64' machine='{board}'>hvm</type></os>{features}\
         <devices><graphics type='vnc' passwd='SECRET'><listen type='none'/></graphics></devices></domain>"
    ))
}

impl World {
    fn choose(&self, word: &str) -> EditReport {
        self.edit(&request(vec![set("firmware", word)]))
    }

    /// Where the variables are, and what is in them.
    fn variables(&self) -> Option<PathBuf> {
        let domain = Document::parse(&self.inactive()).unwrap();
        variables(&domain).map(PathBuf::from)
    }

    fn start(&self) {
        let domain = self.connection.lookup_domain_by_uuid(self.id.0).unwrap();
        domain.create().unwrap();
    }

    fn stop(&self) {
        let domain = self.connection.lookup_domain_by_uuid(self.id.0).unwrap();
        domain.destroy().unwrap();
    }

    fn undo(&self) {
        let undone = self.run(|ctx| undo_edit(ctx, self.id, Overwrite::Refuse));
        assert!(matches!(undone, Ok(Outcome::Edited(_))), "{undone:?}");
    }
}

#[test]
fn every_firmware_has_variables_of_its_own_and_undo_brings_the_old_ones_back() {
    if !is_possible() {
        return;
    }
    let world = world("q35", "<features><acpi/></features>");
    let with_bios = world.inactive();

    let report = world.choose("uefi");
    assert_eq!(fates(&report), [("firmware", &Fate::Applied)], "{report:#?}");
    assert_eq!(report.kept_variables, None);
    let with_uefi = world.inactive();
    assert!(with_uefi.contains("OVMF_CODE_4M.fd<"), "{with_uefi}");
    let first = world.variables().unwrap();
    world.start();
    world.stop();
    // As a guest leaves them: nothing but their own firmware may ever write here again.
    let mut noted = std::fs::read(&first).unwrap();
    noted[100..120].fill(0x5a);
    std::fs::write(&first, &noted).unwrap();

    let report = world.choose("secure-boot");
    assert_eq!(fates(&report), [("firmware", &Fate::Applied)], "{report:#?}");
    assert_eq!(report.kept_variables.as_deref(), first.to_str());
    let secure = world.inactive();
    assert!(
        secure.contains(SECURE_CODE) && secure.contains("<smm state='on'/>") && secure.contains("passwd='SECRET'"),
        "{secure}"
    );
    let second = world.variables().unwrap();
    assert_ne!(second, first);
    assert_eq!(second.parent(), first.parent());
    assert!(!second.exists());
    world.start();
    // Made from the template with the keys, not of what was there.
    let live = world.live();
    assert!(
        live.contains("secure='yes'") && live.contains(second.to_str().unwrap()),
        "{live}"
    );
    world.stop();
    let holds_keys = |path: &Path| {
        let bytes = std::fs::read(path).unwrap();
        let name: Vec<u8> = "KEK".encode_utf16().flat_map(u16::to_le_bytes).collect();
        bytes.windows(name.len()).any(|window| window == name)
    };
    assert!(holds_keys(&second) && !holds_keys(&first));
    assert_eq!(std::fs::read(&first).unwrap(), noted);

    let report = world.choose("bios");
    assert_eq!(report.kept_variables.as_deref(), second.to_str());
    let bios = world.inactive();
    assert!(
        !bios.contains("<loader") && !bios.contains("<nvram") && !bios.contains("firmware"),
        "{bios}"
    );
    world.start();
    world.stop();

    for expected in [&secure, &with_uefi, &with_bios] {
        world.undo();
        assert_eq!(world.inactive(), *expected);
    }
    assert_eq!(std::fs::read(&first).unwrap(), noted);
    // What was forgotten by libvirt's definition is still nobody else's.
    world.choose("uefi");
    let third = world.variables().unwrap();
    assert!(third != first && third != second, "{third:?}");
    world.end();
}

#[test]
fn a_machine_that_runs_gets_it_with_its_next_start_and_it_can_be_discarded() {
    if !is_possible() {
        return;
    }
    let world = world("q35", "<features><acpi/></features>");
    world.choose("uefi");
    world.start();
    let before = world.inactive();
    let report = world.choose("secure-boot");
    assert_eq!(
        fates(&report),
        [("firmware", &Fate::AtNextStart { refusal: None })],
        "{report:#?}"
    );
    let waiting = || {
        let [inactive, live] = [world.inactive(), world.live()].map(|xml| Document::parse(&xml).unwrap());
        pending(&inactive, &live)
    };
    let told = waiting();
    assert!(
        told.iter().any(|one| matches!(one, Waiting::Firmware { .. })),
        "{told:?}"
    );
    let back = EditRequest {
        apply: Apply::NextStart,
        ..request(discard(&told).unwrap())
    };
    world.edit(&back);
    let [one, other] = [before, world.inactive()].map(|xml| Document::parse(&xml).unwrap());
    assert_eq!(variables(&one), variables(&other));
    assert_eq!(waiting(), []);
    world.end();
}

#[test]
fn a_board_that_cannot_have_it_keeps_what_it_has() {
    if !is_possible() {
        return;
    }
    for (board, features, word, why) in [
        (
            "pc",
            "<features><acpi/></features>",
            "secure-boot",
            "Unable to find 'efi' firmware",
        ),
        ("q35", "", "uefi", "requires ACPI"),
    ] {
        let world = world(board, features);
        let before = world.inactive();
        let refused = world.run(|ctx| edit(ctx, world.id, &request(vec![set("firmware", word)])));
        let words = format!("{refused:?}");
        assert!(refused.is_err() && words.contains(why), "{words}");
        assert_eq!(world.inactive(), before);
        let history = world.run(|ctx| history(ctx, world.id));
        assert!(
            matches!(&history, Ok(Outcome::History(entries)) if entries.is_empty()),
            "{history:?}"
        );
        world.end();
    }
}
