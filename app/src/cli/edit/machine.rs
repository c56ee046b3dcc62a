//! `berth edit NAME`, `berth history` and `berth undo`: a machine's settings through libvirt, told change by change.

use std::io::{IsTerminal as _, Read as _};

use libvirt_backend::command::{Command, MachineCommand, Outcome, Overwrite, Query};
use libvirt_backend::property::change::Change as EditChange;
use libvirt_backend::property::edit::{
    Apply, Changed, DefinitionXml, EditReport, EditRequest, Fate, GuestAnswer, HistoryEntry,
};
use libvirt_backend::xml::Document;
use libvirt_backend::xml::diff::{DiffKind, DiffLine};
use serde_json::{Value as Json, json};

use super::super::args::{self, OutputArgs};
use super::super::output::{Failure, print_json, print_line};
use super::super::session::{Session, notice};
use super::args::Edit;
use super::change::{changes, checked};
use super::files::print_values;
use super::limits;
use crate::t;
use crate::text::hardware::{kept_by_guest, refusal, revert};
use crate::text::setting::xml_error;
use crate::text::units;

/// Longer secrets are none.
const MAX_SECRET: u64 = 64 << 10;

/// Reads the settings, or changes them and tells what became of each.
pub(in super::super) async fn edit(
    session: &Session,
    name: &str,
    edit: &Edit,
    output: OutputArgs,
) -> Result<(), Failure> {
    let id = session.machine(name)?.id;
    if !edit.get.is_empty() {
        let opened = opened(session, Query::Definition(id)).await?;
        let document = Document::parse_as(&opened.inactive, "domain");
        let document = document.map_err(|error| Failure::text(xml_error(&error)))?;
        return print_values(&document, &edit.get, output.json);
    }
    let mut asked = changes(edit)?;
    if let Some(name) = &edit.set_secret {
        asked.push(checked(name, secret()?.trim_end_matches(['\r', '\n']))?);
    }
    if asked.is_empty() {
        return Err(Failure::usage(t!("cli-edit-nothing")));
    }
    let request = EditRequest {
        opened_on: None,
        changes: asked
            .into_iter()
            .map(|change| EditChange::Set {
                setting: change.setting,
                value: change.value,
            })
            .collect(),
        images: Vec::new(),
        apply: match (edit.live, edit.config) {
            (true, _) => Apply::Live,
            (_, true) => Apply::NextStart,
            _ => Apply::Both,
        },
        is_dry_run: edit.dry_run,
    };
    limits::warn(session, id, &request.changes).await;
    let command = MachineCommand::Edit(Box::new(request));
    tell(&edited(session.run_on(name, command).await?)?, output)
}

/// Puts back what the last edit replaced, or makes again what was undone.
pub(in super::super) async fn undo(session: &Session, args: &args::Undo, output: OutputArgs) -> Result<(), Failure> {
    let overwrite = if args.force {
        Overwrite::Allow
    } else {
        Overwrite::Refuse
    };
    let command = if args.redo {
        MachineCommand::RedoEdit(overwrite)
    } else {
        MachineCommand::UndoEdit(overwrite)
    };
    tell(&edited(session.run_on(&args.machine.machine, command).await?)?, output)
}

/// Every definition that was replaced, oldest first.
pub(in super::super) async fn history(
    session: &Session,
    args: &args::Machine,
    output: OutputArgs,
) -> Result<(), Failure> {
    let id = session.machine(&args.machine)?.id;
    let entries = match session.run(Command::Query(Query::History(id))).await? {
        Outcome::History(entries) => entries,
        _ => Vec::new(),
    };
    if output.json {
        return print_json(&entries.iter().map(entry_json).collect());
    }
    for entry in &entries {
        let time = units::date_time(entry.at_millis / 1000);
        let what: Vec<String> = entry
            .what
            .iter()
            .map(|what| revert(what).unwrap_or_else(|| what.clone()))
            .collect();
        let what = what.join(", ");
        print_line(&if entry.is_undone {
            t!(
                "cli-history-undone",
                number = entry.number.to_string(),
                time = time,
                what = what
            )
        } else {
            t!(
                "cli-history-entry",
                number = entry.number.to_string(),
                time = time,
                what = what
            )
        })?;
        print_diff(&entry.diff)?;
    }
    Ok(())
}

pub(in super::super) async fn opened(session: &Session, query: Query) -> Result<DefinitionXml, Failure> {
    match session.run(Command::Query(query)).await? {
        Outcome::Definition(xml) => Ok(*xml),
        _ => Err(Failure::told()),
    }
}

pub(in super::super) fn edited(outcome: Outcome) -> Result<EditReport, Failure> {
    match outcome {
        Outcome::Edited(report) => Ok(*report),
        _ => Err(Failure::told()),
    }
}

