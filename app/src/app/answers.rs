//! Asks the backend what dialogs need to know, and puts the answers where they look for them.

use std::sync::Arc;

use libvirt_backend::command::{Command, JobState, JobUpdate, Outcome, Query};
use libvirt_backend::model::{Freshness, MachineId};
use libvirt_backend::schema::{self, Verdict};
use libvirt_backend::{Error, JobId};

use super::App;
use super::outside::Outside;
use crate::route::MachineKey;
use crate::state::{Answer, SchemaCheck};

impl App {
    pub(super) fn ask(&self, uri: &str, query: Query) -> JobId {
        self.backend.submit(uri, Command::Query(query))
    }

    pub(super) fn ask_delete_plan(&mut self, key: &MachineKey) {
        let job = self.ask(&key.uri, Query::DeletePlan(key.id));
        self.answers.delete_plans.insert(key.clone(), Answer::Waiting(job));
    }

    /// What is known stays shown until the new answer is there.
    pub(super) fn ask_definition(&mut self, key: &MachineKey) {
        let job = self.ask(&key.uri, Query::Definition(key.id));
        if !matches!(self.answers.definitions.get(key), Some(Answer::Ready(_))) {
            self.answers.definitions.insert(key.clone(), Answer::Waiting(job));
        }
    }

    /// What is known stays shown until the new answer is there.
    pub(super) fn ask_choices(&mut self, key: &MachineKey) {
        let job = self.ask(&key.uri, Query::Choices(key.id));
        if !matches!(self.answers.choices.get(key), Some(Answer::Ready(_))) {
            self.answers.choices.insert(key.clone(), Answer::Waiting(job));
        }
    }

    /// The schema is asked beside the window: it takes up to a second.
    pub(super) fn check_xml(&mut self, machine: MachineKey, xml: Arc<str>) {
        let asked = SchemaCheck {
            xml: Arc::clone(&xml),
            verdict: None,
        };
        self.answers.schema_checks.insert(machine.clone(), asked);
        self.outbox.on_thread("berth-schema", move |outbox| {
            let verdict = schema::check(&xml).unwrap_or_else(|error| Verdict::NotAsked {
                words: error.to_string(),
            });
            let check = SchemaCheck {
                xml,
                verdict: Some(verdict),
            };
            outbox.send(Outside::XmlChecked(machine, check));
        });
    }

    /// An answer about a text that is another one by now is dropped.
    pub(super) fn take_xml_check(&mut self, machine: &MachineKey, check: SchemaCheck) {
        let asked = self.answers.schema_checks.get_mut(machine);
        if let Some(asked) = asked.filter(|asked| asked.xml == check.xml) {
            *asked = check;
        }
    }

    /// What became of an edit; whatever it was, the machine is read anew.
    pub(super) fn take_edit(&mut self, key: &MachineKey, state: &JobState) {
        let answer = match state {
            JobState::Done(Outcome::Edited(report)) => Answer::Ready(Arc::new(report.as_ref().clone())),
            JobState::Failed(error) => Answer::Failed(error.clone()),
            _ => Answer::Failed(Error::Cancelled),
        };
        self.answers.edits.insert(key.clone(), answer);
        self.ask_definition(key);
        self.ask_history(key);
    }

    /// What is known stays shown until the new answer is there.
    pub(super) fn ask_history(&mut self, key: &MachineKey) {
        let job = self.ask(&key.uri, Query::History(key.id));
        if !matches!(self.answers.histories.get(key), Some(Answer::Ready(_))) {
            self.answers.histories.insert(key.clone(), Answer::Waiting(job));
        }
    }

    pub(super) fn ask_snapshot_estimate(&mut self, key: &MachineKey) {
        let job = self.ask(&key.uri, Query::SnapshotEstimate(key.id));
        self.answers
            .snapshot_estimates
            .insert(key.clone(), Answer::Waiting(job));
    }

    /// The host's abilities and the room for disks; what is known stays shown until the new answer is there.
    pub(super) fn read_host(&mut self, uri: &str) {
        let job = self.ask(uri, Query::HostProfile);
        let profile = self.answers.profiles.entry(uri.to_owned());
        if !matches!(profile, std::collections::hash_map::Entry::Occupied(ref known) if matches!(known.get(), Answer::Ready(_)))
        {
            profile.insert_entry(Answer::Waiting(job));
        }
        self.read_room(uri);
    }

    pub(super) fn read_room(&mut self, uri: &str) {
        let job = self.ask(uri, Query::StorageRoom);
        self.answers.rooms.insert(uri.to_owned(), Answer::Waiting(job));
    }

