//! Runs what the "New machine" dialog asks for.

use std::path::PathBuf;

use libvirt_backend::command::{Command, Query};

use super::App;
use crate::command::CreateCommand;
use crate::state::Answer;

/// Answers about typed paths that are kept: one for each key stroke, and only the last few can matter.
const MOST_MEDIA: usize = 64;

impl App {
    /// What is wrong with a file stays shown until it is known to be right.
    fn check_medium(&mut self, uri: String, path: PathBuf) {
        let place = (uri, path);
        // A file server that hangs is not asked twice.
        if !self.media_under_way.insert(place.clone()) {
            return;
        }
        let job = self.ask(&place.0, Query::CheckMedium(place.1.clone()));
        let media = &mut self.answers.media;
        if media.len() >= MOST_MEDIA {
            media.clear();
        }
        if !matches!(media.get(&place), Some(Answer::Failed(_))) {
            media.insert(place, Answer::Waiting(job));
        }
    }

    pub(super) fn run_create(&mut self, command: CreateCommand) {
        match command {
            CreateCommand::Submit { uri, machine } => {
                tracing::info!(uri, name = machine.name, "a new machine was asked for");
                self.backend.submit(&uri, Command::Create(machine));
            }
            CreateCommand::Browse(browse) => {
                // The same file chosen again is an answer too.
                self.answers.browsed = None;
                self.browse(browse);
            }
            CreateCommand::TrySample { uri } => self.make_sample(uri),
            CreateCommand::CheckMedium { uri, path } => self.check_medium(uri, path),
            CreateCommand::ReadHost { uri } => self.read_host(&uri),
            CreateCommand::ReadRoom { uri } => self.read_room(&uri),
            CreateCommand::TestHostAgain { uri } => {
                self.backend.submit(&uri, Command::TestHostAgain);
            }
        }
    }
}
