//! Real QEMUs for the tests inside this crate: what they need, and a tiny machine without an operating system.

use std::path::Path;

use crate::boot_sector::{Mood, interactive};
use crate::ffi::{Conn, Dom};

pub(crate) fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into()])
        .any(|folder| folder.join(program).is_file())
}

/// `false`, with a line that says why, where something is missing; under `CI=true` that is a failure.
#[must_use]
pub(crate) fn are_possible() -> bool {
    let missing = ["libvirtd", "qemu-system-x86_64"]
        .into_iter()
        .find(|program| !is_installed(program));
    if let Some(program) = missing {
        let reason = format!("skipped: {program} not installed");
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{reason}");
        println!("{reason}");
    }
    missing.is_none()
}

/// Starts a transient machine of 32 MiB whose disk lies in `folder`.
pub(crate) fn start(connection: &Conn, folder: &Path, name: &str, mood: Mood) -> Dom {
    let disk = folder.join(format!("{name}.img"));
    std::fs::write(&disk, interactive(mood)).unwrap();
    let xml = format!(
        "<domain type='qemu'><name>{name}</name><memory unit='MiB'>32</memory><vcpu>1</vcpu>\
         <os><type arch='x86_64' machine='pc'>hvm</type></os><devices>\
         <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{}'/>\
         <target dev='hda' bus='ide'/></disk><graphics type='vnc'><listen type='none'/></graphics>\
         <video><model type='vga'/></video></devices></domain>",
        disk.display()
    );
    Dom::new(connection.create_domain_xml(&xml, 0).unwrap()).unwrap()
}
