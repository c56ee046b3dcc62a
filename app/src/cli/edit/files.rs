//! Machines' XML in files, without libvirt: one, or every one of a folder.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use libvirt_backend::xml::Document;
use libvirt_backend::xml::diff::DiffLine;
use libvirt_backend::xml::property::change::redacted_diff;
use libvirt_backend::xml::property::select::SelectError;
use serde_json::{Map, Value as Json, json};

use super::super::output::{Failure, print_json, print_line, print_raw};
use super::super::session::notice;
use super::args::Edit;
use super::change::{Change, apply, changes, named};
use super::machine::{print_diff, printed};
use crate::t;
use crate::text::setting::{select_error, xml_error};

/// Larger files are no machine's: libvirt itself carries 4 MiB.
const MAX_BYTES: u64 = 16 << 20;
const ROOT: &str = "domain";

pub(super) fn edit_file(edit: &Edit, path: &Path, is_json: bool) -> Result<(), Failure> {
    let changes = changes(edit)?;
    let failed = |words: String| Failure::text(format!("{}: {words}", path.display()));
    let text = read_file(path).map_err(failed)?;
    if !edit.get.is_empty() {
        let document = Document::parse_as(&text, ROOT).map_err(|error| failed(xml_error(&error)))?;
        return print_values(&document, &edit.get, is_json);
    }
    let changed = changed(&text, &changes).map_err(failed)?;
    if edit.dry_run {
        let lines = redacted_diff(&text, &changed);
        if is_json {
            return print_json(&difference(path, &lines));
        }
        return print_diff(&lines);
    }
    match &edit.out {
        Some(out) => write(out, &changed, path).map_err(|words| Failure::text(format!("{}: {words}", out.display()))),
        None => print_raw(&changed),
    }
}

/// Every file that can be read and changed is written, or with `--dry-run` shown; each that cannot gets a line.
pub(super) fn edit_folder(edit: &Edit, folder: &Path, is_json: bool) -> Result<(), Failure> {
    let changes = changes(edit)?;
    if edit.out.is_none() && !edit.dry_run {
        return Err(Failure::usage(t!("cli-edit-where-to")));
    }
    let out = edit.out.as_deref().unwrap_or(folder);
    let mut shown = Vec::new();
    let mut done = 0_usize;
    let found = xml_files(folder, edit.out.as_deref());
    let mut bad = found.bad.len();
    for (path, words) in &found.bad {
        notice(&format!("{}: {words}", path.display()));
    }
    for file in found.files {
        let place = file.strip_prefix(folder).unwrap_or(&file);
        let written = read_file(&file).and_then(|text| {
            let changed = changed(&text, &changes)?;
            if !edit.dry_run {
                return write(&out.join(place), &changed, &file);
            }
            shown.push((place.to_owned(), redacted_diff(&text, &changed)));
            Ok(())
        });
        match written {
            Ok(()) => done += 1,
            Err(words) => {
                bad += 1;
                notice(&format!("{}: {words}", file.display()));
            }
        }
    }
    shown.retain(|(_, lines)| !lines.is_empty());
    let told = if edit.dry_run {
        show(&shown, is_json)?;
        t!("cli-edit-files-dry", changed = shown.len(), files = done, bad = bad)
    } else {
        t!("cli-edit-files", done = done, bad = bad)
    };
    if bad > 0 {
        return Err(Failure::text(told));
    }
    notice(&told);
    Ok(())
}

/// What would be changed, file by file.
fn show(shown: &[(PathBuf, Vec<DiffLine>)], is_json: bool) -> Result<(), Failure> {
    if is_json {
        return print_json(&shown.iter().map(|(place, lines)| difference(place, lines)).collect());
    }
    shown.iter().try_for_each(|(place, lines)| {
        print_line(&format!("{}:", place.display()))?;
        print_diff(lines)
    })
}

fn difference(place: &Path, lines: &[DiffLine]) -> Json {
    json!({ "file": place.display().to_string(), "diff": printed(lines) })
}

