//! Making a machine: checks, a disk, a definition, perhaps a start. Whatever fails, nothing half-made stays.

use std::path::{Path, PathBuf};

use virt::storage_vol::StorageVol;
use virt::sys;

use super::call::{BadXml as _, Failed as _, Found, find, has_code, is_local};
use super::journal::{self, Entry, Record};
use super::medium::{self, real_path, refused};
use super::storage::{self, Place};
use super::{Context, delete, files, lifecycle, profile, schema, uses};
use crate::command::{JobStep, MediumKind, Outcome};
use crate::defaults::{self, DiskPlan, Plan, PlanInputs, image_name};
use crate::error::{Error, InputProblem, MediumProblem, Result, Verb};
use crate::model::{HostProfile, MachineId, NetworkChoice, NewMachine, NewStorage};
use crate::xml::domain::{DomainFacts, definition_from_xml, first_lost};
use crate::xml::metadata::normalized_tags;
use crate::xml::name::check_domain_name;

/// `Command::Create`.
pub(crate) fn create(ctx: &Context<'_>, new: &NewMachine) -> Result<Outcome> {
    ctx.cancellable_step(JobStep::Checking)?;
    check_name(ctx, &new.name)?;
    check_network(ctx, &new.network)?;
    if let Some(disc) = new.cdrom.as_deref().filter(|_| is_local(ctx.uri)) {
        medium::inspect(ctx, disc)?;
    }
    let profile = profile::profile_for(ctx, new)?;
    if let Some(&problem) = defaults::check(&profile, new).first() {
        return Err(Error::InvalidInput(problem));
    }
    ctx.cancellable_step(JobStep::PreparingStorage)?;
    let mut job = Job {
        ctx,
        entry: None,
        volume: None,
        volume_path: None,
        domain: None,
        serial_log: None,
        is_whole: false,
    };
    let id = job.make(&profile, new)?;
    job.is_whole = true;
    Ok(Outcome::Created(id))
}

fn check_name(ctx: &Context<'_>, name: &str) -> Result<()> {
    check_domain_name(name).map_err(Error::InvalidName)?;
    match ctx.connection.lookup_domain_by_name(name) {
        Ok(_) => Err(Error::NameTaken(name.to_owned())),
        Err(error) if error.code().to_raw() == sys::VIR_ERR_NO_DOMAIN => Ok(()),
        Err(error) => Err(error).failed(Verb::ListDomains, name),
    }
}

fn check_network(ctx: &Context<'_>, network: &NetworkChoice) -> Result<()> {
    let NetworkChoice::Network(name) = network else {
        return Ok(());
    };
    let is_there = !name.contains('\0') && ctx.connection.lookup_network_by_name(name).is_ok();
    if is_there {
        Ok(())
    } else {
        Err(Error::InvalidInput(InputProblem::NoSuchNetwork))
    }
}

/// What has been made so far. Dropped before it is whole (an error, a cancellation, a panic), it takes all back.
struct Job<'a> {
    ctx: &'a Context<'a>,
    entry: Option<Entry>,
    volume: Option<StorageVol>,
    /// Of a volume that is about to be made, or was.
    volume_path: Option<PathBuf>,
    domain: Option<Found>,
    serial_log: Option<PathBuf>,
    is_whole: bool,
}

