//! "Add device…": the whole list, narrowed by typing, walked with the arrow keys, Enter takes one.

use egui::accesskit::Live;
use egui::{Context, Id, Key, Modifiers, Rect, Role, ScrollArea, Sense, Ui, UiBuilder, Vec2, WidgetInfo};
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

    fn title(&self) -> String {
        match self {
            Self::Kind(offer, _) => offer.title(),
            Self::Host(offer) => offer.title.clone(),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Kind(offer, _) => offer.text(),
            Self::Host(offer) => offer.text.clone(),
        }
    }

    const fn icon(&self) -> icons::Icon {
        match self {
            Self::Kind(offer, _) => offer.icon,
            Self::Host(offer) => offer.icon,
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
        let mut lines: Vec<Line> = lines.filter(|line| line.matches(query)).collect();
        // The arrow keys walk them as they stand there.
        lines.sort_by_key(|line| Group::ALL.iter().position(|group| *group == line.group()));
        lines
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
        self.said_ui(ui, found);
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

    /// The keyboard stays in the field: what Enter would take is read aloud.
    fn said_ui(&self, ui: &Ui, found: &[Line]) {
        let cursor = found.iter().find(|line| self.cursor.as_deref() == Some(line.name()));
        let words = cursor.map_or_else(|| t!("add-none"), |line| format!("{}: {}", line.title(), line.text()));
        let rect = Rect::from_min_size(ui.cursor().min, Vec2::ZERO);
        let response = ui.interact(rect, ui.scope_id().with("cursor"), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Status, true, words.as_str()));
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_live(Live::Polite));
    }

    /// True when it was picked.
    fn line_ui(&self, ui: &mut Ui, line: &Line, is_moved: bool) -> bool {
        let is_cursor = self.cursor.as_deref() == Some(line.name());
        let note = line.denied().cloned().unwrap_or_else(|| line.text());
        let item = SidebarItem::new(line.icon(), line.title())
            .note(note)
            .selected(is_cursor);
        let response = ui.add_enabled(line.denied().is_none(), item);
        if is_cursor && is_moved {
            response.scroll_to_me(None);
        }
        response.clicked()
    }
}

/// The button that opens it.
pub(super) fn button_ui(ui: &mut Ui, is_wide: bool) -> bool {
    let button = Button::secondary(t!("add-button")).icon(icons::ADD);
    let button = if is_wide { button.wide() } else { button };
    button.show(ui).clicked()
}
