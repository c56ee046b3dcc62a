//! Internal snapshots: off, the disks alone; running or paused, always with memory. The other kind is never mixed in.
//!
//! libvirt cannot abort an internal snapshot (`virDomainAbortJob` answers "no job is active" and the guest stands
//! still to the end), so none of these steps is offered for cancelling.

use std::time::Instant;

use virt::domain::Domain;
use virt::domain_snapshot::DomainSnapshot;
use virt::sys;

use super::call::{BadXml as _, Failed as _, Found, find, has_code};
use super::clipboard::without_clipboard;
use super::definition::secure_xml;
use super::protocol::history::recorded;
use super::snapshot_speed::{self, memory_to_save};
use super::{Context, Remembered, schema};
use crate::command::{JobStep, Outcome, SnapshotEstimate};
use crate::error::{Error, InputProblem, Result, Verb};
use crate::guard::Denied;
use crate::model::{Definition, MachineId, SnapshotKind, SnapshotRefusal};
use crate::xml::domain::{DomainFacts, definition_from_xml};
use crate::xml::name::check_domain_name;
use crate::xml::property::edit::REVERT;
use crate::xml::snapshot::{new_snapshot_xml, snapshot_from_xml};

/// Takes a snapshot. The guest stands still while its memory is written.
pub(crate) fn create_snapshot(
    ctx: &Context<'_>,
    id: MachineId,
    name: &str,
    description: Option<&str>,
) -> Result<Outcome> {
    // libvirt makes a file name of it, as it does of a machine's.
    check_domain_name(name).map_err(Error::InvalidName)?;
    let found = find(ctx, id)?;
    ctx.step(JobStep::Checking);
    without_clipboard(ctx, &found, || create(ctx, &found, name, description))
}

fn create(ctx: &Context<'_>, found: &Found, name: &str, description: Option<&str>) -> Result<Outcome> {
    let is_active = found.is_active()?;
    let definition = allowed_definition(found, is_active)?;
    if lookup(found, name)?.is_some() {
        return Err(Error::InvalidInput(InputProblem::SnapshotExists));
    }
    let xml = new_snapshot_xml(&definition, name, description, is_active).bad_xml(&found.name)?;
    let memory_bytes = if is_active { memory_to_save(ctx, found) } else { None };
    ctx.step(JobStep::TakingSnapshot);
    let begun = Instant::now();
    let create = || {
        found
            .domain
            .create_snapshot_xml(&xml, sys::VIR_DOMAIN_SNAPSHOT_CREATE_VALIDATE)
    };
    schema::checked(create).failed(Verb::CreateSnapshot, &found.name)?;
    if let Some(bytes) = memory_bytes {
        snapshot_speed::remember(&Remembered::at(ctx.paths), ctx.uri, bytes, begun.elapsed());
    }
    ctx.step(JobStep::ReadingBack);
    check_kind(found, name, is_active)?;
    Ok(Outcome::Done)
}

/// The machine as it is at this moment, where a snapshot may be taken: what the guard was asked may have changed.
fn allowed_definition(found: &Found, is_active: bool) -> Result<Definition> {
    let has_managed_save = found
        .domain
        .has_managed_save(0)
        .failed(Verb::ListSnapshots, &found.name)?;
    if has_managed_save && !is_active {
        return Err(Error::Denied(Denied::HasSavedState));
    }
    let externals = found
        .domain
        .list_all_snapshots(sys::VIR_DOMAIN_SNAPSHOT_LIST_EXTERNAL)
        .failed(Verb::ListSnapshots, &found.name)?;
    let facts = DomainFacts {
        is_persistent: found.is_persistent()?,
        has_managed_save,
        autostart: false,
        has_external_snapshots: !externals.is_empty(),
    };
    let definition = definition_from_xml(&found.live_xml()?, facts).bad_xml(&found.name)?;
    if !definition.is_persistent {
        return Err(Error::Denied(Denied::Transient));
    }
    match &definition.snapshot_refusal {
        Some(refusal) => Err(Error::Denied(Denied::Snapshot(refusal.clone()))),
        None => Ok(definition),
    }
}

