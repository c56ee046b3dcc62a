//! May this file be a machine's disc or disk? What it is, and why not.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom};
use std::os::unix::fs::{FileExt as _, FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::call::{BadXml as _, is_local, is_session};
use super::files::refresh_pool_of;
use super::{Context, qcow2, qemu_user};
use crate::command::{JobStep, MediumKind, MediumReport, Outcome};
use crate::error::{Error, MediumProblem, Result};
use crate::xml::storage::{VolumeDetails, volume_from_xml};

const SECTOR: u64 = 2048;
/// Where ISO 9660's and UDF's descriptors begin.
const DESCRIPTORS_AT: u64 = 16 * SECTOR;
/// Discs copied from a drive may lack the run-out sectors at the end.
const RUN_OUT: u64 = 16 * SECTOR;

/// `Query::CheckMedium`.
pub(crate) fn check_medium(ctx: &Context<'_>, path: &Path) -> Result<Outcome> {
    ctx.step(JobStep::Checking);
    inspect(ctx, path).map(Outcome::Medium)
}

/// What the file is. Of another computer's files its storage pools tell, as far as they have them.
pub(super) fn inspect(ctx: &Context<'_>, path: &Path) -> Result<MediumReport> {
    if !is_local(ctx.uri) {
        return remote_report(ctx, path);
    }
    let report = report(path).map_err(|problem| refused(path, problem))?;
    if !is_session(ctx.uri) && !qemu_user::can_reach(path) {
        return Err(refused(path, MediumProblem::UnreadableForQemu));
    }
    Ok(report)
}

fn remote_report(ctx: &Context<'_>, path: &Path) -> Result<MediumReport> {
    let report = |kind, size_bytes, capacity_bytes| MediumReport {
        path: path.to_owned(),
        kind,
        size_bytes,
        capacity_bytes,
    };
    let Some(volume) = volume(ctx, path)? else {
        return Ok(report(MediumKind::Unchecked, 0, 0));
    };
    if volume.backing_path.is_some() {
        return Err(refused(path, MediumProblem::HasBackingFile));
    }
    let kind = match volume.format.as_deref() {
        Some("qcow2") => MediumKind::Qcow2,
        Some("iso") => MediumKind::Iso,
        _ if has_extension(path, "iso") => MediumKind::Iso,
        _ => MediumKind::Raw,
    };
    let size_bytes = match kind {
        MediumKind::Qcow2 => volume.allocation_bytes,
        _ => volume.capacity_bytes,
    };
    Ok(report(kind, size_bytes, volume.capacity_bytes))
}

/// The volume at this path. A file that has just been put there is found too.
pub(super) fn volume(ctx: &Context<'_>, path: &Path) -> Result<Option<VolumeDetails>> {
    let text = path.to_str().filter(|text| !text.contains('\0') && path.is_absolute());
    let text = text.ok_or_else(|| refused(path, MediumProblem::NotAbsolute))?;
    let look = || {
        let found = ctx.connection.lookup_storage_vol_by_path(text);
        found.and_then(|volume| volume.xml_desc(0))
    };
    let xml = look().or_else(|_| {
        refresh_pool_of(ctx, path);
        look()
    });
    match xml {
        Ok(xml) => volume_from_xml(&xml).bad_xml(text).map(Some),
        Err(_) => Ok(None),
    }
}

pub(super) fn refused(path: &Path, problem: MediumProblem) -> Error {
    Error::Medium {
        path: path.to_owned(),
        problem,
    }
}

fn report(path: &Path) -> Result<MediumReport, MediumProblem> {
    if !path.is_absolute() {
        return Err(MediumProblem::NotAbsolute);
    }
    let (file, size_bytes) = open(path)?;
    let mut head = [0_u8; 4];
    let num_read = file.read_at(&mut head, 0).map_err(|error| problem_from_io(&error))?;
    let is_qcow2 = num_read == head.len() && head == qcow2::MAGIC;
    let (kind, capacity_bytes) = if is_qcow2 || has_extension(path, "qcow2") {
        (MediumKind::Qcow2, qcow2_capacity(&file)?)
    } else if is_disc(path, &file, size_bytes)? {
        (MediumKind::Iso, size_bytes)
    } else {
        (MediumKind::Raw, size_bytes)
    };
    Ok(MediumReport {
        path: path.to_owned(),
        kind,
        size_bytes,
        capacity_bytes,
    })
}

/// The file and its length, which a block device does not tell in its metadata.
fn open(path: &Path) -> Result<(File, u64), MediumProblem> {
    let kind = std::fs::metadata(path)
        .map_err(|error| problem_from_io(&error))?
        .file_type();
    if kind.is_dir() {
        return Err(MediumProblem::IsFolder);
    }
    if !kind.is_file() && !kind.is_block_device() {
        return Err(MediumProblem::NotAFile);
    }
    // The kind may change between the two calls: a pipe must not block this thread.
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let mut file = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)
        .map_err(|error| problem_from_io(&error))?;
    let size_bytes = file.seek(SeekFrom::End(0)).map_err(|error| problem_from_io(&error))?;
    if size_bytes == 0 {
        return Err(MediumProblem::Empty);
    }
    Ok((file, size_bytes))
}

fn problem_from_io(error: &io::Error) -> MediumProblem {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidInput => MediumProblem::Missing,
        _ => MediumProblem::Unreadable,
    }
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}

fn qcow2_capacity(file: &File) -> Result<u64, MediumProblem> {
    let header = qcow2::check(file).map_err(|problem| match problem {
        qcow2::Problem::Damaged => MediumProblem::DamagedQcow2,
        qcow2::Problem::Io(error) => problem_from_io(&error),
    })?;
    if header.backing.is_some() || header.has_data_file {
        return Err(MediumProblem::HasBackingFile);
    }
    Ok(header.capacity_bytes)
}

