//! What could help: a sentence, a button where Berth can do it, a command to copy where the user can.

use std::sync::OnceLock;

use libvirt_backend::error::Cure;

use crate::t;

/// What to do about it.
pub fn sentence(cure: Cure) -> String {
    t!(match cure {
        Cure::StartDaemon => "cure-start-daemon",
        Cure::InstallLibvirt => "cure-install-libvirt",
        Cure::InstallQemu => "cure-install-qemu",
        Cure::JoinLibvirtGroup => "cure-join-libvirt-group",
        Cure::InstallDbusDisplayModule => "cure-install-dbus-display-module",
        Cure::FreeDiskSpace => "cure-free-disk-space",
        Cure::CheckPathPermission => "cure-check-path-permission",
        Cure::StartNetwork => "cure-start-network",
        Cure::MakePool => "cure-make-pool",
        Cure::InstallPasst => "cure-install-passt",
        Cure::InstallQemuSound => "cure-install-qemu-sound",
        Cure::UseSoftwareEmulation => "cure-use-software-emulation",
        Cure::CheckSshKey => "cure-check-ssh-key",
        Cure::RemoveOldHostKey => "cure-remove-old-host-key",
        Cure::AcceptHostKey => "cure-accept-host-key",
        Cure::CheckHostReachable => "cure-check-host-reachable",
        Cure::ForceOff => "cure-force-off",
        Cure::Retry => "cure-retry",
        Cure::AnotherName => "cure-another-name",
        Cure::RepairQcow2 => "cure-repair-qcow2",
        Cure::AddDisplay => "cure-add-display",
        Cure::AllowRemoteDisplay => "cure-allow-remote-display",
        Cure::ConnectBySsh => "cure-connect-by-ssh",
        Cure::ReportBug => "cure-report-bug",
    })
}

/// The label of its button. `None`: only the user can do it.
pub fn button(cure: Cure) -> Option<String> {
    match cure {
        Cure::ForceOff => Some(t!("cure-button-force-off")),
        Cure::AddDisplay => Some(t!("action-add-display")),
        Cure::AllowRemoteDisplay => Some(t!("action-allow-remote-display")),
        Cure::Retry => Some(t!("cure-button-retry")),
        Cure::ReportBug => Some(t!("cure-button-report-bug")),
        _ => command(cure, "").map(|_| t!("cure-button-copy-command")),
    }
}

/// A command that does it, for the clipboard. `host`: of the connection, where the command names it.
pub fn command(cure: Cure, host: &str) -> Option<String> {
    let command = match cure {
        Cure::StartDaemon => "sudo systemctl start libvirtd.socket || sudo systemctl start virtqemud.socket",
        Cure::JoinLibvirtGroup => "sudo usermod --append --groups libvirt \"$USER\"",
        Cure::InstallLibvirt => {
            return Some(install(
                "libvirt-daemon libvirt-daemon-driver-qemu",
                "libvirt-daemon-kvm",
            ));
        }
        Cure::InstallQemu => return Some(install("qemu-system-x86", "qemu-kvm")),
        Cure::InstallDbusDisplayModule => return Some(install("qemu-system-modules-opengl", "qemu-ui-dbus")),
        Cure::InstallPasst => return Some(install("passt", "passt")),
        Cure::InstallQemuSound => return Some(install("qemu-system-gui", "qemu-audio-pipewire")),
        Cure::StartNetwork => "virsh --connect qemu:///system net-start default",
        Cure::MakePool if is_host_name(host) => {
            // Typed here and run there, where the folder of the same user is the usual one.
            let make =
                "virsh --connect qemu:///session pool-define-as default dir --target ~/.local/share/libvirt/images";
            let start = "virsh --connect qemu:///session pool-start default --build";
            let login = with_port(host).map_or_else(|| host.to_owned(), |(name, port)| format!("-p {port} {name}"));
            return Some(format!("ssh {login} '{make} && {start}'"));
        }
        Cure::RemoveOldHostKey if is_host_name(host) => {
            return Some(match with_port(host) {
                // As ssh writes it in its list of known hosts; a shell would look for files of such names.
                Some((name, port)) => format!("ssh-keygen -R '[{name}]:{port}'"),
                None => format!("ssh-keygen -R {host}"),
            });
        }
        Cure::AcceptHostKey if is_host_name(host) => {
            return Some(match with_port(host) {
                Some((name, port)) => format!("ssh -p {port} {name}"),
                None => format!("ssh {host}"),
            });
        }
        _ => return None,
    };
    Some(command.to_owned())
}