fn check_kind(found: &Found, name: &str, has_memory: bool) -> Result<()> {
    let wanted = if has_memory {
        SnapshotKind::InternalWithMemory
    } else {
        SnapshotKind::InternalDisks
    };
    let kept = match lookup(found, name)? {
        Some(snapshot) => kind(found, &snapshot)? == wanted,
        None => false,
    };
    if kept {
        Ok(())
    } else {
        Err(Error::NotKept {
            object: found.name.clone(),
            what: format!("snapshot {name}"),
        })
    }
}

/// Puts disks, and memory where the snapshot has it, back to what they were. What happened since is lost.
pub(crate) fn revert_snapshot(ctx: &Context<'_>, id: MachineId, name: &str) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::Checking);
    let snapshot = internal(&found, name)?;
    // The snapshot knows of no such channel; it is plugged into what runs afterwards.
    let revert = || without_clipboard(ctx, &found, || revert(ctx, &found, &snapshot, name));
    if !found.is_persistent()? {
        return revert();
    }
    // The definition is the snapshot's afterwards, without what was edited since.
    let before = secure_xml(&found)?;
    let what = vec![format!("{REVERT}{name}")];
    recorded(ctx, &found, what, (&before, &before), |_| revert())
}

fn revert(ctx: &Context<'_>, found: &Found, snapshot: &DomainSnapshot, name: &str) -> Result<Outcome> {
    ctx.step(JobStep::Reverting);
    let mut reverted = snapshot.revert(0).failed(Verb::RevertSnapshot, &found.name);
    if matches!(&reverted, Err(error) if has_code(error, sys::VIR_ERR_SNAPSHOT_REVERT_RISKY)) {
        // The running QEMU differs from the snapshot's, so libvirt wants leave to start another one. Its present
        // state was to be given up anyway.
        tracing::warn!(machine = %found.name, snapshot = name, "reverting by force: QEMU is started anew");
        reverted = snapshot
            .revert(sys::VIR_DOMAIN_SNAPSHOT_REVERT_FORCE)
            .failed(Verb::RevertSnapshot, &found.name);
    }
    reverted?;
    Ok(Outcome::Done)
}

/// Removes one snapshot; those taken after it stay.
pub(crate) fn delete_snapshot(ctx: &Context<'_>, id: MachineId, name: &str) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::Checking);
    let snapshot = internal(&found, name)?;
    ctx.step(JobStep::DeletingSnapshot);
    snapshot.delete(0).failed(Verb::DeleteSnapshot, &found.name)?;
    ctx.step(JobStep::ReadingBack);
    if lookup(&found, name)?.is_some() {
        return Err(Error::NotKept {
            object: found.name,
            what: format!("the deletion of snapshot {name}"),
        });
    }
    Ok(Outcome::Done)
}

/// How long a snapshot taken now would hold the guest still.
pub(crate) fn snapshot_estimate(ctx: &Context<'_>, id: MachineId) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::Checking);
    let estimate = if found.is_active()? {
        snapshot_speed::estimate(ctx, &found)?
    } else {
        SnapshotEstimate {
            memory_bytes: None,
            pause: None,
        }
    };
    Ok(Outcome::SnapshotEstimate(estimate))
}

/// The snapshot of that name, where Berth may touch it.
fn internal(found: &Found, name: &str) -> Result<DomainSnapshot> {
    let snapshot = lookup(found, name)?.ok_or(Error::InvalidInput(InputProblem::NoSuchSnapshot))?;
    if kind(found, &snapshot)? == SnapshotKind::External {
        let refusal = SnapshotRefusal::HasExternalSnapshots;
        return Err(Error::Denied(Denied::Snapshot(refusal)));
    }
    Ok(snapshot)
}

fn kind(found: &Found, snapshot: &DomainSnapshot) -> Result<SnapshotKind> {
    let xml = snapshot.xml_desc(0).failed(Verb::ListSnapshots, &found.name)?;
    let snapshot = snapshot_from_xml(&xml, false).bad_xml(&found.name)?;
    Ok(snapshot.kind)
}