/// An ISO 9660 or UDF image; one that is shorter than it says of itself is refused.
fn is_disc(path: &Path, file: &File, size_bytes: u64) -> Result<bool, MediumProblem> {
    if size_bytes < DESCRIPTORS_AT + SECTOR {
        let is_meant_as_disc = has_extension(path, "iso");
        return if is_meant_as_disc {
            Err(MediumProblem::Truncated)
        } else {
            Ok(false)
        };
    }
    for index in 0..16 {
        let at = DESCRIPTORS_AT + index * SECTOR;
        let mut sector = [0_u8; SECTOR as usize];
        if at + SECTOR > size_bytes || file.read_exact_at(&mut sector, at).is_err() {
            break;
        }
        match (&sector[1..6], sector[0]) {
            (b"CD001", 1) => return check_disc_length(&sector, size_bytes).map(|()| true),
            (b"CD001", 255) | (b"NSR02" | b"NSR03", _) => return Ok(true),
            (b"CD001" | b"BEA01" | b"BOOT2", _) => {}
            _ => break,
        }
    }
    Ok(false)
}

/// The primary volume descriptor: blocks at 80, bytes a block at 128, both little-endian first.
fn check_disc_length(descriptor: &[u8; SECTOR as usize], size_bytes: u64) -> Result<(), MediumProblem> {
    let blocks = u32::from_le_bytes([descriptor[80], descriptor[81], descriptor[82], descriptor[83]]);
    let block_bytes = u16::from_le_bytes([descriptor[128], descriptor[129]]);
    let says = u64::from(blocks) * u64::from(block_bytes);
    if says > size_bytes + RUN_OUT {
        Err(MediumProblem::Truncated)
    } else {
        Ok(())
    }
}

/// Where a path really leads, for comparing; itself where it leads nowhere.
pub(super) fn real_path(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An ISO 9660 image that says it has so many blocks.
    pub(in super::super) fn disc(says_blocks: u32, has_blocks: usize) -> Vec<u8> {
        let mut raw = vec![0_u8; has_blocks * SECTOR as usize];
        let at = DESCRIPTORS_AT as usize;
        raw[at] = 1;
        raw[at + 1..at + 6].copy_from_slice(b"CD001");
        raw[at + 80..at + 84].copy_from_slice(&says_blocks.to_le_bytes());
        raw[at + 128..at + 130].copy_from_slice(&2048_u16.to_le_bytes());
        raw
    }

    fn check(name: &str, content: &[u8]) -> Result<MediumKind, MediumProblem> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        report(&path).map(|report| report.kind)
    }

    #[test]
    fn a_file_is_known_by_its_content() {
        assert_eq!(check("a.img", &disc(100, 100)), Ok(MediumKind::Iso));
        assert_eq!(check("a.iso", &qcow2::tests::image()), Ok(MediumKind::Qcow2));
        assert_eq!(check("a", &[7; 512]), Ok(MediumKind::Raw));
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_its_reason() {
        assert_eq!(check("a.iso", &disc(1000, 500)), Err(MediumProblem::Truncated));
        assert_eq!(check("a.iso", &[0; 512]), Err(MediumProblem::Truncated));
        assert_eq!(check("a.qcow2", b"not at all"), Err(MediumProblem::DamagedQcow2));
        assert_eq!(
            check("a.img", &qcow2::tests::image()[..80_000]),
            Err(MediumProblem::DamagedQcow2)
        );
        assert_eq!(check("a.img", b""), Err(MediumProblem::Empty));
    }

    #[test]
    fn a_disc_without_its_run_out_sectors_is_fine() {
        assert_eq!(check("a.iso", &disc(102, 100)), Ok(MediumKind::Iso));
    }

    #[test]
    fn paths_that_are_no_file_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        let problem = |path: &Path| report(path).unwrap_err();
        assert_eq!(problem(folder.path()), MediumProblem::IsFolder);
        assert_eq!(problem(&folder.path().join("absent")), MediumProblem::Missing);
        assert_eq!(problem(&pipe), MediumProblem::NotAFile);
        assert_eq!(problem(Path::new("relative.iso")), MediumProblem::NotAbsolute);
        assert_eq!(problem(Path::new("/a\0b")), MediumProblem::Missing);
    }

    #[test]
    fn files_of_another_computer_are_those_that_its_pools_have() {
        let host = super::super::test_host::TestHost::new();
        let xml = crate::xml::storage::dir_pool_xml("images", Path::new("/srv/images")).unwrap();
        let pool = host.connection.define_storage_pool_xml(&xml, 0).unwrap();
        pool.build(0).unwrap();
        pool.create(0).unwrap();
        let xml = crate::xml::storage::qcow2_volume_xml("a.qcow2", 5 << 30).unwrap();
        virt::storage_vol::StorageVol::create_xml(&pool, &xml, 0).unwrap();
        let kind = |path: &str| host.run(|ctx| inspect(ctx, Path::new(path))).map(|report| report.kind);
        assert_eq!(kind("/srv/images/a.qcow2"), Ok(MediumKind::Qcow2));
        assert_eq!(kind("/srv/elsewhere.iso"), Ok(MediumKind::Unchecked));
        // There is such a file on this computer, and that is not the one that is meant.
        assert_eq!(kind("/etc/passwd"), Ok(MediumKind::Unchecked));
        assert!(kind("relative.iso").is_err());
    }
}
