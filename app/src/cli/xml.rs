//! `berth xml`: the XML of a machine, read and replaced; and of files: is it XML, and what differs?

use std::path::{Path, PathBuf};

use clap::Subcommand;
use libvirt_backend::Error;
use libvirt_backend::command::{MachineCommand, Query};
use libvirt_backend::property::change::Change;
use libvirt_backend::property::edit::{Apply, DefinitionXml, EditRequest, Fingerprint};
use libvirt_backend::schema::{self, Verdict};
use libvirt_backend::xml::diff::diff;
use libvirt_backend::xml::{Document, XmlError};
use serde_json::{Value as Json, json};

use super::args::{Machine, OutputArgs};
use super::edit::{edited, opened, read_file, tell};
use super::output::{Failure, print_json, print_line, print_raw};
use super::session::{Session, notice};
use crate::t;
use crate::text::schema::{not_asked, objection};
use crate::text::setting::xml_error;

/// Lines shown before and behind a difference.
const CONTEXT: usize = 3;

#[derive(Debug, Subcommand)]
pub enum Xml {
    /// Print a machine's XML; a marker stands where a secret stood. --json adds the fingerprint for define.
    Get {
        #[command(flatten)]
        machine: Machine,
        /// Of the machine that runs, not of its next start.
        #[arg(long)]
        live: bool,
    },
    /// Replace a machine's XML; where the file has the marker of get, the present secret stays.
    Define {
        #[command(flatten)]
        machine: Machine,
        /// - is standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Change nothing where the XML is another one by now than get --json told this fingerprint of.
        #[arg(long, value_name = "FINGERPRINT")]
        if_unchanged: Option<String>,
        /// Show what would change, and change nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Is each file well-formed, and does libvirt take the machines among them? Tells where not.
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

impl Xml {
    /// Whose XML it is; `None`: files alone.
    pub const fn machine(&self) -> Option<&Machine> {
        match self {
            Self::Get { machine, .. } | Self::Define { machine, .. } => Some(machine),
            Self::Check { .. } | Self::Diff { .. } => None,
        }
    }
}

/// What needs no connection.
pub(super) fn on_files(command: &Xml, is_json: bool) -> Result<(), Failure> {
    match command {
        Xml::Check { files } => check(files, is_json),
        Xml::Diff { old, new } => compare(old, new, is_json),
        Xml::Get { .. } | Xml::Define { .. } => Ok(()),
    }
}

/// What is about a machine.
pub(super) async fn on_machine(session: &Session, command: &Xml, output: OutputArgs) -> Result<(), Failure> {
    match command {
        Xml::Get { machine, live } => get(session, &machine.machine, *live, output).await,
        Xml::Define {
            machine,
            file,
            if_unchanged,
            dry_run,
        } => {
            let known = if_unchanged.as_deref();
            define(session, &machine.machine, (file, known), *dry_run, output).await
        }
        Xml::Check { .. } | Xml::Diff { .. } => Ok(()),
    }
}

async fn get(session: &Session, name: &str, is_live: bool, output: OutputArgs) -> Result<(), Failure> {
    let definition = opened(session, Query::Definition(session.machine(name)?.id)).await?;
    let fingerprint = shown(&definition).to_string();
    let xml = match (is_live, definition.live) {
        (false, _) => definition.inactive,
        (true, Some(live)) => live,
        (true, None) => return Err(Failure::text(t!("cli-xml-not-running", name = name))),
    };
    if output.json {
        return print_json(&json!({ "name": name, "live": is_live, "fingerprint": fingerprint, "xml": xml }));
    }
    print_raw(&xml)
}

async fn define(
    session: &Session,
    name: &str,
    (file, known): (&Path, Option<&str>),
    is_dry_run: bool,
    output: OutputArgs,
) -> Result<(), Failure> {
    let xml = read_file(file).map_err(|words| Failure::text(format!("{}: {words}", file.display())))?;
    Document::parse_as(&xml, "domain").map_err(|error| Failure::text(xml_error(&error)))?;
    let opened_on = match known {
        Some(known) => Some(unchanged(session, name, known).await?),
        None => None,
    };
    let request = EditRequest {
        opened_on,
        changes: vec![Change::ReplaceXml(xml)],
        images: Vec::new(),
        apply: Apply::NextStart,
        is_dry_run,
    };
    let outcome = session.run_on(name, MachineCommand::Edit(Box::new(request))).await?;
    tell(&edited(outcome)?, output)
}

/// Of the definition as it is printed: one that knows of the secrets would help whoever guesses them, and a define loses
/// none of them.
fn shown(definition: &DefinitionXml) -> Fingerprint {
    Fingerprint::of(&definition.inactive)
}

/// What the edit is opened on, where the machine is still what was printed.
async fn unchanged(session: &Session, name: &str, known: &str) -> Result<Fingerprint, Failure> {
    let known: Fingerprint = known
        .parse()
        .ok()
        .ok_or_else(|| Failure::usage(t!("cli-xml-no-fingerprint", text = known)))?;
    let definition = opened(session, Query::Definition(session.machine(name)?.id)).await?;
    if shown(&definition) == known {
        return Ok(definition.fingerprint);
    }
    let object = name.to_owned();
    Err((&Error::ChangedMeanwhile { object }).into())
}

fn check(files: &[PathBuf], is_json: bool) -> Result<(), Failure> {
    let mut list = Vec::new();
    let mut bad = 0_usize;
    for file in files {
        let checked = Checked::of(file);
        bad += usize::from(!checked.is_fine());
        if is_json {
            list.push(checked.json(file));
        } else {
            checked.tell(file)?;
        }
    }
    if is_json {
        print_json(&list.into())?;
    }
    if bad > 0 { Err(Failure::told()) } else { Ok(()) }
}

/// What there is to say of a file.
enum Checked {
    Unreadable(String),
    Malformed(XmlError),
    /// Another object's than a machine's: nobody is asked about it.
    WellFormed,
    Judged(Verdict),
}

impl Checked {
    fn of(file: &Path) -> Self {
        let text = match read_file(file) {
            Ok(text) => text,
            Err(words) => return Self::Unreadable(words),
        };
        match Document::parse(&text) {
            Err(error) => Self::Malformed(error),
            Ok(document) if document.name(document.root()) != "domain" => Self::WellFormed,
            Ok(_) => schema::check(&text).map_or_else(Self::Malformed, Self::Judged),
        }
    }

    const fn is_fine(&self) -> bool {
        matches!(
            self,
            Self::WellFormed | Self::Judged(Verdict::Fits | Verdict::NotAsked { .. })
        )
    }

    fn tell(&self, file: &Path) -> Result<(), Failure> {
        let shown = file.display().to_string();
        match self {
            Self::Unreadable(words) => notice(&format!("{shown}: {words}")),
            Self::Malformed(error) => notice(&format!("{shown}: {}", xml_error(error))),
            Self::WellFormed => print_line(&t!("cli-xml-fine", file = shown))?,
            Self::Judged(Verdict::Fits) => print_line(&t!("cli-xml-fits", file = shown))?,
            Self::Judged(Verdict::NotAsked { words }) => {
                print_line(&t!("cli-xml-fine", file = shown.as_str()))?;
                notice(&format!("{shown}: {}", not_asked(words)));
            }
            Self::Judged(Verdict::Objections(objections)) => {
                for one in objections {
                    notice(&format!("{shown}: {}", objection(one)));
                }
            }
        }
        Ok(())
    }

    fn json(&self, file: &Path) -> Json {
        let place = |number: u32| (number > 0).then_some(number);
        let (line, column, error) = match self {
            Self::Unreadable(words) => (0, 0, Some(words.clone())),
            Self::Malformed(error) => (error.line, error.column, Some(xml_error(error))),
            Self::Judged(Verdict::Objections(objections)) => objections
                .first()
                .map_or((0, 0, None), |first| (first.line, first.column, Some(objection(first)))),
            Self::Judged(Verdict::NotAsked { words }) => (0, 0, Some(not_asked(words))),
            Self::WellFormed | Self::Judged(Verdict::Fits) => (0, 0, None),
        };
        let objections = match self {
            Self::Judged(Verdict::Objections(objections)) => objections.as_slice(),
            _ => &[],
        };
        let fits = match self {
            Self::Judged(Verdict::Fits) => Some(true),
            Self::Judged(Verdict::Objections(_)) => Some(false),
            _ => None,
        };
        let objections: Vec<Json> = objections
            .iter()
            .map(|one| json!({ "line": one.line, "column": one.column, "path": one.path, "error": objection(one) }))
            .collect();
        json!({
            "file": file.display().to_string(),
            "well_formed": !matches!(self, Self::Unreadable(_) | Self::Malformed(_)),
            "fits": fits, "line": place(line), "column": place(column), "error": error, "objections": objections,
        })
    }
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
