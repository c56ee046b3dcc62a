//! The picture in ARCHITECTURE.md, held: who may import whom, what stays pure, and how large a room may grow.

use std::fs;
use std::path::{Path, PathBuf};

struct Source {
    /// From the workspace's root, with `/`.
    path: String,
    /// Without comments, and without the tests at the file's end.
    code: String,
    lines: usize,
}

/// Tests run in their package's folder, wherever that was moved to since it was compiled.
fn root() -> PathBuf {
    PathBuf::from("..")
}

fn sources(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(read(&path));
            }
        }
    }
    assert!(!found.is_empty(), "no sources below {folder}");
    found
}

fn read(path: &Path) -> Source {
    let text = fs::read_to_string(path).expect("a source");
    let lines = text.lines().count();
    let product = text.split("#[cfg(test)]\nmod tests").next().unwrap_or(&text);
    let code = product
        .lines()
        .map(|line| line.split("//").next().unwrap_or(""))
        .collect::<Vec<_>>()
        .join("\n");
    let path = path
        .strip_prefix(root())
        .expect("inside the workspace")
        .to_string_lossy()
        .into_owned();
    Source { path, code, lines }
}

/// Every source below `folder`, outside `except`, that names one of `words`.
fn offenders(folder: &str, except: &[&str], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources(folder) {
        if except.iter().any(|prefix| source.path.starts_with(prefix)) {
            continue;
        }
        for word in words {
            if names(&source.code, word) {
                found.push(format!("{} names {word}", source.path));
            }
        }
    }
    found
}

/// `word` stands in `code` and does not merely end or continue a longer name.
fn names(code: &str, word: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(start, _)| {
        let before = code[..start].chars().next_back();
        let after = code[start + word.len()..].chars().next();
        let starts_clean = !(word.starts_with(is_name) && before.is_some_and(is_name));
        let ends_clean = !(word.ends_with(is_name) && after.is_some_and(is_name));
        starts_clean && ends_clean
    })
}

fn assert_none(rule: &str, found: &[String]) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

#[test]
fn the_window_and_libvirt_meet_only_through_the_backend() {
    let app = fs::read_to_string(root().join("app/Cargo.toml")).expect("app/Cargo.toml");
    for name in ["virt.", "virt ", "virt-sys", "quick-xml", "roxmltree", "xmltree"] {
        assert!(!app.lines().any(|line| line.starts_with(name)), "app depends on {name}");
    }
    let backend = fs::read_to_string(root().join("libvirt-backend/Cargo.toml")).expect("its Cargo.toml");
    for name in ["egui", "eframe", "rfd", "fluent"] {
        assert!(
            !backend.lines().any(|line| line.starts_with(name)),
            "libvirt-backend depends on {name}"
        );
    }
}

#[test]
fn unsafe_code_and_libvirt_calls_stay_where_they_belong() {
    let ffi = ["libvirt-backend/src/ffi"];
    // The word alone is also a way of caching a disk.
    let unsafe_code = [
        "unsafe {",
        "unsafe fn",
        "unsafe impl",
        "unsafe trait",
        "unsafe extern",
        "unsafe(",
    ];
    assert_none(
        "unsafe belongs in ffi",
        &offenders("libvirt-backend/src", &ffi, &unsafe_code),
    );
    // The window system's own objects, which winit shows as addresses only, and OpenGL.
    let ffi = ["app/src/keyboard/grab/ffi.rs", "app/src/display/glass/ffi.rs"];
    assert_none("unsafe belongs in ffi", &offenders("app/src", &ffi, &unsafe_code));
    let callers = [
        "libvirt-backend/src/ffi",
        "libvirt-backend/src/ops",
        "libvirt-backend/src/connection",
        // Asks libvirt's test driver inside the program: no connection of the user's is touched.
        "libvirt-backend/src/schema",
    ];
    assert_none(
        "virt belongs in ffi, ops, connection and schema",
        &offenders("libvirt-backend/src", &callers, &["virt::", "virt_sys"]),
    );
}

