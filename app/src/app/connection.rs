//! Runs what concerns connections.

use libvirt_backend::command::Command;

use super::App;
use crate::command::ConnectionCommand;
use crate::settings::SavedConnection;

impl App {
    pub(super) fn run_connection(&mut self, command: ConnectionCommand) {
        match command {
            ConnectionCommand::Open(uri) => {
                self.backend.open(&uri);
                if self.settings.connections.iter().all(|saved| saved.uri != uri) {
                    self.settings.connections.push(SavedConnection {
                        uri,
                        opens_at_start: true,
                    });
                    self.save_settings();
                }
            }
            ConnectionCommand::Close(uri) => self.close_connection(&uri),
            ConnectionCommand::Retry(uri) => self.backend.retry(&uri),
            ConnectionCommand::Forget(uri) => {
                self.close_connection(&uri);
                self.settings.connections.retain(|saved| saved.uri != uri);
                self.save_settings();
            }
            ConnectionCommand::RemoveLeftovers(uri) => {
                if let Some(found) = self.answers.leftovers.remove(&uri) {
                    self.backend.submit(&uri, Command::RemoveLeftovers(found));
                }
            }
            ConnectionCommand::KeepLeftovers(uri) => {
                self.answers.leftovers.remove(&uri);
            }
        }
        self.hosts = self.backend.models();
    }

    fn close_connection(&mut self, uri: &str) {
        self.backend.close(uri);
        self.asked_leftovers.remove(uri);
        self.answers.leftovers.remove(uri);
        self.answers.profiles.remove(uri);
        self.answers.rooms.remove(uri);
        self.selection.machines.retain(|key| *key.uri != *uri);
        if self.selection.primary.as_ref().is_some_and(|key| *key.uri == *uri) {
            self.selection.primary = self.selection.machines.first().cloned();
        }
    }
}