pub(super) fn print_values(document: &Document, names: &[String], is_json: bool) -> Result<(), Failure> {
    let mut values = Map::new();
    for name in names {
        let setting = named(name)?;
        let held = setting
            .read(document)
            .map_err(|error| Failure::text(select_error(&error)))?;
        let shown: Vec<Json> = held
            .into_iter()
            .map(|value| match value {
                Some(_) if setting.property.is_secret => Json::String(t!("cli-edit-hidden")),
                Some(value) => Json::String(value.to_string()),
                None => Json::Null,
            })
            .collect();
        let shown = match <[Json; 1]>::try_from(shown) {
            Ok([only]) => only,
            Err(several) if several.is_empty() => Json::Null,
            Err(several) => Json::Array(several),
        };
        values.insert(name.clone(), shown);
    }
    if is_json {
        return print_json(&Json::Object(values));
    }
    names.iter().try_for_each(|name| {
        let all = match &values[name.as_str()] {
            Json::Array(all) => all.as_slice(),
            one => std::slice::from_ref(one),
        };
        all.iter()
            .try_for_each(|value| print_line(&format!("{name}={}", value.as_str().unwrap_or_default())))
    })
}

/// Without changes any XML comes back as it is; with them it has to be a machine's.
fn changed(text: &str, changes: &[Change]) -> Result<String, String> {
    let parsed = if changes.is_empty() {
        Document::parse(text)
    } else {
        Document::parse_as(text, ROOT)
    };
    let mut document = parsed.map_err(|error| xml_error(&error))?;
    apply(&mut document, changes).map_err(|error: SelectError| select_error(&error))?;
    Ok(document.to_string())
}

/// As text, or what is wrong with it.
pub(in super::super) fn read_file(path: &Path) -> Result<String, String> {
    let words = |error: io::Error| error.to_string();
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin()
            .lock()
            .take(MAX_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(words)?;
    } else {
        let file = fs::File::open(path).map_err(words)?;
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(words)?;
    }
    if bytes.len() as u64 > MAX_BYTES {
        return Err(t!("cli-edit-too-large", mebibytes = MAX_BYTES >> 20));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = String::from_utf8_lossy(&error.as_bytes()[..at]).matches('\n').count() + 1;
        t!("cli-edit-not-utf8", line = line)
    })
}

/// Beside it first, then in its place: whoever reads it finds the old one or the new one. As private as `origin`.
fn write(path: &Path, text: &str, origin: &Path) -> Result<(), String> {
    let words = |error: io::Error| error.to_string();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(folder).map_err(words)?;
    let mut file = tempfile::Builder::new()
        .prefix(".berth-")
        .tempfile_in(folder)
        .map_err(words)?;
    if let Ok(meta) = fs::metadata(origin) {
        file.as_file().set_permissions(meta.permissions()).map_err(words)?;
    }
    file.write_all(text.as_bytes()).map_err(words)?;
    file.persist(path).map_err(|failure| words(failure.error))?;
    Ok(())
}

/// What a folder holds.
#[derive(Default)]
struct Found {
    files: Vec<PathBuf>,
    /// What of it cannot be read, and why.
    bad: Vec<(PathBuf, String)>,
}

/// In the order of their names. Links to folders are not followed, and where the changed files go nothing is read: it
/// would be an earlier run's own.
fn xml_files(folder: &Path, out: Option<&Path>) -> Found {
    let out = out.and_then(|out| fs::canonicalize(out).ok());
    let is_out = |path: &Path| out.is_some() && fs::canonicalize(path).ok() == out;
    let mut found = Found::default();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                found.bad.push((folder, error.to_string()));
                continue;
            }
        };
        for entry in entries {
            let (path, kind) = match entry {
                Ok(entry) => (entry.path(), entry.file_type()),
                Err(error) => (folder.clone(), Err(error)),
            };
            match kind {
                Ok(kind) if kind.is_dir() && is_out(&path) => {
                    notice(&t!("cli-edit-out-inside", folder = path.display().to_string()));
                }
                Ok(kind) if kind.is_dir() => folders.push(path),
                Ok(_) if is_xml(&path) => match regular(&path) {
                    Ok(()) => found.files.push(path),
                    Err(words) => found.bad.push((path, words)),
                },
                Ok(_) => {}
                Err(error) => found.bad.push((path, error.to_string())),
            }
        }
    }
    found.files.sort();
    found.bad.sort();
    found
}

fn is_xml(path: &Path) -> bool {
    let extension = path.extension();
    extension.is_some_and(|extension| extension.eq_ignore_ascii_case("xml"))
}

/// Whoever opens a pipe that nobody writes to waits for ever.
fn regular(path: &Path) -> Result<(), String> {
    match fs::metadata(path) {
        Ok(meta) if meta.is_file() => Ok(()),
        Ok(_) => Err(t!("cli-edit-not-regular")),
        Err(error) => Err(error.to_string()),
    }
}
