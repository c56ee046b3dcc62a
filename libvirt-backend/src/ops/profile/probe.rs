//! A tiny transient guest that is gone whatever happens: with this value, with the connection, with the process.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use virt::domain::Domain;
use virt::sys;

use super::super::Context;
use super::super::call::{BadXml as _, Failed as _, is_session};
use super::PROBE_PREFIX;
use super::tried::is_lost;
use crate::error::{Error, FileVerb, LibvirtError, Result, Verb};
use crate::model::HostProfile;
use crate::xml::{Document, XmlError};

/// What every probe is: no network, no display, nothing that takes time to set up.
const SKELETON: &str = "<domain>
  <name/>
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os>
    <type machine='q35'>hvm</type>
  </os>
  <features>
    <acpi/>
  </features>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>destroy</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
  </devices>
</domain>
";

pub(super) struct Probe {
    domain: Domain,
}

impl Probe {
    /// Starts a guest of `kind` (`kvm`, `qemu`) with `devices` (elements). The inner error is libvirt's refusal, which
    /// is what a probe is there to find out.
    pub(super) fn start(
        ctx: &Context<'_>,
        profile: &HostProfile,
        kind: &str,
        devices: &[Document],
        flags: sys::virDomainCreateFlags,
    ) -> Result<Result<Self, LibvirtError>> {
        let xml = probe_xml(profile, kind, devices).bad_xml(PROBE_PREFIX)?;
        // The daemon itself ends it when this connection closes, also when Berth is killed.
        let flags = flags | sys::VIR_DOMAIN_START_AUTODESTROY;
        let started = ctx.connection.create_domain_xml(&xml, flags);
        match started.map_err(LibvirtError::from) {
            Ok(domain) => Ok(Ok(Self { domain })),
            // Nobody answered, so nothing was found out.
            Err(lost) if is_lost(&lost) => Err(lost).failed(Verb::ReadCapabilities, ctx.uri),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// It has not ended by itself yet.
    pub(super) fn is_alive(&self) -> bool {
        self.domain.is_active().unwrap_or(false)
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        if self.is_alive()
            && let Err(error) = self.domain.destroy()
        {
            tracing::debug!(%error, "the probe ended by itself");
        }
    }
}

fn probe_xml(profile: &HostProfile, kind: &str, devices: &[Document]) -> Result<String, XmlError> {
    let mut domain = Document::parse(SKELETON)?;
    let root = domain.root();
    domain.set_attr(root, "type", kind)?;
    let name = domain.find(root, "name").unwrap_or(root);
    domain.set_text(name, &format!("{PROBE_PREFIX}{}", uuid::Uuid::new_v4().simple()))?;
    if let Some(os_type) = domain.find(root, "os/type") {
        domain.set_attr(os_type, "arch", &profile.architecture)?;
    }
    if let Some(parent) = domain.find(root, "devices") {
        for device in devices {
            domain.insert_fragment(parent, &device.element_xml(device.root()), &[])?;
        }
    }
    Ok(domain.to_string())
}

/// Files of a probe, readable for the user that QEMU runs as; removed with this value.
pub(super) struct ProbeFolder {
    folder: tempfile::TempDir,
    is_shared: bool,
}

impl ProbeFolder {
    pub(super) fn new(ctx: &Context<'_>) -> Result<Self> {
        let is_shared = !is_session(ctx.uri);
        sweep_stale();
        let folder = tempfile::Builder::new().prefix(PROBE_PREFIX).tempdir();
        let folder = folder.map_err(|error| failed(Path::new(PROBE_PREFIX), error))?;
        let made = Self { folder, is_shared };
        if is_shared {
            made.open_to_others(made.folder.path(), 0o711)?;
        }
        Ok(made)
    }

    /// Nothing secret is ever in it.
    pub(super) fn file(&self, name: &str, content: &[u8]) -> Result<PathBuf> {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).map_err(|error| failed(&path, error))?;
        if self.is_shared {
            self.open_to_others(&path, 0o644)?;
        }
        Ok(path)
    }

    #[expect(clippy::unused_self, reason = "only a probe's own files are opened")]
    fn open_to_others(&self, path: &Path, mode: u32) -> Result<()> {
        std::fs::set_permissions(path, Permissions::from_mode(mode)).map_err(|error| failed(path, error))
    }
}

/// Far more than a probe takes.
const STALE: Duration = Duration::from_mins(2);

/// A Berth that was killed could not remove what it proved with.
fn sweep_stale() {
    if let Ok(here) = tempfile::Builder::new().prefix(PROBE_PREFIX).tempdir()
        && let Some(parent) = here.path().parent()
    {
        sweep_stale_in(parent);
    }
}

fn sweep_stale_in(parent: &Path) {
    let own = rustix::process::geteuid().as_raw();
    for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
        let is_probe = entry.file_name().to_string_lossy().starts_with(PROBE_PREFIX);
        // Of a link this is the link itself, which is no folder.
        let Ok(data) = entry.metadata() else { continue };
        let age = data.modified().ok().and_then(|time| time.elapsed().ok());
        if is_probe
            && data.is_dir()
            && data.uid() == own
            && age.is_some_and(|age| age > STALE)
            && let Err(error) = std::fs::remove_dir_all(entry.path())
        {
            tracing::warn!(path = %entry.path().display(), %error, "an old probe's folder stays");
        }
    }
}

fn failed(path: &Path, error: std::io::Error) -> Error {
    Error::File {
        verb: FileVerb::Create,
        path: path.to_owned(),
        source: error.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn folders_of_probes_that_were_killed_are_removed_and_nothing_else_is() {
        let parent = tempfile::tempdir().unwrap();
        let long_ago = SystemTime::now() - STALE * 2;
        for (name, is_old) in [("berth-probe-old", true), ("berth-probe-new", false), ("letters", true)] {
            let folder = parent.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            std::fs::write(folder.join("serial.log"), "x").unwrap();
            if is_old {
                File::open(&folder).unwrap().set_modified(long_ago).unwrap();
            }
        }
        let elsewhere = parent.path().join("letters");
        std::os::unix::fs::symlink(&elsewhere, parent.path().join("berth-probe-link")).unwrap();
        sweep_stale_in(parent.path());
        let is_there = |name: &str| parent.path().join(name).symlink_metadata().is_ok();
        assert!(!is_there("berth-probe-old"));
        for kept in ["berth-probe-new", "letters/serial.log", "berth-probe-link"] {
            assert!(is_there(kept), "{kept}");
        }
    }
}
