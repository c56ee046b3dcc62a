//! What stands in the history, with real QEMUs: after another name, after a snapshot, and after what came to nothing.

use super::super::edit::rename;
use super::super::media::insert_media;
use super::super::snapshot::{create_snapshot, revert_snapshot};
use super::qemu_tests::World;
use super::tests::{request, set};
use super::*;
use crate::command::Overwrite;
use crate::real_machines;
use crate::xml::property::edit::HistoryEntry;

impl World {
    /// Off, with a qcow2 disk, a drive and the agent's channel.
    fn with_disk(folder: &tempfile::TempDir) -> Self {
        let disk = folder.path().join("disk.qcow2");
        let made = std::process::Command::new("qemu-img")
            .args(["create", "-q", "-f", "qcow2"])
            .arg(&disk)
            .arg("16M")
            .status();
        assert!(made.unwrap().success());
        Self::off(&format!(
            "<domain type='qemu'><name>guest</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>\
             <os><type arch='x86_64' machine='q35'>hvm</type></os><devices>\
             <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{}'/>\
             <target dev='vda' bus='virtio'/></disk>\
             <disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>\
             <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>\
             <graphics type='vnc' passwd='SECRET'><listen type='none'/></graphics></devices></domain>",
            disk.display()
        ))
    }

