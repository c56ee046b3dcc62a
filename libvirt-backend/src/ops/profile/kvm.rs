//! Does KVM run a guest at the speed of the processor? Only a guest that counts can tell.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::super::Context;
use super::super::call::{BadXml as _, is_session};
use super::probe::{Probe, ProbeFolder};
use super::tried::Tried;
use super::{PROBE_PREFIX, tell};
use crate::boot_sector::{COUNTED, READY, kvm_proof_disk};
use crate::error::{LibvirtError, Result};
use crate::model::{AccelProof, HostProfile};
use crate::xml::{Document, XmlError};

pub(super) const DEVICE: &str = "/dev/kvm";

/// Enough for every host that is not busy, then enough for one that is.
const TRIES: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(10)];
const POLL: Duration = Duration::from_millis(10);

pub(super) fn prove(ctx: &Context<'_>, profile: &HostProfile) -> Result<Tried<AccelProof>> {
    if let Some(reason) = unavailable(ctx, profile) {
        return Ok(Tried::fact(reason));
    }
    let mut waited = Duration::ZERO;
    let mut has_died = false;
    for limit in TRIES {
        tell(ctx)?;
        let counted = count(ctx, profile, limit)?;
        // Once may have been somebody's doing.
        has_died = matches!(counted, Count::Died);
        match counted {
            Count::Done { millis } => return Ok(Tried::fact(AccelProof::Works { millis })),
            Count::Refused(refusal) => return Ok(Tried::refused(&refusal, refused(&refusal))),
            Count::Died => {}
            Count::TimedOut => waited += limit,
        }
    }
    Ok(Tried::fact(if has_died {
        AccelProof::Failed("the test guest ended before it had counted".to_owned())
    } else {
        AccelProof::TooSlow {
            waited_millis: waited.as_millis() as u64,
        }
    }))
}

pub(super) fn open_device() -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open(DEVICE)
}

/// Reasons that need no guest. A system's daemon opens the device itself, whoever this user is.
fn unavailable(ctx: &Context<'_>, profile: &HostProfile) -> Option<AccelProof> {
    match open_device() {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && is_session(ctx.uri) => {
            Some(AccelProof::NotPermitted)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some(AccelProof::Absent),
        _ if !profile.caps.offers_kvm => Some(AccelProof::Absent),
        _ => None,
    }
}

fn refused(refusal: &LibvirtError) -> AccelProof {
    if refusal.message.contains("Permission denied") {
        AccelProof::NotPermitted
    } else {
        AccelProof::Failed(refusal.message.clone())
    }
}

enum Count {
    /// Between its first word and its last.
    Done {
        millis: u64,
    },
    Refused(LibvirtError),
    Died,
    TimedOut,
}

fn count(ctx: &Context<'_>, profile: &HostProfile, limit: Duration) -> Result<Count> {
    let folder = ProbeFolder::new(ctx)?;
    let disk = folder.file("disk.img", &kvm_proof_disk())?;
    let serial = folder.file("serial.log", b"")?;
    let devices = [
        boot_disk(&disk).bad_xml(PROBE_PREFIX)?,
        serial_to(&serial).bad_xml(PROBE_PREFIX)?,
    ];
    let probe = match Probe::start(ctx, profile, "kvm", &devices, 0)? {
        Ok(probe) => probe,
        Err(refusal) => return Ok(Count::Refused(refusal)),
    };
    let begun = Instant::now();
    let mut ready = None;
    while begun.elapsed() < limit {
        // Asked before the words are read: a guest that ends has said everything by then.
        let is_alive = probe.is_alive();
        let said = std::fs::read_to_string(&serial).unwrap_or_default();
        if ready.is_none() && said.contains(READY) {
            ready = Some(Instant::now());
        }
        if said.contains(COUNTED) {
            let since = ready.unwrap_or(begun);
            return Ok(Count::Done {
                millis: since.elapsed().as_millis() as u64,
            });
        }
        if !is_alive {
            return Ok(Count::Died);
        }
        ctx.cancel.wait(POLL)?;
    }
    Ok(Count::TimedOut)
}

fn boot_disk(path: &Path) -> Result<Document, XmlError> {
    let mut disk = Document::new("disk")?;
    let root = disk.root();
    disk.set_attr(root, "type", "file")?;
    disk.set_attr(root, "device", "disk")?;
    disk.append_with(root, "driver", &[("name", "qemu"), ("type", "raw")])?;
    disk.append_with(root, "source", &[("file", &path.to_string_lossy())])?;
    disk.append_with(root, "target", &[("dev", "vda"), ("bus", "virtio")])?;
    disk.append_with(root, "readonly", &[])?;
    Ok(disk)
}

fn serial_to(path: &Path) -> Result<Document, XmlError> {
    let mut serial = Document::new("serial")?;
    let root = serial.root();
    serial.set_attr(root, "type", "file")?;
    serial.append_with(root, "source", &[("path", &path.to_string_lossy())])?;
    serial.append_with(root, "target", &[("port", "0")])?;
    Ok(serial)
}
