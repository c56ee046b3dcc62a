//! "Add device…": the whole list, narrowed by typing, walked with the arrow keys, Enter takes one.

use egui::{Context, Id, Key, Modifiers, Role, ScrollArea, Ui, UiBuilder};
use libvirt_backend::xml::Document;

use super::offers::{Group, OFFERS, Offer};
use crate::t;
use crate::widgets::{Button, Dialog, SidebarItem, icons, search_ui, sidebar_header_ui, text, tokens};

/// The open list.
#[derive(Default)]
pub(super) struct AddDialog {
    query: String,
    /// The name of the offer that Enter takes.
    cursor: Option<&'static str>,
}

pub(super) enum Answer {
    Open,
    Closed,
    Chosen(&'static Offer),
}

const MOST_HEIGHT: f32 = 460.0;
/// Title, search and buttons of the dialog, and a strip of the window around it.
const AROUND: f32 = 250.0;

impl AddDialog {
    /// `domain`: with all that is to come already.
    pub(super) fn ui(&mut self, ctx: &Context, domain: &Document) -> Answer {
        let search = Id::unique("hardware add search");
        let title = t!("add-title");
        let close = t!("dialog-close");
        // The arrow keys are taken before the text field sees them.
        let is_typing = ctx.memory(|memory| memory.has_focus(search));
        let (up, down, is_entered) = ctx.input_mut(|input| {
            let mut count = |key| {
                if is_typing {
                    input.count_and_consume_key(Modifiers::NONE, key)
                } else {
                    0
                }
            };
            (count(Key::ArrowUp), count(Key::ArrowDown), count(Key::Enter) > 0)
        });
        let found: Vec<&'static Offer> = OFFERS.iter().filter(|offer| offer.matches(&self.query)).collect();
        let usable: Vec<&'static Offer> = found
            .iter()
            .copied()
            .filter(|offer| offer.denied(domain).is_none())
            .collect();
        let at = usable.iter().position(|offer| Some(offer.name) == self.cursor);
        let at = (at.unwrap_or(0) + down)
            .saturating_sub(up)
            .min(usable.len().saturating_sub(1));
        self.cursor = usable.get(at).map(|offer| offer.name);
        let shown = Dialog::new(Id::unique("hardware add"), &title, &close)
            .wide()
            .initial_focus(search)
            .show(
                ctx,
                |ui| self.body_ui(ui, search, domain, &found, up + down > 0),
                |ui| Button::secondary(t!("dialog-cancel")).show(ui).clicked(),
            );
        let entered = usable.get(at).copied().filter(|_| is_entered);
        match shown.body.or(entered) {
            Some(offer) => Answer::Chosen(offer),
            None if shown.is_closed || shown.footer => Answer::Closed,
            None => Answer::Open,
        }
    }

    fn body_ui(
        &mut self,
        ui: &mut Ui,
        search: Id,
        domain: &Document,
        found: &[&'static Offer],
        is_moved: bool,
    ) -> Option<&'static Offer> {
        let width = ui.available_width();
        let (name, clear) = (t!("add-search"), t!("hardware-search-clear"));
        search_ui(ui, search, &mut self.query, &name, &clear, width);
        if found.is_empty() {
            ui.label(text::quiet(ui, t!("add-none")));
        }
        let room = ui.ctx().content_rect().height() - AROUND * tokens::text_scale(ui.ctx()).max(1.0);
        let mut chosen = None;
        let list = UiBuilder::new()
            .accessibility_role(Role::List)
            .accessibility_label(t!("add-list"));
        ui.scope_builder(list, |ui| {
            ScrollArea::vertical()
                .id_salt("hardware add list")
                .max_height(room.clamp(120.0, MOST_HEIGHT))
                // As high whatever is typed: the field stays where it is.
                .auto_shrink(false)
                .show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = 0.0;
                    ui.set_max_width(ui.available_width() - tokens::SPACE);
                    for group in Group::ALL {
                        let mut offers = found.iter().filter(|offer| offer.group == group).peekable();
                        if offers.peek().is_none() {
                            continue;
                        }
                        sidebar_header_ui(ui, &group.title());
                        for offer in offers {
                            if self.offer_ui(ui, domain, offer, is_moved) {
                                chosen = Some(*offer);
                            }
                        }
                    }
                });
        });
        chosen
    }

    /// True when it was picked.
    fn offer_ui(&self, ui: &mut Ui, domain: &Document, offer: &Offer, is_moved: bool) -> bool {
        let denied = offer.denied(domain);
        let is_cursor = self.cursor == Some(offer.name);
        let note = denied.clone().unwrap_or_else(|| offer.text());
        let item = SidebarItem::new(offer.icon, offer.title())
            .note(note)
            .selected(is_cursor);
        let response = ui.add_enabled(denied.is_none(), item);
        if is_cursor && is_moved {
            response.scroll_to_me(None);
        }
        response.clicked()
    }
}

/// The button that opens it.
pub(super) fn button_ui(ui: &mut Ui) -> bool {
    Button::secondary(t!("add-button"))
        .icon(icons::ADD)
        .wide()
        .show(ui)
        .clicked()
}