/// How packages are installed here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packages {
    Apt,
    Dnf,
}

static PACKAGES: OnceLock<Packages> = OnceLock::new();

/// From here on the commands are those of the distribution that this `os-release` describes.
pub fn use_packages_of(os_release: &str) {
    if let Some(packages) = packages_of(os_release) {
        // Read once; nothing changes it.
        PACKAGES.set(packages).ok();
    }
}

fn packages_of(os_release: &str) -> Option<Packages> {
    let value = |key: &str| {
        let line = os_release
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        line.unwrap_or_default().trim_matches('"').to_owned()
    };
    let ids = format!("{} {}", value("ID"), value("ID_LIKE"));
    ids.split_whitespace().find_map(|id| match id {
        "debian" | "ubuntu" => Some(Packages::Apt),
        "fedora" | "rhel" | "centos" => Some(Packages::Dnf),
        _ => None,
    })
}

/// One command where the distribution is known, else both, of which one works.
fn install(apt: &str, dnf: &str) -> String {
    match PACKAGES.get() {
        Some(Packages::Apt) => format!("sudo apt install {apt}"),
        Some(Packages::Dnf) => format!("sudo dnf install {dnf}"),
        None => format!("sudo apt install {apt} || sudo dnf install {dnf}"),
    }
}

/// Name and port of `lab:2222` or `[fe80::1]:2222`.
fn with_port(host: &str) -> Option<(&str, u16)> {
    let (name, port) = host.rsplit_once(':')?;
    let name = name
        .strip_prefix('[')
        .map_or(name, |name| name.strip_suffix(']').unwrap_or(name));
    let is_address_alone = name.contains(':') && !host.starts_with('[');
    Some((name, port.parse().ok()?)).filter(|_| !is_address_alone)
}

/// What shows a machine's screen.
pub fn install_viewer() -> String {
    install("virt-viewer", "virt-viewer")
}

/// Nothing a shell would read as more than one word.
fn is_host_name(host: &str) -> bool {
    !host.is_empty()
        && !host.starts_with('-')
        && host
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || matches!(char, '.' | '-' | '_' | ':' | '[' | ']'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_that_of_this_distribution() {
        let debian = "PRETTY_NAME=\"Debian GNU/Linux 13\"\nID=debian\n";
        let mint = "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n";
        let rocky = "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n";
        assert_eq!(packages_of(debian), Some(Packages::Apt));
        assert_eq!(packages_of(mint), Some(Packages::Apt));
        assert_eq!(packages_of(rocky), Some(Packages::Dnf));
        assert_eq!(packages_of("ID=arch"), None);
        use_packages_of(debian);
        assert_eq!(
            command(Cure::InstallPasst, "").as_deref(),
            Some("sudo apt install passt")
        );
    }

    #[test]
    fn a_command_never_carries_a_hosts_tricks_into_the_shell() {
        assert_eq!(
            command(Cure::RemoveOldHostKey, "lab.example.org").as_deref(),
            Some("ssh-keygen -R lab.example.org")
        );
        assert_eq!(command(Cure::AcceptHostKey, "lab").as_deref(), Some("ssh lab"));
        assert_eq!(
            command(Cure::RemoveOldHostKey, "lab:2222").as_deref(),
            Some("ssh-keygen -R '[lab]:2222'")
        );
        assert_eq!(
            command(Cure::AcceptHostKey, "lab:2222").as_deref(),
            Some("ssh -p 2222 lab")
        );
        assert_eq!(command(Cure::RemoveOldHostKey, "lab;reboot"), None);
        assert_eq!(command(Cure::RemoveOldHostKey, "-oProxyCommand=x"), None);
    }
}
