//! A machine as an icon on the desktop: an entry that opens its screen.
//!
//! Its name is the user's and may hold anything; the entry's own rules say how each part is written, so that nothing in
//! a name becomes another line, another argument or a field code.

use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::App;
use super::outside::{Note, Outside};
use super::window::APP_ID;
use crate::route::MachineKey;
use crate::settings::folders::create_private;
use crate::t;

/// Of a name in the file's name.
const MOST_CHARS: usize = 40;

impl App {
    pub(super) fn make_shortcut(&self, key: &MachineKey) {
        let Some(name) = self.machine(key).map(|machine| machine.name().to_owned()) else {
            return;
        };
        let key = key.clone();
        let parent = |folder: &Path| folder.parent().map(Path::to_owned).unwrap_or_default();
        let (config, data) = (parent(&self.folders.config), parent(&self.folders.data));
        self.outbox.on_thread("berth-shortcut", move |outbox| {
            let folder = folder(std::env::home_dir().as_deref(), &config, &data);
            let path = folder.join(file_name(&name, &key));
            let note = match write(&path, &entry(&name, &key, &program())) {
                Ok(()) => Note::info(t!("shortcut-made", path = path.display().to_string())),
                Err(error) => Note::error(t!(
                    "shortcut-failed",
                    path = path.display().to_string(),
                    reason = error.to_string()
                )),
            };
            outbox.send(Outside::NoteAbout(key, name, note));
        });
    }
}

/// As it is called where it is installed; else the file that runs.
fn program() -> String {
    let this = std::env::current_exe().unwrap_or_default();
    let is_installed = ["/usr/bin", "/usr/local/bin"]
        .iter()
        .any(|folder| this.parent() == Some(Path::new(folder)));
    if is_installed {
        "berth".to_owned()
    } else {
        this.display().to_string()
    }
}

/// The user's desktop, or the list of applications where there is none.
fn folder(home: Option<&Path>, config: &Path, data: &Path) -> PathBuf {
    let named = std::fs::read_to_string(config.join("user-dirs.dirs")).unwrap_or_default();
    let desktop = home.and_then(|home| desktop_folder(&named, home).or_else(|| Some(home.join("Desktop"))));
    desktop
        .filter(|folder| folder.is_dir())
        .unwrap_or_else(|| data.join("applications"))
}

/// `XDG_DESKTOP_DIR="$HOME/Desktop"`, of the last such line; the home itself stands for none.
fn desktop_folder(user_dirs: &str, home: &Path) -> Option<PathBuf> {
    let lines = user_dirs.lines().map(str::trim);
    let value = lines
        .filter_map(|line| line.strip_prefix("XDG_DESKTOP_DIR="))
        .next_back()?;
    let quoted = value.trim().strip_prefix('"')?.strip_suffix('"')?;
    let path = match quoted.strip_prefix("$HOME") {
        Some(below) => home.join(below.trim_start_matches('/')),
        None => PathBuf::from(quoted),
    };
    (path.is_absolute() && path != home && path != home.join("")).then_some(path)
}

/// Letters and digits of the name, and the machine's own number, so that two of one name have two files.
fn file_name(name: &str, key: &MachineKey) -> String {
    let plain = |c: char| if c.is_alphanumeric() || c == '.' { c } else { '-' };
    let words: String = name.chars().take(MOST_CHARS).map(plain).collect();
    let id = key.id.to_string();
    let id = id.split('-').next().unwrap_or_default();
    format!("berth-{}-{id}.desktop", words.trim_matches(['-', '.']))
}

fn entry(name: &str, key: &MachineKey, program: &str) -> String {
    let exec = [
        program,
        "--connect",
        &*key.uri,
        "open",
        "--console",
        &key.id.to_string(),
    ]
    .map(argument)
    .join(" ");
    let name = value(name);
    let lines = [
        "[Desktop Entry]".to_owned(),
        "Type=Application".to_owned(),
        format!("Name={name}"),
        format!("Exec={}", value(&exec)),
        format!("Icon={APP_ID}"),
        "Terminal=false".to_owned(),
        "Categories=System;Emulator;".to_owned(),
        "StartupNotify=true".to_owned(),
        format!("StartupWMClass={APP_ID}"),
        String::new(),
    ];
    lines.join("\n")
}

