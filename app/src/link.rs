//! What Berth can be asked to open from outside: a machine by name, a `berth://HOST/NAME` address, a disc or disk image.
//!
//! An address comes from anywhere, a web page too: it can name a machine and do nothing with it. No part of it becomes
//! an option, a command or a new connection. Pure: nothing here touches a file or a connection.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Longer is no name, and no path of a medium.
const MOST_BYTES: usize = 4_096;
const SCHEME: &str = "berth://";
const FILE: &str = "file://";

/// What is to be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    Machine {
        place: Place,
        /// Or its UUID.
        name: String,
        shown: Shown,
    },
    /// "New machine", filled in.
    Medium(PathBuf),
    /// Nothing: the window says why.
    Refused(BadLink),
}

/// Where the machine is looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    Anywhere,
    Connection(String),
    /// As it stands in an address; empty or `localhost`: this computer.
    Host(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shown {
    Page,
    Console,
    FullScreen,
}

/// Why something cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BadLink {
    /// Neither `berth://HOST/NAME` nor the path of a file.
    Address,
    /// A kind of file that no machine starts from.
    FileType,
}

/// How a file is used in "New machine".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediumUse {
    Installer,
    Disk,
}

/// From an address or a path, which counts from `folder`.
pub fn parse(text: &str, folder: &Path) -> Result<Target, BadLink> {
    if text.len() > MOST_BYTES {
        return Err(BadLink::Address);
    }
    if let Some(rest) = strip_scheme(text, SCHEME) {
        return machine(rest);
    }
    if let Some(rest) = strip_scheme(text, FILE) {
        return medium(&local_path(rest)?);
    }
    if has_scheme(text) {
        return Err(BadLink::Address);
    }
    medium(&folder.join(checked(text)?))
}

/// Schemes are read in any case.
fn strip_scheme<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let head = text.get(..scheme.len())?;
    head.eq_ignore_ascii_case(scheme).then(|| &text[scheme.len()..])
}

/// `word:` before any slash, as in `berth:name` or `http://…`.
fn has_scheme(text: &str) -> bool {
    let head = text.split('/').next().unwrap_or_default();
    let Some((word, _)) = head.split_once(':') else {
        return false;
    };
    let is_start = |c: char| c.is_ascii_alphabetic();
    word.starts_with(is_start) && word.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

/// `HOST/NAME`: one segment each, and nothing behind them.
fn machine(rest: &str) -> Result<Target, BadLink> {
    let (host, name) = rest.split_once('/').ok_or(BadLink::Address)?;
    let name = name.strip_suffix('/').unwrap_or(name);
    if rest.contains(['?', '#', '@']) || name.contains('/') {
        return Err(BadLink::Address);
    }
    let (host, name) = (decode(host)?, decode(name)?);
    // Libvirt allows no slash in a name, and no address needs one in its host.
    if name.is_empty() || name.contains('/') || host.contains('/') {
        return Err(BadLink::Address);
    }
    Ok(Target::Machine {
        place: Place::Host(host),
        name,
        shown: Shown::Page,
    })
}

/// `file:///path` or `file://localhost/path`.
fn local_path(rest: &str) -> Result<PathBuf, BadLink> {
    let (host, _) = rest.split_once('/').ok_or(BadLink::Address)?;
    if !(host.is_empty() || host.eq_ignore_ascii_case("localhost")) || rest.contains(['?', '#']) {
        return Err(BadLink::Address);
    }
    decode(&rest[host.len()..]).map(PathBuf::from)
}

/// `%41` becomes `A`. What is not whole, not UTF-8 or not to be seen is refused.
fn decode(text: &str) -> Result<String, BadLink> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if *first != b'%' {
            bytes.push(*first);
            rest = tail;
            continue;
        }
        let [high, low, tail @ ..] = tail else {
            return Err(BadLink::Address);
        };
        let digit = |byte: &u8| char::from(*byte).to_digit(16).ok_or(BadLink::Address);
        bytes.push((digit(high)? * 16 + digit(low)?) as u8);
        rest = tail;
    }
    let text = String::from_utf8(bytes).map_err(|_error| BadLink::Address)?;
    checked(&text)?;
    Ok(text)
}

fn checked(text: &str) -> Result<&str, BadLink> {
    let is_hidden =
        |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c);
    if text.contains(is_hidden) {
        Err(BadLink::Address)
    } else {
        Ok(text)
    }
}

fn medium(path: &Path) -> Result<Target, BadLink> {
    medium_use(path).ok_or(BadLink::FileType)?;
    Ok(Target::Medium(path.to_owned()))
}

/// By the file's ending; what the file really is, the dialog finds out.
pub fn medium_use(path: &Path) -> Option<MediumUse> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    match ending.as_str() {
        "iso" => Some(MediumUse::Installer),
        "qcow2" | "img" | "raw" => Some(MediumUse::Disk),
        _ => None,
    }
}