impl Job<'_> {
    fn make(&mut self, profile: &HostProfile, new: &NewMachine) -> Result<MachineId> {
        let disk = match &new.storage {
            NewStorage::None => None,
            NewStorage::Import(path) => Some(imported_disk(self.ctx, path)?),
            NewStorage::HandOver(path) => {
                let disk = imported_disk(self.ctx, path)?;
                self.write_journal(&new.name, vec![path.clone()])?;
                self.volume_path = Some(path.clone());
                Some(DiskPlan { is_made: true, ..disk })
            }
            NewStorage::Create { capacity_bytes, pool } => {
                let place = storage::place(self.ctx, pool.as_deref())?;
                storage::check_room(self.ctx, Some(&place), &place.folder, *capacity_bytes)?;
                Some(self.make_disk(&place, new, *capacity_bytes)?)
            }
        };
        let plan = defaults::plan(profile, new, &PlanInputs { disk })?;
        self.note(new, &plan)?;
        self.ctx.cancellable_step(JobStep::Defining)?;
        self.define(&plan, new)?;
        let Some(found) = &self.domain else {
            return Err(not_kept(&new.name, "machine"));
        };
        self.ctx.step(JobStep::ReadingBack);
        check_kept(found, new, &plan)?;
        // From here on the machine stays.
        self.ctx.cancel.check()?;
        if new.start {
            self.ctx.step(JobStep::Starting);
            lifecycle::start_found(found)?;
        }
        Ok(found.id)
    }

    fn make_disk(&mut self, place: &Place, new: &NewMachine, capacity_bytes: u64) -> Result<DiskPlan> {
        for attempt in 1..=MAX_NAMES {
            let name = image_name(&new.name, attempt);
            let path = place.folder.join(&name);
            let is_taken = place.pool.lookup_storage_vol_by_name(&name).is_ok()
                || (is_local(self.ctx.uri) && path.symlink_metadata().is_ok());
            if is_taken {
                continue;
            }
            self.write_journal(&new.name, vec![path.clone()])?;
            self.ctx.cancellable_step(JobStep::CreatingDisk)?;
            self.volume_path = Some(path);
            match place.make_image(&name, capacity_bytes) {
                Ok(volume) => {
                    let path = volume.path().failed(Verb::CreateVolume, &name)?;
                    self.volume = Some(volume);
                    return Ok(DiskPlan {
                        path: PathBuf::from(path),
                        format: "qcow2".to_owned(),
                        is_made: true,
                    });
                }
                Err(error) if has_code(&error, sys::VIR_ERR_STORAGE_VOL_EXIST) => {
                    // Somebody else made it in between: it is not ours to remove.
                    self.volume_path = None;
                    self.forget_journal();
                }
                Err(error) => return Err(error),
            }
        }
        Err(Error::NameTaken(new.name.clone()))
    }

    /// Adds what the first start will make.
    fn note(&mut self, new: &NewMachine, plan: &Plan) -> Result<()> {
        let Some(log) = &plan.serial_log else { return Ok(()) };
        if log.symlink_metadata().is_ok() {
            // An older machine of that name left it: what another one wrote is not removed.
            return Ok(());
        }
        self.serial_log = Some(log.clone());
        let files = self
            .volume_path
            .iter()
            .cloned()
            .chain(self.serial_log.clone())
            .collect();
        self.write_journal(&new.name, files)
    }

    fn write_journal(&mut self, machine_name: &str, files: Vec<PathBuf>) -> Result<()> {
        let record = Record::new(self.ctx.uri, machine_name, files);
        let entry = journal::begin(&self.ctx.paths.state_folder, &record)?;
        // The old one only goes once the new one is there.
        self.forget_journal();
        self.entry = Some(entry);
        Ok(())
    }

    fn forget_journal(&mut self) {
        if let Some(entry) = self.entry.take() {
            entry.done();
        }
    }

    fn define(&mut self, plan: &Plan, new: &NewMachine) -> Result<()> {
        let connection = self.ctx.connection;
        let define = || connection.define_domain_xml_flags(&plan.xml, sys::VIR_DOMAIN_DEFINE_VALIDATE);
        let defined = schema::checked(define).failed(Verb::Define, &new.name);
        match defined {
            Ok(domain) => {
                let id = MachineId(domain.uuid().failed(Verb::Define, &new.name)?);
                self.domain = Some(find(self.ctx, id)?);
                Ok(())
            }
            // Another program was quicker.
            Err(_) if self.ctx.connection.lookup_domain_by_name(&new.name).is_ok() => {
                Err(Error::NameTaken(new.name.clone()))
            }
            Err(error) => Err(error),
        }
    }

    /// True: nothing is left of it.
    fn take_back(&mut self) -> bool {
        let mut is_clean = true;
        let mut failed = |what: &str, why: &dyn std::fmt::Display| {
            tracing::warn!(what, %why, "half-made and still there");
            is_clean = false;
        };
        if let Some(found) = self.domain.take() {
            if let Err(error) = lifecycle::destroy(&found) {
                failed("the running machine", &error);
            }
            if let Err(error) = delete::undefine(&found, delete::Keeps::default()) {
                failed("the definition", &error);
            }
        }
        if let Some(volume) = self.volume.take()
            && let Err(error) = volume.delete(0)
        {
            failed("the disk", &error);
        }
        for path in self.volume_path.iter().chain(&self.serial_log) {
            if is_local(self.ctx.uri)
                && path.symlink_metadata().is_ok()
                && let Err(why) = files::delete(self.ctx, path)
            {
                failed("a file", &why);
            }
        }
        is_clean
    }
}

