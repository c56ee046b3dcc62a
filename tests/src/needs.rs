//! What a test needs of the computer, and what happens where it is missing.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::session::cache_folder;

/// The files of a Linux guest.
pub struct LinuxGuest {
    pub kernel: PathBuf,
    pub initrd: PathBuf,
}

/// Something that not every computer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// libvirtd, virsh, QEMU and qemu-img.
    Libvirt,
    /// The small Linux guest, built by `scripts/build-guest`.
    LinuxGuest,
    /// The one with a graphics card, built by the same.
    DrmGuest,
    /// Debian's graphical installer, unpacked by the same.
    Installer,
    /// A program by its name.
    Program(&'static str),
}

/// `false`, with a line that says why, where something is missing; under `CI=true` that is a failure.
#[must_use]
pub fn require(needs: &[Need]) -> bool {
    let missing: Vec<&str> = needs.iter().filter_map(|need| missing(*need)).collect();
    if missing.is_empty() {
        return true;
    }
    let reason = format!("skipped: no {}", missing.join(", no "));
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{reason}");
    println!("{reason}");
    false
}

fn missing(need: Need) -> Option<&'static str> {
    let programs: &[&'static str] = match need {
        Need::Libvirt => &["libvirtd", "virsh", "qemu-system-x86_64", "qemu-img"],
        Need::LinuxGuest => return linux_guest().is_none().then_some(BUILT),
        Need::DrmGuest => return drm_guest().is_none().then_some(BUILT),
        Need::Installer => return installer().is_none().then_some(BUILT),
        Need::Program(name) => return find_program(name).is_none().then_some(name),
    };
    programs.iter().find(|name| find_program(name).is_none()).copied()
}

const BUILT: &str = "Linux guest (scripts/build-guest builds it)";

/// The small guest; built now where it is not there yet.
pub fn linux_guest() -> Option<LinuxGuest> {
    guest_in("")
}

/// The guest with a graphics card; built now where it is not there yet.
pub fn drm_guest() -> Option<LinuxGuest> {
    guest_in("drm")
}

/// Debian's installer; unpacked now where it is not there yet.
pub(crate) fn installer() -> Option<LinuxGuest> {
    guest_in("installer")
}

/// Where `scripts/build-guest` puts a guest.
fn guest_in(subfolder: &str) -> Option<LinuxGuest> {
    let folder = cache_folder().join("guest");
    let guest = LinuxGuest {
        kernel: folder.join(subfolder).join("vmlinuz"),
        initrd: folder.join(subfolder).join("initrd.gz"),
    };
    if !is_whole(&guest) {
        let script = Path::new("../scripts/build-guest");
        Command::new(script).arg(&folder).status().ok();
    }
    is_whole(&guest).then_some(guest)
}

fn is_whole(guest: &LinuxGuest) -> bool {
    guest.kernel.is_file() && guest.initrd.is_file()
}

/// Looks in PATH and in the administrators' folders.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}
