//! Runs what the "New machine" dialog asks for.

use libvirt_backend::command::{Command, Query};

use super::App;
use crate::command::CreateCommand;
use crate::state::Answer;

/// Answers about typed paths that are kept: one for each key stroke, and only the last few can matter.
const MOST_MEDIA: usize = 64;

impl App {
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
            CreateCommand::CheckMedium { uri, path } => {
                if self.answers.media.len() >= MOST_MEDIA {
                    self.answers.media.clear();
                }
                let job = self.ask(&uri, Query::CheckMedium(path.clone()));
                self.answers.media.insert((uri, path), Answer::Waiting(job));
            }
            CreateCommand::ReadHost { uri } => self.read_host(&uri),
            CreateCommand::TestHostAgain { uri } => {
                self.backend.submit(&uri, Command::TestHostAgain);
            }
        }
    }
}
