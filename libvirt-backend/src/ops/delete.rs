//! Deleting a machine: first a list of everything that could go, then only what was ticked on it.

use std::path::{Path, PathBuf};

use virt::sys;

use super::call::{BadXml as _, Failed as _, Found, find, has_code, is_local, is_session};
use super::edit::berth_element;
use super::medium::{real_path, refused};
use super::uses::{FileUse, all_uses, bases, file_of};
use super::{Context, files, lifecycle};
use crate::command::{DeleteFile, DeleteFileKind, DeletePlan, DeleteRequest, JobStep, Outcome};
use crate::error::{Error, InputProblem, MediumProblem, Result, Verb};
use crate::guard::Denied;
use crate::model::{Definition, Disk, DiskDevice, DiskSource, MachineId};
use crate::xml::domain::{DomainFacts, definition_from_xml, serial_logs_from_xml};
use crate::xml::metadata::metadata_from_element;

/// Where a system libvirtd keeps saved states; nobody else may look there.
const SYSTEM_SAVE_FOLDER: &str = "/var/lib/libvirt/qemu/save";

/// `Query::DeletePlan`.
pub(crate) fn delete_plan(ctx: &Context<'_>, id: MachineId) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::Checking);
    plan(ctx, &found).map(Outcome::DeletePlan)
}

fn plan(ctx: &Context<'_>, found: &Found) -> Result<DeletePlan> {
    let mut list = List {
        ctx,
        made_files: made_files(found)?,
        others: all_uses(ctx)?
            .into_iter()
            .filter(|used| used.machine != found.id)
            .collect(),
        files: Vec::new(),
    };
    // A disk that was plugged in since the start stands only in the live XML, one to come only in the other.
    for xml in [found.inactive_xml()?, found.live_xml()?] {
        let definition = definition_from_xml(&xml, DomainFacts::default()).bad_xml(&found.name)?;
        list.add_definition(&definition);
        for log in serial_logs_from_xml(&xml).bad_xml(&found.name)? {
            list.add_if_there(log, DeleteFileKind::SerialLog);
        }
    }
    if found.domain.has_managed_save(0).failed(Verb::ReadXml, &found.name)?
        && let Some(path) = saved_state(ctx.uri, &found.name)
    {
        list.add(path, DeleteFileKind::SavedState, true);
    }
    let snapshots = found
        .domain
        .list_all_snapshots(0)
        .failed(Verb::ListSnapshots, &found.name)?
        .iter()
        .filter_map(|snapshot| snapshot.name().ok())
        .collect();
    Ok(DeletePlan {
        files: list.files,
        snapshots,
    })
}

/// What Berth wrote down that it made for this machine.
fn made_files(found: &Found) -> Result<Vec<PathBuf>> {
    let element = berth_element(found, sys::VIR_DOMAIN_AFFECT_CURRENT)?;
    let metadata = element
        .as_deref()
        .map(metadata_from_element)
        .transpose()
        .bad_xml(&found.name)?
        .unwrap_or_default();
    Ok(metadata.made_files.iter().map(|path| real_path(path)).collect())
}

struct List<'a> {
    ctx: &'a Context<'a>,
    made_files: Vec<PathBuf>,
    others: Vec<FileUse>,
    files: Vec<DeleteFile>,
}

impl List<'_> {
    fn add_definition(&mut self, definition: &Definition) {
        for disk in &definition.disks {
            self.add_disk(disk);
        }
        if let Some(nvram) = &definition.nvram {
            self.add_if_there(nvram.clone(), DeleteFileKind::Nvram);
        }
    }

    fn add_disk(&mut self, disk: &Disk) {
        // Discs are never the machine's own, and a block device is no file.
        if disk.device != DiskDevice::Disk || matches!(disk.source, DiskSource::Block(_)) {
            return;
        }
        let Some(path) = file_of(self.ctx, disk) else { return };
        let below = if is_local(self.ctx.uri) {
            bases(&path)
        } else {
            Vec::new()
        };
        for path in std::iter::once(path).chain(below) {
            let is_made = self.made_files.contains(&real_path(&path));
            let kind = if is_made {
                DeleteFileKind::Disk
            } else {
                DeleteFileKind::ImportedDisk
            };
            self.add(path, kind, is_made && !disk.is_shareable);
        }
    }

    /// Files that libvirt makes with the first start.
    fn add_if_there(&mut self, path: PathBuf, kind: DeleteFileKind) {
        if !is_local(self.ctx.uri) || path.symlink_metadata().is_ok() {
            self.add(path, kind, true);
        }
    }

    fn add(&mut self, path: PathBuf, kind: DeleteFileKind, is_own: bool) {
        if self.files.iter().any(|file| file.path == path) {
            return;
        }
        let real = real_path(&path);
        let mut used_by: Vec<String> = self
            .others
            .iter()
            .filter(|used| used.path == real)
            .map(|used| used.machine_name.clone())
            .collect();
        used_by.sort_unstable();
        used_by.dedup();
        self.files.push(DeleteFile {
            size_bytes: size_on_disk(self.ctx, &path),
            is_preselected: is_own && used_by.is_empty(),
            kind,
            used_by,
            path,
        });
    }
}

