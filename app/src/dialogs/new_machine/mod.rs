//! "New machine…": as few questions as can be. What is decided for the user stands in lines that open.

pub(super) mod form;
mod hardware;
mod source;

use std::path::{Path, PathBuf};

use egui::{Context, Ui};
use libvirt_backend::model::HostModel;

use super::{Confirm, Stay, ask, is_entered};
use crate::command::{BrowseFor, Command, CreateCommand};
use crate::context::ViewContext;
use crate::screens::parts::actions;
use crate::state::Answer;
use crate::t;
use crate::text::error::message;
use crate::text::state::host_name;
use crate::widgets::{TextField, Tone, banner_ui, combo_ui, switch_ui};
pub(super) use source::help_text as medium_text;

use form::{Facts, Form, Problems, Source, check};

/// A path is looked at once nothing was typed for so long.
const TYPING_SECONDS: f64 = 0.25;
/// A file that cannot be used may be on its way: it is looked at again this often.
const AGAIN_SECONDS: f64 = 2.0;

pub(crate) struct NewMachineDialog {
    uri: String,
    form: Form,
    is_hardware_open: bool,
    /// The connection that was asked what it can do.
    asked_host: Option<String>,
    /// The path last seen in the field, and when it was typed.
    typed: (String, f64),
    /// The file last asked about, and when: answers from before this dialog opened may be out of date.
    asked_medium: Option<(String, PathBuf, f64)>,
    /// What the file dialog answered before this one opened, or what was taken from it.
    taken: Option<(BrowseFor, PathBuf)>,
}

impl NewMachineDialog {
    pub(crate) fn new(view: &ViewContext<'_>) -> Self {
        let marked = view.selection.primary.as_ref().and_then(|key| view.host(&key.uri));
        let is_usable = |host: &&std::sync::Arc<HostModel>| host.connection.is_connected();
        let is_opened = view.answers.opened.is_some();
        // A file that was opened is this computer's.
        let local = || view.hosts.iter().find(|host| is_usable(host) && host.info.is_local);
        let opens_on = if is_opened { local() } else { None };
        let host = opens_on
            .or_else(|| marked.filter(is_usable))
            .or_else(|| view.hosts.iter().find(is_usable))
            .or_else(|| view.hosts.first());
        let (uri, form) = match &view.answers.draft {
            Some((uri, machine)) => (uri.clone(), Form::of(machine)),
            None => (
                host.map(|host| host.uri.clone()).unwrap_or_default(),
                Form::new(view.settings.default_accel, host.map(AsRef::as_ref)),
            ),
        };
        Self {
            uri,
            form,
            is_hardware_open: false,
            asked_host: None,
            typed: (String::new(), 0.0),
            asked_medium: None,
            taken: view.answers.browsed.clone().filter(|_| !is_opened),
        }
    }

    pub(crate) fn ui(&mut self, ctx: &Context, view: &ViewContext<'_>) -> Stay {
        let empty = HostModel::empty(&self.uri);
        let host = view.host(&self.uri).map_or(&empty, AsRef::as_ref);
        self.ask_host(view, host);
        self.take_browsed(view);
        self.ask_medium(ctx, view, host);
        let facts = self.facts(view, host);
        self.suggest_name(facts);
        let problems = check(&self.form, facts);
        let is_ready = problems.is_clear() && actions::is_live(host);
        let text = if self.form.starts {
            t!("new-create-start")
        } else {
            t!("new-create")
        };
        let confirm = Confirm {
            text: &text,
            is_destructive: false,
            denied: (!is_ready).then(|| first_reason(&problems)),
        };
        let (mut stay, mut is_confirmed, ()) = ask(ctx, &t!("new-title"), &confirm, true, |ui| {
            self.body_ui(ui, view, host, &problems);
        });
        // What was typed in this very frame counts.
        let is_ready = actions::is_live(host) && check(&self.form, self.facts(view, host)).is_clear();
        if is_ready && stay == Stay::Open && is_entered(ctx) && is_enter_meant(ctx) {
            (stay, is_confirmed) = (Stay::Done, true);
        }
        if is_confirmed {
            view.send(Command::Create(CreateCommand::Submit {
                uri: self.uri.clone(),
                machine: Box::new(self.form.machine()),
            }));
        }
        stay
    }

