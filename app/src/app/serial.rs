//! Opens the serial lines that are looked at, and opens them again when their machines start.

use std::time::Duration;

use libvirt_backend::command::{JobUpdate, Outcome, Query};
use libvirt_backend::model::Freshness;
use libvirt_backend::{Error, JobId};

use super::{App, now_millis};
use crate::command::SerialCommand;
use crate::console::serial::{LineKey, Need, Running, Session};
use crate::route::{MachineKey, MachineTab, Route};

/// What comes within it is one frame: `request_repaint` would draw a second one for nothing.
const TOGETHER: Duration = Duration::from_millis(1);

impl App {
    pub(super) fn run_serial(&mut self, command: SerialCommand, ctx: &egui::Context) {
        match command {
            SerialCommand::Want(key) => {
                let ctx = ctx.clone();
                self.serials.want(key, now_millis(), || {
                    Session::new(move || ctx.request_repaint_after(TOGETHER))
                });
            }
            SerialCommand::Choose(key) => self.serials.choose(key),
            SerialCommand::Again(key) => self.serials.again(&key),
        }
    }

    pub(super) fn keep_serials(&mut self, ctx: &egui::Context) {
        self.keep_serials_at(now_millis(), ctx);
    }

    /// As it is to be done at that time.
    pub fn keep_serials_at(&mut self, now: i64, ctx: &egui::Context) {
        let shown = self.shown_line();
        self.serials.see(|key| shown.as_ref() == Some(key), now);
        let keys: Vec<LineKey> = self.serials.keys().cloned().collect();
        for key in keys {
            let running = self.running(&key.machine);
            match self.serials.need(&key, running, now) {
                Need::Nothing => {}
                Need::LookAt(at) => {
                    let millis = at.saturating_sub(now).max(1).unsigned_abs();
                    ctx.request_repaint_after(Duration::from_millis(millis));
                }
                Need::Open => {
                    let query = Query::OpenConsole {
                        id: key.machine.id,
                        device: Some(key.alias.clone()),
                    };
                    let job = self.ask(&key.machine.uri, query);
                    self.serials.asked(&key, job);
                }
            }
        }
    }

    pub(super) fn take_console(&mut self, update: &JobUpdate, result: Result<&Outcome, Error>) {
        let job: JobId = update.job;
        let answer = match result {
            Ok(Outcome::Console(stream)) => Ok(stream.clone()),
            Ok(outcome) => {
                tracing::error!(?outcome, "no serial line came back");
                return;
            }
            Err(error) => Err(error),
        };
        let machine = update.machine.map(|id| MachineKey {
            uri: update.uri.as_str().into(),
            id,
        });
        let running = machine.map_or(Running::Unknown, |key| self.running(&key));
        self.serials.answered(job, answer, running, now_millis());
    }

    /// The line whose page is open.
    fn shown_line(&self) -> Option<LineKey> {
        let Route::Machine {
            key,
            tab: MachineTab::Serial,
        } = &self.route
        else {
            return None;
        };
        let serials = &self.machine(key)?.definition.serials;
        let device = self.serials.line_of(key, serials)?;
        Some(LineKey {
            machine: key.clone(),
            alias: device.alias.clone(),
        })
    }

    fn running(&self, key: &MachineKey) -> Running {
        let host = self.host(&key.uri);
        let is_live = host.is_some_and(|host| host.connection.is_connected() && host.freshness == Freshness::Live);
        match self.machine(key) {
            Some(machine) if is_live && machine.state.is_active() => Running::Yes(machine.started_at_millis),
            Some(_) if is_live => Running::No,
            _ => Running::Unknown,
        }
    }
}