fn size_on_disk(ctx: &Context<'_>, path: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt as _;
    if is_local(ctx.uri) {
        // Sparse files hold less than their length.
        return std::fs::metadata(path).ok().map(|metadata| metadata.blocks() * 512);
    }
    let text = path.to_str()?;
    let volume = ctx.connection.lookup_storage_vol_by_path(text).ok()?;
    volume.info().ok().map(|info| info.allocation)
}

/// libvirt does not tell where it keeps the state: a session's is in its configuration folder.
fn saved_state(uri: &str, name: &str) -> Option<PathBuf> {
    let file = format!("{name}.save");
    if !is_session(uri) {
        return uri
            .starts_with("qemu")
            .then(|| Path::new(SYSTEM_SAVE_FOLDER).join(file));
    }
    if !is_local(uri) {
        return None;
    }
    config_folders(uri)
        .into_iter()
        .map(|folder| folder.join("libvirt/qemu/save").join(&file))
        .find(|path| path.is_file())
}

fn config_folders(uri: &str) -> Vec<PathBuf> {
    // A daemon with folders of its own: `DIR/run/libvirt/libvirt-sock` and `DIR/cfg`.
    let private = uri
        .split_once("socket=")
        .and_then(|(_, socket)| Path::new(socket).ancestors().nth(3))
        .map(|folder| folder.join("cfg"));
    let own = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".config")));
    private.into_iter().chain(own).collect()
}

/// Undefines the machine, then deletes the files that were ticked. What stayed is told with the reason.
pub(crate) fn delete(ctx: &Context<'_>, id: MachineId, request: &DeleteRequest) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::Checking);
    let plan = plan(ctx, &found)?;
    let chosen = chosen(&plan, request)?;
    if found.is_active()? {
        if !request.force_off {
            return Err(Error::Denied(Denied::MustBeOff));
        }
        ctx.step(JobStep::ForcingOff);
        lifecycle::destroy(&found)?;
    }
    ctx.step(JobStep::Undefining);
    let keeps_nvram = plan
        .files
        .iter()
        .any(|file| file.kind == DeleteFileKind::Nvram && !request.files.contains(&file.path));
    undefine(&found, keeps_nvram)?;
    ctx.step(JobStep::DeletingFiles);
    let stayed: Vec<(PathBuf, String)> = chosen
        .iter()
        .filter(|file| !is_libvirts_own(file.kind))
        .filter_map(|file| files::delete(ctx, &file.path).err().map(|why| (file.path.clone(), why)))
        .collect();
    if stayed.is_empty() {
        Ok(Outcome::Done)
    } else {
        Ok(Outcome::DeletedExcept(stayed))
    }
}

fn chosen<'a>(plan: &'a DeletePlan, request: &DeleteRequest) -> Result<Vec<&'a DeleteFile>> {
    request
        .files
        .iter()
        .map(|path| {
            let listed = plan.files.iter().find(|file| file.path == *path);
            match listed {
                None => Err(Error::InvalidInput(InputProblem::FileNotListed)),
                Some(file) if !file.used_by.is_empty() => Err(refused(path, MediumProblem::InUse)),
                Some(file) => Ok(file),
            }
        })
        .collect()
}

/// libvirt removes these with the definition.
const fn is_libvirts_own(kind: DeleteFileKind) -> bool {
    matches!(kind, DeleteFileKind::Nvram | DeleteFileKind::SavedState)
}

