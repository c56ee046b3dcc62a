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
mod tried;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use self::key::Key;
use self::tried::Tried;
use super::call::{BadXml as _, Failed as _, is_local, is_session};
use super::storage::make_private_folder;
use super::{Context, Remembered};
use crate::command::{JobStep, Outcome};
use crate::error::{LibvirtError, Result, Verb};
use crate::model::{AccelChoice, AccelProof, DomainCaps, HostProfile, NetworkChoice, NewMachine, Proof};
use crate::xml::capabilities::{domain_caps, host_architecture};
use crate::xml::domain::SoundServer;

/// Machines whose name begins so are probes: they live for a moment and are nobody's.
pub(crate) const PROBE_PREFIX: &str = "berth-probe-";

const FILE: &str = "host-proofs.json";
/// The only architecture that our boot sector speaks.
const PROVABLE: &str = "x86_64";

/// One job proves a thing at a time; the others wait and find it proved. Each thing has a lock of its own: KVM's proof
/// takes a quarter of a minute where KVM crawls, and nobody waits for it who does not need it.
static PROVING_DBUS_DISPLAY: Mutex<()> = Mutex::new(());
static PROVING_PASST: Mutex<()> = Mutex::new(());
static PROVING_KVM: Mutex<()> = Mutex::new(());
/// Held while what is kept is read, changed and written again.
static KEEPING: Mutex<()> = Mutex::new(());

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

/// Starts a guest whose sound goes there; the inner error is libvirt's refusal.
pub(super) fn try_sound(ctx: &Context<'_>, server: &SoundServer) -> Result<Result<(), LibvirtError>> {
    let needs = Needs {
        kvm: false,
        dbus_display: false,
        passt: false,
    };
    starts::sound(ctx, &profile(ctx, needs)?, server)
}

/// The profile as far as a machine's display depends on it.
pub(super) fn profile_for_display(ctx: &Context<'_>) -> Result<HostProfile> {
    let needs = Needs {
        kvm: false,
        dbus_display: true,
        passt: false,
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
    let kept = Kept {
        remembered: Remembered::at(ctx.paths),
        host: host_of(ctx.uri),
        key: Key::of(profile),
    };
    let trials = Trials {
        dbus_display: &|| starts::dbus_display(ctx, profile),
        passt: &|| starts::passt(ctx, profile),
        kvm: &|| kvm::prove(ctx, profile),
    };
    prove_needed(&kept, needs, &trials)
}

/// How each thing is tried.
struct Trials<'a> {
    dbus_display: &'a dyn Fn() -> Result<Tried<Proof>>,
    passt: &'a dyn Fn() -> Result<Tried<Proof>>,
    kvm: &'a dyn Fn() -> Result<Tried<AccelProof>>,
}

/// The slowest last. What was proved before a cancellation stays proved.
fn prove_needed(kept: &Kept<'_>, needs: Needs, trials: &Trials<'_>) -> Result<Proofs> {
    let mut proofs = kept.read();
    if needs.dbus_display {
        proofs.dbus_display = prove(
            &PROVING_DBUS_DISPLAY,
            kept,
            |all| &mut all.dbus_display,
            trials.dbus_display,
        )?;
    }
    if needs.passt {
        proofs.passt = prove(&PROVING_PASST, kept, |all| &mut all.passt, trials.passt)?;
    }
    if needs.kvm {
        proofs.kvm = prove(&PROVING_KVM, kept, |all| &mut all.kvm, trials.kvm)?;
    }
    Ok(proofs)
}

fn prove<T: Clone + Default + PartialEq>(
    proving: &Mutex<()>,
    kept: &Kept<'_>,
    place: fn(&mut Proofs) -> &mut T,
    trial: &dyn Fn() -> Result<Tried<T>>,
) -> Result<T> {
    let _alone = proving.lock().unwrap_or_else(PoisonError::into_inner);
    let known = place(&mut kept.read()).clone();
    if known != T::default() {
        return Ok(known);
    }
    let Tried { proof, is_fact } = trial()?;
    if is_fact {
        kept.change(|all| place(all).clone_from(&proof));
    }
    Ok(proof)
}

