//! A machine's serial lines as terminals: one at a time, over the whole page, under one toolbar.

mod input;
mod paint;
mod states;
#[cfg(test)]
mod tests;
mod toolbar;

use std::collections::HashMap;
use std::sync::Arc;

use egui::accesskit::Live;
use egui::{Id, PointerButton, Pos2, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use libvirt_backend::model::SerialDevice;

use crate::command::{Command, SerialCommand};
use crate::console::serial::{LineKey, Link, Place, Session, Snapshot, terminal_id};
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::t;
use crate::widgets::terminal_colors::TerminalColors;
use crate::widgets::{MenuItem, Palette, icons, menu_item, tokens};
use input::{Hands, Wish};
use paint::Cells;

const MARGIN: f32 = 6.0;
const SCROLL_BAR: f32 = 12.0;
/// A bell is seen for so long.
const BELL_MILLIS: i64 = 1_500;

/// What the terminals on this page look like from frame to frame.
#[derive(Default)]
pub(super) struct SerialPage {
    panels: HashMap<LineKey, Panel>,
}

/// One terminal in the window.
#[derive(Default)]
struct Panel {
    snapshot: Arc<Snapshot>,
    hands: Hands,
    /// `None`: the search bar is closed.
    query: Option<String>,
    finds_nothing: bool,
    /// Where the keyboard goes once it is drawn: a click elsewhere takes it from whatever had it in the same frame.
    focus: Focus,
    /// The window's pass in which it was drawn last.
    drawn_in: Option<u64>,
    link: Option<Link>,
    spoken: String,
    skipped_bytes: u64,
    bells: u64,
    bell_until: i64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Focus {
    #[default]
    AsItIs,
    Search,
    Terminal,
}

impl Focus {
    /// Is it this one's turn? Then it has had it.
    fn take(&mut self, wanted: Self) -> bool {
        let is_turn = *self == wanted;
        if is_turn {
            *self = Self::AsItIs;
        }
        is_turn
    }
}

/// What is known of one line in one frame.
struct Sight<'a> {
    view: &'a ViewContext<'a>,
    key: LineKey,
    serials: &'a [SerialDevice],
    session: &'a Session,
}

impl SerialPage {
    /// Draws the machine's line over all of `ui`.
    pub(super) fn ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey) {
        let Some(machine) = view.machine(key) else { return };
        let serials = &machine.definition.serials;
        let Some(device) = view.serials.line_of(key, serials) else {
            states::none_ui(ui, view, key, serials);
            return;
        };
        let line = LineKey {
            machine: key.clone(),
            alias: device.alias.clone(),
        };
        let Some(session) = view.serials.session(&line) else {
            view.send(Command::Serial(SerialCommand::Want(line)));
            return;
        };
        // Lines of machines that are gone, or were let go.
        self.panels.retain(|key, _| view.serials.session(key).is_some());
        let panel = self.panels.entry(line.clone()).or_default();
        // It comes on screen: what is typed next is meant for it.
        let pass = ui.ctx().cumulative_pass_nr();
        if panel.drawn_in.is_none_or(|drawn| drawn + 1 < pass) {
            panel.focus = Focus::Terminal;
        }
        panel.drawn_in = Some(pass);
        let sight = Sight {
            view,
            key: line,
            serials,
            session,
        };
        let whole = ui.max_rect();
        let height = tokens::scaled(ui, tokens::TOOLBAR);
        let bar = Rect::from_min_max(whole.min, pos2(whole.right(), whole.top() + height));
        let builder = UiBuilder::new()
            .id_salt("serial toolbar")
            .max_rect(bar.shrink2(vec2(tokens::SPACE, 0.0)));
        ui.painter().rect_filled(bar, 0.0, Palette::of(ui).sidebar);
        ui.scope_builder(builder, |ui| toolbar::ui(ui, &sight, panel));
        let mut body = Rect::from_min_max(pos2(whole.left(), bar.bottom()), whole.max);
        if panel.query.is_some() {
            let line = Rect::from_min_max(body.min, pos2(body.right(), body.top() + height));
            let builder = UiBuilder::new()
                .id_salt("serial search")
                .max_rect(line.shrink2(vec2(tokens::SPACE, 0.0)));
            ui.scope_builder(builder, |ui| toolbar::search_ui(ui, &sight, panel));
            body.min.y = line.bottom() + tokens::SPACE_TIGHT;
        }
        body = states::banners_ui(ui, &sight, panel, body);
        terminal_ui(ui, &sight, panel, body);
    }
}

