//! Every definition that was replaced, to go back to: `<state folder>/history/<uuid>/<number>.json`, for nobody else
//! to read, secrets replaced by markers.
//!
//! An entry is written before its definition is, so that none is replaced without one. The newest are kept. Another name
//! is no entry: libvirt renames only a machine that is off, so it would stand in the way of taking back what came before
//! it as long as the machine runs.

use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::super::Context;
use super::super::call::Found;
use super::super::definition::secure_xml;
use crate::error::{Error, FileVerb, Result};
use crate::model::MachineId;
use crate::xml::Document;
use crate::xml::property::change::redacted_diff;
use crate::xml::property::derive::reads_the_same;
use crate::xml::property::edit::HistoryEntry;
use crate::xml::redact::redact;

const MAX_ENTRIES: usize = 50;
const MAX_BYTES: u64 = 8 << 20;

/// What a definition was replaced by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct Entry {
    #[serde(skip)]
    pub(in super::super) number: u64,
    uri: String,
    at_millis: i64,
    what: Vec<String>,
    /// Both without secrets.
    pub(super) before: String,
    pub(super) after: String,
    /// It was gone back before it.
    pub(super) is_undone: bool,
}

impl Entry {
    pub(in super::super) fn told(&self) -> HistoryEntry {
        HistoryEntry {
            number: self.number,
            at_millis: self.at_millis,
            what: self.what.clone(),
            diff: redacted_diff(&self.before, &self.after),
            is_undone: self.is_undone,
        }
    }
}

/// Makes `change`, which replaces the definition `before`, with that written down first; it is told the entry's number.
/// `asked`: what is to come of it, as far as that is known. An entry stays where something was replaced, whatever
/// became of the rest.
pub(in super::super) fn recorded<T>(
    ctx: &Context<'_>,
    found: &Found,
    what: Vec<String>,
    (before, asked): (&str, &str),
    change: impl FnOnce(u64) -> Result<T>,
) -> Result<T> {
    let history = History::of(ctx, found.id);
    let entry = history.begin(what, before, asked)?;
    let done = change(entry.number);
    if matches!(done, Err(Error::ChangedMeanwhile { .. })) {
        // What differs now is somebody else's doing.
        history.remove(entry.number);
        return done;
    }
    match secure_xml(found) {
        Ok(kept) if is_same(&kept, before) => history.remove(entry.number),
        Ok(kept) => history.finish(&entry, &kept),
        // libvirt said yes: there is something to go back from, whatever it reads.
        Err(error) if done.is_ok() => {
            tracing::warn!(machine = %found.name, %error, "what was defined cannot be read back");
            history.finish(&entry, asked);
        }
        Err(_) => history.remove(entry.number),
    }
    done
}

/// But for how it is laid out.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    let parsed = [one, other].map(|xml| Document::parse_as(xml, "domain"));
    matches!(parsed, [Ok(one), Ok(other)] if reads_the_same(&one, &other))
}

/// The entries of one machine.
pub(in super::super) struct History {
    folder: PathBuf,
    uri: String,
}

impl History {
    pub(in super::super) fn of(ctx: &Context<'_>, id: MachineId) -> Self {
        Self {
            folder: folder(&ctx.paths.state_folder, id),
            uri: ctx.uri.to_owned(),
        }
    }

    /// Those of this connection, oldest first.
    pub(in super::super) fn entries(&self) -> Vec<Entry> {
        let mut entries: Vec<Entry> = self
            .files()
            .into_iter()
            .filter_map(|(number, path)| {
                let text = std::fs::read(&path).ok()?;
                let entry: Entry = serde_json::from_slice(&text)
                    .inspect_err(|error| tracing::warn!(path = %path.display(), %error, "unreadable history"))
                    .ok()?;
                (entry.uri == self.uri).then_some(Entry { number, ..entry })
            })
            .collect();
        entries.sort_by_key(|entry| entry.number);
        entries
    }

