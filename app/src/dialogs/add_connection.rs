//! A new connection: this computer, its system machines, another computer over ssh, or an address typed whole.

use egui::{Context, Label, Ui};

use super::{Confirm, Stay, ask, is_entered};
use crate::command::{Command, ConnectionCommand};
use crate::context::ViewContext;
use crate::t;
use crate::widgets::{TextField, combo_ui, text};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Session,
    System,
    Ssh,
    Other,
}

#[derive(Default)]
pub(crate) struct AddConnectionDialog {
    kind: Kind,
    host: String,
    user: String,
    typed: String,
}

impl AddConnectionDialog {
    pub(crate) fn ui(&mut self, ctx: &Context, view: &ViewContext<'_>) -> Stay {
        let problem = self.problem(view);
        let is_untouched = self.uri().is_none() && self.host.is_empty() && self.typed.is_empty();
        let confirm = Confirm {
            text: &t!("connection-button"),
            is_destructive: false,
            denied: problem.clone(),
        };
        let shown_problem = problem.filter(|_| !is_untouched);
        let (mut stay, mut is_confirmed, ()) = ask(ctx, &t!("connection-title"), &confirm, true, |ui| {
            self.body_ui(ui, shown_problem.as_deref());
        });
        // What was typed in this very frame counts.
        let is_ready = self.problem(view).is_none();
        if is_ready && stay == Stay::Open && is_entered(ctx) && self.kind_has_fields() {
            (stay, is_confirmed) = (Stay::Done, true);
        }
        if let Some(uri) = self.uri().filter(|_| is_confirmed) {
            view.send(Command::Connection(ConnectionCommand::Open(uri)));
        }
        stay
    }

    fn problem(&self, view: &ViewContext<'_>) -> Option<String> {
        match self.uri() {
            None => Some(t!("connection-bad")),
            Some(uri) => view.host(&uri).map(|_| t!("connection-exists")),
        }
    }

    const fn kind_has_fields(&self) -> bool {
        matches!(self.kind, Kind::Ssh | Kind::Other)
    }

    fn body_ui(&mut self, ui: &mut Ui, problem: Option<&str>) {
        let names = [
            (Kind::Session, t!("connection-kind-session")),
            (Kind::System, t!("connection-kind-system")),
            (Kind::Ssh, t!("connection-kind-ssh")),
            (Kind::Other, t!("connection-kind-other")),
        ];
        let choices: Vec<(Kind, &str)> = names.iter().map(|(kind, name)| (*kind, name.as_str())).collect();
        combo_ui(ui, "connection kind", &t!("connection-kind"), &mut self.kind, &choices);
        let explanation = match self.kind {
            Kind::Session => Some("connection-kind-session-text"),
            Kind::System => Some("connection-kind-system-text"),
            Kind::Ssh => Some("connection-kind-ssh-text"),
            Kind::Other => None,
        };
        if let Some(explanation) = explanation {
            ui.add(Label::new(text::quiet(ui, t!(explanation))).wrap());
        }
        match self.kind {
            Kind::Ssh => {
                let (host, hint, user) = (t!("connection-host"), t!("connection-host-hint"), t!("connection-user"));
                TextField::new(&host, &mut self.host)
                    .hint(&hint)
                    .error(problem)
                    .show(ui);
                TextField::new(&user, &mut self.user).show(ui);
            }
            Kind::Other => {
                let (label, hint) = (t!("connection-uri"), t!("connection-uri-hint"));
                TextField::new(&label, &mut self.typed)
                    .hint(&hint)
                    .error(problem)
                    .mono()
                    .show(ui);
            }
            Kind::Session | Kind::System => {
                if let Some(problem) = problem {
                    ui.add(Label::new(text::quiet(ui, problem)).wrap());
                }
            }
        }
        if let Some(uri) = self.uri() {
            ui.label(text::weak(ui, uri));
        }
    }

    /// `None`: not an address yet.
    fn uri(&self) -> Option<String> {
        match self.kind {
            Kind::Session => Some("qemu:///session".to_owned()),
            Kind::System => Some("qemu:///system".to_owned()),
            Kind::Ssh => {
                let (host, user) = (self.host.trim(), self.user.trim());
                let is_plain = |text: &str| !text.contains(|c: char| c.is_whitespace() || "/@?#".contains(c));
                if host.is_empty() || host.starts_with('-') || !is_plain(host) || !is_plain(user) {
                    return None;
                }
                let user = if user.is_empty() {
                    String::new()
                } else {
                    format!("{user}@")
                };
                Some(format!("qemu+ssh://{user}{host}/system"))
            }
            Kind::Other => {
                let typed = self.typed.trim();
                let (scheme, rest) = typed.split_once("://")?;
                let is_whole = !scheme.is_empty() && rest.contains('/') && !typed.contains(char::is_whitespace);
                (is_whole && !typed.contains('\0')).then(|| typed.to_owned())
            }
        }
    }
}