fn terminal_ui(ui: &mut Ui, sight: &Sight<'_>, panel: &mut Panel, body: Rect) {
    let colors = TerminalColors::from_dark_mode(ui.visuals().dark_mode);
    ui.painter().rect_filled(body, 0.0, colors.page);
    let session = sight.session;
    let cells = Cells::of(ui);
    let inner = Rect::from_min_max(
        body.min + vec2(MARGIN, MARGIN),
        body.max - vec2(MARGIN + SCROLL_BAR, MARGIN),
    );
    let [columns, lines] = cells.fit(inner.size());
    if session.look(crate::console::serial::Terminal::size) != [columns, lines] {
        session.with_terminal(|terminal| terminal.resize(columns, lines));
    }
    let grid = Rect::from_min_size(inner.min, vec2(columns as f32, lines as f32) * cells.size);
    let response = ui.interact(inner, terminal_id(), Sense::click_and_drag());
    if response.clicked() || response.drag_started() || panel.focus.take(Focus::Terminal) {
        response.request_focus();
    }
    let has_focus = response.has_focus();
    input::tell_focus(session, &mut panel.hands, has_focus);
    input::pointer(ui, &response, session, &cells, grid, &mut panel.hands);
    if has_focus {
        input::keep_keys(ui, &response);
        for wish in input::keys(ui, session, &mut panel.hands) {
            match wish {
                Wish::Copy => copy(ui, session),
                Wish::Search => toolbar::open_search(ui, panel),
                Wish::Leave => response.surrender_focus(),
            }
        }
    }
    look_at_links(ui, session, panel, &response, &cells, grid);
    if !session.manner().mouse_clicks {
        response.context_menu(|ui| menu_ui(ui, session, panel));
    }
    scroll_bar_ui(ui, session, panel, body);
    take_news(ui, sight, panel);
    let painter = ui.painter().with_clip_rect(inner);
    paint::snapshot(&painter, &cells, grid.min, &panel.snapshot, colors, has_focus);
    if let Some(link) = &panel.link {
        for span in &link.spans {
            paint::underline(&painter, &cells, grid.min, *span, colors.text);
        }
    }
    newest_ui(ui, session, panel, body);
    tell_screen_reader(ui, sight, panel, &response, inner);
}

/// What is new since the last frame.
fn take_news(ui: &Ui, sight: &Sight<'_>, panel: &mut Panel) {
    if let Some(snapshot) = sight.session.take_snapshot() {
        let now = sight.view.now_millis;
        if snapshot.bells > panel.bells {
            panel.bells = snapshot.bells;
            panel.bell_until = now + BELL_MILLIS;
            ui.ctx()
                .request_repaint_after(std::time::Duration::from_millis(BELL_MILLIS.unsigned_abs() + 50));
        }
        panel.snapshot = Arc::new(snapshot);
    }
    let (spoken, skipped_bytes) = sight.session.take_spoken();
    panel.skipped_bytes += skipped_bytes;
    if !spoken.is_empty() {
        panel.spoken = spoken.join("\n");
    }
}

fn copy(ui: &Ui, session: &Session) {
    if let Some(text) = session.look(crate::console::serial::Terminal::selected_text) {
        ui.ctx().copy_text(text);
    }
}

fn menu_ui(ui: &mut Ui, session: &Session, panel: &mut Panel) {
    let entry = |ui: &mut Ui, icon, text: String| {
        let item = MenuItem {
            icon: Some(icon),
            text: text.into(),
            ..MenuItem::default()
        };
        menu_item(ui, &item).clicked()
    };
    let has_selection = session.look(|terminal| terminal.selected_text().is_some());
    if has_selection && entry(ui, icons::COPY, t!("serial-copy")) {
        copy(ui, session);
    }
    if entry(ui, icons::PASTE, t!("serial-paste")) {
        panel.hands.awaits_paste = true;
        panel.focus = Focus::Terminal;
        ui.ctx().send_viewport_cmd(egui::ViewportCommand::RequestPaste);
    }
    if entry(ui, icons::CHECK, t!("serial-select-all")) {
        session.with_terminal(crate::console::serial::Terminal::select_all);
    }
    if let Some(link) = panel.link.as_ref().map(|link| link.uri.clone())
        && entry(ui, icons::CONNECT, t!("serial-copy-link"))
    {
        ui.ctx().copy_text(link);
    }
}

