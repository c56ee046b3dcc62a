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
            CreateCommand::Browse(browse) => self.browse(browse),
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
