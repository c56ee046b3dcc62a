//! From a failure to what could help. A pure table: the variant first, then libvirt's code, then its words.
//!
//! libvirt files nearly everything that QEMU says under "internal error", so the words are what is left to look at;
//! the first row whose words all stand in the message (in lower case) wins. No row: no button, the words stand alone.

use crate::error::{Cure, Error, InputProblem, LibvirtError, MediumProblem, Verb};
use crate::guard::Denied;
use crate::model::DisconnectReason;

/// `virErrorNumber`.
const AUTH_FAILED: i32 = 45;
const AGENT_UNRESPONSIVE: i32 = 86;
const OPERATION_TIMEOUT: i32 = 68;
const NO_NETWORK: i32 = 43;

type Row = (&'static [&'static str], Cure);

/// A disk that is full is full whatever was being done.
const ANY: &[Row] = &[
    (&["no space left on device"], Cure::FreeDiskSpace),
    (&["disk quota exceeded"], Cure::FreeDiskSpace),
    (&["not enough space"], Cure::FreeDiskSpace),
    (&["end of file while reading data"], Cure::Retry),
    (&["client socket is closed"], Cure::Retry),
    (&["connection reset by peer"], Cure::Retry),
];

/// What keeps a machine from starting, being made or getting a device.
const MACHINE: &[Row] = &[
    (&["display 'dbus' is not available"], Cure::InstallDbusDisplayModule),
    (&["unsupported display", "dbus"], Cure::InstallDbusDisplayModule),
    (&["unknown audio driver"], Cure::InstallQemuSound),
    (&["passt", "unable to find"], Cure::InstallPasst),
    (&["passt", "no such file"], Cure::InstallPasst),
    (&["'passt'", "not found"], Cure::InstallPasst),
    (&["cannot run passt"], Cure::InstallPasst),
    (&["kvm", "permission denied"], Cure::UseSoftwareEmulation),
    (&["could not access kvm"], Cure::UseSoftwareEmulation),
    (&["domaintype kvm"], Cure::UseSoftwareEmulation),
    (&["kvm is not available"], Cure::UseSoftwareEmulation),
    (&["failed to initialize kvm"], Cure::UseSoftwareEmulation),
    (&["does not support", "kvm"], Cure::UseSoftwareEmulation),
    (&["unable to find an emulator", "kvm"], Cure::UseSoftwareEmulation),
    (&["unable to find an emulator"], Cure::InstallQemu),
    (&["emulator", "no emulator found"], Cure::InstallQemu),
    (&["cannot check qemu binary"], Cure::InstallQemu),
    (&["cannot find qemu binary"], Cure::InstallQemu),
    (&["network", "is not active"], Cure::StartNetwork),
    (&["network", "not running"], Cure::StartNetwork),
    (&["network not found"], Cure::StartNetwork),
    (&["permission denied"], Cure::CheckPathPermission),
    (&["already exists"], Cure::AnotherName),
    (&["already in use by other guest"], Cure::AnotherName),
    (&["image is corrupt"], Cure::RepairQcow2),
    (&["image is not in qcow2 format"], Cure::RepairQcow2),
    (&["qcow2", "corrupt"], Cure::RepairQcow2),
    (&["l1 table", "invalid"], Cure::RepairQcow2),
    (&["cannot acquire state change lock"], Cure::ForceOff),
    (&["monitor", "timed out"], Cure::ForceOff),
    (&["guest is shutting down", "timed out"], Cure::ForceOff),
];

const CONNECTION: &[Row] = &[
    (&["remote host identification has changed"], Cure::RemoveOldHostKey),
    (&["host key verification failed"], Cure::AcceptHostKey),
    (&["no polkit agent"], Cure::JoinLibvirtGroup),
    (&["authentication unavailable"], Cure::JoinLibvirtGroup),
    (&["access denied by policy"], Cure::JoinLibvirtGroup),
    (&["permission denied ("], Cure::CheckSshKey),
    (&["permission denied, please try again"], Cure::CheckSshKey),
    (&["too many authentication failures"], Cure::CheckSshKey),
    (&["could not resolve hostname"], Cure::CheckHostReachable),
    (&["unable to resolve address"], Cure::CheckHostReachable),
    (&["no route to host"], Cure::CheckHostReachable),
    (&["network is unreachable"], Cure::CheckHostReachable),
    (&["timed out"], Cure::CheckHostReachable),
    (&["ssh: connect to host"], Cure::CheckHostReachable),
    (&["libvirt-sock", "permission denied"], Cure::JoinLibvirtGroup),
    (&["connection refused"], Cure::StartDaemon),
    (&["libvirt-sock", "no such file"], Cure::StartDaemon),
    (&["failed to connect socket"], Cure::StartDaemon),
    (&["unable to find", "daemon"], Cure::InstallLibvirt),
    (&["unable to locate", "daemon"], Cure::InstallLibvirt),
    (&["cannot find", "libvirtd"], Cure::InstallLibvirt),
    (&["no connection driver available"], Cure::InstallQemu),
];

