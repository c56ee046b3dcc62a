//! What could not be read is asked for again while its page is looked at: the host comes back, the machine answers.

use std::time::Duration;

use egui::Ui;
use libvirt_backend::Error;
use libvirt_backend::error::Cure;

use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::state::Answer;
use crate::t;
use crate::text::error::message;
use crate::widgets::{Button, Failure, error_ui, icons};

const WAIT_MILLIS: i64 = 3000;

#[derive(Default)]
pub(super) struct Again {
    asked_at_millis: i64,
    /// Its host was connected then.
    was_connected: bool,
    /// Why it could not be read; it stays while it is asked for again.
    failure: Option<Error>,
}

impl Again {
    /// It has just been asked for.
    pub(super) fn asked(&mut self, view: &ViewContext<'_>, key: &MachineKey) {
        self.asked_at_millis = view.now_millis;
        self.was_connected = is_connected(view, key);
    }

    pub(super) fn take<T>(&mut self, answer: Option<&Answer<T>>) {
        match answer {
            Some(Answer::Failed(error)) => self.failure = Some(error.clone()),
            Some(Answer::Ready(_)) => self.failure = None,
            Some(Answer::Waiting(_)) | None => {}
        }
    }

    pub(super) const fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Time to ask for what failed? A host that is not connected is not asked: its coming back draws the page.
    pub(super) fn is_due(&mut self, ui: &Ui, view: &ViewContext<'_>, key: &MachineKey) -> bool {
        if !is_connected(view, key) {
            return false;
        }
        let wait = self.asked_at_millis + WAIT_MILLIS - view.now_millis;
        if self.was_connected && (1..=WAIT_MILLIS).contains(&wait) {
            ui.ctx().request_repaint_after(Duration::from_millis(wait as u64));
            return false;
        }
        self.asked(view, key);
        true
    }

    /// The failure, and the button to ask at once. True when that was pressed.
    pub(super) fn ui(&self, ui: &mut Ui, is_waiting: bool) -> bool {
        let Some(error) = &self.failure else { return false };
        let message = message(error);
        // What the button says need not be said twice.
        let advice = match error.cure() {
            Some(Cure::Retry) | None => t!("read-again"),
            Some(_) => message.todo.unwrap_or_default(),
        };
        let failure = Failure {
            what: &message.what,
            words: message.own_words.as_deref().unwrap_or_default(),
            advice: &advice,
        };
        error_ui(ui, &failure, |ui| {
            let denied = is_waiting.then(|| t!("hardware-loading"));
            let button = Button::secondary(t!("cure-button-retry")).icon(icons::RETRY).small();
            button.denied(denied).show(ui).clicked()
        })
    }
}

fn is_connected(view: &ViewContext<'_>, key: &MachineKey) -> bool {
    view.host(&key.uri).is_some_and(|host| host.connection.is_connected())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui::Role;
    use egui_kittest::Harness;
    use egui_kittest::kittest::{NodeT as _, Queryable as _};
    use libvirt_backend::model::{ConnectionState, DisconnectReason};

    use super::*;
    use crate::command::{Command, MachineCommand};
    use crate::route::{MachineTab, Route};
    use crate::screens::fixtures;
    use crate::screens::test_window::{Look, TestWindow, key, open};

    type Window = Harness<'static, TestWindow>;

    fn page(tab: MachineTab) -> Window {
        let mut window = TestWindow::new(vec![fixtures::assorted()]);
        window.route = Route::Machine { key: key(1), tab };
        let mut harness = open(Look::sized(1_280.0, 1_000.0), window);
        harness.run();
        harness
    }

    fn failed<T>(harness: &Window) -> Answer<T> {
        let uri = harness.state().hosts[0].uri.clone();
        Answer::Failed(Error::NotConnected { uri })
    }

    fn take_sent(harness: &mut Window, is_meant: fn(&MachineCommand) -> bool) -> usize {
        let sent = std::mem::take(&mut harness.state_mut().sent);
        let sent = sent
            .iter()
            .filter(|command| matches!(command, Command::Machine(command) if is_meant(command)));
        sent.count()
    }

    const fn reads(command: &MachineCommand) -> bool {
        matches!(command, MachineCommand::ReadDefinition(_))
    }

    const fn reads_history(command: &MachineCommand) -> bool {
        matches!(command, MachineCommand::ReadHistory(_))
    }

    #[test]
    fn settings_that_could_not_be_read_are_read_once_the_host_is_there() {
        let mut harness = page(MachineTab::Hardware);
        assert!(take_sent(&mut harness, reads) > 0);
        let answer = failed(&harness);
        harness.state_mut().answers.definitions.insert(key(1), answer);
        harness.run();
        harness.get_by_role(Role::Alert);
        assert_eq!(take_sent(&mut harness, reads), 0, "not in the same moment");

        harness.get_by_role_and_label(Role::Button, "Try again").click();
        harness.run();
        assert_eq!(take_sent(&mut harness, reads), 1, "who asks is not kept waiting");

        let lost = ConnectionState::Disconnected {
            reason: DisconnectReason::DaemonGone,
            message: String::new(),
            retry_at_millis: None,
        };
        let connected = std::mem::replace(&mut Arc::make_mut(&mut harness.state_mut().hosts[0]).connection, lost);
        harness.state_mut().now_millis += 2 * WAIT_MILLIS;
        harness.run();
        assert_eq!(take_sent(&mut harness, reads), 0, "nobody is there to be asked");
        harness.get_by_role_and_label(Role::Button, "Try again").click();
        harness.run();
        take_sent(&mut harness, reads);
        Arc::make_mut(&mut harness.state_mut().hosts[0]).connection = connected;
        harness.run();
        assert_eq!(take_sent(&mut harness, reads), 1);

        let waiting = Answer::Waiting(libvirt_backend::JobId(9));
        harness.state_mut().answers.definitions.insert(key(1), waiting);
        harness.state_mut().now_millis += 2 * WAIT_MILLIS;
        harness.run();
        assert_eq!(take_sent(&mut harness, reads), 0, "an answer is on its way");
        let button = harness.get_by_role_and_label(Role::Button, "Try again");
        assert!(button.accesskit_node().is_disabled());

        let definition = Answer::Ready(fixtures::hardware().into());
        harness.state_mut().answers.definitions.insert(key(1), definition);
        harness.run();
        harness.get_by_role_and_label(Role::Button, "Memory");
        assert!(harness.query_by_role(Role::Alert).is_none());
    }

    #[test]
    fn edits_that_could_not_be_read_are_told_and_read_again() {
        let mut harness = page(MachineTab::Activity);
        assert_eq!(take_sent(&mut harness, reads_history), 1);
        let answer = failed(&harness);
        harness.state_mut().answers.histories.insert(key(1), answer);
        harness.run();
        harness.get_by_role(Role::Alert);
        harness.state_mut().now_millis += 2 * WAIT_MILLIS;
        harness.run();
        assert_eq!(take_sent(&mut harness, reads_history), 1);
    }
}