impl Drop for Job<'_> {
    fn drop(&mut self) {
        if self.is_whole || self.take_back() {
            self.forget_journal();
        }
        // Else the entry stays, and the remains are shown as leftovers.
    }
}

/// Tries of a free file name.
const MAX_NAMES: u32 = 1000;
/// An image that stays where it is and the user's.
fn imported_disk(ctx: &Context<'_>, path: &Path) -> Result<DiskPlan> {
    if !is_local(ctx.uri) {
        return remote_disk(ctx, path);
    }
    let report = medium::inspect(ctx, path)?;
    let real = real_path(path);
    let is_used = uses::all_uses(ctx)?
        .files
        .iter()
        .any(|used| used.is_disk && used.path == real);
    if is_used {
        return Err(refused(path, MediumProblem::InUse));
    }
    let format = match report.kind {
        MediumKind::Qcow2 => "qcow2",
        MediumKind::Iso | MediumKind::Raw | MediumKind::Unchecked => "raw",
    };
    Ok(DiskPlan {
        path: path.to_owned(),
        format: format.to_owned(),
        is_made: false,
    })
}

/// Only that host's pools know what the file is.
fn remote_disk(ctx: &Context<'_>, path: &Path) -> Result<DiskPlan> {
    let volume = medium::volume(ctx, path)?.ok_or_else(|| refused(path, MediumProblem::InNoPool))?;
    if volume.backing_path.is_some() {
        return Err(refused(path, MediumProblem::HasBackingFile));
    }
    if uses::all_uses(ctx)?
        .files
        .iter()
        .any(|used| used.is_disk && used.path == path)
    {
        return Err(refused(path, MediumProblem::InUse));
    }
    Ok(DiskPlan {
        path: path.to_owned(),
        format: volume.format.unwrap_or_else(|| "raw".to_owned()),
        is_made: false,
    })
}

/// libvirt drops without a word what it does not know or want.
fn check_kept(found: &Found, new: &NewMachine, plan: &Plan) -> Result<()> {
    let xml = found.inactive_xml()?;
    let kept = definition_from_xml(&xml, DomainFacts::default()).bad_xml(&found.name)?;
    let what = if kept.name != new.name {
        "name"
    } else if kept.memory_max_kib < new.memory_kib {
        "memory"
    } else if kept.vcpus != new.vcpus {
        "vcpus"
    } else if Some(&kept.tags) != normalized_tags(&new.tags).as_ref() {
        "tags"
    } else if kept.acceleration != plan.acceleration {
        "acceleration"
    } else if let Some(lost) = first_lost(&plan.xml, &xml).bad_xml(&found.name)? {
        lost
    } else {
        return Ok(());
    };
    Err(not_kept(&found.name, what))
}

fn not_kept(object: &str, what: &str) -> Error {
    Error::NotKept {
        object: object.to_owned(),
        what: what.to_owned(),
    }
}

#[cfg(test)]
mod qemu_tests;
