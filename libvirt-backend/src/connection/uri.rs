//! What a connection URI says about how to open it. Pure.

use std::time::Duration;

/// Where the daemon is, as far as opening and sampling care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// libvirt's test driver: lives inside this process, and each open is a world of its own.
    Test,
    Local,
    Remote,
}

impl Place {
    pub(crate) fn of(uri: &str) -> Self {
        let (scheme, rest) = uri.split_once("://").unwrap_or((uri, ""));
        let (driver, transport) = scheme.split_once('+').unwrap_or((scheme, ""));
        let host = rest.split(['/', '?']).next().unwrap_or_default();
        if !host.is_empty() || is_ssh(transport) {
            Self::Remote
        } else if driver == "test" {
            Self::Test
        } else {
            Self::Local
        }
    }

    /// How long an open may take before it counts as failed.
    pub(crate) const fn open_timeout(self) -> Duration {
        match self {
            Self::Test | Self::Local => Duration::from_secs(20),
            Self::Remote => Duration::from_secs(30),
        }
    }

    pub(crate) const fn is_local(self) -> bool {
        !matches!(self, Self::Remote)
    }
}

/// Can ssh ask the user for a passphrase, or whether a new host is the right one?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asking {
    /// In a window of its own (askpass), and surely not on a terminal.
    InAWindow,
    Nowhere,
}

/// The URI that libvirt is given: ssh must never ask on a terminal that nobody looks at. `no_tty=1` keeps it from
/// asking anywhere (`BatchMode=yes`), so it is left out where a window would come.
pub(crate) fn without_terminal(uri: &str, asking: Asking) -> String {
    let (base, query) = uri.split_once('?').unwrap_or((uri, ""));
    let says_itself = query.split(['&', ';']).any(|part| part.starts_with("no_tty="));
    if !is_plain_ssh(uri) || says_itself || asking == Asking::InAWindow {
        uri.to_owned()
    } else if query.is_empty() {
        format!("{base}?no_tty=1")
    } else {
        format!("{base}?{query}&no_tty=1")
    }
}

/// The `ssh` program is run, and not a library.
pub(crate) fn is_plain_ssh(uri: &str) -> bool {
    let scheme = uri.split("://").next().unwrap_or_default();
    scheme.split_once('+').is_some_and(|(_, transport)| transport == "ssh")
}

/// The runtime folder of a session daemon whose socket the URI names, or the user's own.
pub(crate) fn socket_folder(uri: &str) -> Option<std::path::PathBuf> {
    let (_, query) = uri.split_once('?')?;
    let socket = query.split(['&', ';']).find_map(|part| part.strip_prefix("socket="))?;
    std::path::Path::new(socket).parent().map(std::path::Path::to_path_buf)
}

fn is_ssh(transport: &str) -> bool {
    matches!(transport, "ssh" | "libssh" | "libssh2")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_apart() {
        let cases = [
            ("test:///default", Place::Test),
            ("test:///tmp/a.xml", Place::Test),
            ("qemu:///session", Place::Local),
            ("qemu:///system?socket=/run/x", Place::Local),
            ("qemu+unix:///system", Place::Local),
            ("qemu+ssh://user@host/system", Place::Remote),
            ("qemu+libssh2://host/system", Place::Remote),
            ("qemu://host/system", Place::Remote),
            ("test+tcp://host/default", Place::Remote),
            ("nonsense", Place::Local),
        ];
        for (uri, place) in cases {
            assert_eq!(Place::of(uri), place, "{uri}");
        }
    }

    #[test]
    fn ssh_never_asks_on_a_terminal_and_the_users_parameters_stay() {
        let without_terminal = |uri| without_terminal(uri, Asking::Nowhere);
        assert_eq!(without_terminal("qemu+ssh://h/system"), "qemu+ssh://h/system?no_tty=1");
        assert_eq!(
            without_terminal("qemu+ssh://h/session?command=/tmp/c&proxy=native"),
            "qemu+ssh://h/session?command=/tmp/c&proxy=native&no_tty=1"
        );
        for kept in [
            "qemu+ssh://h/system?no_tty=0",
            "qemu:///session",
            "qemu+libssh2://h/system",
            "test:///default",
        ] {
            assert_eq!(without_terminal(kept), kept);
        }
    }

    #[test]
    fn ssh_may_ask_where_a_window_would_come() {
        let uri = "qemu+ssh://h/system";
        assert_eq!(without_terminal(uri, Asking::InAWindow), uri);
    }
}