/// Is this connection the one that an address calls `host`? By the host's name in its URI, or by the name under which
/// it is `shown`.
pub fn is_host(uri: &str, shown: &str, host: &str) -> bool {
    let authority = uri
        .split_once("://")
        .map_or("", |(_, rest)| rest.split('/').next().unwrap_or_default());
    let in_uri = authority.rsplit('@').next().unwrap_or_default();
    let without_port = match in_uri.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => in_uri,
    };
    if in_uri.is_empty() {
        host.is_empty() || host.eq_ignore_ascii_case("localhost") || host.eq_ignore_ascii_case(shown)
    } else {
        [in_uri, without_port, shown]
            .iter()
            .any(|name| name.eq_ignore_ascii_case(host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here(text: &str) -> Result<Target, BadLink> {
        parse(text, Path::new("/home/ada"))
    }

    fn named(host: &str, name: &str) -> Target {
        Target::Machine {
            place: Place::Host(host.to_owned()),
            name: name.to_owned(),
            shown: Shown::Page,
        }
    }

    #[test]
    fn an_address_names_a_host_and_a_machine() {
        assert_eq!(here("berth://lab/web-1"), Ok(named("lab", "web-1")));
        assert_eq!(here("BERTH:///web-1/"), Ok(named("", "web-1")));
        assert_eq!(here("berth://lab/caf%C3%A9%20%231"), Ok(named("lab", "café #1")));
        assert_eq!(here("berth://[::1]/a%25b"), Ok(named("[::1]", "a%b")));
        // What looks like an option stays a name.
        assert_eq!(here("berth://lab/--console"), Ok(named("lab", "--console")));
    }

    #[test]
    fn what_is_more_than_an_address_is_refused() {
        for text in [
            "berth://lab",
            "berth://lab/",
            "berth://lab//",
            "berth:web-1",
            "berth:///",
            "berth://lab/web-1/start",
            "berth://lab/web-1?console",
            "berth://lab/web-1#x",
            "berth://ada@lab/web-1",
            "berth://lab/a%2Fb",
            "berth://lab%2F..%2Fx/web-1",
            "berth://lab/a%0Ab",
            "berth://lab/a%00b",
            "berth://lab/a%",
            "berth://lab/a%4",
            "berth://lab/a%zz",
            "berth://lab/a%+1",
            "berth://lab/%ff%fe",
            "berth://lab/a\nb",
            "berth://lab/%E2%80%AEexe",
            "http://lab/web-1.iso",
            "qemu+ssh://lab/system",
            "javascript:alert(1).iso",
            "file://other/a.iso",
            "file:///a.iso?x",
            "file:///a%0A.iso",
            "file:a.iso",
            "/a\u{7}.iso",
        ] {
            assert_eq!(here(text), Err(BadLink::Address), "{text:?}");
        }
        assert_eq!(
            here(&format!("berth://lab/{}", "a".repeat(5_000))),
            Err(BadLink::Address)
        );
    }

    #[test]
    fn a_file_is_a_medium_where_it_is_called_like_one() {
        let path = |text: &str| Ok(Target::Medium(PathBuf::from(text)));
        assert_eq!(here("/srv/debian 12.iso"), path("/srv/debian 12.iso"));
        assert_eq!(here("file:///srv/debian%2012.ISO"), path("/srv/debian 12.ISO"));
        assert_eq!(here("file://localhost/a.qcow2"), path("/a.qcow2"));
        assert_eq!(here("disk.img"), path("/home/ada/disk.img"));
        assert_eq!(here("-a.iso"), path("/home/ada/-a.iso"));
        for other in ["/etc/passwd", "", "/", "file:///a.desktop", "a.iso.sh"] {
            assert_eq!(here(other), Err(BadLink::FileType), "{other:?}");
        }
        assert_eq!(medium_use(Path::new("a.iso")), Some(MediumUse::Installer));
        assert_eq!(medium_use(Path::new("a.QCOW2")), Some(MediumUse::Disk));
    }

    #[test]
    fn a_host_is_known_by_its_uri_or_its_shown_name() {
        for host in ["lab", "LAB", "lab (ssh)"] {
            assert!(is_host("qemu+ssh://ada@lab/system", "lab (ssh)", host), "{host}");
        }
        assert!(is_host("qemu+ssh://ada@lab:2222/system", "lab (ssh)", "lab"));
        for host in ["ada", "ada@lab", "lab2", "", "localhost", "system"] {
            assert!(!is_host("qemu+ssh://ada@lab/system", "lab (ssh)", host), "{host}");
        }
        for host in ["", "localhost", "this computer"] {
            assert!(is_host("qemu:///session", "This computer", host), "{host}");
        }
        assert!(!is_host("qemu:///session", "This computer", "lab"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic_or_hides_a_character(text in "\\PC{0,40}|berth://.{0,30}|file://.{0,30}|(berth://a/)?(%[0-9a-f]{2}){0,20}") {
            if let Ok(Target::Machine { name, place: Place::Host(host), shown }) = here(&text) {
                proptest::prop_assert_eq!(shown, Shown::Page);
                let parts = [name, host].concat();
                proptest::prop_assert!(!parts.contains(|c: char| c.is_control() || c == '/'));
            }
        }

        #[test]
        fn every_name_comes_through_its_address(name in "[^/\\p{C}\u{202a}-\u{202e}\u{2066}-\u{2069}]{1,30}") {
            let encoded = name.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"));
            proptest::prop_assert_eq!(here(&format!("berth://lab/{encoded}")), Ok(named("lab", &name)));
        }
    }
}
