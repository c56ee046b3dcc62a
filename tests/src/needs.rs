//! What a test needs of the computer, and what happens where it is missing.

use std::path::{Path, PathBuf};

/// Something that not every computer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// libvirtd, virsh, QEMU and qemu-img.
    Libvirt,
    /// The packages' tools that the Linux guest is built with.
    LinuxGuest,
    /// A program by its name.
    Program(&'static str),
}

/// `false`, with a line that says why, where something is missing; under `CI=true` that is a failure.
#[must_use]
pub fn require(needs: &[Need]) -> bool {
    let missing: Vec<&str> = needs
        .iter()
        .flat_map(|need| programs(*need))
        .filter(|program| find_program(program).is_none())
        .collect();
    if missing.is_empty() {
        return true;
    }
    let reason = format!("skipped: {} not installed", missing.join(", "));
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{reason}");
    println!("{reason}");
    false
}

fn programs(need: Need) -> Vec<&'static str> {
    match need {
        Need::Libvirt => vec!["libvirtd", "virsh", "qemu-system-x86_64", "qemu-img"],
        Need::LinuxGuest => vec!["apt-get", "dpkg-deb", "cpio", "depmod", "modprobe", "gzip"],
        Need::Program(name) => vec![name],
    }
}

/// Looks in PATH and in the administrators' folders.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin"].map(PathBuf::from))
        .map(|folder: PathBuf| folder.join(name))
        .find(|file: &PathBuf| Path::is_file(file))
}