    fn facts<'a>(&self, view: &'a ViewContext<'_>, host: &'a HostModel) -> Facts<'a> {
        let medium = self.form.medium().map(|path| (self.uri.clone(), PathBuf::from(path)));
        Facts {
            host,
            profile: view.answers.profiles.get(&self.uri),
            room: view.answers.rooms.get(&self.uri),
            medium: medium
                .filter(|key| self.asked_at(key).is_some())
                .and_then(|key| view.answers.media.get(&key)),
        }
    }

    fn ask_host(&mut self, view: &ViewContext<'_>, host: &HostModel) {
        if host.connection.is_connected() && self.asked_host.as_ref() != Some(&self.uri) {
            self.asked_host = Some(self.uri.clone());
            view.send(Command::Create(CreateCommand::ReadHost { uri: self.uri.clone() }));
        }
    }

    /// Puts in what was chosen in the desktop's file dialog.
    fn take_browsed(&mut self, view: &ViewContext<'_>) {
        let browsed = &view.answers.browsed;
        if *browsed == self.taken {
            return;
        }
        self.taken.clone_from(browsed);
        if let Some((browse, path)) = browsed {
            let path = path.display().to_string();
            match browse {
                BrowseFor::Installer => {
                    self.form.source = Source::Installer;
                    self.form.installer = path;
                }
                BrowseFor::Disk => {
                    self.form.source = Source::ExistingDisk;
                    self.form.disk = path;
                }
                BrowseFor::Disc { .. } | BrowseFor::Setting { .. } => {}
            }
            // What was chosen is looked at without delay.
            self.typed = (self.form.medium().unwrap_or_default().to_owned(), f64::MIN);
            self.asked_medium = None;
        }
    }

    fn ask_medium(&mut self, ctx: &Context, view: &ViewContext<'_>, host: &HostModel) {
        let Some(path) = self.form.medium().filter(|path| Path::new(path).is_absolute()) else {
            return;
        };
        let now = ctx.input(|input| input.time);
        if self.typed.0 != path {
            self.typed = (path.to_owned(), now);
        }
        let key = (self.uri.clone(), PathBuf::from(path));
        if !host.connection.is_connected() {
            return;
        }
        let wait = match self.asked_at(&key) {
            Some(at) if matches!(view.answers.media.get(&key), Some(Answer::Failed(_))) => at + AGAIN_SECONDS - now,
            Some(_) => return,
            None => self.typed.1 + TYPING_SECONDS - now,
        };
        if wait > 0.0 {
            let wait = std::time::Duration::try_from_secs_f64(wait.min(AGAIN_SECONDS));
            ctx.request_repaint_after(wait.unwrap_or_default());
            return;
        }
        let (uri, path) = key;
        self.asked_medium = Some((uri.clone(), path.clone(), now));
        view.send(Command::Create(CreateCommand::CheckMedium { uri, path }));
    }

    fn asked_at(&self, key: &(String, PathBuf)) -> Option<f64> {
        let (uri, path, at) = self.asked_medium.as_ref()?;
        (*uri == key.0 && *path == key.1).then_some(*at)
    }

    /// A machine made from a file is called after it until somebody says otherwise.
    fn suggest_name(&mut self, facts: Facts<'_>) {
        if self.form.is_name_touched || !matches!(facts.medium, Some(Answer::Ready(_))) {
            return;
        }
        if let Some(path) = self.form.medium() {
            self.form.name = form::name_from_path(Path::new(path), facts.host);
        }
    }

    fn body_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, host: &HostModel, problems: &Problems) {
        if !actions::is_live(host) {
            let text = t!("new-not-connected", host = host_name(&self.uri));
            banner_ui(ui, Tone::Warning, &text, None);
        }
        self.host_ui(ui, view);
        let facts = self.facts(view, host);
        source::ui(ui, view, &mut self.form, facts, problems);
        let reason = problems.name.as_ref().map(|error| message(error).what);
        let (label, hint) = (t!("new-name"), t!("new-name-hint"));
        let field = TextField::new(&label, &mut self.form.name)
            .hint(&hint)
            .error(reason.as_deref());
        if field.show(ui).changed() {
            self.form.is_name_touched = true;
        }
        self.is_hardware_open |= problems.is_in_hardware();
        hardware::line_ui(ui, &mut self.form, &mut self.is_hardware_open, facts, problems);
        hardware::accel_ui(ui, view, &mut self.form, facts, problems);
        switch_ui(ui, &mut self.form.starts, &t!("new-start"));
    }

    /// Which connection it is made on, where there are several.
    fn host_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>) {
        if view.hosts.len() < 2 {
            return;
        }
        let names: Vec<String> = view.hosts.iter().map(|host| host_name(&host.uri)).collect();
        let choices: Vec<(usize, &str)> = names.iter().map(String::as_str).enumerate().collect();
        let mut index = view.hosts.iter().position(|host| host.uri == self.uri).unwrap_or(0);
        if combo_ui(ui, "new machine host", &t!("new-host"), &mut index, &choices)
            && let Some(host) = view.hosts.get(index)
        {
            let before = view.host(&self.uri).map(AsRef::as_ref);
            self.form.follow_host(before, host);
            self.uri.clone_from(&host.uri);
        }
    }
}

/// Not where Enter presses a button, opens a list or ends a number.
fn is_enter_meant(ctx: &Context) -> bool {
    let focused = ctx.memory(|memory| memory.focused());
    focused.is_none_or(|id| egui::TextEdit::load_state(ctx, id).is_some())
}

fn first_reason(problems: &Problems) -> String {
    let Problems {
        name,
        medium,
        memory,
        vcpus,
        disk,
        accel,
        network,
        is_waiting: _,
    } = problems;
    let first = [medium, name, memory, vcpus, disk, network, accel]
        .into_iter()
        .flatten()
        .next();
    first.map_or_else(|| t!("new-incomplete"), |error| message(error).what)
}

/// What the file dialog is asked for at this source.
const fn browse_for(source: Source) -> Option<BrowseFor> {
    match source {
        Source::Installer => Some(BrowseFor::Installer),
        Source::ExistingDisk => Some(BrowseFor::Disk),
        Source::Nothing => None,
    }
}
