//! Processors of a real QEMU whose guest knows nothing of being asked for them, and an edit beside another program's.

use std::process::Command;
use std::time::{Duration, Instant};

use super::qemu_tests::World;
use super::tests::{fates, request, set};
use super::*;
use crate::boot_sector::{Mood, interactive};
use crate::real_machines;
use crate::xml::property::edit::GuestAnswer;

const EDITS: usize = 30;

fn with_room_for_two(disk: &std::path::Path) -> String {
    format!(
        "<domain type='qemu'><name>guest</name><memory unit='MiB'>64</memory><vcpu current='1'>2</vcpu>\
         <os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/><apic/></features><devices>\
         <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{}'/>\
         <target dev='vda' bus='virtio'/></disk></devices></domain>",
        disk.display()
    )
}

fn processors(xml: &str) -> Option<String> {
    let domain = Document::parse(xml).unwrap();
    domain
        .attr_at(domain.root(), "vcpu", "current")
        .map(std::borrow::Cow::into_owned)
}

#[test]
fn a_guest_that_does_not_answer_keeps_its_processor_until_the_next_start() {
    if !real_machines::are_possible() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disk.img");
    std::fs::write(&disk, interactive(Mood::Calm)).unwrap();
    let world = World::off(&with_room_for_two(&disk));
    let domain = world.connection.lookup_domain_by_uuid(world.id.0).unwrap();
    domain.create().unwrap();
    // What every system with ACPI writes when it starts. QEMU asks no guest for a processor before it did.
    let monitor = [
        "-c",
        world.uri(),
        "qemu-monitor-command",
        "guest",
        "--hmp",
        "o /b 0xcd8 0",
    ];
    let virsh = Command::new("virsh").args(monitor).output().unwrap();
    assert!(virsh.status.success(), "{virsh:?}");
    let report = world.edit(&request(vec![set("vcpu.current", "2")]));
    assert_eq!(fates(&report), [("vcpu.current", &Fate::Applied)], "{report:#?}");
    assert_eq!((processors(&world.live()), processors(&world.inactive())), (None, None));

    // libvirt waits for the guest; the rest of the connection does not.
    let report = std::thread::scope(|scope| {
        let asking = scope.spawn(|| world.edit(&request(vec![set("vcpu.current", "1")])));
        let mut longest = Duration::ZERO;
        while !asking.is_finished() {
            let begun = Instant::now();
            assert!(
                world
                    .connection
                    .lookup_domain_by_uuid(world.id.0)
                    .unwrap()
                    .is_active()
                    .unwrap()
            );
            longest = longest.max(begun.elapsed());
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(longest < Duration::from_secs(4), "waited {longest:?} too");
        asking.join().unwrap()
    });
    assert!(
        matches!(
            report.changes[0].fate,
            Fate::KeptByGuest {
                answer: GuestAnswer::Silent { seconds: 5.. },
                at_next_start: true
            }
        ),
        "{report:#?}"
    );
    assert!(report.waits_for_start());
    assert_eq!(processors(&world.live()), None, "it still has both: {}", world.live());
    assert_eq!(processors(&world.inactive()).as_deref(), Some("1"));
    drop(domain);
    world.end();
}

/// virsh changes a field by itself, within the daemon: what Berth changes is either there afterwards or was refused.
#[test]
fn no_edit_is_lost_without_a_word_beside_a_program_that_edits_all_the_time() {
    if !real_machines::are_possible() {
        return;
    }
    let world = World::off(
        "<domain type='qemu'><name>guest</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>\
         <os><type arch='x86_64' machine='q35'>hvm</type></os></domain>",
    );
    let uri = world.uri().to_owned();
    let is_over = std::sync::atomic::AtomicBool::new(false);
    let (mut kept, mut refused) = (0, 0);
    std::thread::scope(|scope| {
        let theirs = scope.spawn(|| {
            let mut done = 0_u32;
            while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                let text = format!("theirs {done}");
                let arguments = ["-c", &uri, "desc", "guest", "--config", "--new-desc", &text];
                let virsh = Command::new("virsh").args(arguments).output().unwrap();
                assert!(virsh.status.success(), "{virsh:?}");
                done += 1;
            }
            done
        });
        for index in 0..EDITS {
            let title = format!("ours {index}");
            match world.run(|ctx| edit(ctx, world.id, &request(vec![set("title", &title)]))) {
                Ok(Outcome::Edited(report)) => {
                    let is_there = world.inactive().contains(&format!("<title>{title}</title>"));
                    let is_told = matches!(report.changes[0].fate, Fate::Differs { .. } | Fate::Ignored { .. });
                    assert_ne!(is_there, is_told, "{report:#?}");
                    kept += 1;
                }
                Err(Error::ChangedMeanwhile { .. }) => refused += 1,
                other => panic!("{other:?}"),
            }
        }
        is_over.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(theirs.join().unwrap() > 0);
    });
    println!("{kept} kept, {refused} refused");
    assert!(
        kept > 0 && world.inactive().contains("<description>theirs "),
        "{}",
        world.inactive()
    );
    let Ok(Outcome::History(entries)) = world.run(|ctx| history(ctx, world.id)) else {
        panic!("no history");
    };
    assert_eq!(entries.len(), kept, "only what was done is written down");
    world.end();
}
