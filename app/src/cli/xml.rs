//! `berth xml` on files: is it XML, and what differs? No connection is needed.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use libvirt_backend::xml::Document;
use libvirt_backend::xml::diff::diff;
use serde_json::json;

use super::edit::read_file;
use super::output::{Failure, print_json, print_line};
use super::session::notice;
use crate::t;
use crate::text::setting::xml_error;

/// Lines shown before and behind a difference.
const CONTEXT: usize = 3;

#[derive(Debug, Subcommand)]
pub enum Xml {
    /// Is each file well-formed? Tells the line and the column where one is not.
    Check {
        /// - is standard input.
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
    /// Show the lines that differ; exit status 1 where there are any.
    Diff {
        #[arg(value_name = "OLD")]
        old: PathBuf,
        #[arg(value_name = "NEW")]
        new: PathBuf,
    },
}

pub(super) fn run(command: &Xml, is_json: bool) -> Result<(), Failure> {
    match command {
        Xml::Check { files } => check(files, is_json),
        Xml::Diff { old, new } => compare(old, new, is_json),
    }
}

fn check(files: &[PathBuf], is_json: bool) -> Result<(), Failure> {
    let mut list = Vec::new();
    let mut bad = 0_usize;
    for file in files {
        let shown = file.display().to_string();
        let problem = match read_file(file) {
            Ok(text) => Document::parse(&text)
                .err()
                .map(|error| (xml_error(&error), error.line, error.column)),
            Err(words) => Some((words, 0, 0)),
        };
        bad += usize::from(problem.is_some());
        let (words, line, column) = problem.clone().unwrap_or_default();
        if is_json {
            let place = |number: u32| (number > 0).then_some(number);
            list.push(json!({
                "file": shown, "well_formed": problem.is_none(), "line": place(line), "column": place(column),
                "error": problem.map(|_| words),
            }));
        } else if problem.is_some() {
            notice(&format!("{shown}: {words}"));
        } else {
            print_line(&t!("cli-xml-fine", file = shown))?;
        }
    }
    if is_json {
        print_json(&list.into())?;
    }
    if bad > 0 { Err(Failure::told()) } else { Ok(()) }
}

fn compare(old: &Path, new: &Path, is_json: bool) -> Result<(), Failure> {
    let read = |path: &Path| read_file(path).map_err(|words| Failure::text(format!("{}: {words}", path.display())));
    let lines = diff(&read(old)?, &read(new)?, CONTEXT);
    if is_json {
        let list = lines.iter().map(|line| {
            json!({ "sign": line.sign().to_string(), "old_line": line.old_line, "new_line": line.new_line, "text": line.text })
        });
        print_json(&list.collect())?;
    } else {
        lines
            .iter()
            .try_for_each(|line| print_line(&format!("{}{}", line.sign(), line.text)))?;
    }
    if lines.is_empty() { Ok(()) } else { Err(Failure::told()) }
}