/// The address under the pointer is underlined; with Ctrl a click opens it.
fn look_at_links(ui: &Ui, session: &Session, panel: &mut Panel, response: &egui::Response, cells: &Cells, grid: Rect) {
    let at: Option<Pos2> = response.hover_pos().filter(|at| grid.contains(*at));
    let Some(at) = at else {
        if !response.context_menu_opened() {
            panel.link = None;
        }
        return;
    };
    let (row, column, is_right) = paint::cell_at(cells, grid.min, at);
    let place = Place { row, column, is_right };
    panel.link = session.look(|terminal| terminal.link_at(place));
    let Some(link) = &panel.link else { return };
    let is_opening = ui.input(|input| input.modifiers.command);
    if is_opening {
        ui.ctx().set_cursor_icon(egui::CursorIcon::PointingHand);
    }
    if is_opening && response.clicked_by(PointerButton::Primary) {
        ui.ctx().open_url(egui::OpenUrl::new_tab(&link.uri));
    } else {
        response
            .clone()
            .on_hover_text_at_pointer(t!("serial-link", uri = link.uri.as_str()));
    }
}

fn scroll_bar_ui(ui: &Ui, session: &Session, panel: &Panel, body: Rect) {
    let Snapshot {
        offset, history, lines, ..
    } = &*panel.snapshot;
    if *history == 0 {
        return;
    }
    let track = Rect::from_min_max(
        pos2(body.right() - SCROLL_BAR, body.top() + 2.0),
        body.max - vec2(2.0, 2.0),
    );
    let id = Id::unique("serial scroll bar");
    let response = ui.interact(track, id, Sense::click_and_drag());
    let total = (history + lines) as f32;
    let height = (track.height() * *lines as f32 / total).max(24.0).min(track.height());
    let room = track.height() - height;
    let top = track.top() + room * (1.0 - *offset as f32 / *history as f32);
    let handle = Rect::from_min_size(pos2(track.left() + 2.0, top), vec2(track.width() - 4.0, height));
    if let Some(at) = response.interact_pointer_pos()
        && room > 0.0
    {
        let share = ((at.y - track.top() - height / 2.0) / room).clamp(0.0, 1.0);
        let offset = ((1.0 - share) * *history as f32).round() as usize;
        session.with_terminal(|terminal| terminal.scroll_to(offset));
    }
    let palette = Palette::of(ui);
    let color = if response.hovered() || response.dragged() {
        palette.text_weak
    } else {
        palette.outline
    };
    ui.painter().rect_filled(handle, 3.0, color);
    response.widget_info(|| WidgetInfo::labeled(Role::ScrollBar, true, t!("serial-scroll-bar")));
    let (offset, history) = (*offset, *history);
    ui.ctx().accesskit_node_builder(id, |node| {
        node.set_min_numeric_value(0.0);
        node.set_max_numeric_value(history as f64);
        node.set_numeric_value((history - offset.min(history)) as f64);
    });
}

/// The way back to what the guest says now.
fn newest_ui(ui: &mut Ui, session: &Session, panel: &Panel, body: Rect) {
    if panel.snapshot.offset == 0 {
        return;
    }
    let size = vec2(240.0, tokens::CONTROL_HEIGHT) * tokens::text_scale(ui.ctx());
    let corner = body.max - vec2(SCROLL_BAR + tokens::SPACE, tokens::SPACE);
    let builder = UiBuilder::new()
        .id_salt("serial newest")
        .max_rect(Rect::from_min_max(corner - size, corner))
        .layout(egui::Layout::right_to_left(egui::Align::Max));
    ui.scope_builder(builder, |ui| {
        let button = crate::widgets::Button::secondary(t!("serial-newest")).icon(icons::CHEVRON_DOWN);
        if button.show(ui).clicked() {
            session.with_terminal(crate::console::serial::Terminal::scroll_to_end);
        }
    });
}

fn tell_screen_reader(ui: &Ui, sight: &Sight<'_>, panel: &Panel, response: &egui::Response, rect: Rect) {
    let name = sight
        .view
        .machine(&sight.key.machine)
        .map_or("", |machine| machine.name());
    let label = t!("serial-terminal", name = name, device = sight.key.alias.as_str());
    response.widget_info(|| WidgetInfo::labeled(Role::Terminal, true, label.as_str()));
    let snapshot = Arc::clone(&panel.snapshot);
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_value(snapshot.text());
        node.set_description(t!("serial-keys"));
    });
    // What is said is read aloud when the reader has time; the whole screen never is.
    let id = Id::unique("serial speaker");
    let speaker = ui.interact(Rect::from_min_size(rect.min, vec2(0.0, 0.0)), id, Sense::hover());
    speaker.widget_info(|| WidgetInfo::labeled(Role::Status, true, panel.spoken.as_str()));
    ui.ctx().accesskit_node_builder(id, |node| node.set_live(Live::Polite));
}