impl Error {
    /// What could help; `None` where nothing is known that does.
    pub fn cure(&self) -> Option<Cure> {
        match self {
            Self::Connect { source, .. } => of_connection(source),
            Self::Libvirt { verb, source, .. } => of_call(*verb, source),
            Self::File { source, .. } => match source.kind {
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Some(Cure::FreeDiskSpace),
                std::io::ErrorKind::PermissionDenied => Some(Cure::CheckPathPermission),
                _ => None,
            },
            Self::Denied(denied) => of_denial(denied),
            Self::InvalidName(_) | Self::NameTaken(_) => Some(Cure::AnotherName),
            Self::InvalidInput(problem) => of_input(*problem),
            Self::Medium { problem, .. } => of_medium(*problem),
            Self::NotConnected { .. } | Self::TimedOut { .. } => Some(Cure::Retry),
            Self::Xml { .. } | Self::NotKept { .. } | Self::Panicked(_) => Some(Cure::ReportBug),
            Self::ChangedMeanwhile { .. }
            | Self::NoSuchEdit { .. }
            | Self::CannotChange { .. }
            | Self::AgentSilent
            | Self::NoSuchMachine(_)
            | Self::Closing
            | Self::Cancelled => None,
        }
    }
}

impl DisconnectReason {
    /// What could help to get the connection to `uri` back.
    pub fn cure(self, uri: &str) -> Option<Cure> {
        match self {
            Self::ClosedByUser | Self::BadUri => None,
            // A session daemon starts by itself where it is installed.
            Self::NoDaemon if uri.ends_with("/session") => Some(Cure::InstallLibvirt),
            Self::NoDaemon => Some(Cure::StartDaemon),
            Self::PermissionDenied | Self::NoPolkitAgent => Some(Cure::JoinLibvirtGroup),
            Self::AuthenticationFailed => Some(Cure::CheckSshKey),
            Self::HostKeyChanged => Some(Cure::RemoveOldHostKey),
            Self::HostKeyUnknown => Some(Cure::AcceptHostKey),
            Self::HostUnreachable => Some(Cure::CheckHostReachable),
            Self::NoQemu => Some(Cure::InstallQemu),
            Self::DaemonGone | Self::DaemonSilent | Self::TimedOut | Self::Other => Some(Cure::Retry),
        }
    }
}

fn first(rows: &[Row], message: &str) -> Option<Cure> {
    rows.iter()
        .find(|(words, _)| words.iter().all(|word| message.contains(word)))
        .map(|&(_, cure)| cure)
}

fn of_connection(source: &LibvirtError) -> Option<Cure> {
    let by_code = (source.code == AUTH_FAILED).then_some(Cure::CheckSshKey);
    first(CONNECTION, &source.message.to_lowercase())
        .or(by_code)
        .or(Some(Cure::Retry))
}

fn of_call(verb: Verb, source: &LibvirtError) -> Option<Cure> {
    let message = source.message.to_lowercase();
    first(ANY, &message)
        .or_else(|| first(MACHINE, &message))
        .or(match (source.code, verb) {
            // The guest does not listen to its agent; it may be forced.
            (AGENT_UNRESPONSIVE, Verb::Shutdown | Verb::Reboot) | (OPERATION_TIMEOUT, _) => Some(Cure::ForceOff),
            (NO_NETWORK, _) => Some(Cure::StartNetwork),
            _ => None,
        })
}

const fn of_denial(denied: &Denied) -> Option<Cure> {
    match denied {
        Denied::NotConnected => Some(Cure::Retry),
        Denied::NoDisplay => Some(Cure::AddDisplay),
        Denied::NotResponding | Denied::Crashed | Denied::ShuttingDown => Some(Cure::ForceOff),
        _ => None,
    }
}

const fn of_input(problem: InputProblem) -> Option<Cure> {
    match problem {
        InputProblem::DiskAboveRoom { .. } => Some(Cure::FreeDiskSpace),
        InputProblem::SnapshotExists => Some(Cure::AnotherName),
        InputProblem::NoSuchNetwork => Some(Cure::StartNetwork),
        InputProblem::NoPoolThere => Some(Cure::MakePool),
        InputProblem::KvmUnavailable => Some(Cure::UseSoftwareEmulation),
        InputProblem::PasstUnavailable => Some(Cure::InstallPasst),
        InputProblem::DisplayNotRemote => Some(Cure::AddDisplay),
        InputProblem::DisplayListensNowhere => Some(Cure::AllowRemoteDisplay),
        InputProblem::DisplayOnLoopback => Some(Cure::ConnectBySsh),
        InputProblem::DbusDisplayUnavailable => Some(Cure::InstallDbusDisplayModule),
        _ => None,
    }
}