/// The proofs of a host, as the state folder has them.
struct Kept<'a> {
    remembered: Remembered<'a>,
    host: &'a str,
    key: Key,
}

impl Kept<'_> {
    fn read(&self) -> Proofs {
        let known: Option<Known> = self.remembered.get(FILE, self.host);
        known
            .filter(|known| known.key == self.key)
            .map(|known| known.proofs)
            .unwrap_or_default()
    }

    fn change(&self, change: impl FnOnce(&mut Proofs)) {
        let _alone = KEEPING.lock().unwrap_or_else(PoisonError::into_inner);
        let mut proofs = self.read();
        change(&mut proofs);
        let key = self.key.clone();
        self.remembered.set(FILE, self.host, Some(Known { key, proofs }));
    }
}

/// The step that every probe is told as.
fn tell(ctx: &Context<'_>) -> Result<()> {
    ctx.cancellable_step(JobStep::TestingHost)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::super::Paths;
    use super::*;

    #[test]
    fn a_machine_under_software_emulation_does_not_wait_for_kvms_proof() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::new(folder.path().to_owned(), folder.path().to_owned());
        let kept = || Kept {
            remembered: Remembered::at(&paths),
            host: "qemu:///session",
            key: Key::of_nothing(),
        };
        let works = || Ok(Tried::fact(Proof::Works));
        let (begun, kvm_begins) = sync_channel(1);
        let (finish, kvm_may_end) = sync_channel(1);
        std::thread::scope(|scope| {
            let kept = &kept;
            let host_page = scope.spawn(move || {
                let crawls = || {
                    begun.send(()).unwrap();
                    kvm_may_end.recv().unwrap();
                    Ok(Tried::fact(AccelProof::Works { millis: 1 }))
                };
                let trials = Trials {
                    dbus_display: &works,
                    passt: &works,
                    kvm: &crawls,
                };
                prove_needed(&kept(), Needs::ALL, &trials)
            });
            kvm_begins.recv().unwrap();
            let software = Needs {
                kvm: false,
                ..Needs::ALL
            };
            let (done, is_done) = sync_channel(1);
            scope.spawn(move || {
                let never = || -> Result<Tried<AccelProof>> { unreachable!("KVM is not needed") };
                let trials = Trials {
                    dbus_display: &works,
                    passt: &works,
                    kvm: &never,
                };
                done.send(prove_needed(&kept(), software, &trials)).unwrap();
            });
            let proofs = is_done.recv_timeout(std::time::Duration::from_secs(10));
            // Whatever came of it, the other thread has to end.
            finish.send(()).unwrap();
            assert_eq!(proofs.unwrap().unwrap().kvm, AccelProof::NotTried);
            assert!(host_page.join().unwrap().unwrap().kvm.works());
        });
        let all = kept().read();
        assert!(
            all.kvm.works() && all.passt.works() && all.dbus_display.works(),
            "{all:?}"
        );
    }

    #[test]
    fn what_failed_for_want_of_memory_holds_for_this_job_alone() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::new(folder.path().to_owned(), folder.path().to_owned());
        let kept = Kept {
            remembered: Remembered::at(&paths),
            host: "qemu:///session",
            key: Key::of_nothing(),
        };
        let no_memory = crate::error::LibvirtError {
            code: 2,
            domain: 10,
            message: "out of memory".to_owned(),
        };
        let failed = Proof::Failed(no_memory.message.clone());
        let passing = || Ok(Tried::refused(&no_memory, failed.clone()));
        let lacking = || Ok(Tried::fact(failed.clone()));
        let lost = || -> Result<Tried<AccelProof>> { Err(crate::error::Error::Cancelled) };
        let trials = Trials {
            dbus_display: &passing,
            passt: &lacking,
            kvm: &lost,
        };
        assert_eq!(
            prove_needed(&kept, Needs::ALL, &trials),
            Err(crate::error::Error::Cancelled)
        );
        let remembered = kept.read();
        assert_eq!(remembered.dbus_display, Proof::NotTried, "tried again next time");
        assert_eq!(remembered.passt, failed);
        assert_eq!(remembered.kvm, AccelProof::NotTried);
    }
}
