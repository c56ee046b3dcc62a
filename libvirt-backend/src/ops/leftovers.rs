//! What an interrupted job left behind: found, shown, removed when the user says so.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::medium::real_path;
use super::{Context, files, journal, uses};
use crate::command::{JobStep, Leftover, Outcome};
use crate::error::Result;

/// A daemon still carries out what a client asked for that was killed a moment ago.
const SETTLING: Duration = Duration::from_secs(2);

/// `Query::Leftovers`. An entry whose machine was finished after all, or of which nothing exists, is forgotten here.
pub(crate) fn leftovers(ctx: &Context<'_>) -> Result<Outcome> {
    ctx.step(JobStep::Checking);
    let mut found = journal::leftovers(&ctx.paths.state_folder, ctx.uri);
    if found.is_empty() {
        return Ok(Outcome::Leftovers(found));
    }
    settle(ctx, &found)?;
    let uses = uses::all_uses(ctx)?;
    found.retain_mut(|leftover| {
        if uses.unread.contains(&leftover.machine_name) {
            // Perhaps its files: to be judged once that machine can be asked.
            return false;
        }
        leftover.files.retain(|file| {
            let real = real_path(file);
            real.exists() && !uses.files.iter().any(|used| used.path == real)
        });
        if leftover.files.is_empty() {
            forget(leftover);
        }
        !leftover.files.is_empty()
    });
    Ok(Outcome::Leftovers(found))
}

/// `Command::RemoveLeftovers`: only files that a journal entry names and no machine uses.
pub(crate) fn remove_leftovers(ctx: &Context<'_>, wanted: &[Leftover]) -> Result<Outcome> {
    ctx.cancellable_step(JobStep::DeletingFiles)?;
    settle(ctx, wanted)?;
    ctx.step(JobStep::DeletingFiles);
    let uses = uses::all_uses(ctx)?;
    let mut stayed = Vec::new();
    for leftover in wanted {
        if !journal::holds(&ctx.paths.state_folder, &leftover.journal) {
            continue;
        }
        // Read anew: what was shown may be old, and what is removed must stand in the entry.
        let Some(entry) = journal::read_abandoned(&leftover.journal, ctx.uri) else {
            continue;
        };
        if uses.unread.contains(&entry.machine_name) {
            continue;
        }
        let mut all_gone = true;
        for file in &entry.files {
            let real = real_path(file);
            if uses.files.iter().any(|used| used.path == real) || !real.exists() {
                continue;
            }
            if let Err(why) = files::delete(ctx, file) {
                all_gone = false;
                stayed.push((file.clone(), why));
            }
        }
        if all_gone {
            forget(&entry);
        }
    }
    if stayed.is_empty() {
        Ok(Outcome::Done)
    } else {
        Ok(Outcome::DeletedExcept(stayed))
    }
}

/// Waits until the newest entry is old enough to be judged.
fn settle(ctx: &Context<'_>, found: &[Leftover]) -> Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let youngest = found.iter().map(|leftover| leftover.started_at_millis).max();
    let age_millis = (now.as_millis() as i64).saturating_sub(youngest.unwrap_or_default());
    // A clock that was set back makes an age negative, which is no reason to wait for long.
    let age = Duration::from_millis(age_millis.max(0).cast_unsigned());
    ctx.cancel.wait(SETTLING.saturating_sub(age))
}

fn forget(leftover: &Leftover) {
    if let Err(error) = std::fs::remove_file(&leftover.journal) {
        tracing::warn!(path = %leftover.journal.display(), %error, "the journal keeps an entry that is done");
    }
}
