//! The whole window: frame, page, inspector, job bar, what lies over the page, and messages.

use std::sync::Arc;

use egui::{Color32, Rect, Role, Ui, UiBuilder};
use libvirt_backend::model::{Freshness, HostModel};

use super::announcer::Announcer;
use super::console::{Choices, Console, Place};
use super::first_start;
use super::frame::{Panes, Wants};
use super::inspector;
use super::job_bar::JobBar;
use super::machine::MachinePage;
use super::machines::MachinesPage;
use super::palette::CommandPalette;
use super::parts::scope::Scope;
use super::parts::summary::Summary;
use super::serial::SerialPage;
use super::toasts::Corner;
use super::{connections, settings, shortcuts, sidebar};
use crate::context::ViewContext;
use crate::dialogs::Dialogs;
use crate::route::{MachineKey, MachineTab, Route};
use crate::settings::{Question, Sort};
use crate::state::{Overlay, Selection};
use crate::t;
use crate::widgets::{Palette, tokens};

/// Everything the pages remember from frame to frame.
#[derive(Default)]
pub struct Root {
    summary: Summary,
    announcer: Announcer,
    scope: Scope,
    machines: MachinesPage,
    /// The list of machines was drawn in the newest frame.
    is_listing: bool,
    machine: MachinePage,
    serial: SerialPage,
    job_bar: JobBar,
    corner: Corner,
    palette: CommandPalette,
    dialogs: Dialogs,
}

impl Root {
    /// Draws one frame. What is asked for goes to [`ViewContext::commands`].
    pub fn ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>) {
        self.summary.refresh(view.hosts);
        let wants_inspector = *view.route == Route::Machines && view.settings.is_inspector_open;
        let wants_inspector = wants_inspector && self.has_subject(ui, view);
        let console = console(view);
        if let Some((key, Place::Fullscreen)) = console {
            console_ui(ui, view, key, Place::Fullscreen);
            self.announcer.ui(ui, view);
            self.overlay_ui(ui, view);
            self.corner.ui(ui, view.toasts, view.commands, 0.0);
            return;
        }
        let wants = Wants {
            inspector: wants_inspector,
            rail: console.is_some() || serial(view).is_some(),
        };
        let panes = Panes::new(ui, wants, self.job_bar.height(ui, view));
        let palette = Palette::of(ui);
        // A console paints all of its page itself, and each pixel once.
        let ground = if console.is_some() {
            Color32::TRANSPARENT
        } else {
            palette.window
        };
        ui.painter().rect_filled(ui.max_rect(), 0.0, ground);
        pane(
            ui,
            "sidebar",
            panes.sidebar,
            palette.sidebar,
            &t!("sidebar-name"),
            |ui| {
                sidebar::ui(ui, view, &self.summary, &mut self.scope, panes.sidebar_breadth);
            },
        );
        pane(ui, "page", panes.page, ground, &t!("app-name"), |ui| match console {
            Some((key, place)) => console_ui(ui, view, key, place),
            None => match serial(view) {
                Some(key) => self.serial.ui(ui, view, key),
                None => self.page_ui(ui, view, &panes),
            },
        });
        if let Some(rect) = panes.inspector {
            inspector_pane(ui, view, rect, panes.is_inspector_over);
        }
        if let Some(rect) = panes.job_bar {
            pane(ui, "jobs", rect, palette.sidebar, &t!("jobbar-name"), |ui| {
                self.job_bar.ui(ui, view);
            });
        }
        self.announcer.ui(ui, view);
        self.overlay_ui(ui, view);
        let bottom = panes.job_bar.map_or(0.0, |bar| bar.height());
        self.corner.ui(ui, view.toasts, view.commands, bottom);
    }

    /// Beside the page the inspector stays and says what it is for; over it, it only comes with a selection.
    fn has_subject(&self, ui: &Ui, view: &ViewContext<'_>) -> bool {
        if view.selection.primary.is_some() {
            return true;
        }
        self.summary.num_machines > 0 && ui.max_rect().width() / tokens::text_scale(ui.ctx()).max(1.0) >= 1_200.0
    }

    /// Narrows the list of machines to those of one connection.
    pub fn show_host(&mut self, uri: &str) {
        self.scope = Scope::Host(uri.to_owned());
        self.machines.header.filter.clear();
    }

    /// Those of the marked machines that the user sees: a filter, a scope or another page hides the rest, and what is
    /// hidden is not acted on.
    pub fn shown(&self, selection: &Selection) -> Vec<MachineKey> {
        if self.is_listing {
            self.machines.shown(selection)
        } else {
            Vec::new()
        }
    }

    /// The machine that stands at this place of the list, as the user saw it last.
    pub fn listed_machine(&mut self, hosts: &[Arc<HostModel>], sort: Sort, number: usize) -> Option<MachineKey> {
        self.machines.at(hosts, &self.scope, sort, number)
    }

    /// Machines as cards, and nothing else of them.
    pub fn shows_cards(&self) -> bool {
        self.is_listing && self.machines.shows_cards()
    }

    fn page_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, panes: &Panes) {
        self.is_listing = *view.route == Route::Machines && !self.is_first_start(view);
        match view.route {
            Route::Machines if !self.is_listing => first_start::ui(ui, view, panes.breadth),
            Route::Machines => self.machines.ui(ui, view, &mut self.scope, panes.breadth),
            Route::Machine { key, tab } => self.machine.ui(ui, view, key, *tab, panes.breadth),
            Route::Connections => connections::ui(ui, view, panes.breadth),
            Route::Settings => settings::ui(ui, view, panes.breadth),
        }
    }

    /// The user's own connection has no machine: say how to begin instead of an empty list. Where another connection
    /// has some, this comes until the user asks for those.
    fn is_first_start(&self, view: &ViewContext<'_>) -> bool {
        if self.scope != Scope::All || !self.machines.header.filter.is_empty() {
            return false;
        }
        let has_others = self.summary.num_machines > 0;
        if has_others && view.settings.dismissed.contains(&Question::FirstStart) {
            return false;
        }
        view.hosts.first().is_none_or(|own| {
            let is_reading = own.connection.is_connected() && own.freshness == Freshness::Unknown;
            own.machines.is_empty() && !is_reading
        })
    }

    fn overlay_ui(&mut self, ui: &Ui, view: &ViewContext<'_>) {
        self.dialogs.ui(ui, view);
        let is_palette = view.overlay == Some(&Overlay::Palette);
        let marked = if is_palette {
            self.shown(view.selection)
        } else {
            Vec::new()
        };
        self.palette.ui(ui, view, is_palette, &marked);
        if view.overlay == Some(&Overlay::Shortcuts) {
            shortcuts::ui(ui, view);
        }
    }
}

