//! The ports of a network card's host that lead to its guest: a line for each, with ports that are free.

use std::collections::{BTreeSet, HashSet};

use egui::{Align, Label, Layout, TextStyle, Ui, vec2};
use libvirt_backend::model::{HostChoices, Protocol};
use libvirt_backend::property::offers::{self, Offer};
use libvirt_backend::property::select::Setting;
use libvirt_backend::property::{SCOPES, Scope};
use libvirt_backend::xml::{Document, NodeId};

use super::draft::{Draft, Problem, present};
use super::field::{Field, said};
use crate::screens::parts::choice::name_column;
use crate::t;
use crate::widgets::{
    Button, ListItem, Palette, TextBox, Tone, card_ui, drop_down_ui, icons, section_ui, text, text_box_ui, tokens,
};

pub(super) const FORWARD: &str = "interface.forward";
const RANGE: &str = "interface.forward.range";
/// Only programs of this computer reach what listens there.
const LOOPBACK: &str = "127.0.0.1";
/// Where most guests are reached first: by ssh.
const FIRST_HOST_PORT: u16 = 2222;
const FIRST_GUEST_PORT: u16 = 22;
const PROTOCOL_WIDTH: f32 = 80.0;
const PORT_WIDTH: f32 = 80.0;
const WHO_WIDTH: f32 = 176.0;

pub(super) struct Forwards<'a> {
    pub(super) domain: &'a Document,
    pub(super) card: &'static Scope,
    pub(super) key: &'a str,
    pub(super) element: NodeId,
    pub(super) host: Option<&'a HostChoices>,
    /// Ports that other machines of the host forward.
    pub(super) others: &'a BTreeSet<u16>,
    pub(super) draft: &'a mut Draft,
    /// Whose rarer settings are shown.
    pub(super) open: &'a mut HashSet<String>,
}

/// One range of one forward.
struct Line {
    forward: (String, NodeId),
    range: Option<(String, NodeId)>,
    /// The first of its forward, which says for all who may connect and how.
    is_first: bool,
    is_only: bool,
}