/// Removes the definition with everything libvirt itself keeps for it. A transient domain went when it stopped.
pub(super) fn undefine(found: &Found, keeps_nvram: bool) -> Result<()> {
    let nvram = if keeps_nvram {
        sys::VIR_DOMAIN_UNDEFINE_KEEP_NVRAM
    } else {
        sys::VIR_DOMAIN_UNDEFINE_NVRAM
    };
    let basic = sys::VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | sys::VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA;
    let flags = basic | sys::VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA | nvram;
    let mut undefined = found.domain.undefine_flags(flags).failed(Verb::Undefine, &found.name);
    if matches!(&undefined, Err(error) if has_code(error, sys::VIR_ERR_INVALID_ARG)) {
        // A driver without checkpoints and variables.
        undefined = found.domain.undefine_flags(basic).failed(Verb::Undefine, &found.name);
    }
    match undefined {
        Err(error) if has_code(&error, sys::VIR_ERR_NO_DOMAIN) => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::lifecycle::start;
    use super::super::test_host::TestHost;
    use super::*;

    fn disk(path: &Path, device: &str, target: &str) -> String {
        format!(
            "<disk type='file' device='{device}'><source file='{}'/><target dev='{target}' bus='sata'/></disk>",
            path.display()
        )
    }

    fn plan_of(host: &TestHost, id: MachineId) -> DeletePlan {
        match host.run(|ctx| delete_plan(ctx, id)) {
            Ok(Outcome::DeletePlan(plan)) => plan,
            other => panic!("{other:?}"),
        }
    }

    fn request(files: &[&Path]) -> DeleteRequest {
        DeleteRequest {
            files: files.iter().map(|&path| path.to_owned()).collect(),
            force_off: false,
        }
    }

    #[test]
    fn a_plan_lists_disks_but_no_discs_and_ticks_nothing_that_was_brought() {
        let host = TestHost::new();
        let devices = [
            disk(Path::new("/x/d"), "disk", "sda"),
            disk(Path::new("/x/iso"), "cdrom", "sdb"),
        ]
        .concat();
        let id = host.define_with("guest", &devices);
        let plan = plan_of(&host, id);
        assert_eq!(plan.files.len(), 1, "{plan:?}");
        assert_eq!(plan.files[0].path, Path::new("/x/d"));
        assert_eq!(plan.files[0].kind, DeleteFileKind::ImportedDisk);
        assert!(!plan.files[0].is_preselected);
    }

    #[test]
    fn a_file_that_another_machine_uses_is_named_and_stays() {
        let host = TestHost::new();
        let shared = disk(Path::new("/x/d"), "disk", "sda");
        let id = host.define_with("one", &shared);
        host.define_with("two", &shared);
        assert_eq!(plan_of(&host, id).files[0].used_by, ["two"]);
        let refusal = host.run(|ctx| delete(ctx, id, &request(&[Path::new("/x/d")])));
        assert_eq!(refusal, Err(refused(Path::new("/x/d"), MediumProblem::InUse)));
        assert_eq!(host.connection.list_all_domains(0).unwrap().len(), 2);
    }

    #[test]
    fn a_file_that_no_plan_listed_is_refused_and_the_machine_stays() {
        let host = TestHost::new();
        let id = host.define("guest");
        let refusal = host.run(|ctx| delete(ctx, id, &request(&[Path::new("/etc/passwd")])));
        assert_eq!(refusal, Err(Error::InvalidInput(InputProblem::FileNotListed)));
        assert_eq!(host.connection.list_all_domains(0).unwrap().len(), 1);
    }

    #[test]
    fn a_running_machine_goes_only_with_leave_to_force_it_off() {
        let host = TestHost::new();
        let id = host.define("guest");
        host.run(|ctx| start(ctx, id)).unwrap();
        assert_eq!(
            host.run(|ctx| delete(ctx, id, &request(&[]))),
            Err(Error::Denied(Denied::MustBeOff))
        );
        assert!(host.is_active(id));
        let forced = DeleteRequest {
            force_off: true,
            ..DeleteRequest::default()
        };
        assert_eq!(host.run(|ctx| delete(ctx, id, &forced)), Ok(Outcome::Done));
        assert!(host.connection.list_all_domains(0).unwrap().is_empty());
    }

    #[test]
    fn saved_states_of_a_private_daemon_are_found_beside_its_socket() {
        let folder = tempfile::tempdir().unwrap();
        let save = folder.path().join("cfg/libvirt/qemu/save");
        std::fs::create_dir_all(&save).unwrap();
        std::fs::write(save.join("guest.save"), "x").unwrap();
        let uri = format!(
            "qemu:///session?socket={}/run/libvirt/libvirt-sock",
            folder.path().display()
        );
        assert_eq!(saved_state(&uri, "guest"), Some(save.join("guest.save")));
        assert_eq!(saved_state(&uri, "other"), None);
    }
}
