//! libvirt's probes of QEMU, kept between sessions.
//!
//! Probing takes a new daemon some 4 to 8 s. libvirt checks each file against the QEMU it describes and probes again
//! where they differ, so an outdated one costs time and nothing else. They are kept for each user and each QEMU.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::daemon;

const IN_SESSION: &str = "cache/libvirt/qemu/cache/capabilities";

/// Copies what is known into a new session.
pub(super) fn seed(cache_folder: &Path, session_folder: &Path) {
    if let Some(kept) = kept_folder(cache_folder)
        && let Err(error) = copy_missing(&kept, &session_folder.join(IN_SESSION))
    {
        tracing::debug!(%error, "no probes of QEMU to start from");
    }
}

/// Copies what a session found out back.
pub(super) fn remember(cache_folder: &Path, session_folder: &Path) {
    if let Some(kept) = kept_folder(cache_folder)
        && let Err(error) = copy_missing(&session_folder.join(IN_SESSION), &kept)
    {
        tracing::debug!(%error, "the probes of QEMU were not kept");
    }
}

fn kept_folder(cache_folder: &Path) -> Option<PathBuf> {
    let changed = daemon::qemu()?.metadata().ok()?.mtime();
    let user = rustix::process::geteuid().as_raw();
    Some(cache_folder.join(format!("qemu-probes-{user}-{changed}")))
}

fn copy_missing(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let source = entry?.path();
        let Some(name) = source.file_name() else { continue };
        let target = to.join(name);
        if source.extension().is_some_and(|extension| extension == "xml") && !target.exists() {
            // Several sessions may end at once: each file appears whole or not at all.
            let mut temporary = tempfile::NamedTempFile::new_in(to)?;
            io::copy(&mut std::fs::File::open(&source)?, &mut temporary)?;
            temporary.persist(&target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_probes_are_copied_and_none_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        std::fs::create_dir_all(&from).unwrap();
        std::fs::create_dir_all(&to).unwrap();
        std::fs::write(from.join("a.xml"), "new").unwrap();
        std::fs::write(from.join("b.xml"), "probe").unwrap();
        std::fs::write(from.join("note.txt"), "no").unwrap();
        std::fs::write(to.join("a.xml"), "old").unwrap();
        copy_missing(&from, &to).unwrap();
        assert_eq!(std::fs::read_to_string(to.join("a.xml")).unwrap(), "old");
        assert_eq!(std::fs::read_to_string(to.join("b.xml")).unwrap(), "probe");
        assert_eq!(std::fs::read_dir(&to).unwrap().count(), 2);
    }
}
