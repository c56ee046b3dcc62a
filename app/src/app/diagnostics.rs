//! What a bug report needs, in English, with secrets and names of people removed.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use libvirt_backend::Backend;
use libvirt_backend::command::{Command, Outcome, Query};
use libvirt_backend::model::{HostModel, HostProfile};

use super::{logging, panic_report};
use crate::jobs::{Job, JobEnd};
use crate::route::MachineKey;
use crate::settings::{Folders, Settings};
use crate::text::units;

const LOG_LINES: usize = 200;
const REPORTS: usize = 2;
const REPORT_LINES: usize = 60;
/// For a machine's XML; a report without it is better than none.
const XML_PATIENCE: Duration = Duration::from_secs(3);
const REMOVED: &str = "(removed)";

/// What is known beside files: as much as there is.
#[derive(Default)]
pub struct Known {
    /// What the user read; may be empty.
    pub message: String,
    /// From [`machine_xml`], where the report is about a machine.
    pub machine_xml: Option<String>,
    pub hosts: Vec<Arc<HostModel>>,
    pub profiles: Vec<Arc<HostProfile>>,
    pub jobs: Vec<Job>,
    /// Lines about the window and what draws it.
    pub window: Vec<String>,
}

/// The machine's XML without its secrets, or why there is none. A QEMU that hangs may never tell it.
pub async fn machine_xml(backend: &Backend, key: &MachineKey) -> String {
    let query = Command::Query(Query::DomainXml(key.id));
    match tokio::time::timeout(XML_PATIENCE, backend.run(&key.uri, query)).await {
        Ok(Ok(Outcome::Text(xml))) => xml,
        Ok(Ok(other)) => format!("no XML but {other:?}"),
        Ok(Err(error)) => format!("no XML: {error}"),
        Err(_) => "no XML: the machine does not answer".to_owned(),
    }
}

