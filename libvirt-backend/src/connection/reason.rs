//! Why a connection could not be opened, or was lost: libvirt's code and words → [`DisconnectReason`]. Pure.
//!
//! libvirt reports nearly everything as "system error" or "internal error" with the cause in the message, so the
//! message is what is looked at; the first row that fits wins.

use crate::error::LibvirtError;
use crate::ffi::CloseReason;
use crate::model::DisconnectReason;

use super::uri::Place;

/// `virErrorNumber`.
const NO_CONNECT: i32 = 5;
const INVALID_ARG: i32 = 8;
const AUTH_FAILED: i32 = 45;
const AUTH_CANCELLED: i32 = 79;
const AUTH_UNAVAILABLE: i32 = 94;

/// A row fits when the message holds all of its words (lower case).
type Row = (&'static [&'static str], DisconnectReason);

const COMMON: &[Row] = &[
    (
        &["remote host identification has changed"],
        DisconnectReason::HostKeyChanged,
    ),
    (&["host key", "mismatch"], DisconnectReason::HostKeyChanged),
    // Without the warning above, ssh never saw the host and had nobody to ask.
    (&["host key verification failed"], DisconnectReason::HostKeyUnknown),
    (&["no host key", "is known"], DisconnectReason::HostKeyUnknown),
    (&["no polkit agent"], DisconnectReason::NoPolkitAgent),
    (
        &["polkit", "authentication unavailable"],
        DisconnectReason::NoPolkitAgent,
    ),
    (&["permission denied ("], DisconnectReason::AuthenticationFailed),
    (
        &["permission denied, please try again"],
        DisconnectReason::AuthenticationFailed,
    ),
    (
        &["too many authentication failures"],
        DisconnectReason::AuthenticationFailed,
    ),
    (&["authentication failed"], DisconnectReason::AuthenticationFailed),
    (&["authentication cancelled"], DisconnectReason::AuthenticationFailed),
    (&["could not resolve hostname"], DisconnectReason::HostUnreachable),
    (&["unable to resolve address"], DisconnectReason::HostUnreachable),
    (&["no route to host"], DisconnectReason::HostUnreachable),
    (&["network is unreachable"], DisconnectReason::HostUnreachable),
    (&["connection timed out"], DisconnectReason::HostUnreachable),
    (&["operation timed out"], DisconnectReason::HostUnreachable),
    (&["ssh: connect to host"], DisconnectReason::HostUnreachable),
    (&["connection closed by", "port"], DisconnectReason::HostUnreachable),
    (&["unable to connect to server at"], DisconnectReason::HostUnreachable),
    (&["keepalive"], DisconnectReason::DaemonSilent),
    (&["transport in url not recognised"], DisconnectReason::BadUri),
    (&["unable to parse uri"], DisconnectReason::BadUri),
    (&["failed to parse uri"], DisconnectReason::BadUri),
    (&["unexpected", "uri path"], DisconnectReason::BadUri),
    (&["uri", "malformed"], DisconnectReason::BadUri),
    (&["permission denied"], DisconnectReason::PermissionDenied),
    (&["failed to connect socket"], DisconnectReason::NoDaemon),
    (&["libvirt-sock", "no such file"], DisconnectReason::NoDaemon),
    (&["-sock", "connection refused"], DisconnectReason::NoDaemon),
    (&["unable to find", "daemon"], DisconnectReason::NoDaemon),
    (&["unable to locate", "daemon"], DisconnectReason::NoDaemon),
    (&["binary", "does not exist"], DisconnectReason::NoDaemon),
    (&["cannot find", "libvirtd"], DisconnectReason::NoDaemon),
    (&["failed to start", "libvirtd"], DisconnectReason::NoDaemon),
    (&["command not found"], DisconnectReason::NoDaemon),
    (&["client socket is closed"], DisconnectReason::DaemonGone),
    (&["end of file while reading data"], DisconnectReason::DaemonGone),
    (&["connection reset by peer"], DisconnectReason::DaemonGone),
];

/// `uri` as the user gave it.
pub(crate) fn classify(uri: &str, error: &LibvirtError) -> DisconnectReason {
    let message = error.message.to_lowercase();
    if let Some((_, reason)) = COMMON
        .iter()
        .find(|(words, _)| words.iter().all(|word| message.contains(word)))
    {
        return *reason;
    }
    match error.code {
        AUTH_FAILED | AUTH_CANCELLED => DisconnectReason::AuthenticationFailed,
        AUTH_UNAVAILABLE => DisconnectReason::NoPolkitAgent,
        // A scheme that this libvirt knows but whose driver is not installed.
        NO_CONNECT if uri.starts_with("qemu") => DisconnectReason::NoQemu,
        NO_CONNECT | INVALID_ARG => DisconnectReason::BadUri,
        // A file that is missing or is not what it should be.
        _ if Place::of(uri) == Place::Test => DisconnectReason::BadUri,
        _ => DisconnectReason::Other,
    }
}