const fn of_medium(problem: MediumProblem) -> Option<Cure> {
    match problem {
        MediumProblem::Unreadable | MediumProblem::UnreadableForQemu => Some(Cure::CheckPathPermission),
        MediumProblem::DamagedQcow2 => Some(Cure::RepairQcow2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(verb: Verb, code: i32, message: &str) -> Option<Cure> {
        let source = LibvirtError {
            code,
            domain: 10,
            message: message.to_owned(),
        };
        Error::Libvirt {
            verb,
            object: "guest".to_owned(),
            source,
        }
        .cure()
    }

    /// Words as libvirt and QEMU really say them.
    #[test]
    fn what_libvirt_says_leads_to_what_helps() {
        for (verb, message, cure) in [
            (
                Verb::Start,
                "internal error: QEMU unexpectedly closed the monitor (vm='guest'): Display 'dbus' is not available. \
                 Perhaps you want to install qemu-system-modules-opengl package?",
                Cure::InstallDbusDisplayModule,
            ),
            (
                Verb::CreateVolume,
                "cannot fill file '/x/a.raw': No space left on device",
                Cure::FreeDiskSpace,
            ),
            (
                Verb::Start,
                "Could not access KVM kernel module: Permission denied",
                Cure::UseSoftwareEmulation,
            ),
            (
                Verb::Start,
                "Cannot access storage file '/home/me/a.iso' (as uid:64055, gid:108): Permission denied",
                Cure::CheckPathPermission,
            ),
            (
                Verb::Start,
                "Requested operation is not valid: network 'default' is not active",
                Cure::StartNetwork,
            ),
            (
                Verb::Start,
                "internal error: QEMU unexpectedly closed the monitor: qcow2: Image is corrupt; cannot be opened read/write",
                Cure::RepairQcow2,
            ),
            (
                Verb::Suspend,
                "Timed out during operation: cannot acquire state change lock (held by monitor=remoteDispatchDomainSuspend)",
                Cure::ForceOff,
            ),
            (
                Verb::Define,
                "operation failed: domain 'guest' already exists with uuid 1",
                Cure::AnotherName,
            ),
            (
                Verb::Start,
                "Unable to find 'passt' binary in $PATH: unable to find",
                Cure::InstallPasst,
            ),
            (
                Verb::TrySound,
                "process exited: qemu-system-x86_64: Unknown audio driver `pipewire'. Perhaps you want to install x",
                Cure::InstallQemuSound,
            ),
            (
                Verb::Define,
                "unsupported configuration: unable to find an emulator for arch x",
                Cure::InstallQemu,
            ),
        ] {
            assert_eq!(call(verb, 1, message), Some(cure), "{message}");
        }
        assert_eq!(call(Verb::Start, 1, "something nobody has seen yet"), None);
        assert_eq!(
            call(Verb::Shutdown, AGENT_UNRESPONSIVE, "Guest agent is not responding"),
            Some(Cure::ForceOff)
        );
    }

    #[test]
    fn a_refused_connection_says_how_to_get_in() {
        let cure = |message: &str| {
            Error::Connect {
                uri: "qemu:///system".to_owned(),
                source: LibvirtError {
                    code: 38,
                    domain: 7,
                    message: message.to_owned(),
                },
            }
            .cure()
        };
        for (message, expected) in [
            (
                "Failed to connect socket to '/var/run/libvirt/libvirt-sock': Permission denied",
                Cure::JoinLibvirtGroup,
            ),
            (
                "Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory",
                Cure::StartDaemon,
            ),
            (
                "authentication unavailable: no polkit agent available to authenticate action 'org.libvirt.unix.manage'",
                Cure::JoinLibvirtGroup,
            ),
            (
                "End of file while reading data: me@host: Permission denied (publickey): Input/output error",
                Cure::CheckSshKey,
            ),
            (
                "End of file while reading data: Host key verification failed.: Input/output error",
                Cure::AcceptHostKey,
            ),
            (
                "End of file while reading data: ssh: Could not resolve hostname nowhere: Name or service not known",
                Cure::CheckHostReachable,
            ),
        ] {
            assert_eq!(cure(message), Some(expected), "{message}");
        }
    }

    #[test]
    fn refusals_of_our_own_have_cures_too() {
        let room = InputProblem::DiskAboveRoom { room_bytes: 1 };
        assert_eq!(Error::InvalidInput(room).cure(), Some(Cure::FreeDiskSpace));
        assert_eq!(Error::NameTaken("a".to_owned()).cure(), Some(Cure::AnotherName));
        assert_eq!(Error::Denied(Denied::NotResponding).cure(), Some(Cure::ForceOff));
        assert_eq!(Error::Cancelled.cure(), None);
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let error = Error::File {
            verb: crate::error::FileVerb::Write,
            path: "/x".into(),
            source: full.into(),
        };
        assert_eq!(error.cure(), Some(Cure::FreeDiskSpace));
    }

    #[test]
    fn a_session_daemon_is_installed_and_a_system_daemon_started() {
        assert_eq!(
            DisconnectReason::NoDaemon.cure("qemu:///session"),
            Some(Cure::InstallLibvirt)
        );
        assert_eq!(
            DisconnectReason::NoDaemon.cure("qemu:///system"),
            Some(Cure::StartDaemon)
        );
    }
}
