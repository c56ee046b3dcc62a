//! What a bug report needs, in English, with secrets and names of people removed.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use libvirt_backend::model::HostModel;

use super::{logging, panic_report};
use crate::settings::{Folders, Settings};
use crate::text::units;

const LOG_LINES: usize = 200;
const REPORTS: usize = 2;
const REPORT_LINES: usize = 60;
const REMOVED: &str = "(removed)";

/// Reads the log and the panic reports: not for the window's thread.
pub fn gather(hosts: &[Arc<HostModel>], settings: &Settings, folders: &Folders) -> String {
    let mut text = String::new();
    section(&mut text, "Berth", &program());
    section(&mut text, "System", &system());
    let hosts: Vec<String> = hosts.iter().map(|host| connection(host)).collect();
    section(&mut text, "Connections", &hosts.join("\n"));
    let settings = serde_json::to_string_pretty(settings).unwrap_or_default();
    section(&mut text, "Settings", &settings);
    let reports = panic_report::reports(&folders.state);
    for report in reports.iter().rev().take(REPORTS) {
        let content = std::fs::read_to_string(report).unwrap_or_default();
        let head: Vec<&str> = content.lines().take(REPORT_LINES).collect();
        section(&mut text, "Panic", &head.join("\n"));
    }
    let lines = logging::last_lines(&folders.state, LOG_LINES);
    section(&mut text, "Log", &lines.join("\n"));
    without_secrets(&text)
}

fn section(text: &mut String, title: &str, content: &str) {
    // Writing to a String cannot fail.
    writeln!(text, "== {title}\n{content}\n").ok();
}

fn program() -> String {
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    format!("version {} ({build})", env!("CARGO_PKG_VERSION"))
}

fn system() -> String {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))
        .map_or("unknown", |name| name.trim_matches('"'));
    let kernel = rustix::system::uname();
    let mut lines = vec![
        format!("os: {name}"),
        format!(
            "kernel: {} {}",
            kernel.release().to_string_lossy(),
            kernel.machine().to_string_lossy()
        ),
        format!("root: {}", rustix::process::getuid().is_root()),
        format!("/dev/kvm: {}", kvm()),
    ];
    for name in ["XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP", "LANG", "LANGUAGE"] {
        lines.push(format!("{name}: {}", std::env::var(name).unwrap_or_default()));
    }
    lines.join("\n")
}

fn kvm() -> &'static str {
    match std::fs::File::options().read(true).write(true).open("/dev/kvm") {
        Ok(_) => "can be opened",
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => "absent",
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => "not permitted",
        Err(_) => "cannot be opened",
    }
}

fn connection(host: &HostModel) -> String {
    let info = &host.info;
    let running = host.machines.iter().filter(|machine| machine.state.is_active()).count();
    format!(
        "{}: {:?}, {:?}, {} {}, libvirt {}, {} machines, {running} active, {} CPUs, {}",
        host.uri,
        host.connection,
        host.freshness,
        info.driver,
        units::version(info.hypervisor_version),
        units::version(info.libvirt_version),
        host.machines.len(),
        info.cpus,
        units::bytes(info.memory_bytes)
    )
}

/// Replaces what must not leave this computer: the user's name in paths and URIs, passwords in XML and URIs.
pub fn without_secrets(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(home) = std::env::var_os("HOME").filter(|home| Path::new(home) != Path::new("/")) {
        text = text.replace(&*home.to_string_lossy(), "~");
    }
    text = without_home_names(&text);
    text = without_uri_users(&text);
    for mark in ["passwd=", "password=", "Passwd=", "Password=", "token=", "secret="] {
        text = without_values(&text, mark);
    }
    text
}

/// `/home/ada/x` → `/home/(removed)/x`.
fn without_home_names(text: &str) -> String {
    let mut parts = text.split("/home/");
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let name_end = part
            .find(|char: char| char.is_whitespace() || matches!(char, '/' | '"' | '\'' | ':' | ',' | ')' | '<'))
            .unwrap_or(part.len());
        let (_, rest) = part.split_at(name_end);
        clean.push_str("/home/");
        clean.push_str(REMOVED);
        clean.push_str(rest);
    }
    clean
}

/// `qemu+ssh://ada@lab/system` → `qemu+ssh://(removed)@lab/system`.
fn without_uri_users(text: &str) -> String {
    let mut parts = text.split("://");
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        clean.push_str("://");
        let authority_end = part
            .find(|char: char| char.is_whitespace() || matches!(char, '/' | '"' | '\'' | '<' | '?'))
            .unwrap_or(part.len());
        let (authority, rest) = part.split_at(authority_end);
        match authority.rsplit_once('@') {
            Some((_, host)) => {
                clean.push_str(REMOVED);
                clean.push('@');
                clean.push_str(host);
            }
            None => clean.push_str(authority),
        }
        clean.push_str(rest);
    }
    clean
}

/// `passwd='x'`, `passwd="x"` and `passwd=x` → `passwd=(removed)`.
fn without_values(text: &str, mark: &str) -> String {
    let mut parts = text.split(mark);
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        clean.push_str(mark);
        clean.push_str(REMOVED);
        let rest = if let Some(quote @ ('\'' | '"')) = part.chars().next() {
            let inner = part.get(1..).unwrap_or_default();
            inner.split_once(quote).map_or("", |(_, rest)| rest)
        } else {
            let end = part.find(|char: char| char.is_whitespace() || matches!(char, '&' | '"' | '\'' | '>'));
            part.get(end.unwrap_or(part.len())..).unwrap_or_default()
        };
        clean.push_str(rest);
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_passwords_stay_on_this_computer() {
        let text = "open /home/ada/images/a.qcow2 at qemu+ssh://ada@lab/system?keyfile=/home/ada/k\n\
                    <graphics type='vnc' passwd='hunter2' port='5900'/> http://x/?token=abc123&b=1 password=\"p w\" end";
        let clean = without_secrets(text);
        for secret in ["ada", "hunter2", "abc123", "p w"] {
            assert!(!clean.contains(secret), "{secret} in {clean}");
        }
        for kept in ["images/a.qcow2", "@lab/system", "port='5900'", "&b=1", " end"] {
            assert!(clean.contains(kept), "{kept} not in {clean}");
        }
    }

    #[test]
    fn a_report_says_what_runs_where() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::below(folder.path());
        std::fs::create_dir_all(&folders.state).unwrap();
        std::fs::write(logging::log_file(&folders.state), "WARN the last thing that happened\n").unwrap();
        let host = Arc::new(HostModel::empty("qemu+ssh://ada@lab/system"));
        let text = gather(&[host], &Settings::default(), &folders);
        for part in [
            "version ",
            "kernel: ",
            "(removed)@lab/system",
            "the last thing that happened",
            "text_scale",
        ] {
            assert!(text.contains(part), "{part} not in {text}");
        }
    }
}
