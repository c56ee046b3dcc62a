//! Which machine uses which file: asked before a disk is imported and before one is deleted.

use std::fs::File;
use std::path::{Path, PathBuf};

use virt::sys;

use super::call::{BadXml as _, Failed as _, Found, find, has_code, is_local};
use super::delete_plan::made_files;
use super::medium::real_path;
use super::{Context, qcow2};
use crate::error::{Error, Result, Verb};
use crate::ffi::Dom;
use crate::guard::Denied;
use crate::model::{Definition, Disk, DiskDevice, DiskSource, MachineId};
use crate::xml::domain::{DomainFacts, definition_from_xml};

/// Images standing on one another: more than this is a loop.
const MAX_CHAIN: usize = 64;

/// A file with the machine that needs it.
pub(super) struct FileUse {
    pub(super) machine: MachineId,
    pub(super) machine_name: String,
    /// Where it really is.
    pub(super) path: PathBuf,
    /// A disk or what a disk stands on; otherwise a disc or UEFI's variables.
    pub(super) is_disk: bool,
}

/// Every file of every machine, as far as each can be asked.
#[derive(Default)]
pub(super) struct Uses {
    pub(super) files: Vec<FileUse>,
    /// Machines of which only the files are known that Berth made for them: their QEMU hangs, or their XML makes no
    /// sense. They must not keep the others from being deleted or made.
    pub(super) unread: Vec<String>,
}

/// What the model does not know yet is read from libvirt.
pub(super) fn all_uses(ctx: &Context<'_>) -> Result<Uses> {
    let domains = ctx.connection.list_all_domains(0).failed(Verb::ListDomains, ctx.uri)?;
    let mut uses = Uses::default();
    for domain in domains {
        let Ok(domain) = Dom::new(domain) else { continue };
        let id = domain.id();
        let known = ctx.model.machine(id).map(|machine| &machine.definition);
        match known.filter(|definition| definition.is_complete) {
            Some(definition) => add_uses(ctx, id, definition, &mut uses.files),
            None => match find(ctx, id) {
                Ok(found) => add_read_uses(ctx, &found, &mut uses)?,
                // It went away between the two calls.
                Err(Error::NoSuchMachine(_)) => {}
                Err(error) => return Err(error),
            },
        }
    }
    Ok(uses)
}

fn add_read_uses(ctx: &Context<'_>, found: &Found, uses: &mut Uses) -> Result<()> {
    match read_definition(ctx, found) {
        Ok(definition) => {
            add_uses(ctx, found.id, &definition, &mut uses.files);
            return Ok(());
        }
        Err(Error::Cancelled) => return Err(Error::Cancelled),
        Err(error) if has_code(&error, sys::VIR_ERR_NO_DOMAIN) => return Ok(()),
        Err(error) => tracing::warn!(machine = %found.name, %error, "its files are not known"),
    }
    uses.unread.push(found.name.clone());
    for path in made_files(found).unwrap_or_default() {
        uses.files.push(FileUse {
            machine: found.id,
            machine_name: found.name.clone(),
            path,
            is_disk: true,
        });
    }
    Ok(())
}

fn read_definition(ctx: &Context<'_>, found: &Found) -> Result<Definition> {
    if !found.answers(ctx)? {
        return Err(Error::Denied(Denied::NotResponding));
    }
    definition_from_xml(&found.inactive_xml()?, DomainFacts::default()).bad_xml(&found.name)
}

fn add_uses(ctx: &Context<'_>, id: MachineId, definition: &Definition, uses: &mut Vec<FileUse>) {
    let mut add = |path: &Path, is_disk| {
        uses.push(FileUse {
            machine: id,
            machine_name: definition.name.clone(),
            path: real_path(path),
            is_disk,
        });
    };
    for disk in &definition.disks {
        let Some(path) = file_of(ctx, disk) else { continue };
        let is_disk = matches!(disk.device, DiskDevice::Disk | DiskDevice::Lun);
        add(&path, is_disk);
        if is_disk && is_local(ctx.uri) {
            for base in bases(&path) {
                add(&base, true);
            }
        }
    }
    if let Some(nvram) = &definition.nvram {
        add(nvram, false);
    }
}

/// The file or block device behind a disk, where it has one.
pub(super) fn file_of(ctx: &Context<'_>, disk: &Disk) -> Option<PathBuf> {
    match &disk.source {
        DiskSource::File(path) | DiskSource::Block(path) => Some(path.clone()),
        DiskSource::Volume { pool, volume } => {
            let pool = ctx.connection.lookup_storage_pool_by_name(pool).ok()?;
            let volume = pool.lookup_storage_vol_by_name(volume).ok()?;
            volume.path().ok().map(PathBuf::from)
        }
        DiskSource::Empty | DiskSource::Other(_) => None,
    }
}

/// The files that this image stands on, nearest first.
pub(super) fn bases(image: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    let mut at = image.to_owned();
    while found.len() < MAX_CHAIN {
        let Some(base) = base_of(&at).filter(|base| !found.contains(base)) else {
            break;
        };
        found.push(base.clone());
        at = base;
    }
    found
}

fn base_of(image: &Path) -> Option<PathBuf> {
    if !std::fs::metadata(image).ok()?.is_file() {
        return None;
    }
    let name = qcow2::read_header(&File::open(image).ok()?).ok()?.backing?;
    // `nbd://…`, `json:…`: not a file. A colon after the first slash is part of a file's name.
    let is_protocol = name
        .to_string_lossy()
        .split('/')
        .next()
        .is_some_and(|first| first.contains(':'));
    if is_protocol {
        return None;
    }
    Some(image.parent()?.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image_on(folder: &Path, name: &str, base: &str) {
        let mut raw = qcow2::tests::image();
        raw[8..16].copy_from_slice(&200_u64.to_be_bytes());
        raw[16..20].copy_from_slice(&(base.len() as u32).to_be_bytes());
        raw[200..200 + base.len()].copy_from_slice(base.as_bytes());
        std::fs::write(folder.join(name), raw).unwrap();
    }

    #[test]
    fn a_chain_of_images_is_followed_and_a_loop_ends() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        image_on(at, "top", "middle");
        image_on(at, "middle", at.join("bottom").to_str().unwrap());
        std::fs::write(at.join("bottom"), qcow2::tests::image()).unwrap();
        assert_eq!(bases(&at.join("top")), [at.join("middle"), at.join("bottom")]);
        image_on(at, "bottom", "top");
        assert_eq!(bases(&at.join("top")).len(), 3);
        image_on(at, "remote", "nbd://host/x");
        assert!(bases(&at.join("remote")).is_empty());
    }
}
