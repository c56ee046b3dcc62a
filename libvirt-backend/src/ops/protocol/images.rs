//! New, empty images for the disks of an edit: looked at before anything is changed, made right before the definition,
//! and taken back where that fails.

use std::path::PathBuf;

use virt::storage_vol::StorageVol;

use super::super::call::{Found, is_local};
use super::super::journal::{self, Entry, Record};
use super::super::medium::refused;
use super::super::{Context, storage};
use crate::command::JobStep;
use crate::defaults::image_size_problem;
use crate::error::{Error, InputProblem, MediumProblem, Result};
use crate::xml::Document;
use crate::xml::metadata::{Note, metadata_of_domain};
use crate::xml::property::change::Change;
use crate::xml::property::edit::NewImage;

/// Each is the image of a disk, can be made where it is to be, and takes no file's place.
pub(super) fn check(ctx: &Context<'_>, images: &[NewImage], wanted: &Document) -> Result<()> {
    for image in images {
        if let Some(problem) = image_size_problem(image.capacity_bytes) {
            return Err(Error::InvalidInput(problem));
        }
        let (Some(folder), Some(name), true) = (image.path.parent(), image.path.file_name(), image.path.is_absolute())
        else {
            return Err(refused(&image.path, MediumProblem::NotAbsolute));
        };
        if !is_of_disk(image, wanted) {
            return Err(Error::InvalidInput(InputProblem::ImageOfNoDisk));
        }
        let place = storage::in_folder(ctx, folder)?;
        let is_known = place.as_ref().zip(name.to_str()).is_some_and(|(place, name)| {
            // A name with a NUL is no file's.
            !name.contains('\0') && place.pool.lookup_storage_vol_by_name(name).is_ok()
        });
        if is_known || (is_local(ctx.uri) && image.path.symlink_metadata().is_ok()) {
            return Err(refused(&image.path, MediumProblem::AlreadyThere));
        }
        storage::check_room(ctx, place.as_ref(), folder, image.capacity_bytes)?;
    }
    Ok(())
}

/// libvirt never guesses a format: another one than the image's would make nothing of it.
fn is_of_disk(image: &NewImage, wanted: &Document) -> bool {
    let disks = wanted.find_all(wanted.root(), "devices/disk");
    disks.into_iter().any(|disk| {
        let says = |path, name, value: &str| wanted.attr_at(disk, path, name).is_some_and(|found| found == value);
        image.path.to_str().is_some_and(|path| says("source", "file", path)) && says("driver", "type", "qcow2")
    })
}

/// What was made for a machine is written down in it: deleting it offers these files.
pub(super) fn note(images: &[NewImage], before: &str) -> Option<Change> {
    let domain = Document::parse_as(before, "domain")
        .ok()
        .filter(|_| !images.is_empty())?;
    let mut files = metadata_of_domain(&domain).made_files;
    let new = images.iter().map(|image| &image.path);
    let new: Vec<PathBuf> = new.filter(|path| !files.contains(path)).cloned().collect();
    files.extend(new);
    Some(Change::Note(Note::MadeFiles(files)))
}

/// Images that were made. Dropped before they are kept, they go again, unless the machine has one of them by then.
pub(super) struct Made<'a> {
    found: &'a Found,
    entry: Option<Entry>,
    volumes: Vec<(StorageVol, PathBuf)>,
    is_kept: bool,
}

impl<'a> Made<'a> {
    /// `check` has found nothing against them.
    pub(super) fn new(ctx: &Context<'_>, found: &'a Found, images: &[NewImage]) -> Result<Self> {
        let mut made = Self {
            found,
            entry: None,
            volumes: Vec::new(),
            is_kept: false,
        };
        if images.is_empty() {
            return Ok(made);
        }
        let files = images.iter().map(|image| image.path.clone()).collect();
        let record = Record::new(ctx.uri, &found.name, files);
        made.entry = Some(journal::begin(&ctx.paths.state_folder, &record)?);
        for image in images {
            ctx.cancellable_step(JobStep::CreatingDisk)?;
            let volume = storage::make_image(ctx, &image.path, image.capacity_bytes)?;
            made.volumes.push((volume, image.path.clone()));
        }
        Ok(made)
    }

    /// The machine has them.
    pub(super) const fn keep(&mut self) {
        self.is_kept = true;
    }

    /// True: nothing is left of them.
    fn take_back(&self) -> bool {
        if self.volumes.is_empty() {
            return true;
        }
        // Also where the machine cannot be asked.
        let is_unused = |path: &PathBuf| {
            let texts = [self.found.inactive_xml(), self.found.live_xml()];
            let [Ok(inactive), live] = texts else { return false };
            let live = if self.found.is_active().unwrap_or(true) {
                live.ok()
            } else {
                Some(String::new())
            };
            live.is_some_and(|live| !has_file(&inactive, path) && !has_file(&live, path))
        };
        let mut is_clean = true;
        for (volume, path) in &self.volumes {
            let gone = is_unused(path).then(|| volume.delete(0));
            if !matches!(gone, Some(Ok(()))) {
                tracing::warn!(path = %path.display(), ?gone, "a new image was not taken back");
                is_clean = false;
            }
        }
        is_clean
    }
}

impl Drop for Made<'_> {
    fn drop(&mut self) {
        if (self.is_kept || self.take_back())
            && let Some(entry) = self.entry.take()
        {
            entry.done();
        }
        // Else the entry stays, and what no machine uses is shown as a leftover.
    }
}

/// Does a disk of this machine name it? What cannot be read may.
fn has_file(xml: &str, path: &std::path::Path) -> bool {
    if xml.is_empty() {
        return false;
    }
    let Ok(domain) = Document::parse_as(xml, "domain") else {
        return true;
    };
    let disks = domain.find_all(domain.root(), "devices/disk");
    disks.into_iter().any(|disk| {
        domain
            .attr_at(disk, "source", "file")
            .is_some_and(|file| path.to_str() == Some(&*file))
    })
}
