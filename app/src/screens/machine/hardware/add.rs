//! "Add device…": the whole list, narrowed by typing, walked with the arrow keys, Enter takes one.

use egui::{Context, Id, Key, Modifiers, Role, ScrollArea, Ui, UiBuilder};
use libvirt_backend::model::HostChoices;
use libvirt_backend::property::Scope;
use libvirt_backend::xml::Document;

use super::host_devices::{self, HostOffer};
use super::offers::{Group, OFFERS, Offer};
use crate::t;
use crate::widgets::{Button, Dialog, SidebarItem, icons, search_ui, sidebar_header_ui, text, tokens};

/// The open list.
#[derive(Default)]
pub(super) struct AddDialog {
    query: String,
    /// The name of the line that Enter takes.
    cursor: Option<String>,
}

pub(super) enum Answer {
    Open,
    Closed,
    Chosen { scope: &'static Scope, xmls: Vec<String> },
}

/// What the list is made from.
pub(super) struct Around<'a> {
    /// With all that is to come already.
    pub(super) domain: &'a Document,
    pub(super) host: Option<&'a HostChoices>,
}

/// One line of the list.
enum Line {
    Kind(&'static Offer, Option<String>),
    Host(HostOffer),
}

impl Line {
    fn name(&self) -> &str {
        match self {
            Self::Kind(offer, _) => offer.name,
            Self::Host(offer) => &offer.name,
        }
    }

    const fn group(&self) -> Group {
        match self {
            Self::Kind(offer, _) => offer.group,
            Self::Host(_) => Group::Host,
        }
    }

    const fn denied(&self) -> Option<&String> {
        match self {
            Self::Kind(_, denied) => denied.as_ref(),
            Self::Host(offer) => offer.denied.as_ref(),
        }
    }

    fn matches(&self, query: &str) -> bool {
        match self {
            Self::Kind(offer, _) => offer.matches(query),
            Self::Host(offer) => {
                let known = format!("{} {} {}", offer.title, offer.text, offer.name).to_lowercase();
                query.to_lowercase().split_whitespace().all(|word| known.contains(word))
            }
        }
    }

    fn chosen(&self, domain: &Document) -> Option<Answer> {
        match self {
            Self::Kind(offer, _) => Some(Answer::Chosen {
                scope: offer.scope()?,
                xmls: vec![offer.make(domain)?.ok()?],
            }),
            Self::Host(offer) => Some(Answer::Chosen {
                scope: host_devices::scope()?,
                xmls: offer.xmls.clone(),
            }),
        }
    }
}

impl Around<'_> {
    fn lines(&self, query: &str) -> Vec<Line> {
        let kinds = OFFERS
            .iter()
            .map(|offer| Line::Kind(offer, offer.denied(self.domain, self.host)));
        let devices = self.host.map(|host| host_devices::offers(host, self.domain));
        let lines = kinds.chain(devices.into_iter().flatten().map(Line::Host));
        lines.filter(|line| line.matches(query)).collect()
    }
}

const MOST_HEIGHT: f32 = 460.0;
/// Title, search and buttons of the dialog, and a strip of the window around it.
const AROUND: f32 = 250.0;

impl AddDialog {
    pub(super) fn ui(&mut self, ctx: &Context, around: &Around<'_>) -> Answer {
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
        let found = around.lines(&self.query);
        let usable: Vec<&Line> = found.iter().filter(|line| line.denied().is_none()).collect();
        let at = usable
            .iter()
            .position(|line| self.cursor.as_deref() == Some(line.name()));
        let at = (at.unwrap_or(0) + down)
            .saturating_sub(up)
            .min(usable.len().saturating_sub(1));
        self.cursor = usable.get(at).map(|line| line.name().to_owned());
        let shown = Dialog::new(Id::unique("hardware add"), &title, &close)
            .wide()
            .initial_focus(search)
            .show(
                ctx,
                |ui| self.body_ui(ui, search, &found, up + down > 0),
                |ui| Button::secondary(t!("dialog-cancel")).show(ui).clicked(),
            );
        let clicked = shown.body.and_then(|index| found.get(index));
        let entered = usable.get(at).copied().filter(|_| is_entered);
        match clicked.or(entered).and_then(|line| line.chosen(around.domain)) {
            Some(chosen) => chosen,
            None if shown.is_closed || shown.footer => Answer::Closed,
            None => Answer::Open,
        }
    }

    fn body_ui(&mut self, ui: &mut Ui, search: Id, found: &[Line], is_moved: bool) -> Option<usize> {
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
                        let lines = found.iter().enumerate();
                        let mut lines = lines.filter(|(_, line)| line.group() == group).peekable();
                        if lines.peek().is_none() {
                            continue;
                        }
                        sidebar_header_ui(ui, &group.title());
                        for (index, line) in lines {
                            if self.line_ui(ui, line, is_moved) {
                                chosen = Some(index);
                            }
                        }
                    }
                });
        });
        chosen
    }

    /// True when it was picked.
    fn line_ui(&self, ui: &mut Ui, line: &Line, is_moved: bool) -> bool {
        let (icon, title, text) = match line {
            Line::Kind(offer, _) => (offer.icon, offer.title(), offer.text()),
            Line::Host(offer) => (offer.icon, offer.title.clone(), offer.text.clone()),
        };
        let is_cursor = self.cursor.as_deref() == Some(line.name());
        let note = line.denied().cloned().unwrap_or(text);
        let item = SidebarItem::new(icon, title).note(note).selected(is_cursor);
        let response = ui.add_enabled(line.denied().is_none(), item);
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
