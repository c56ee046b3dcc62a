//! What this host can do: read from libvirt's capabilities, and proved by tiny guests where capabilities prove nothing.
//!
//! | proof | guest | because |
//! | --- | --- | --- |
//! | KVM | a boot sector that counts to 20 million | a nested or paravirtual host may offer KVM that crawls |
//! | D-Bus display | one that never boots | it is listed although its module is not installed |
//! | passt | one that never boots | a sandbox may forbid what passt needs |
//!
//! Proofs are kept in the state folder until anything that they depend on changes (see [`key`]). Only a QEMU of this
//! computer is tried: a remote one would need the boot sector's file over there, so for remote hosts and for
//! architectures without a boot sector of ours KVM stays [`AccelProof::NotTried`] and is believed where it is offered.

mod key;
mod kvm;
mod probe;
mod starts;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use self::key::Key;
use super::call::{BadXml as _, Failed as _, is_local, is_session};
use super::storage::make_private_folder;
use super::{Context, Remembered};
use crate::command::{JobStep, Outcome};
use crate::error::{Result, Verb};
use crate::model::{AccelChoice, AccelProof, DomainCaps, HostProfile, NetworkChoice, NewMachine, Proof};
use crate::xml::capabilities::{domain_caps, host_architecture};

/// Machines whose name begins so are probes: they live for a moment and are nobody's.
pub(crate) const PROBE_PREFIX: &str = "berth-probe-";

const FILE: &str = "host-proofs.json";
/// The only architecture that our boot sector speaks.
const PROVABLE: &str = "x86_64";

/// One job proves at a time; the others wait and find it proved.
static PROVING: Mutex<()> = Mutex::new(());

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Proofs {
    kvm: AccelProof,
    dbus_display: Proof,
    passt: Proof,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    key: Key,
    proofs: Proofs,
}

/// Which proofs a job needs: a machine under software emulation need not wait for KVM's.
#[derive(Clone, Copy, Debug)]
struct Needs {
    kvm: bool,
    dbus_display: bool,
    passt: bool,
}

impl Needs {
    const ALL: Self = Self {
        kvm: true,
        dbus_display: true,
        passt: true,
    };
}

/// `Query::HostProfile`.
pub(crate) fn host_profile(ctx: &Context<'_>) -> Result<Outcome> {
    profile(ctx, Needs::ALL).map(|profile| Outcome::HostProfile(Arc::new(profile)))
}

/// `Command::TestHostAgain`.
pub(crate) fn test_host_again(ctx: &Context<'_>) -> Result<Outcome> {
    Remembered::at(ctx.paths).set::<Known>(FILE, host_of(ctx.uri), None);
    host_profile(ctx)
}

/// The profile as far as this machine's plan depends on it.
pub(super) fn profile_for(ctx: &Context<'_>, new: &NewMachine) -> Result<HostProfile> {
    let needs = Needs {
        kvm: new.accel != AccelChoice::Tcg,
        dbus_display: true,
        passt: matches!(new.network, NetworkChoice::Auto | NetworkChoice::Passt),
    };
    profile(ctx, needs)
}

fn profile(ctx: &Context<'_>, needs: Needs) -> Result<HostProfile> {
    let capabilities = ctx.connection.capabilities().failed(Verb::ReadCapabilities, ctx.uri)?;
    let architecture = host_architecture(&capabilities).bad_xml(ctx.uri)?;
    let caps = read_domain_caps(ctx, &capabilities, &architecture)?;
    let node = ctx.connection.node_info().failed(Verb::ReadCapabilities, ctx.uri)?;
    let mut profile = HostProfile {
        uri: ctx.uri.to_owned(),
        is_session: is_session(ctx.uri),
        architecture,
        libvirt_version: u64::from(ctx.connection.lib_version().failed(Verb::ReadCapabilities, ctx.uri)?),
        // The driver may have no hypervisor to tell of.
        qemu_version: ctx.connection.hyp_version().map_or(0, u64::from),
        host_cpus: node.cpus,
        host_memory_bytes: node.memory.saturating_mul(1024),
        caps,
        kvm: AccelProof::NotTried,
        dbus_display: Proof::NotTried,
        passt: Proof::NotTried,
        log_folder: log_folder(ctx)?,
    };
    if is_local(ctx.uri) && profile.architecture == PROVABLE {
        let proofs = proofs(ctx, &profile, needs)?;
        profile.kvm = proofs.kvm;
        profile.dbus_display = proofs.dbus_display;
        profile.passt = proofs.passt;
    }
    Ok(profile)
}

/// What is proved holds for every private session of this user alike, wherever its socket lies.
fn host_of(uri: &str) -> &str {
    const SOCKET: &str = "?socket=";
    uri.find(SOCKET)
        .and_then(|start| uri.get(..start + SOCKET.len()))
        .unwrap_or(uri)
}

fn read_domain_caps(ctx: &Context<'_>, capabilities: &str, architecture: &str) -> Result<DomainCaps> {
    let ask = |machine| {
        ctx.connection
            .domain_capabilities(None, Some(architecture), machine, None, 0)
    };
    // Not every architecture has a q35, and the test driver has no capabilities of domains at all.
    match ask(Some("q35")).or_else(|_| ask(None)) {
        Ok(xml) => domain_caps(capabilities, &xml).bad_xml(ctx.uri),
        Err(error) => {
            tracing::info!(uri = ctx.uri, %error, "no domain capabilities");
            Ok(DomainCaps::default())
        }
    }
}

/// A session's daemon writes as this user, so it gets a folder of ours; a system's has its own.
fn log_folder(ctx: &Context<'_>) -> Result<Option<PathBuf>> {
    if !ctx.uri.starts_with("qemu") {
        return Ok(None);
    }
    if !is_session(ctx.uri) {
        return Ok(Some(PathBuf::from("/var/log/libvirt/qemu")));
    }
    if !is_local(ctx.uri) {
        return Ok(None);
    }
    let folder = ctx.paths.data_folder.join("logs");
    make_private_folder(&folder)?;
    Ok(Some(folder))
}

fn proofs(ctx: &Context<'_>, profile: &HostProfile, needs: Needs) -> Result<Proofs> {
    let _alone = PROVING.lock().unwrap_or_else(PoisonError::into_inner);
    let remembered = Remembered::at(ctx.paths);
    let key = Key::of(profile);
    let known: Option<Known> = remembered.get(FILE, host_of(ctx.uri));
    let mut proofs = known
        .filter(|known| known.key == key)
        .map(|known| known.proofs)
        .unwrap_or_default();
    let before = proofs.clone();
    let tried = try_missing(ctx, profile, needs, &mut proofs);
    // What was proved before a cancellation stays proved.
    if proofs != before {
        let proofs = proofs.clone();
        remembered.set(FILE, host_of(ctx.uri), Some(Known { key, proofs }));
    }
    tried.map(|()| proofs)
}

fn try_missing(ctx: &Context<'_>, profile: &HostProfile, needs: Needs, proofs: &mut Proofs) -> Result<()> {
    if needs.dbus_display && proofs.dbus_display == Proof::NotTried {
        proofs.dbus_display = starts::dbus_display(ctx, profile)?;
    }
    if needs.passt && proofs.passt == Proof::NotTried {
        proofs.passt = starts::passt(ctx, profile)?;
    }
    if needs.kvm && proofs.kvm == AccelProof::NotTried {
        proofs.kvm = kvm::prove(ctx, profile)?;
    }
    Ok(())
}

/// The step that every probe is told as.
fn tell(ctx: &Context<'_>) -> Result<()> {
    ctx.cancellable_step(JobStep::TestingHost)
}