    /// Once for each connection, as soon as it is live.
    pub(super) fn ask_for_leftovers(&mut self) {
        let fresh: Vec<String> = self
            .hosts
            .iter()
            .filter(|host| host.connection.is_connected() && host.freshness == Freshness::Live)
            .filter(|host| !self.asked_leftovers.contains(&host.uri))
            .map(|host| host.uri.clone())
            .collect();
        for uri in fresh {
            self.ask(&uri, Query::Leftovers);
            self.asked_leftovers.insert(uri);
        }
    }

    pub(super) fn take_answer(&mut self, update: &JobUpdate, query: &Query, ctx: &egui::Context) {
        let result = match &update.state {
            JobState::Done(outcome) => Ok(outcome),
            JobState::Failed(error) => Err(error.clone()),
            JobState::Cancelled => Err(Error::Cancelled),
            JobState::Queued | JobState::Started { .. } | JobState::Progress { .. } => return,
        };
        let key = |id: &MachineId| MachineKey {
            uri: Arc::from(update.uri.as_str()),
            id: *id,
        };
        if let Query::CheckMedium(path) = query {
            self.media_under_way.remove(&(update.uri.clone(), path.clone()));
        }
        let answers = &mut self.answers;
        match (query, result) {
            (Query::OpenConsole { .. }, result) => self.take_console(update, result),
            (Query::Screenshot(id), result) => self.hand_out_screenshot(&key(id), &result, ctx),
            (Query::OpenDisplay { id, index }, result) => self.take_display(&key(id), *index, result),
            (Query::DeletePlan(id), Ok(Outcome::DeletePlan(plan))) => {
                answers.delete_plans.insert(key(id), Answer::Ready(plan.clone()));
            }
            (Query::DeletePlan(id), Err(error)) => {
                answers.delete_plans.insert(key(id), Answer::Failed(error));
            }
            (Query::SnapshotEstimate(id), Ok(Outcome::SnapshotEstimate(estimate))) => {
                answers.snapshot_estimates.insert(key(id), Answer::Ready(*estimate));
            }
            (Query::SnapshotEstimate(id), Err(error)) => {
                answers.snapshot_estimates.insert(key(id), Answer::Failed(error));
            }
            (Query::HostProfile, Ok(Outcome::HostProfile(profile))) => {
                let profile = Answer::Ready(Arc::clone(profile));
                answers.profiles.insert(update.uri.clone(), profile);
            }
            (Query::HostProfile, Err(error)) => {
                answers.profiles.insert(update.uri.clone(), Answer::Failed(error));
            }
            (Query::StorageRoom, Ok(Outcome::StorageRoom(room))) => {
                answers.rooms.insert(update.uri.clone(), Answer::Ready(room.clone()));
            }
            (Query::StorageRoom, Err(error)) => {
                answers.rooms.insert(update.uri.clone(), Answer::Failed(error));
            }
            (Query::CheckMedium(path), Ok(Outcome::Medium(report))) => {
                let place = (update.uri.clone(), path.clone());
                answers.media.insert(place, Answer::Ready(report.clone()));
            }
            (Query::CheckMedium(path), Err(error)) => {
                let place = (update.uri.clone(), path.clone());
                answers.media.insert(place, Answer::Failed(error));
            }
            (Query::Leftovers, Ok(Outcome::Leftovers(found))) if !found.is_empty() => {
                answers.leftovers.insert(update.uri.clone(), found.clone());
            }
            (Query::Definition(id), Ok(Outcome::Definition(definition))) => {
                let definition = Arc::new(definition.as_ref().clone());
                answers.definitions.insert(key(id), Answer::Ready(definition));
            }
            (Query::Definition(id), Err(error)) => {
                answers.definitions.insert(key(id), Answer::Failed(error));
            }
            (Query::Choices(id), Ok(Outcome::Choices(choices))) => {
                answers.choices.insert(key(id), Answer::Ready(Arc::clone(choices)));
            }
            (Query::Choices(id), Err(error)) => {
                answers.choices.insert(key(id), Answer::Failed(error));
            }
            (Query::History(id), Ok(Outcome::History(entries))) => {
                let entries = Arc::from(entries.as_slice());
                answers.histories.insert(key(id), Answer::Ready(entries));
            }
            (Query::History(id), Err(error)) => {
                answers.histories.insert(key(id), Answer::Failed(error));
            }
            // Nothing was left behind; and whoever asks for an XML waits for it.
            (Query::Leftovers, _) | (Query::DomainXml(_), Ok(_)) => {}
            (query, Ok(outcome)) => tracing::error!(?query, ?outcome, "an answer to another question"),
            (query, Err(error)) => tracing::warn!(?query, %error, "no answer"),
        }
    }
}
