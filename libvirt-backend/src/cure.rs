//! What could help against an error or a lost connection. Pure: read off libvirt's own words.

use crate::error::{Cure, Error, InputProblem, LibvirtError, MediumProblem};
use crate::guard::Denied;
use crate::model::DisconnectReason;

/// Words in libvirt's and QEMU's messages (English: libvirt is asked in the C locale only where the user's is) and
/// what they mean. The first that fits wins.
const TELLTALES: [(&str, Cure); 14] = [
    ("No space left on device", Cure::FreeDiskSpace),
    ("Disk quota exceeded", Cure::FreeDiskSpace),
    ("Display 'dbus' is not available", Cure::InstallDbusDisplayModule),
    ("qemu-system-modules-opengl", Cure::InstallDbusDisplayModule),
    ("passt", Cure::InstallPasst),
    ("is not active", Cure::StartNetwork),
    ("/dev/kvm", Cure::UseSoftwareEmulation),
    ("domaintype kvm", Cure::UseSoftwareEmulation),
    ("KVM is not available", Cure::UseSoftwareEmulation),
    ("image is corrupt", Cure::RepairQcow2),
    ("marked corrupt", Cure::RepairQcow2),
    ("Permission denied", Cure::CheckPathPermission),
    ("already exists with uuid", Cure::AnotherName),
    ("Cannot find QEMU binary", Cure::InstallQemu),
];

impl Error {
    /// What could help, where anything is known to.
    pub fn cure(&self) -> Option<Cure> {
        match self {
            Self::Denied(denied) => cure_of_denial(denied),
            Self::NameTaken(_) => Some(Cure::AnotherName),
            Self::InvalidInput(problem) => cure_of_input(*problem),
            Self::Medium { problem, .. } => cure_of_medium(*problem),
            Self::Connect { source, .. } => telltale(source).or(Some(Cure::Retry)),
            Self::Libvirt { source, .. } => telltale(source),
            Self::File { source, .. } => match source.kind {
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Some(Cure::FreeDiskSpace),
                std::io::ErrorKind::PermissionDenied => Some(Cure::CheckPathPermission),
                _ => None,
            },
            Self::NotConnected { .. } | Self::TimedOut { .. } => Some(Cure::Retry),
            Self::Xml { .. } | Self::NotKept { .. } | Self::Panicked(_) => Some(Cure::ReportBug),
            Self::NoSuchMachine(_) | Self::InvalidName(_) | Self::AgentSilent | Self::Closing | Self::Cancelled => None,
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
            Self::HostUnreachable => Some(Cure::CheckHostReachable),
            Self::NoQemu => Some(Cure::InstallQemu),
            Self::DaemonGone | Self::DaemonSilent | Self::TimedOut | Self::Other => Some(Cure::Retry),
        }
    }
}

fn telltale(source: &LibvirtError) -> Option<Cure> {
    TELLTALES
        .iter()
        .find(|(words, _)| source.message.contains(words))
        .map(|(_, cure)| *cure)
}

const fn cure_of_denial(denied: &Denied) -> Option<Cure> {
    match denied {
        Denied::NotResponding | Denied::Crashed => Some(Cure::ForceOff),
        Denied::NotConnected => Some(Cure::Retry),
        _ => None,
    }
}

const fn cure_of_input(problem: InputProblem) -> Option<Cure> {
    match problem {
        InputProblem::DiskAboveRoom { .. } => Some(Cure::FreeDiskSpace),
        InputProblem::KvmUnavailable => Some(Cure::UseSoftwareEmulation),
        InputProblem::PasstUnavailable => Some(Cure::InstallPasst),
        InputProblem::SnapshotExists => Some(Cure::AnotherName),
        _ => None,
    }
}

const fn cure_of_medium(problem: MediumProblem) -> Option<Cure> {
    match problem {
        MediumProblem::Unreadable | MediumProblem::UnreadableForQemu => Some(Cure::CheckPathPermission),
        MediumProblem::DamagedQcow2 => Some(Cure::RepairQcow2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Verb;

    fn start_failed(message: &str) -> Option<Cure> {
        Error::Libvirt {
            verb: Verb::Start,
            object: "web-1".to_owned(),
            source: LibvirtError {
                code: 1,
                domain: 10,
                message: message.to_owned(),
            },
        }
        .cure()
    }

    #[test]
    fn qemus_words_lead_to_a_cure() {
        assert_eq!(
            start_failed(
                "Display 'dbus' is not available. Perhaps you want to install qemu-system-modules-opengl package?"
            ),
            Some(Cure::InstallDbusDisplayModule)
        );
        assert_eq!(
            start_failed("Could not access KVM kernel module: /dev/kvm: Permission denied"),
            Some(Cure::UseSoftwareEmulation)
        );
        assert_eq!(
            start_failed("Could not open '/root/a.iso': Permission denied"),
            Some(Cure::CheckPathPermission)
        );
        assert_eq!(start_failed("something else"), None);
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
