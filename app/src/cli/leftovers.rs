//! What an interrupted job left behind: told on every command, listed and removed by `berth leftovers`.

use std::time::Duration;

use libvirt_backend::command::{Command, Leftover, Outcome, Query};
use serde_json::json;

use super::act::confirm;
use super::args;
use super::output::{Failure, print_json, print_line};
use super::session::{Session, notice};
use crate::t;

/// Looking may need the XML of machines whose QEMU hangs; what was asked for does not wait for that.
const PATIENCE: Duration = Duration::from_secs(3);

/// Before anything else is said. That nobody could look is no reason to refuse what was asked for.
pub(super) async fn tell(session: &Session) {
    match tokio::time::timeout(PATIENCE, find(session)).await {
        Ok(Ok(found)) => {
            for leftover in &found {
                notice(&t!("cli-leftovers-found", name = leftover.machine_name.as_str()));
            }
        }
        Ok(Err(failure)) => tracing::warn!(?failure, "leftovers could not be looked for"),
        Err(_) => tracing::warn!("leftovers could not be looked for in time"),
    }
}

pub(super) async fn run(session: &Session, args: &args::Leftovers, output: args::OutputArgs) -> Result<(), Failure> {
    let found = find(session).await?;
    if output.json {
        let list = found.iter().map(|leftover| {
            json!({
                "name": leftover.machine_name,
                "files": leftover.files,
                "started_at_millis": leftover.started_at_millis,
            })
        });
        print_json(&list.collect())?;
    } else {
        for file in found.iter().flat_map(|leftover| &leftover.files) {
            print_line(&file.display().to_string())?;
        }
    }
    if !args.remove || found.is_empty() {
        return Ok(());
    }
    confirm(output, &t!("cli-leftovers-ask"))?;
    match session.run(Command::RemoveLeftovers(found)).await? {
        Outcome::DeletedExcept(kept) => {
            for (path, why) in &kept {
                notice(&format!("{}: {why}", path.display()));
            }
            Err(Failure::text(t!("cli-leftovers-stay", count = kept.len())))
        }
        _ => Ok(()),
    }
}

async fn find(session: &Session) -> Result<Vec<Leftover>, Failure> {
    match session.run(Command::Query(Query::Leftovers)).await? {
        Outcome::Leftovers(found) => Ok(found),
        _ => Ok(Vec::new()),
    }
}