    fn entries(&self) -> Vec<HistoryEntry> {
        match self.run(|ctx| history(ctx, self.id)) {
            Ok(Outcome::History(entries)) => entries,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn goes(&self, is_back: bool) {
        let go = if is_back { undo_edit } else { redo_edit };
        let gone = self.run(|ctx| go(ctx, self.id, Overwrite::Refuse));
        assert!(matches!(gone, Ok(Outcome::Edited(_))), "{gone:?}");
    }

    fn title(&self) -> Option<String> {
        let domain = Document::parse(&self.inactive()).unwrap();
        domain.text_at(domain.root(), "title")
    }

    fn domain(&self) -> virt::domain::Domain {
        self.connection.lookup_domain_by_uuid(self.id.0).unwrap()
    }
}

#[test]
fn edits_are_taken_back_and_made_again_after_the_machine_got_another_name() {
    if !real_machines::are_possible() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::with_disk(&folder);
    world.edit(&request(vec![set("title", "one")]));
    world.edit(&request(vec![set("title", "two"), set("disk.vda.cache", "none")]));
    world.run(|ctx| rename(ctx, world.id, "re & named")).unwrap();
    for (is_back, title) in [
        (true, Some("one")),
        (true, None),
        (false, Some("one")),
        (false, Some("two")),
    ] {
        world.goes(is_back);
        assert_eq!(world.title().as_deref(), title);
        assert_eq!(world.domain().name().unwrap(), "re & named");
        assert_eq!(world.inactive().contains("cache='none'"), title == Some("two"));
    }
    let diff: Vec<_> = world.entries().into_iter().flat_map(|entry| entry.diff).collect();
    let is_name = |text: &str| text.contains("<name>");
    assert!(
        !diff.iter().any(|line| line.sign() != ' ' && is_name(&line.text)),
        "{diff:?}"
    );
    // What somebody else changed is still asked about, and can still be lost.
    let theirs = world.inactive().replace(">two<", ">theirs<");
    world.connection.define_domain_xml(&theirs).unwrap();
    let undo = |overwrite| world.run(|ctx| undo_edit(ctx, world.id, overwrite));
    assert!(matches!(undo(Overwrite::Refuse), Err(Error::ChangedMeanwhile { .. })));
    assert!(matches!(undo(Overwrite::Allow), Ok(Outcome::Edited(_))));
    assert_eq!(world.title().as_deref(), Some("one"));
    assert_eq!(world.domain().name().unwrap(), "re & named");
    world.end();
}

#[test]
fn what_was_edited_since_a_snapshot_comes_back_after_going_back_to_it() {
    if !real_machines::are_possible() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::with_disk(&folder);
    let revert = |name: &str| world.run(|ctx| revert_snapshot(ctx, world.id, name));
    world
        .run(|ctx| create_snapshot(ctx, world.id, "off, clean", None))
        .unwrap();
    world.domain().create().unwrap();
    world.run(|ctx| create_snapshot(ctx, world.id, "on", None)).unwrap();
    assert_eq!(revert("on"), Ok(Outcome::Done));
    assert_eq!(world.entries(), [], "nothing was edited since");

    let before = world.inactive();
    for name in ["on", "off, clean"] {
        world.edit(&request(vec![set("title", "since"), set("memory", "128MiB")]));
        let edited = world.inactive();
        assert_eq!(revert(name), Ok(Outcome::Done));
        assert_eq!(world.title(), None);
        let entries = world.entries();
        assert_eq!(entries.last().unwrap().what, [format!("revert.{name}")]);
        assert!(!format!("{entries:?}").contains("SECRET"));
        world.goes(true);
        assert_eq!(world.inactive(), edited);
        world.goes(false);
        assert_eq!(world.inactive(), before);
    }
    assert_eq!(
        revert("absent"),
        Err(Error::InvalidInput(crate::error::InputProblem::NoSuchSnapshot))
    );
    assert_eq!(world.entries().len(), 4);
    world.end();
}

#[test]
fn what_came_to_nothing_leaves_what_can_be_made_again() {
    if !real_machines::are_possible() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::with_disk(&folder);
    world.edit(&request(vec![set("title", "again")]));
    world.goes(true);
    let known = world.entries();
    let wrong = world.inactive().replace("<devices>", "<devices><flux-capacitor/>");
    let refused = world.run(|ctx| edit(ctx, world.id, &request(vec![Change::ReplaceXml(wrong)])));
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(world.entries(), known);
    // A file that libvirt cannot make a description of.
    let disk = folder.path().join("disk.qcow2");
    let refused = world.run(|ctx| insert_media(ctx, world.id, "vda", &disk));
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(world.entries(), known);
    world.goes(false);
    assert_eq!(world.title().as_deref(), Some("again"));
    // What is replaced is the last that was made.
    world.goes(true);
    world.edit(&request(vec![set("description", "other")]));
    assert_eq!(world.entries().len(), 1);
    world.end();
}

/// An entry that cannot be finished is still one to go back with, and the job that it was written for is done.
#[test]
fn an_edit_is_no_failure_where_only_its_entry_stays_unfinished() {
    let host = super::super::test_host::TestHost::new();
    let id = host.define("guest");
    let folder = host.folder.path().join("state/history").join(id.to_string());
    let done = host.run(|ctx| {
        let found = find(ctx, id)?;
        let before = secure_xml(&found)?;
        let what = vec!["title".to_owned()];
        recorded(ctx, &found, what, (&before, &before), |number| {
            let after = before.replace("<os>", "<title>new</title><os>");
            define_checked(ctx, &found, &after)?;
            // Nothing can be put into its place any more.
            let entry = folder.join(format!("{number:08}.json"));
            let text = std::fs::read(&entry).unwrap();
            std::fs::rename(&folder, folder.with_extension("old")).unwrap();
            std::fs::write(&folder, text).unwrap();
            Ok(())
        })
    });
    assert_eq!(done, Ok(()));
    std::fs::remove_file(&folder).unwrap();
    std::fs::rename(folder.with_extension("old"), &folder).unwrap();
    let undo = |overwrite| host.run(|ctx| undo_edit(ctx, id, overwrite));
    assert!(matches!(undo(Overwrite::Refuse), Err(Error::ChangedMeanwhile { .. })));
    assert!(matches!(undo(Overwrite::Allow), Ok(Outcome::Edited(_))));
    assert!(!host.domain(id).xml_desc(0).unwrap().contains("<title>"));
}
