//! The sample machines of a demonstration: disks with a guest of ours on them.
//!
//! They are ordinary qcow2 images, so that everything Berth can do with a machine works on them, snapshots included.
//! Machines are made of them by the ordinary command, as imported disks.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::SessionError;
use super::daemon::find_program;
use crate::boot_sector::{Mood, interactive};

/// A disk that is ready to start from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// A name for the machine.
    pub name: &'static str,
    pub disk: PathBuf,
    /// What such a guest can do with; it needs no more than this.
    pub memory_kib: u64,
}

/// Names of the sample machines and what their guests do unasked.
const SAMPLES: [(&str, Mood); 2] = [("lighthouse", Mood::Busy { phase: 0 }), ("quay", Mood::Calm)];
const MEMORY_KIB: u64 = 64 * 1024;

/// Writes the disks of the sample machines into `folder`, which must exist. Existing ones are kept as they are.
pub fn prepare(folder: &Path) -> Result<Vec<Sample>, SessionError> {
    SAMPLES
        .iter()
        .map(|(name, mood)| {
            let disk = folder.join(format!("{name}.qcow2"));
            if !disk.exists() {
                write_qcow2(&interactive(*mood), &disk)?;
            }
            Ok(Sample {
                name,
                disk,
                memory_kib: MEMORY_KIB,
            })
        })
        .collect()
}

/// Makes a qcow2 image of raw bytes, by qemu-img. Blocks.
pub fn write_qcow2(raw: &[u8], target: &Path) -> Result<(), SessionError> {
    const PROGRAM: &str = "qemu-img";
    let folder = target.parent().unwrap_or_else(|| Path::new("."));
    let mut source = tempfile::NamedTempFile::new_in(folder).map_err(|error| SessionError::folder(folder, error))?;
    source
        .write_all(raw)
        .map_err(|error| SessionError::folder(source.path(), error))?;
    let program = find_program(PROGRAM).unwrap_or_else(|| PathBuf::from(PROGRAM));
    let output = Command::new(program)
        .args(["convert", "-f", "raw", "-O", "qcow2", "--"])
        .arg(source.path())
        .arg(target)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| SessionError::Spawn {
            program: PROGRAM.to_owned(),
            source: error.into(),
        })?;
    if output.status.success() {
        Ok(())
    } else {
        Err(SessionError::Program {
            program: PROGRAM.to_owned(),
            message: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_qcow2_images_and_are_not_written_twice() {
        if find_program("qemu-img").is_none() {
            println!("skipped: qemu-img not installed");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let samples = prepare(folder.path()).unwrap();
        for sample in &samples {
            let head = std::fs::read(&sample.disk).unwrap();
            assert_eq!(&head[..4], b"QFI\xfb", "{}", sample.name);
            std::fs::write(&sample.disk, "used").unwrap();
        }
        assert_eq!(prepare(folder.path()).unwrap(), samples);
        assert_eq!(std::fs::read_to_string(&samples[0].disk).unwrap(), "used");
        // Nothing but the disks stays.
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), samples.len());
    }

    #[test]
    fn a_target_that_cannot_be_written_is_told_in_words() {
        let error = write_qcow2(b"x", Path::new("/no such folder/disk.qcow2")).unwrap_err();
        assert!(error.to_string().contains("no such folder"), "{error}");
    }
}