fn lookup(found: &Found, name: &str) -> Result<Option<DomainSnapshot>> {
    if name.contains('\0') {
        return Ok(None);
    }
    match Domain::lookup_snapshot_by_name(&found.domain, name, 0) {
        Ok(snapshot) => Ok(Some(snapshot)),
        Err(error) if error.code().to_raw() == sys::VIR_ERR_NO_DOMAIN_SNAPSHOT => Ok(None),
        Err(error) => Err(error).failed(Verb::ListSnapshots, &found.name),
    }
}

#[cfg(test)]
mod tests {
    use super::super::lifecycle::{force_off, start};
    use super::super::test_host::TestHost;
    use super::*;
    use crate::error::NameProblem;

    fn disk(format: &str) -> String {
        format!(
            "<disk type='file' device='disk'><driver name='qemu' type='{format}'/><source file='/x/d'/>\
             <target dev='vda' bus='virtio'/></disk>"
        )
    }

    fn names(host: &TestHost, id: MachineId) -> Vec<String> {
        let list = host.domain(id).list_all_snapshots(0).unwrap();
        let mut names: Vec<String> = list.iter().map(|snapshot| snapshot.name().unwrap()).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn snapshots_are_taken_reverted_to_and_deleted() {
        let host = TestHost::new();
        let id = host.define_with("guest", &disk("qcow2"));
        host.run(|ctx| create_snapshot(ctx, id, "off <&>", Some("first\nlines")))
            .unwrap();
        host.run(|ctx| start(ctx, id)).unwrap();
        host.run(|ctx| create_snapshot(ctx, id, "on", None)).unwrap();
        assert_eq!(names(&host, id), ["off <&>", "on"]);
        host.run(|ctx| force_off(ctx, id)).unwrap();
        host.run(|ctx| revert_snapshot(ctx, id, "on")).unwrap();
        assert!(host.is_active(id));
        host.run(|ctx| revert_snapshot(ctx, id, "off <&>")).unwrap();
        assert!(!host.is_active(id));
        host.run(|ctx| delete_snapshot(ctx, id, "off <&>")).unwrap();
        assert_eq!(names(&host, id), ["on"]);
    }

    #[test]
    fn what_would_fail_or_overwrite_is_refused() {
        let host = TestHost::new();
        let id = host.define_with("guest", &disk("qcow2"));
        let create = |name: &str| host.run(|ctx| create_snapshot(ctx, id, name, None));
        create("one").unwrap();
        assert_eq!(create("one"), Err(Error::InvalidInput(InputProblem::SnapshotExists)));
        assert_eq!(create("a/b"), Err(Error::InvalidName(NameProblem::PathLike)));
        assert_eq!(create("a\0b"), Err(Error::InvalidName(NameProblem::ControlCharacter)));
        for name in ["absent", "a\0b"] {
            let gone = Err(Error::InvalidInput(InputProblem::NoSuchSnapshot));
            assert_eq!(host.run(|ctx| revert_snapshot(ctx, id, name)), gone);
            assert_eq!(host.run(|ctx| delete_snapshot(ctx, id, name)), gone);
        }
        assert_eq!(names(&host, id), ["one"]);
    }

    #[test]
    fn a_machine_with_a_raw_disk_is_refused_with_the_disk() {
        let host = TestHost::new();
        let id = host.define_with("guest", &disk("raw"));
        let refusal = SnapshotRefusal::DiskNotQcow2 {
            target: "vda".to_owned(),
            format: "raw".to_owned(),
        };
        assert_eq!(
            host.run(|ctx| create_snapshot(ctx, id, "one", None)),
            Err(Error::Denied(Denied::Snapshot(refusal)))
        );
        assert!(names(&host, id).is_empty());
    }

    #[test]
    fn a_machine_that_is_off_does_not_stand_still() {
        let host = TestHost::new();
        let id = host.define_with("guest", &disk("qcow2"));
        assert_eq!(
            host.run(|ctx| snapshot_estimate(ctx, id)),
            Ok(Outcome::SnapshotEstimate(SnapshotEstimate {
                memory_bytes: None,
                pause: None
            }))
        );
    }
}