impl Forwards<'_> {
    pub(super) fn ui(&mut self, ui: &mut Ui) {
        let Some((forward, range)) = scope(FORWARD).zip(scope(RANGE)) else {
            return;
        };
        let lines = self.lines(forward, range);
        let kind = self.card_text("type");
        if lines.is_empty() && !matches!(kind.as_str(), "user" | "vhostuser") {
            return;
        }
        section_ui(ui, &t!("forwards-title"));
        card_ui(ui, |ui| {
            ui.spacing_mut().item_spacing.y = tokens::SPACE_TIGHT;
            ui.add(Label::new(text::quiet(ui, t!("forwards-help"))).wrap());
            if !lines.is_empty() && self.card_text("backend") != "passt" {
                self.needs_passt_ui(ui);
            }
            for (index, line) in lines.iter().enumerate() {
                ui.add_space(tokens::SPACE_TIGHT);
                self.line_ui(ui, (forward, range), line, index + 1);
            }
            ui.add_space(tokens::SPACE_TIGHT);
            let add = Button::secondary(t!("forwards-add"))
                .icon(icons::ADD)
                .denied(self.denied());
            if add.show(ui).clicked() {
                self.add(forward);
            }
        });
        ui.add_space(tokens::SPACE);
    }

    fn lines(&self, forward: &'static Scope, range: &'static Scope) -> Vec<Line> {
        let ranges = range.keyed(self.domain);
        let forwards = forward.keyed(self.domain).into_iter();
        let own = forwards.filter(|(key, _)| forward.device_of(key) == Some(self.key));
        let lines = own.flat_map(|entry| {
            let is_its = |(key, _): &&(String, NodeId)| key.rsplit_once('.').is_some_and(|(outer, _)| outer == entry.0);
            let mut its: Vec<Option<(String, NodeId)>> = ranges.iter().filter(is_its).cloned().map(Some).collect();
            if its.is_empty() {
                its.push(None);
            }
            let is_only = its.len() == 1;
            let lines = its.into_iter().enumerate().map(move |(index, range)| Line {
                forward: entry.clone(),
                range,
                is_first: index == 0,
                is_only,
            });
            lines.collect::<Vec<_>>()
        });
        lines.collect()
    }

    /// What the form says now of the card's own setting.
    fn card_text(&self, name: &str) -> String {
        let setting = self.card.property(name).map(|property| Setting {
            scope: self.card,
            key: self.key.to_owned(),
            property,
        });
        setting.map_or_else(String::new, |setting| {
            self.draft.text_of(&setting, self.domain, Some(self.element))
        })
    }

    /// Why this host forwards no ports.
    fn denied(&self) -> Option<String> {
        let property = self.card.property("backend")?;
        let offer = offers::word(&self.host?.abilities, self.card, property, "passt");
        (offer == Offer::Missing).then(|| t!("forwards-no-passt"))
    }

    fn needs_passt_ui(&mut self, ui: &mut Ui) {
        ui.horizontal_wrapped(|ui| {
            ui.label(text::toned(ui, Tone::Warning, t!("forwards-need-passt")));
            let choose = Button::secondary(t!("forwards-use-passt"))
                .small()
                .denied(self.denied());
            if choose.show(ui).clicked() {
                self.choose_passt();
            }
        });
    }

    fn choose_passt(&mut self) {
        for (name, text) in [("type", "user"), ("backend", "passt")] {
            let is_fine = self.card_text(name) == text || (name == "type" && self.card_text(name) == "vhostuser");
            if let Some(property) = self.card.property(name).filter(|_| !is_fine) {
                let setting = Setting {
                    scope: self.card,
                    key: self.key.to_owned(),
                    property,
                };
                let present = present(&setting, self.domain, Some(self.element));
                self.draft.set(setting, text.to_owned(), present.as_ref());
            }
        }
    }

    /// A new one is for ssh, for this computer alone, at a port that nobody uses.
    fn add(&mut self, forward: &'static Scope) {
        let port = self.free_port(FIRST_HOST_PORT, Protocol::Tcp, None);
        let xml = format!(
            "<portForward proto='tcp' address='{LOOPBACK}'>\n  <range start='{port}' to='{FIRST_GUEST_PORT}'/>\n\
             </portForward>"
        );
        self.draft.rows.add(forward, self.key, &xml);
        self.choose_passt();
    }

    fn line_ui(&mut self, ui: &mut Ui, (forward, range): (&'static Scope, &'static Scope), line: &Line, number: usize) {
        let (scope, key) = match &line.range {
            Some((key, _)) if !line.is_only => (range, key.as_str()),
            _ => (forward, line.forward.0.as_str()),
        };
        if self.draft.rows.is_removed(scope.word, key) {
            ui.horizontal_wrapped(|ui| {
                ui.label(text::quiet(ui, t!("forwards-goes", number = number)));
                if Button::secondary(t!("forwards-keep")).small().show(ui).clicked() {
                    self.draft.rows.keep(scope, key);
                }
            });
            return;
        }
        let mut problems = Vec::new();
        let mut is_gone = false;
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = tokens::SPACE;
            let cell = Cell { has_head: number == 1 };
            if line.is_first {
                cell.ui(ui, PROTOCOL_WIDTH, &t!("forwards-head-protocol"), |ui| {
                    self.protocol_ui(ui, forward, line, number);
                });
            }
            match &line.range {
                Some(entry) => self.ports_ui(ui, cell, range, (line, entry), number, &mut problems),
                None => cell.ui(ui, PORT_WIDTH, "", |ui| {
                    ui.label(text::body(t!("forwards-all-ports")));
                }),
            }
            if line.is_first {
                cell.ui(ui, WHO_WIDTH, &t!("forwards-head-who"), |ui| {
                    self.who_ui(ui, forward, line, number);
                });
            }
            cell.ui(ui, tokens::CONTROL_HEIGHT, "", |ui| {
                let open = Button::icon_only(icons::MORE, t!("forwards-more", number = number));
                if open.show(ui).clicked() && !self.open.remove(key) {
                    self.open.insert(key.to_owned());
                }
            });
            cell.ui(ui, tokens::CONTROL_HEIGHT, "", |ui| {
                let remove = Button::icon_only(icons::DELETE, t!("forwards-remove", number = number));
                is_gone = remove.show(ui).clicked();
            });
        });
        for (tone, words) in problems {
            ui.add(Label::new(text::toned(ui, tone, words)).wrap());
        }
        if self.open.contains(key) {
            self.rest_ui(ui, (forward, range), line);
        }
        if is_gone {
            self.draft.remove_row(scope, key, self.domain);
            ui.ctx().request_repaint();
        }
    }

    fn protocol_ui(&mut self, ui: &mut Ui, forward: &'static Scope, line: &Line, number: usize) {
        let Some(setting) = setting(forward, &line.forward.0, "proto") else {
            return;
        };
        let choices = [
            ("tcp".to_owned(), "TCP".to_owned()),
            ("udp".to_owned(), "UDP".to_owned()),
        ];
        let name = t!("forwards-protocol", number = number);
        self.choice_ui(ui, setting, line.forward.1, &name, PROTOCOL_WIDTH, &choices);
    }

    /// From which port of the host to which of the guest.
    fn ports_ui(
        &mut self,
        ui: &mut Ui,
        cell: Cell,
        range: &'static Scope,
        (line, (key, element)): (&Line, &(String, NodeId)),
        number: usize,
        problems: &mut Vec<(Tone, String)>,
    ) {
        let name = t!("forwards-host-port", number = number);
        let place = (range, key.as_str(), "start", *element);
        let typed = cell.ui(ui, PORT_WIDTH, &t!("forwards-head-host"), |ui| {
            self.port_ui(ui, place, &name, problems)
        });
        let protocol = self.protocol_of(line);
        let is_asked = cell.ui(ui, tokens::CONTROL_HEIGHT, "", |ui| {
            let is_unknown = self.host.is_none_or(|host| host.ports.is_none());
            let find = Button::icon_only(icons::SEARCH, t!("forwards-find", number = number));
            let find = find.denied(is_unknown.then(|| t!("forwards-remote")));
            find.show(ui).clicked()
        });
        if is_asked && let Some(setting) = setting(range, key, "start") {
            let next = |port: u16| port.checked_add(1).unwrap_or(FIRST_HOST_PORT);
            let port = self.free_port(typed.map_or(FIRST_HOST_PORT, next), protocol, Some(key));
            let present = present(&setting, self.domain, Some(*element));
            self.draft.set(setting, port.to_string(), present.as_ref());
        }
        if let Some(port) = typed {
            let worry = self.worry(port, protocol, key, *element);
            problems.extend(worry.map(|words| (Tone::Warning, words)));
        }
        if self.domain.attr(*element, "exclude").is_some_and(|word| word == "yes") {
            cell.ui(ui, PORT_WIDTH, "", |ui| {
                ui.label(text::body(t!("forwards-excluded")));
            });
            return;
        }
        cell.ui(ui, tokens::ICON, "", |ui| {
            let side = tokens::ICON * tokens::text_scale(ui.ctx());
            let color = Palette::of(ui).text_weak;
            ui.label(icons::icon_text(icons::CHEVRON_RIGHT, side, color));
        });
        let name = t!("forwards-guest-port", number = number);
        let place = (range, key.as_str(), "to", *element);
        cell.ui(ui, PORT_WIDTH, &t!("forwards-head-guest"), |ui| {
            self.port_ui(ui, place, &name, problems)
        });
    }

    /// The port that is typed, where it is one.
    fn port_ui(
        &mut self,
        ui: &mut Ui,
        (range, key, name, element): (&'static Scope, &str, &str, NodeId),
        label: &str,
        problems: &mut Vec<(Tone, String)>,
    ) -> Option<u16> {
        let setting = setting(range, key, name)?;
        let present = present(&setting, self.domain, Some(element));
        let mut text = self.draft.text_of(&setting, self.domain, Some(element));
        let problem = self.draft.get(&setting).and_then(|edit| edit.checked.clone().err());
        // Without one, the guest's port is the host's.
        let hint = if name == "to" {
            t!("forwards-same-port")
        } else {
            String::new()
        };
        let look = TextBox {
            hint: &hint,
            width: Some(PORT_WIDTH * tokens::text_scale(ui.ctx())),
            is_wrong: problem.is_some(),
            ..TextBox::default()
        };
        let before = text.clone();
        let response = text_box_ui(ui, &mut text, look).on_hover_text(label);
        let why = problem.as_ref().map(refused);
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_label(label);
            if let Some(why) = &why {
                node.set_invalid(egui::accesskit::Invalid::True);
                node.set_description(why.as_str());
            }
        });
        if let Some(why) = why {
            problems.push((Tone::Attention, format!("{label}: {why}")));
        }
        if text != before {
            self.draft.set(setting, text.clone(), present.as_ref());
        }
        text.trim().parse().ok().filter(|port| *port > 0)
    }

    /// What may keep the machine from starting with it.
    fn worry(&self, port: u16, protocol: Protocol, key: &str, element: NodeId) -> Option<String> {
        let is_new = self.draft.rows.is_added(RANGE, key);
        let has = self.domain.attr(element, "start").and_then(|start| start.parse().ok());
        // A machine that runs has its own ports.
        if !is_new && has == Some(port) {
            return None;
        }
        if self.others.contains(&port) && protocol == Protocol::Tcp {
            return Some(t!("forwards-other-machine", port = port));
        }
        let ports = self.host?.ports.as_ref()?;
        if ports.used.contains(&(protocol, port)) {
            return Some(t!("forwards-used", port = port));
        }
        let is_for_root = port < ports.first_free_for_all && self.host.is_some_and(|host| host.is_session);
        is_for_root.then(|| t!("forwards-for-root", least = ports.first_free_for_all))
    }

    fn protocol_of(&self, line: &Line) -> Protocol {
        let proto = scope(FORWARD).and_then(|forward| setting(forward, &line.forward.0, "proto"));
        let text = proto.map(|proto| self.draft.text_of(&proto, self.domain, Some(line.forward.1)));
        match text.as_deref() {
            Some("udp") => Protocol::Udp,
            _ => Protocol::Tcp,
        }
    }

    /// The first from `from` on that nobody uses, no machine forwards, and no other line says. `own`: the line's own.
    fn free_port(&self, from: u16, protocol: Protocol, own: Option<&str>) -> u16 {
        let ports = self.host.and_then(|host| host.ports.as_ref());
        let typed: Vec<u16> = scope(RANGE)
            .into_iter()
            .flat_map(|range| {
                let others = range
                    .keyed(self.domain)
                    .into_iter()
                    .filter(|(key, _)| Some(key.as_str()) != own);
                others.filter_map(|(key, element)| {
                    let start = setting(range, &key, "start")?;
                    self.draft.text_of(&start, self.domain, Some(element)).parse().ok()
                })
            })
            .collect();
        let least = ports.map_or(1024, |ports| ports.first_free_for_all).max(1024);
        let is_free = |port: &u16| {
            !typed.contains(port)
                && !self.others.contains(port)
                && ports.is_none_or(|ports| !ports.used.contains(&(protocol, *port)))
        };
        let from = from.max(least);
        (from..=u16::MAX).chain(least..from).find(is_free).unwrap_or(from)
    }

    /// Everyone, only this computer, or an address of the host's.
    fn who_ui(&mut self, ui: &mut Ui, forward: &'static Scope, line: &Line, number: usize) {
        let Some(setting) = setting(forward, &line.forward.0, "address") else {
            return;
        };
        let shown = self.draft.text_of(&setting, self.domain, Some(line.forward.1));
        let mut choices = vec![
            (LOOPBACK.to_owned(), t!("forwards-who-self")),
            (String::new(), t!("forwards-who-all")),
        ];
        if choices.iter().all(|(address, _)| *address != shown) {
            choices.push((shown.clone(), t!("forwards-who-address", address = shown.as_str())));
        }
        let name = t!("forwards-who", number = number);
        self.choice_ui(ui, setting, line.forward.1, &name, WHO_WIDTH, &choices);
    }

    /// `choices`: each word with what it is called.
    fn choice_ui(
        &mut self,
        ui: &mut Ui,
        setting: Setting,
        element: NodeId,
        name: &str,
        width: f32,
        choices: &[(String, String)],
    ) {
        let shown = self.draft.text_of(&setting, self.domain, Some(element));
        let words = choices.iter().find(|(word, _)| *word == shown);
        let words = words.map_or(shown.as_str(), |(_, words)| words.as_str());
        let items = choices.iter().map(|(_, words)| ListItem {
            text: words,
            denied: None,
        });
        let items: Vec<ListItem<'_>> = items.collect();
        let width = width * tokens::text_scale(ui.ctx());
        let (response, picked) = drop_down_ui(ui, &setting.to_string(), words, width, &items);
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_label(name));
        if let Some((word, _)) = picked.and_then(|index| choices.get(index)) {
            let present = present(&setting, self.domain, Some(element));
            self.draft.set(setting, word.clone(), present.as_ref());
        }
    }

    /// What is seldom needed.
    fn rest_ui(&mut self, ui: &mut Ui, (forward, range): (&'static Scope, &'static Scope), line: &Line) {
        let name_width = name_column(ui);
        let of_range = line
            .range
            .iter()
            .flat_map(|entry| [(range, entry, "end"), (range, entry, "exclude")]);
        let of_forward = [(forward, &line.forward, "address"), (forward, &line.forward, "dev")];
        let fields = of_range.chain(of_forward.into_iter().filter(|_| line.is_first));
        for (scope, (key, element), name) in fields {
            let Some(property) = scope.property(name) else { continue };
            let field = Field {
                domain: self.domain,
                scope,
                key,
                element: Some(*element),
                property,
                name_width,
                host: self.host,
            };
            field.ui(ui, self.draft);
        }
    }
}