#[test]
fn pure_code_stays_pure() {
    let impure = [
        "virt::",
        "tokio",
        "std::fs",
        "std::thread",
        "std::process",
        "SystemTime",
        "Instant::now",
        "std::env",
    ];
    let pure = ["libvirt-backend/src/model", "libvirt-backend/src/xml"];
    for folder in pure {
        assert_none(
            "pure code does no input or output and reads no clock",
            &offenders(folder, &[], &impure),
        );
    }
    let is_pure_file = |path: &str| {
        path == "libvirt-backend/src/guard.rs"
            || path.starts_with("libvirt-backend/src/defaults")
            || path == "libvirt-backend/src/connection/refresh.rs"
            || path == "libvirt-backend/src/connection/sampler.rs"
            || path == "libvirt-backend/src/connection/rates.rs"
    };
    let files: Vec<Source> = sources("libvirt-backend/src")
        .into_iter()
        .filter(|source| is_pure_file(&source.path))
        .collect();
    assert!(files.len() >= 4, "guard, defaults, refresh and sampler");
    for file in files {
        for word in impure {
            assert!(!names(&file.code, word), "{} names {word}", file.path);
        }
    }
}

#[test]
fn operations_are_called_by_connections_only() {
    let allowed = ["libvirt-backend/src/ops", "libvirt-backend/src/connection"];
    let mut found = offenders("libvirt-backend/src", &allowed, &["crate::ops", "super::ops"]);
    // How a check of a schema is repeated is shared; it touches no connection of the user's.
    found.retain(|offence| !offence.starts_with("libvirt-backend/src/schema"));
    // The handle passes on where the operations keep their files and how a job is cancelled; it calls none of them.
    let handle_path = "libvirt-backend/src/backend.rs";
    found.retain(|offence| !offence.starts_with(handle_path));
    assert_none("ops are called by connection only", &found);
    let handle = read(&root().join(handle_path)).code;
    let taken: Vec<&str> = handle
        .lines()
        .filter(|line| line.contains("ops::"))
        .map(str::trim)
        .collect();
    assert_eq!(
        taken,
        ["use crate::ops::{CancelToken, Paths};"],
        "the handle calls an operation"
    );
}

#[test]
fn widgets_know_egui_and_nothing_else() {
    let words = [
        "libvirt_backend",
        "tokio",
        "rfd",
        "std::fs",
        "std::net",
        "crate::text",
        "t!",
        "crate::screens",
        "crate::app",
        "crate::context",
    ];
    assert_none(
        "widgets know egui only",
        &offenders("app/src/widgets", &["app/src/widgets/fonts"], &words),
    );
}

#[test]
fn screens_look_and_send_commands() {
    let words = [
        "Backend",
        "tokio",
        "rfd",
        "std::fs",
        "std::net::Tcp",
        "std::process",
        "eframe",
        "std::thread",
    ];
    for folder in ["app/src/screens", "app/src/dialogs"] {
        assert_none(
            "screens read the context and send commands",
            &offenders(folder, &[], &words),
        );
    }
}

#[test]
fn no_screen_imports_another() {
    let screens = sources("app/src/screens");
    let pages = ["machines", "machine", "connections", "settings", "first_start"];
    let page_of = |path: &str| {
        let rest = path.strip_prefix("app/src/screens/")?;
        let name = rest.split('/').next()?.trim_end_matches(".rs").to_owned();
        pages.contains(&name.as_str()).then_some(name)
    };
    for source in &screens {
        let Some(page) = page_of(&source.path) else { continue };
        for other in pages.iter().filter(|other| **other != page) {
            for way in ["crate::screens::", "super::super::"] {
                assert!(
                    !names(&source.code, &format!("{way}{other}")),
                    "{} imports the page {other}",
                    source.path
                );
            }
        }
    }
}

#[test]
fn only_main_makes_a_runtime() {
    let words = ["Runtime::new", "runtime::Builder"];
    assert_none(
        "one runtime, made by main",
        &offenders("app/src", &["app/src/main.rs", "app/src/app/tests.rs"], &words),
    );
    assert_none(
        "one runtime, made by main",
        &offenders("libvirt-backend/src", &[], &words),
    );
}

#[test]
fn rooms_stay_small() {
    let mut lengths = Vec::new();
    for folder in ["app", "libvirt-backend", "tests"] {
        for source in sources(folder) {
            assert!(
                source.lines <= 800,
                "{} has {} lines: two subjects in one room",
                source.path,
                source.lines
            );
            lengths.push(source.lines);
        }
    }
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median <= 200, "the median file has {median} lines");
    let main = read(&root().join("app/src/main.rs"));
    assert!(main.lines < 100, "main.rs has {} lines", main.lines);
}
