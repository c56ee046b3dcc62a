//! UEFI's variables when a machine gets another firmware: what is in the old file stays where it is, byte for byte.
//!
//! libvirt makes the file from the firmware's template at the first start, and only where there is none. It always
//! takes the same name: with the file of the former firmware still there, Secure Boot would start without its keys.
//! So the new firmware gets a file with a name of its own.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::super::Context;
use super::super::call::{Found, is_local};
use super::history::History;
use crate::error::Result;
use crate::model::MachineId;
use crate::xml::Document;
use crate::xml::property::{FIRMWARE, firmware};

/// The variables that are left behind.
pub(super) fn kept(old: &Document, wanted: &Document) -> Option<String> {
    let before = firmware::variables(old)?;
    let is_left = is_another(old, wanted) && firmware::variables(wanted).as_ref() != Some(&before);
    is_left.then_some(before)
}

/// What is defined, with a file of variables that nothing has written to yet. `None`: it needs none, or has one.
pub(super) fn with_fresh(
    ctx: &Context<'_>,
    found: &Found,
    (before, asked): (&str, &str),
    kept: &str,
) -> Result<Option<String>> {
    let parsed = |xml: &str| Document::parse_as(xml, "domain").map_err(|error| super::bad(found, &error.to_string()));
    let (old, wanted, mut now) = (parsed(before)?, parsed(asked)?, parsed(kept)?);
    // Whoever names a file means that one.
    if !is_another(&old, &wanted) || firmware::variables(&wanted).is_some() {
        return Ok(None);
    }
    let Some(chosen) = firmware::variables(&now).map(PathBuf::from) else {
        return Ok(None);
    };
    let former: BTreeSet<PathBuf> = former(ctx, found.id).into_iter().collect();
    let is_old = firmware::variables(&old).is_some_and(|path| Path::new(&path) == chosen);
    let is_free = |path: &Path| !former.contains(path) && (!is_local(ctx.uri) || is_missing(path));
    // Of another computer nobody here knows what is there.
    if is_local(ctx.uri) && !is_old && is_free(&chosen) {
        return Ok(None);
    }
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let mut names = (seconds..).map(|number| named(&chosen, &found.name, number));
    let Some(fresh) = names.find(|path| !former.contains(path) && !is_there(ctx, path)) else {
        return Ok(None);
    };
    let root = now.root();
    let Some(nvram) = now.find(root, "os/nvram") else {
        return Ok(None);
    };
    let text = fresh.to_string_lossy().into_owned();
    let put = match now.find(nvram, "source") {
        Some(source) => now.set_attr(source, "file", &text),
        None => now.set_text(nvram, &text),
    };
    put.map_err(|error| super::bad(found, &error.to_string()))?;
    Ok(Some(now.to_string()))
}

/// Files of variables that the machine had, as far as its history tells.
pub(in super::super) fn former(ctx: &Context<'_>, id: MachineId) -> Vec<PathBuf> {
    let entries = History::of(ctx, id).entries();
    let texts = entries.iter().flat_map(|entry| [&entry.before, &entry.after]);
    let files = texts.filter_map(|xml| firmware::variables(&Document::parse_as(xml, "domain").ok()?));
    let files: BTreeSet<PathBuf> = files.map(PathBuf::from).collect();
    files.into_iter().collect()
}

fn is_another(old: &Document, wanted: &Document) -> bool {
    let read = |domain: &Document| FIRMWARE.read(domain, domain.root()).ok().flatten();
    read(old) != read(wanted)
}

/// A folder that may not be looked into may hold it.
fn is_missing(path: &Path) -> bool {
    matches!(path.symlink_metadata(), Err(error) if error.kind() == ErrorKind::NotFound)
}

fn is_there(ctx: &Context<'_>, path: &Path) -> bool {
    is_local(ctx.uri) && path.symlink_metadata().is_ok()
}

/// `web_VARS-1763816400.fd`, beside the one that libvirt chose.
fn named(chosen: &Path, machine: &str, number: u64) -> PathBuf {
    let end = chosen
        .extension()
        .map_or_else(|| "fd".into(), |end| end.to_string_lossy());
    chosen.with_file_name(format!("{machine}_VARS-{number}.{end}"))
}