    fn begin(&self, what: Vec<String>, before: &str, after: &str) -> Result<Entry> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let last = self.files().into_iter().map(|(number, _)| number).max();
        let entry = Entry {
            number: last.map_or(1, |number| number + 1),
            uri: self.uri.clone(),
            at_millis: now.as_millis() as i64,
            what,
            before: redact(before),
            after: redact(after),
            is_undone: false,
        };
        self.write(&entry)?;
        Ok(entry)
    }

    /// What libvirt made of it. What was gone back before is gone for good now, as everywhere.
    fn finish(&self, entry: &Entry, after: &str) {
        for undone in self.entries().into_iter().filter(|entry| entry.is_undone) {
            self.remove(undone.number);
        }
        let finished = Entry {
            after: redact(after),
            ..entry.clone()
        };
        // The definition is replaced all the same, and what it was stands in the entry: going back asks once more.
        if let Err(error) = self.write(&finished) {
            tracing::warn!(number = entry.number, %error, "an entry of the history tells what was asked for");
        }
        self.trim();
    }

    pub(super) fn write(&self, entry: &Entry) -> Result<()> {
        let path = self.path(entry.number);
        let failed = |error: std::io::Error| Error::File {
            verb: FileVerb::Write,
            path: path.clone(),
            source: error.into(),
        };
        let mut builder = std::fs::DirBuilder::new();
        builder
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)
            .map_err(failed)?;
        // 0600, and whole or not there.
        let mut file = tempfile::NamedTempFile::new_in(&self.folder).map_err(failed)?;
        serde_json::to_writer(&mut file, entry).map_err(|error| failed(error.into()))?;
        file.flush().map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(&path).map_err(|error| failed(error.error))?;
        Ok(())
    }

    pub(in super::super) fn remove(&self, number: u64) {
        let path = self.path(number);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(path = %path.display(), %error, "an entry of the history stays");
            }
            _ => {}
        }
    }

    /// The oldest go.
    fn trim(&self) {
        let mut files = self.files();
        files.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
        let mut bytes = 0;
        for (index, (number, path)) in files.into_iter().enumerate() {
            bytes += std::fs::metadata(&path).map_or(0, |found| found.len());
            let is_newest = index == 0;
            if !is_newest && (index >= MAX_ENTRIES || bytes > MAX_BYTES) {
                self.remove(number);
            }
        }
    }

    fn files(&self) -> Vec<(u64, PathBuf)> {
        let found = std::fs::read_dir(&self.folder).into_iter().flatten();
        let numbered = found.filter_map(|file| {
            let path = file.ok()?.path();
            let number = path.file_name()?.to_str()?.strip_suffix(".json")?.parse().ok()?;
            Some((number, path))
        });
        numbered.collect()
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{number:08}.json"))
    }
}

/// With the machine.
pub(in super::super) fn forget(state_folder: &Path, id: MachineId) {
    let folder = folder(state_folder, id);
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(folder = %folder.display(), %error, "the history stays");
        }
        _ => {}
    }
}

fn folder(state_folder: &Path, id: MachineId) -> PathBuf {
    state_folder.join("history").join(id.to_string())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn history(folder: &Path) -> History {
        History {
            folder: folder.join("h"),
            uri: "test:///x".to_owned(),
        }
    }

    #[test]
    fn an_entry_has_no_secret_and_is_nobody_elses_to_read() {
        let folder = tempfile::tempdir().unwrap();
        let history = history(folder.path());
        let xml = "<domain><graphics passwd='SECRET'/></domain>";
        let entry = history.begin(vec!["memory".to_owned()], xml, xml).unwrap();
        history.finish(&entry, xml);
        let text = std::fs::read_to_string(history.path(1)).unwrap();
        assert!(!text.contains("SECRET") && text.contains("[removed]"), "{text}");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&history.path(1)), 0o600);
        assert_eq!(mode(&history.folder), 0o700);
    }

    #[test]
    fn only_the_newest_are_kept_and_what_was_undone_goes_with_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let history = history(folder.path());
        for _ in 0..MAX_ENTRIES + 5 {
            let entry = history.begin(Vec::new(), "<domain/>", "<domain/>").unwrap();
            history.finish(&entry, "<domain/>");
        }
        let mut entries = history.entries();
        assert_eq!(entries.len(), MAX_ENTRIES);
        assert_eq!(entries[0].number, 6);
        let mut last = entries.pop().unwrap();
        last.is_undone = true;
        history.write(&last).unwrap();
        let next = history.begin(vec!["new".to_owned()], "<domain/>", "<domain/>").unwrap();
        assert!(history.entries().contains(&last), "nothing is replaced yet");
        history.finish(&next, "<domain/>");
        let entries = history.entries();
        assert_eq!(entries.last(), Some(&next));
        assert!(entries.iter().all(|entry| !entry.is_undone));
    }
}