/// From standard input, where no other program reads it.
fn secret() -> Result<String, Failure> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Err(Failure::usage(t!("cli-edit-secret-typed")));
    }
    let mut secret = String::new();
    let read = stdin.lock().take(MAX_SECRET).read_to_string(&mut secret);
    read.map_err(|error| Failure::text(error.to_string()))?;
    Ok(secret)
}

/// The difference, then a line for each change. What did not become what was asked for is a failure.
pub(in super::super) fn tell(report: &EditReport, output: OutputArgs) -> Result<(), Failure> {
    if output.json {
        print_json(&json!({
            "changes": report.changes.iter().map(change_json).collect::<Vec<_>>(),
            "diff": printed(&report.diff),
            "adjusted": printed(&report.adjusted),
            "kept_variables": report.kept_variables,
        }))?;
    } else {
        print_diff(&report.diff)?;
        for change in &report.changes {
            print_line(&format!("{}: {}", change.what, words(&change.fate)))?;
        }
        if let Some(path) = &report.kept_variables {
            print_line(&t!("firmware-kept", path = path.as_str()))?;
        }
        if !report.adjusted.is_empty() {
            notice(&t!("cli-edit-adjusted"));
            for line in printed(&report.adjusted) {
                notice(&line);
            }
        }
    }
    let is_failure = |change: &Changed| {
        matches!(
            change.fate,
            Fate::Ignored { .. }
                | Fate::Differs { .. }
                | Fate::Refused { .. }
                | Fate::KeptByGuest {
                    at_next_start: false,
                    ..
                }
        )
    };
    if report.changes.iter().any(is_failure) {
        return Err(Failure::told());
    }
    Ok(())
}

fn words(fate: &Fate) -> String {
    let found = |found: &Option<String>| found.clone().unwrap_or_else(|| t!("cli-edit-nothing-held"));
    match fate {
        Fate::Unchanged => t!("cli-edit-unchanged"),
        Fate::WouldChange => t!("cli-edit-would-change"),
        Fate::Applied => t!("cli-edit-applied"),
        Fate::UntilItStops => t!("cli-edit-until-it-stops"),
        Fate::AtNextStart { refusal: None } => t!("cli-edit-at-next-start"),
        Fate::AtNextStart { refusal: Some(words) } => t!("cli-edit-at-next-start-because", words = refusal(words)),
        Fate::WaitsForGuest { found: held } => t!("cli-edit-waits-for-guest", found = found(held)),
        Fate::KeptByGuest { answer, at_next_start } => kept_by_guest(*answer, *at_next_start),
        Fate::Ignored { found: held } => t!("cli-edit-ignored", found = found(held)),
        Fate::Differs { found: held } => t!("cli-edit-differs", found = found(held)),
        Fate::Refused { words } if words.is_empty() => t!("cli-edit-not-live"),
        Fate::Refused { words } => t!("cli-edit-refused", words = refusal(words)),
    }
}

fn change_json(change: &Changed) -> Json {
    let (fate, detail) = match &change.fate {
        Fate::Unchanged => ("unchanged", None),
        Fate::WouldChange => ("would_change", None),
        Fate::Applied => ("applied", None),
        Fate::UntilItStops => ("until_it_stops", None),
        Fate::AtNextStart { refusal } => ("at_next_start", refusal.as_ref()),
        Fate::WaitsForGuest { found } => ("waits_for_guest", found.as_ref()),
        Fate::KeptByGuest { answer, .. } => match answer {
            GuestAnswer::Refused => ("refused_by_guest", None),
            GuestAnswer::Silent { .. } => ("guest_silent", None),
        },
        Fate::Ignored { found } => ("ignored", found.as_ref()),
        Fate::Differs { found } => ("differs", found.as_ref()),
        Fate::Refused { words } => ("refused", Some(words)),
    };
    json!({ "what": change.what, "fate": fate, "detail": detail })
}

fn entry_json(entry: &HistoryEntry) -> Json {
    json!({
        "number": entry.number,
        "at_millis": entry.at_millis,
        "what": entry.what,
        "undone": entry.is_undone,
        "diff": printed(&entry.diff),
    })
}

pub(super) fn print_diff(diff: &[DiffLine]) -> Result<(), Failure> {
    printed(diff).iter().try_for_each(|line| print_line(line))
}

/// A line of dots where lines are left out.
pub(super) fn printed(diff: &[DiffLine]) -> Vec<String> {
    let mut lines = Vec::with_capacity(diff.len());
    let mut next = None;
    for line in diff {
        if next.is_some_and(|next| next < line.old_line) {
            lines.push("  …".to_owned());
        }
        lines.push(format!("{}{}", line.sign(), line.text));
        next = Some(line.old_line + u32::from(line.kind != DiffKind::Added));
    }
    lines
}