/// Reads the log and the panic reports: not for the window's thread.
pub fn gather(known: &Known, settings: &Settings, folders: &Folders) -> String {
    let mut text = String::new();
    if !known.message.is_empty() {
        text = format!("{}\n\n", known.message);
    }
    if let Some(xml) = &known.machine_xml {
        section(&mut text, "Machine", xml);
    }
    section(&mut text, "Berth", &program());
    section(&mut text, "System", &system());
    let all = |lines: Vec<String>| lines.join("\n");
    let mut window = known.window.clone();
    window.extend(renderer(&folders.state));
    section(&mut text, "Window", &all(window));
    let hosts = known.hosts.iter().map(|host| connection(host)).collect();
    section(&mut text, "Connections", &all(hosts));
    let proved = known.profiles.iter().map(|profile| proofs(profile)).collect();
    section(&mut text, "Proofs", &all(proved));
    section(&mut text, "Jobs", &all(known.jobs.iter().map(job).collect()));
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

/// The graphics driver of the last window, which says so as it opens.
fn renderer(state_folder: &Path) -> Option<String> {
    let lines = logging::last_lines(state_folder, usize::MAX);
    lines.into_iter().rev().find(|line| line.starts_with(logging::RENDERER))
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

/// What was tried on a host, and what came of it.
fn proofs(profile: &HostProfile) -> String {
    let HostProfile {
        uri,
        architecture,
        caps,
        kvm,
        dbus_display,
        passt,
        ..
    } = profile;
    format!(
        "{uri}: {architecture}, {}, KVM offered: {}, KVM: {kvm:?}, D-Bus display: {dbus_display:?}, passt: {passt:?}",
        caps.machine_type.as_deref().unwrap_or("no q35"),
        caps.offers_kvm
    )
}

fn job(job: &Job) -> String {
    let end = match &job.end {
        None => format!("running, {:?}, {:?}", job.step, job.fraction),
        Some(JobEnd::Failed(error)) => format!("failed: {error}"),
        Some(end) => format!("{end:?}"),
    };
    format!("{} on {}: {:?}: {end}", job.machine_name, job.uri, job.command)
}

/// Replaces what must not leave this computer: the user's name in paths and URIs, passwords in XML and URIs.
pub fn without_secrets(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(home) = std::env::var_os("HOME").filter(|home| Path::new(home) != Path::new("/")) {
        text = text.replace(&*home.to_string_lossy(), "~");
    }
    let names = names_in(&text);
    text = without_home_names(&text);
    text = without_uri_users(&text);
    text = without_users_at_hosts(&text);
    for name in names {
        text = without_word(&text, &name);
    }
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

/// `ada@lab.example: Permission denied` → `(removed)@lab.example: Permission denied`, as ssh says it.
fn without_users_at_hosts(text: &str) -> String {
    let mut parts = text.split('@');
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_host = part.starts_with(|char: char| char.is_alphanumeric() || char == '[');
        let name_start = clean.rfind(|char: char| !is_of_name(char)).map_or(0, |at| {
            at + clean
                .get(at..)
                .and_then(|rest| rest.chars().next())
                .map_or(0, char::len_utf8)
        });
        if is_host && name_start < clean.len() {
            clean.truncate(name_start);
            clean.push_str(REMOVED);
        }
        clean.push('@');
        clean.push_str(part);
    }
    clean
}

fn is_of_name(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '.' | '_' | '-' | '+' | '$' | '%' | '\\')
}

/// People that the text itself names, in URIs, before an `@` and in paths. They are said elsewhere too: "ada's password".
fn names_in(text: &str) -> BTreeSet<String> {
    // Accounts of programs, and words that a report needs.
    const NOBODY: [&str; 6] = ["root", "qemu", "libvirt", "libvirt-qemu", "berth", "user"];
    let before_at = text.match_indices('@').filter_map(|(at, _)| {
        let before = text.get(..at)?;
        let after = text.get(at + 1..)?;
        let authority = before.rsplit(|char: char| !is_of_name(char) && char != ':').next()?;
        let name = authority.split(':').next()?;
        after
            .starts_with(|char: char| char.is_alphanumeric() || char == '[')
            .then_some(name)
    });
    let homes = text
        .split("/home/")
        .skip(1)
        .filter_map(|path| path.split(|char: char| !is_of_name(char)).next());
    before_at
        .chain(homes)
        .filter(|name| name.chars().count() > 1 && !NOBODY.contains(name))
        .map(str::to_owned)
        .collect()
}

/// Every `word` that stands alone.
fn without_word(text: &str, word: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(word) {
        clean.push_str(before);
        let joins = |char: char| char.is_alphanumeric() || char == '_';
        let is_alone = !before.ends_with(joins) && !after.starts_with(joins);
        clean.push_str(if is_alone { REMOVED } else { word });
        rest = after;
    }
    clean.push_str(rest);
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
    use libvirt_backend::command::JobStep;

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
    fn the_names_of_people_on_other_hosts_are_removed_wherever_they_stand() {
        let text = "qemu+ssh://ada@lab.example/system: Disconnected, message: \"Cannot recv data: \
                    ada@lab.example: Permission denied (publickey).\"\nWARN bob.b+x@10.0.0.1's password: \
                    eve@[fe80::1] (zoë@host) ada said no; adamant stays; user ada, /home/carl/x carl\nroot@lab a @ b";
        let clean = without_secrets(text);
        for name in ["ada@", "bob", "eve", "zoë", "user ada", "ada said", "carl"] {
            assert!(!clean.contains(name), "{name} in {clean}");
        }
        for kept in [
            "@lab.example: Permission denied",
            "@10.0.0.1's password",
            "@[fe80::1]",
            "adamant",
            "a @ b",
        ] {
            assert!(clean.contains(kept), "{kept} not in {clean}");
        }
    }

    #[test]
    fn a_report_says_what_was_proved_of_a_host() {
        let profile = HostProfile {
            uri: "qemu:///session".to_owned(),
            is_session: true,
            architecture: "x86_64".to_owned(),
            libvirt_version: 11_003_000,
            qemu_version: 10_000_002,
            host_cpus: 2,
            host_memory_bytes: 0,
            caps: libvirt_backend::model::DomainCaps::default(),
            kvm: libvirt_backend::model::AccelProof::TooSlow { waited_millis: 2_000 },
            dbus_display: libvirt_backend::model::Proof::Failed("no module".to_owned()),
            passt: libvirt_backend::model::Proof::Works,
            log_folder: None,
        };
        let line = proofs(&profile);
        for part in ["KVM: TooSlow", "D-Bus display: Failed(\"no module\")", "passt: Works"] {
            assert!(line.contains(part), "{part} not in {line}");
        }
    }

    #[test]
    fn a_report_says_what_runs_where() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::below(folder.path());
        std::fs::create_dir_all(&folders.state).unwrap();
        std::fs::write(
            logging::log_file(&folders.state),
            "DEBUG egui_glow::painter: \nopengl version: 4.5\nopengl renderer: llvmpipe\nWARN the last thing that happened\n",
        )
        .unwrap();
        let host = Arc::new(HostModel::empty("qemu+ssh://ada@lab/system"));
        let failed = Job {
            id: libvirt_backend::JobId(1),
            uri: host.uri.clone(),
            machine: None,
            machine_name: "web-1".to_owned(),
            command: Arc::new(Command::TestHostAgain),
            step: JobStep::Checking,
            fraction: None,
            is_cancellable: false,
            started_at_millis: 0,
            end: Some(JobEnd::Failed(libvirt_backend::Error::AgentSilent)),
        };
        let known = Known {
            message: "The machine could not be started.".to_owned(),
            machine_xml: Some("<domain><graphics type='vnc' passwd='hunter2'/></domain>".to_owned()),
            hosts: vec![host],
            jobs: vec![failed],
            window: vec!["pixels per point: 2".to_owned()],
            ..Known::default()
        };
        let text = gather(&known, &Settings::default(), &folders);
        assert!(!text.contains("hunter2"), "{text}");
        for part in [
            "could not be started",
            "<graphics type='vnc'",
            "version ",
            "kernel: ",
            "(removed)@lab/system",
            "the last thing that happened",
            "text_scale",
            "pixels per point: 2",
            "opengl renderer: llvmpipe",
            "web-1 on qemu+ssh://(removed)@lab/system: TestHostAgain: failed: ",
        ] {
            assert!(text.contains(part), "{part} not in {text}");
        }
    }
}
