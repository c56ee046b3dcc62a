//! Lists inside devices that need no form of their own: a network card's addresses, routes and VLAN tags.

use egui::{Align, Layout, Ui};
use libvirt_backend::model::HostChoices;
use libvirt_backend::property::{SCOPES, Scope};
use libvirt_backend::xml::{Document, NodeId};

use super::draft::Draft;
use super::field::Field;
use super::forwards::FORWARD;
use crate::screens::parts::choice::name_column;
use crate::t;
use crate::text::hardware as words;
use crate::widgets::{Button, card_ui, icons, section_ui, text, tokens};

/// The lists of a kind of device.
pub(super) fn of(word: &str) -> impl Iterator<Item = &'static Scope> {
    let inside = format!("devices/{word}/");
    SCOPES.iter().filter(move |scope| {
        let is_forward = scope.word.starts_with(FORWARD);
        scope.is_inside() && scope.element.starts_with(&inside) && !is_forward
    })
}

pub(super) struct InnerLists<'a> {
    pub(super) domain: &'a Document,
    pub(super) host: Option<&'a HostChoices>,
    /// Of the device.
    pub(super) key: &'a str,
    pub(super) draft: &'a mut Draft,
}

impl InnerLists<'_> {
    pub(super) fn ui(&mut self, ui: &mut Ui, scope: &'static Scope) {
        let Some(group) = scope.groups.first() else { return };
        let title = words::group(group);
        section_ui(ui, &title);
        card_ui(ui, |ui| {
            let entries = scope.keyed(self.domain).into_iter();
            let own = entries.filter(|(key, _)| scope.device_of(key) == Some(self.key));
            for (index, (key, element)) in own.enumerate() {
                self.entry_ui(
                    ui,
                    scope,
                    (&key, element),
                    &t!("list-entry", list = title.as_str(), number = index + 1),
                );
            }
            let add = Button::secondary(t!("hardware-list-add")).icon(icons::ADD);
            let add = add.show(ui);
            ui.ctx().accesskit_node_builder(add.id, |node| {
                node.set_label(t!("hardware-list-add-name", list = title.as_str()));
            });
            if add.clicked() {
                self.draft.rows.add(scope, self.key, fresh(scope));
                ui.ctx().request_repaint();
            }
        });
        ui.add_space(tokens::SPACE);
    }

    fn entry_ui(&mut self, ui: &mut Ui, scope: &'static Scope, (key, element): (&str, NodeId), title: &str) {
        let is_removed = self.draft.rows.is_removed(scope.word, key);
        ui.horizontal(|ui| {
            ui.label(text::strong(title));
            if is_removed {
                ui.label(text::quiet(ui, t!("remove-note")));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if is_removed {
                    if Button::secondary(t!("forwards-keep")).small().show(ui).clicked() {
                        self.draft.rows.keep(scope, key);
                    }
                } else {
                    let remove = Button::icon_only(icons::DELETE, t!("list-remove", name = title)).small();
                    if remove.show(ui).clicked() {
                        self.draft.remove_row(scope, key, self.domain);
                        ui.ctx().request_repaint();
                    }
                }
            });
        });
        if is_removed {
            return;
        }
        let name_width = name_column(ui);
        for property in scope.properties() {
            let field = Field {
                domain: self.domain,
                scope,
                key,
                element: Some(element),
                property,
                name_width,
                host: self.host,
            };
            field.ui(ui, self.draft);
        }
    }
}

/// As it is before anything is typed.
fn fresh(scope: &Scope) -> &'static str {
    match scope.word {
        "interface.ip" => "<ip family='ipv4'/>",
        "interface.route" => "<route family='ipv4'/>",
        _ => "<tag/>",
    }
}
