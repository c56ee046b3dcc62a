//! Everything that could go with a machine. Told even while its QEMU hangs: then from what was last seen of it.

use std::path::{Path, PathBuf};

use virt::sys;

use super::Context;
use super::call::{BadXml as _, Failed as _, Found, find, has_code, is_local, is_session, last_seen};
use super::edit::berth_element;
use super::medium::real_path;
use super::protocol::nvram;
use super::uses::{FileUse, all_uses, bases, file_of};
use crate::command::{DeleteFile, DeleteFileKind, DeletePlan, JobStep, Outcome};
use crate::error::{Result, Verb};
use crate::model::{Definition, Disk, DiskDevice, DiskFormat, DiskSource, MachineId};
use crate::xml::domain::{DomainFacts, definition_from_xml};
use crate::xml::metadata::metadata_from_element;

/// Where a system libvirtd keeps saved states; nobody else may look there.
const SYSTEM_SAVE_FOLDER: &str = "/var/lib/libvirt/qemu/save";
const SYSTEM_TPM_FOLDER: &str = "/var/lib/libvirt/swtpm";

/// `Query::DeletePlan`.
pub(crate) fn delete_plan(ctx: &Context<'_>, id: MachineId) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::Checking);
    plan(ctx, &found).map(Outcome::DeletePlan)
}

pub(super) fn plan(ctx: &Context<'_>, found: &Found) -> Result<DeletePlan> {
    let uses = all_uses(ctx)?;
    let mut unread = uses.unread;
    unread.retain(|name| *name != found.name);
    let mut list = List {
        ctx,
        made_files: made_files(found)?,
        others: uses.files.into_iter().filter(|used| used.machine != found.id).collect(),
        files: Vec::new(),
    };
    if let Some(definitions) = definitions(ctx, found)? {
        for definition in &definitions {
            list.add_definition(found, definition);
        }
    } else {
        list.add_made_files();
        unread.insert(0, found.name.clone());
    }
    for path in nvram::former(ctx, found.id) {
        list.add_if_there(path, DeleteFileKind::FormerNvram);
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
        unread,
    })
}

/// What is true now and what is after the next start: a disk that was plugged in stands only in the one, a disk to
/// come only in the other. As last seen while QEMU hangs; `None` where it was never seen or makes no sense.
fn definitions(ctx: &Context<'_>, found: &Found) -> Result<Option<Vec<Definition>>> {
    if found.answers(ctx)? {
        let both = found
            .inactive_xml()
            .and_then(|inactive| Ok([inactive, found.live_xml()?]));
        match both {
            Ok(both) => {
                let read = both
                    .iter()
                    .map(|xml| definition_from_xml(xml, DomainFacts::default()))
                    .collect::<Result<Vec<_>, _>>();
                return read.map_or_else(
                    |error| {
                        tracing::warn!(machine = %found.name, %error, "its files are not known");
                        Ok(None)
                    },
                    |definitions| Ok(Some(definitions)),
                );
            }
            // It began to hang in between.
            Err(error) if has_code(&error, sys::VIR_ERR_OPERATION_TIMEOUT) => {}
            Err(error) => return Err(error),
        }
    }
    let seen = last_seen(ctx, found.id).map(|machine| Definition::clone(&machine.definition));
    Ok(seen.filter(|definition| definition.is_complete).map(|seen| vec![seen]))
}