/// One control of a line; those of the first line have headings.
#[derive(Clone, Copy)]
struct Cell {
    has_head: bool,
}

impl Cell {
    fn ui<T>(self, ui: &mut Ui, width: f32, heading: &str, content: impl FnOnce(&mut Ui) -> T) -> T {
        let scale = tokens::text_scale(ui.ctx());
        let control = tokens::scaled(ui, tokens::CONTROL_HEIGHT);
        let head = ui.text_style_height(&TextStyle::Small);
        let height = if self.has_head {
            control + head + tokens::SPACE_TIGHT
        } else {
            control
        };
        let size = vec2(width * scale, height);
        ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
            ui.set_min_size(size);
            ui.spacing_mut().item_spacing.y = tokens::SPACE_TIGHT;
            if self.has_head {
                let line = vec2(width * scale, head);
                let heading = ui.allocate_ui_with_layout(line, Layout::left_to_right(Align::Min), |ui| {
                    ui.set_min_size(line);
                    ui.add(Label::new(text::weak(ui, heading)).extend())
                });
                let heading = heading.inner;
                // The controls say it themselves.
                ui.ctx().accesskit_node_builder(heading.id, |node| node.set_hidden());
            }
            let line = vec2(width * scale, control);
            ui.allocate_ui_with_layout(line, Layout::left_to_right(Align::Center), content)
                .inner
        })
        .inner
    }
}

fn scope(word: &str) -> Option<&'static Scope> {
    SCOPES.iter().find(|scope| scope.word == word)
}

fn setting(scope: &'static Scope, key: &str, name: &str) -> Option<Setting> {
    Some(Setting {
        scope,
        key: key.to_owned(),
        property: scope.property(name)?,
    })
}

fn refused(problem: &Problem) -> String {
    match problem {
        Problem::Needed => t!("forwards-needed"),
        Problem::Refused(_) => said(problem),
    }
}

/// "TCP 2222 to 22".
pub(super) fn words(domain: &Document, forward: NodeId) -> String {
    let proto = domain.attr(forward, "proto").unwrap_or_default().to_uppercase();
    let ranges = domain.children(forward, "range").map(|range| {
        let own = |name: &str| domain.attr(range, name).map(|port| port.into_owned());
        let start = own("start").unwrap_or_default();
        let last = own("end").map_or_else(String::new, |end| format!("–{end}"));
        match own("to") {
            Some(to) => t!("forwards-leads", from = format!("{start}{last}"), to = to),
            None => format!("{start}{last}"),
        }
    });
    let ranges: Vec<String> = ranges.collect();
    format!("{proto} {}", ranges.join(", "))
}