pub(crate) const fn of_close(reason: CloseReason) -> DisconnectReason {
    match reason {
        CloseReason::Eof => DisconnectReason::DaemonGone,
        CloseReason::Keepalive => DisconnectReason::DaemonSilent,
        CloseReason::Client => DisconnectReason::ClosedByUser,
        CloseReason::Error | CloseReason::Other(_) => DisconnectReason::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DisconnectReason as R;

    const SYSTEM_ERROR: i32 = 38;
    const RPC: i32 = 39;

    /// URI, code, message, reason.
    type Case = (&'static str, i32, &'static str, R);

    const HERE: &[Case] = &[
        (
            "qemu:///session",
            SYSTEM_ERROR,
            "Failed to connect socket to '/run/user/1/libvirt/libvirt-sock': No such file or directory",
            R::NoDaemon,
        ),
        (
            "qemu:///session",
            SYSTEM_ERROR,
            "Failed to connect socket to '/run/libvirt/libvirt-sock': Connection refused",
            R::NoDaemon,
        ),
        (
            "qemu:///session",
            SYSTEM_ERROR,
            "Failed to connect socket to '/run/libvirt/libvirt-sock': Permission denied",
            R::PermissionDenied,
        ),
        (
            "qemu:///session",
            SYSTEM_ERROR,
            "Unable to locate libvirtd daemon in $PATH",
            R::NoDaemon,
        ),
        (
            "qemu:///session",
            45,
            "authentication unavailable: no polkit agent available to authenticate action 'org.libvirt.unix.manage'",
            R::NoPolkitAgent,
        ),
        (
            "qemu:///session",
            45,
            "authentication failed: access denied by policy",
            R::AuthenticationFailed,
        ),
        (
            "qemu:///system",
            AUTH_UNAVAILABLE,
            "authentication unavailable: nobody can be asked",
            R::NoPolkitAgent,
        ),
        (
            "qemu:///session",
            NO_CONNECT,
            "no connection driver available for qemu:///session",
            R::NoQemu,
        ),
        (
            "bogus:///x",
            NO_CONNECT,
            "no connection driver available for bogus:///x",
            R::BadUri,
        ),
        (
            "qemu:///session",
            1,
            "internal error: unexpected QEMU URI path '/nonsense', try qemu:///session",
            R::BadUri,
        ),
        (
            "qemu:///session",
            RPC,
            "internal error: connection closed due to keepalive timeout",
            R::DaemonSilent,
        ),
        (
            "qemu:///session",
            RPC,
            "internal error: client socket is closed",
            R::DaemonGone,
        ),
        (
            "qemu:///session",
            SYSTEM_ERROR,
            "Cannot recv data: Connection reset by peer",
            R::DaemonGone,
        ),
        (
            "test:///missing.xml",
            SYSTEM_ERROR,
            "failed to open file '/missing.xml': No such file or directory",
            R::BadUri,
        ),
        ("qemu:///session", 1, "something new", R::Other),
    ];

    const FAR_AWAY: &[Case] = &[
        (
            "qemu+ssh://host/system",
            SYSTEM_ERROR,
            "End of file while reading data: Host key verification failed.: Input/output error",
            R::HostKeyUnknown,
        ),
        (
            "qemu+ssh://host/system",
            SYSTEM_ERROR,
            "Cannot recv data: No ED25519 host key is known for host and you have requested strict checking.\nHost key verification failed.: Connection reset by peer",
            R::HostKeyUnknown,
        ),
        (
            "qemu+ssh://host/system",
            SYSTEM_ERROR,
            "Cannot recv data: @@@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @@@: Connection reset by peer",
            R::HostKeyChanged,
        ),
        (
            "qemu+ssh://host/system",
            SYSTEM_ERROR,
            "Cannot recv data: ssh: connect to host host port 22: Connection refused: Connection reset by peer",
            R::HostUnreachable,
        ),
        (
            "qemu+ssh://host/system",
            SYSTEM_ERROR,
            "Cannot recv data: ssh: Could not resolve hostname host: Name or service not known: Connection reset by peer",
            R::HostUnreachable,
        ),
        (
            "qemu+ssh://host/system",
            SYSTEM_ERROR,
            "Cannot recv data: user@host: Permission denied (publickey,password).: Connection reset by peer",
            R::AuthenticationFailed,
        ),
        (
            "qemu+ssh://host/system",
            SYSTEM_ERROR,
            "End of file while reading data: virt-ssh-helper: cannot connect to '/run/libvirt/libvirt-sock': Failed to connect socket to '/run/libvirt/libvirt-sock': No such file or directory",
            R::NoDaemon,
        ),
        (
            "qemu://host/system",
            RPC,
            "unable to connect to server at 'host:16514': Connection refused",
            R::HostUnreachable,
        ),
    ];

    #[test]
    fn what_libvirt_says_becomes_the_reason_a_user_can_act_on() {
        for (uri, code, message, reason) in HERE.iter().chain(FAR_AWAY) {
            let error = LibvirtError {
                code: *code,
                domain: 0,
                message: (*message).to_owned(),
            };
            assert_eq!(classify(uri, &error), *reason, "{message}");
        }
    }
}