/// A string of an entry: one line, with its backslashes doubled.
fn value(text: &str) -> String {
    let one_line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    one_line.trim().replace('\\', "\\\\")
}

/// An argument of `Exec`, which is read after the string is: quoted, and no field code.
fn argument(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '`' | '$' | '\\' => quoted.extend(['\\', c]),
            '%' => quoted.push_str("%%"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Executable, which is how desktops tell an icon that the user made from a file that came from somewhere.
fn write(path: &Path, content: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    create_private(folder)?;
    let mut file = tempfile::Builder::new().prefix(".berth-").tempfile_in(folder)?;
    file.write_all(content.as_bytes())?;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o755))?;
    file.persist(path).map_err(|failure| failure.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screens::test_window::{key, key_of};

    #[test]
    fn nothing_in_a_name_or_an_address_gets_out_of_its_place() {
        let evil = "a\nExec=/bin/sh\r[Desktop Action x]\\s%f";
        let key = key_of("qemu+ssh://lab/system?x=\"$(id)`id`\\%f", key(1).id);
        let entry = entry(evil, &key, "/opt/my apps/berth");
        let lines: Vec<&str> = entry.lines().collect();
        assert_eq!(
            lines.iter().filter(|line| line.starts_with("Exec=")).count(),
            1,
            "{entry}"
        );
        assert_eq!(lines.iter().filter(|line| line.starts_with('[')).count(), 1, "{entry}");
        assert_eq!(lines[2], "Name=a Exec=/bin/sh [Desktop Action x]\\\\s%f");
        let exec = lines[3];
        assert!(exec.starts_with("Exec=\"/opt/my apps/berth\" \"--connect\" "), "{exec}");
        assert!(exec.contains(r#"?x=\\"\\$(id)\\`id\\`\\\\%%f""#), "{exec}");
        assert!(exec.ends_with("\"open\" \"--console\" \"00000000-0000-4000-8000-000000000001\""));
    }

    #[test]
    fn a_file_is_called_after_its_machine_and_stays_in_its_folder() {
        let name = |name: &str| file_name(name, &key(1));
        assert_eq!(name("web-1"), "berth-web-1-00000000.desktop");
        assert_eq!(name("../../.bashrc"), "berth-bashrc-00000000.desktop");
        assert_eq!(name("数据库 1"), "berth-数据库-1-00000000.desktop");
        assert_eq!(name("\n\0/"), "berth--00000000.desktop");
    }

    #[test]
    fn the_desktop_is_where_the_user_has_it() {
        let home = Path::new("/home/ada");
        let of = |text: &str| desktop_folder(text, home);
        assert_eq!(of("# x\nXDG_DESKTOP_DIR=\"$HOME/桌面\"\n"), Some(home.join("桌面")));
        assert_eq!(of("XDG_DESKTOP_DIR=\"/srv/desk\""), Some(PathBuf::from("/srv/desk")));
        for none in [
            "",
            "XDG_DESKTOP_DIR=\"$HOME/\"",
            "XDG_DESKTOP_DIR=\"$HOME\"",
            "XDG_DESKTOP_DIR=x",
            "XDG_DESKTOP_DIR=\"x\"",
        ] {
            assert_eq!(of(none), None, "{none}");
        }
        let folders = tempfile::tempdir().unwrap();
        let (home, data) = (folders.path(), folders.path().join("data"));
        assert_eq!(folder(Some(home), home, &data), data.join("applications"));
        std::fs::create_dir(home.join("Desktop")).unwrap();
        assert_eq!(folder(Some(home), home, &data), home.join("Desktop"));
    }

    #[test]
    fn what_is_written_can_be_started_and_is_valid() {
        let folders = tempfile::tempdir().unwrap();
        let path = folders.path().join("applications/berth-x.desktop");
        write(&path, &entry("Ünïcode \"quoted\" \\ 100 %", &key(1), "berth")).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755);
        // Where the desktop's own checker is, it agrees.
        if let Ok(output) = std::process::Command::new("desktop-file-validate").arg(&path).output() {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        }
    }
}