/// What Berth wrote down that it made for this machine. Told by libvirt also while QEMU hangs.
pub(super) fn made_files(found: &Found) -> Result<Vec<PathBuf>> {
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
    fn add_definition(&mut self, found: &Found, definition: &Definition) {
        for disk in &definition.disks {
            self.add_disk(disk);
        }
        if let Some(nvram) = &definition.nvram {
            self.add_if_there(nvram.clone(), DeleteFileKind::Nvram);
        }
        if definition.has_tpm_state
            && let Some(folder) = tpm_state(self.ctx.uri, found.id)
        {
            self.add_if_there(folder, DeleteFileKind::TpmState);
        }
        for log in &definition.serial_logs {
            self.add_if_there(log.clone(), DeleteFileKind::SerialLog);
        }
    }

    /// Where nothing else is known.
    fn add_made_files(&mut self) {
        for path in self.made_files.clone() {
            self.add_if_there(path, DeleteFileKind::Disk);
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
        let written_to = path.clone();
        for path in std::iter::once(path).chain(below) {
            let is_made = self.made_files.contains(&real_path(&path));
            let kind = if is_made {
                DeleteFileKind::Disk
            } else {
                DeleteFileKind::ImportedDisk
            };
            self.add(path, kind, is_made && !disk.is_shareable);
        }
        // Internal snapshots are in the image that is written to, never in those that it stands on.
        if disk.format == DiskFormat::Qcow2
            && let Some(file) = self.files.iter_mut().find(|file| file.path == written_to)
        {
            file.holds_snapshots = true;
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
            holds_snapshots: false,
        });
    }
}

fn size_on_disk(ctx: &Context<'_>, path: &Path) -> Option<u64> {
    if is_local(ctx.uri) {
        return local_size(path);
    }
    let text = path.to_str()?;
    let volume = ctx.connection.lookup_storage_vol_by_path(text).ok()?;
    volume.info().ok().map(|info| info.allocation)
}

/// Sparse files hold less than their length. Of a folder: what is in it.
fn local_size(path: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = std::fs::metadata(path).ok()?;
    if !metadata.is_dir() {
        return Some(metadata.blocks() * 512);
    }
    std::fs::read_dir(path)
        .ok()?
        .map(|entry| entry.ok().filter(|entry| !entry.path().is_symlink()))
        .map(|entry| local_size(&entry?.path()))
        .sum()
}

/// libvirt does not tell where it keeps the state: a session's is in its configuration folder.
fn saved_state(uri: &str, name: &str) -> Option<PathBuf> {
    let file = format!("{name}.save");
    if !uri.starts_with("qemu") {
        return None;
    }
    if !is_session(uri) {
        return Some(Path::new(SYSTEM_SAVE_FOLDER).join(file));
    }
    let below = Path::new("libvirt/qemu/save").join(file);
    if !is_local(uri) {
        // Nobody here knows where that user's home is; libvirt removes it there.
        return Some(Path::new("~/.config").join(below));
    }
    config_folders(uri)
        .into_iter()
        .map(|folder| folder.join(&below))
        .find(|path| path.is_file())
}

/// Where the emulated TPM keeps what it must never lose, such as the keys of an encrypted disk.
fn tpm_state(uri: &str, id: MachineId) -> Option<PathBuf> {
    let folder = id.to_string();
    if !uri.starts_with("qemu") {
        return None;
    }
    if !is_session(uri) {
        return Some(Path::new(SYSTEM_TPM_FOLDER).join(folder));
    }
    let below = Path::new("libvirt/qemu/swtpm").join(folder);
    if !is_local(uri) {
        return Some(Path::new("~/.config").join(below));
    }
    config_folders(uri)
        .into_iter()
        .map(|folder| folder.join(&below))
        .find(|path| path.is_dir())
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

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn the_tpms_state_of_a_private_daemon_is_found_and_sized_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let id: MachineId = "11111111-2222-3333-4444-555555555555".parse().unwrap();
        let state = folder.path().join(format!("cfg/libvirt/qemu/swtpm/{id}"));
        std::fs::create_dir_all(state.join("tpm2")).unwrap();
        std::fs::write(state.join("tpm2/tpm2-00.permall"), [1; 6000]).unwrap();
        let uri = format!(
            "qemu:///session?socket={}/run/libvirt/libvirt-sock",
            folder.path().display()
        );
        assert_eq!(tpm_state(&uri, id), Some(state.clone()));
        assert!(local_size(&state).unwrap() >= 6000);
        let system = tpm_state("qemu:///system", id).unwrap();
        assert!(system.starts_with(SYSTEM_TPM_FOLDER), "{system:?}");
    }
}