/// The machine whose screen is the page, and is not in a window of its own.
fn console<'a>(view: &'a ViewContext<'_>) -> Option<(&'a MachineKey, Place)> {
    let Route::Machine {
        key,
        tab: MachineTab::Console,
    } = view.route
    else {
        return None;
    };
    view.machine(key)?;
    view.displays.get(key)?;
    if view.displays.is_detached(key) {
        return None;
    }
    let is_fullscreen = view.displays.fullscreen.as_ref() == Some(key);
    let place = if is_fullscreen { Place::Fullscreen } else { Place::Page };
    Some((key, place))
}

/// The machine whose serial line is the page.
fn serial<'a>(view: &'a ViewContext<'_>) -> Option<&'a MachineKey> {
    let Route::Machine {
        key,
        tab: MachineTab::Serial,
    } = view.route
    else {
        return None;
    };
    view.machine(key).map(|_| key)
}

fn console_ui(ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, place: Place) {
    let Some(display) = view.displays.get(key) else { return };
    let console = Console {
        key,
        display,
        choices: Choices {
            scale: view.settings.scale,
            follows_window: view.settings.guest_follows_window,
            guest_layout: view.settings.guest_layout,
        },
        combinations: &view.settings.combinations,
        place,
        is_covered: view.overlay.is_some(),
        keyboard: view.keyboard,
        commands: view.commands,
    };
    console.ui(ui);
}

/// A part of the window that a screen reader can jump to.
fn pane(ui: &mut Ui, salt: &str, rect: Rect, fill: egui::Color32, name: &str, contents: impl FnOnce(&mut Ui)) {
    let builder = UiBuilder::new()
        .id_salt(salt)
        .max_rect(rect)
        .accessibility_role(Role::Region)
        .accessibility_label(name);
    ui.painter().rect_filled(rect, 0.0, fill);
    ui.scope_builder(builder, |ui| {
        ui.set_clip_rect(rect.intersect(ui.clip_rect()));
        contents(ui);
    });
}

fn inspector_pane(ui: &mut Ui, view: &ViewContext<'_>, rect: Rect, is_over: bool) {
    let palette = Palette::of(ui);
    let name = t!("inspector-name");
    if !is_over {
        pane(ui, "inspector", rect, palette.sidebar, &name, |ui| {
            inspector::ui(ui, view, false);
        });
        return;
    }
    egui::Area::new(ui.scope_id().with("inspector"))
        .order(egui::Order::Middle)
        .fixed_pos(rect.min)
        .constrain(false)
        .show(ui.ctx(), |ui| {
            ui.set_min_size(rect.size());
            let shadow = ui.visuals().window_shadow;
            ui.painter().add(shadow.as_shape(rect, 0.0));
            // Nothing of the page below it answers through it.
            ui.interact(rect, ui.scope_id().with("ground"), egui::Sense::CLICK);
            pane(ui, "inspector", rect, palette.popup, &name, |ui| {
                inspector::ui(ui, view, true);
            });
        });
}
