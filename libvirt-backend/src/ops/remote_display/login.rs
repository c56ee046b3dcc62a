//! What a connection's URI says about how to log in there with ssh. Pure.
//!
//! libvirt starts an ssh of its own for the connection; a display has another one, which must come to the same place in
//! the same way.

use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// How the daemon is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Ssh(Login),
    /// Straight through the network (tcp, tls): the name of the host.
    Network(String),
    /// libvirt runs something of its own.
    Other,
}

/// The login of an ssh.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Login {
    /// Instead of `ssh`.
    command: Option<String>,
    host: String,
    port: Option<String>,
    user: Option<String>,
    key_file: Option<String>,
    known_hosts: Option<String>,
    /// The URI says not to look at the host's key.
    is_unverified: bool,
    /// The URI lets ssh ask, or forbids it.
    may_ask: Option<bool>,
}

impl Way {
    pub(super) fn of(uri: &str) -> Self {
        let (scheme, rest) = uri.split_once("://").unwrap_or((uri, ""));
        let (_, transport) = scheme.split_once('+').unwrap_or((scheme, "tls"));
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let authority = place.split('/').next().unwrap_or_default();
        let (user, address) = match authority.rsplit_once('@') {
            Some((user, address)) => (Some(decoded(user)), address),
            None => (None, authority),
        };
        let (host, port) = split_port(address);
        match transport {
            "ssh" | "libssh" | "libssh2" => {
                let login = Login {
                    host: decoded(host),
                    port: port.map(str::to_owned),
                    user,
                    ..Login::default()
                };
                Self::Ssh(login.with_query(query, transport))
            }
            "tcp" | "tls" if !host.is_empty() => Self::Network(decoded(host)),
            _ => Self::Other,
        }
    }
}

impl Login {
    fn with_query(mut self, query: &str, transport: &str) -> Self {
        for part in query.split('#').next().unwrap_or_default().split(['&', ';']) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let value = decoded(value);
            match name {
                // The libraries run no program.
                "command" if transport == "ssh" => self.command = Some(value),
                "keyfile" => self.key_file = Some(value),
                "known_hosts" => self.known_hosts = Some(value),
                "known_hosts_verify" => self.is_unverified = value == "ignore",
                "no_verify" => self.is_unverified = value != "0",
                "no_tty" => self.may_ask = Some(value == "0"),
                _ => {}
            }
        }
        self
    }

    pub(super) fn program(&self) -> &str {
        self.command.as_deref().unwrap_or("ssh")
    }

    pub(super) const fn may_ask(&self) -> Option<bool> {
        self.may_ask
    }

    /// Everything but the host, which comes last, behind what is wanted there.
    pub(super) fn arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = Vec::new();
        let mut add = |option: &str, value: &str| arguments.extend([option.into(), value.into()]);
        if let Some(port) = &self.port {
            add("-p", port);
        }
        if let Some(user) = &self.user {
            add("-l", user);
        }
        if let Some(file) = &self.key_file {
            add("-i", file);
        }
        if let Some(file) = &self.known_hosts {
            add("-o", &format!("UserKnownHostsFile={file}"));
        }
        if self.is_unverified {
            add("-o", "StrictHostKeyChecking=no");
        }
        // A line that was cut is noticed in a quarter of a minute.
        for option in ["ConnectTimeout=20", "ServerAliveInterval=5", "ServerAliveCountMax=3"] {
            add("-o", option);
        }
        arguments
    }

    pub(super) fn host(&self) -> [OsString; 2] {
        ["--".into(), self.host.as_str().into()]
    }

    /// A name for this login: another way to log in has another.
    pub(super) fn name(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }
}

fn split_port(address: &str) -> (&str, Option<&str>) {
    if let Some(rest) = address.strip_prefix('[') {
        let (host, after) = rest.split_once(']').unwrap_or((rest, ""));
        return (host, after.strip_prefix(':'));
    }
    match address.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') => (host, Some(port)),
        _ => (address, None),
    }
}

/// `%41` is `A`. What is no such code stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = match (first, after) {
            (b'%', [high, low, ..]) => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                digit(*high).zip(digit(*low)).map(|(high, low)| (high * 16 + low) as u8)
            }
            _ => None,
        };
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(uri: &str) -> String {
        let Way::Ssh(login) = Way::of(uri) else {
            panic!("{uri} goes by ssh")
        };
        let words = login.arguments().into_iter().chain(login.host());
        let words: Vec<String> = words.map(|word| word.into_string().unwrap()).collect();
        let line = format!("{} {}", login.program(), words.join(" "));
        line.replace(
            "-o ConnectTimeout=20 -o ServerAliveInterval=5 -o ServerAliveCountMax=3 ",
            "",
        )
    }

    #[test]
    fn a_display_logs_in_as_its_connection_did() {
        for (uri, expected) in [
            ("qemu+ssh://lab/system", "ssh -- lab"),
            ("qemu+ssh://a%40b@lab:2222/session", "ssh -p 2222 -l a@b -- lab"),
            ("qemu+ssh://me@[fe80::1]:22/system", "ssh -p 22 -l me -- fe80::1"),
            (
                "qemu+ssh://lab/session?command=/opt/my%20ssh&keyfile=/k&no_verify=1&proxy=native",
                "/opt/my ssh -i /k -o StrictHostKeyChecking=no -- lab",
            ),
            (
                "qemu+libssh2://lab/system?known_hosts=/h&known_hosts_verify=ignore",
                "ssh -o UserKnownHostsFile=/h -o StrictHostKeyChecking=no -- lab",
            ),
            ("qemu+ssh://-oProxyCommand=x/system", "ssh -- -oProxyCommand=x"),
        ] {
            assert_eq!(line(uri), expected, "{uri}");
        }
    }

    #[test]
    fn other_ways_are_told_apart() {
        let network = |host: &str| Way::Network(host.to_owned());
        assert_eq!(Way::of("qemu+tcp://lab:16509/system"), network("lab"));
        assert_eq!(Way::of("qemu://[::1]/system"), network("::1"));
        assert_eq!(Way::of("qemu+ext://lab/system?command=/x"), Way::Other);
    }

    #[test]
    fn logins_of_different_people_never_share_a_line() {
        let name = |uri: &str| match Way::of(uri) {
            Way::Ssh(login) => login.name(),
            other => panic!("{other:?}"),
        };
        let one = name("qemu+ssh://ada@lab/system");
        assert_eq!(one, name("qemu+ssh://ada@lab/session"));
        assert_ne!(one, name("qemu+ssh://bob@lab/system"));
        assert_ne!(one, name("qemu+ssh://ada@lab/system?keyfile=/k"));
    }

    #[test]
    fn broken_codes_stay_as_they_are() {
        for (text, expected) in [
            ("%", "%"),
            ("%4", "%4"),
            ("%zz", "%zz"),
            ("%41%", "A%"),
            ("é%C3%A9", "éé"),
        ] {
            assert_eq!(decoded(text), expected, "{text}");
        }
    }
}
