//! States and connections as a user reads them: "Paused — disk full".

use libvirt_backend::model::{
    AccelProof, ConnectionState, DisconnectReason, Machine, PauseReason, ShutOffReason, State,
};

use crate::t;

/// The state with its reason where a user would ask for it.
pub fn state_text(state: State) -> String {
    match reason_text(state) {
        Some(reason) => t!("state-with-reason", state = state_word(state), reason = reason),
        None => state_word(state),
    }
}

/// The state alone: "Paused".
pub fn state_word(state: State) -> String {
    t!(match state {
        State::Running => "state-running",
        State::Paused(_) => "state-paused",
        State::ShuttingDown => "state-shutting-down",
        State::ShutOff(ShutOffReason::Saved) => "state-saved",
        State::ShutOff(_) => "state-off",
        State::Crashed => "state-crashed",
        State::Asleep => "state-asleep",
        State::Unknown => "state-unknown",
    })
}

/// The reason alone: "disk full". `None` where it would tell nothing.
pub fn reason_text(state: State) -> Option<String> {
    match state {
        State::Paused(reason) => pause_reason_key(reason).map(|key| t!(key)),
        State::ShutOff(reason) => shut_off_reason_key(reason).map(|key| t!(key)),
        State::Running | State::ShuttingDown | State::Crashed | State::Asleep | State::Unknown => None,
    }
}

/// What a list says of a machine: its state, or that it does not answer.
pub fn describe(machine: &Machine) -> String {
    if machine.state.is_active() && !machine.responding.is_yes() {
        t!(
            "state-with-reason",
            state = state_word(machine.state),
            reason = t!("state-not-responding")
        )
    } else if machine.definition.has_managed_save && !machine.state.is_active() {
        t!("state-saved")
    } else {
        state_text(machine.state)
    }
}

const fn pause_reason_key(reason: PauseReason) -> Option<&'static str> {
    match reason {
        PauseReason::Unknown | PauseReason::User => None,
        PauseReason::Migration => Some("state-paused-migration"),
        PauseReason::Saving => Some("state-paused-saving"),
        PauseReason::Dumping => Some("state-paused-dumping"),
        PauseReason::IoError { disk_full: true } => Some("state-paused-disk-full"),
        PauseReason::IoError { disk_full: false } => Some("state-paused-io-error"),
        PauseReason::Watchdog => Some("state-paused-watchdog"),
        PauseReason::FromSnapshot => Some("state-paused-from-snapshot"),
        PauseReason::ShuttingDown => Some("state-paused-shutting-down"),
        PauseReason::Snapshotting => Some("state-paused-snapshotting"),
        PauseReason::Crashed => Some("state-paused-crashed"),
        PauseReason::StartingUp => Some("state-paused-starting-up"),
        PauseReason::PostCopy => Some("state-paused-post-copy"),
        PauseReason::PostCopyFailed => Some("state-paused-post-copy-failed"),
        PauseReason::ApiError => Some("state-paused-api-error"),
    }
}

const fn shut_off_reason_key(reason: ShutOffReason) -> Option<&'static str> {
    match reason {
        ShutOffReason::Unknown
        | ShutOffReason::Shutdown
        | ShutOffReason::Destroyed
        | ShutOffReason::Saved
        | ShutOffReason::FromSnapshot => None,
        ShutOffReason::Crashed => Some("state-off-crashed"),
        ShutOffReason::Migrated => Some("state-off-migrated"),
        ShutOffReason::Failed => Some("state-off-failed"),
        ShutOffReason::Daemon => Some("state-off-daemon"),
    }
}

/// "Connected", "Connecting…", "Disconnected: the host cannot be reached".
pub fn connection_text(state: &ConnectionState) -> String {
    match state {
        ConnectionState::Idle => t!("connection-idle"),
        ConnectionState::Connecting { is_slow: false } => t!("connection-connecting"),
        ConnectionState::Connecting { is_slow: true } => t!("connection-connecting-slow"),
        ConnectionState::Connected => t!("connection-connected"),
        ConnectionState::Disconnected { reason, .. } => disconnect_text(*reason),
    }
}

/// Why a machine runs by software emulation, and what helps.
pub fn why_software(kvm: &AccelProof) -> String {
    match kvm {
        AccelProof::Works { .. } => t!("machine-software-why-works"),
        AccelProof::Absent => t!("machine-software-why-absent"),
        AccelProof::NotPermitted => t!("machine-software-why-denied"),
        AccelProof::TooSlow { .. } => t!("machine-software-why-slow"),
        AccelProof::Failed(reason) => t!("machine-software-why-failed", reason = reason.as_str()),
        AccelProof::NotTried => t!("machine-software-why-unknown"),
    }
}

/// Why a connection is down, as one short sentence.
pub fn disconnect_text(reason: DisconnectReason) -> String {
    t!(match reason {
        DisconnectReason::ClosedByUser => "disconnect-closed-by-user",
        DisconnectReason::DaemonGone => "disconnect-daemon-gone",
        DisconnectReason::DaemonSilent => "disconnect-daemon-silent",
        DisconnectReason::NoDaemon => "disconnect-no-daemon",
        DisconnectReason::PermissionDenied => "disconnect-permission-denied",
        DisconnectReason::NoPolkitAgent => "disconnect-no-polkit-agent",
        DisconnectReason::AuthenticationFailed => "disconnect-authentication-failed",
        DisconnectReason::HostKeyChanged => "disconnect-host-key-changed",
        DisconnectReason::HostKeyUnknown => "disconnect-host-key-unknown",
        DisconnectReason::HostUnreachable => "disconnect-host-unreachable",
        DisconnectReason::NoQemu => "disconnect-no-qemu",
        DisconnectReason::BadUri => "disconnect-bad-uri",
        DisconnectReason::TimedOut => "disconnect-timed-out",
        DisconnectReason::Other => "disconnect-other",
    })
}

/// "This computer", "lab (ssh)", "This computer (system)": what the sidebar calls a connection.
pub fn host_name(uri: &str) -> String {
    let (scheme, rest) = uri.split_once("://").unwrap_or(("", uri));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let path = path.split('?').next().unwrap_or(path);
    let (driver, transport) = scheme.split_once('+').unwrap_or((scheme, ""));
    match (host, driver, path) {
        ("", "qemu", "session") => t!("connection-name-session"),
        ("", "qemu", "system") => t!("connection-name-system"),
        ("", "test", _) => t!("connection-name-test"),
        ("", _, _) => uri.to_owned(),
        (_, _, "session") => t!("connection-name-remote-session", host = host),
        _ if transport.is_empty() => host.to_owned(),
        _ => t!("connection-name-remote", host = host, transport = transport),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_named_and_a_plain_pause_is_not() {
        assert_eq!(
            state_text(State::Paused(PauseReason::IoError { disk_full: true })),
            "Paused — disk full"
        );
        assert_eq!(state_text(State::Paused(PauseReason::User)), "Paused");
        assert_eq!(
            state_text(State::ShutOff(ShutOffReason::Failed)),
            "Off — ended unexpectedly"
        );
    }

    #[test]
    fn connections_have_names_a_person_would_use() {
        assert_eq!(host_name("qemu:///session"), "This computer");
        assert_eq!(host_name("qemu:///session?socket=/tmp/x/libvirt-sock"), "This computer");
        assert_eq!(host_name("qemu:///system"), "This computer (system)");
        assert_eq!(host_name("qemu+ssh://ada@lab/system"), "lab (ssh)");
        assert_eq!(host_name("test:///default"), "Test driver");
    }
}
