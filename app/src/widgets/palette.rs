//! The command palette: one field, a list that narrows as one types, Enter does it. What matches is the caller's matter.

use std::borrow::Cow;

use egui::accesskit::Live;
use egui::{
    Align2, Area, Context, Frame, Id, Key, Margin, Modal, Modifiers, Rect, Response, Role, ScrollArea, Sense, TextEdit,
    TextStyle, TextWrapMode, Ui, UiBuilder, WidgetInfo, WidgetText, pos2, vec2,
};

use super::button::describe;
use super::card::separator_ui;
use super::icons::{self, Icon, paint_icon};
use super::text;
use super::tokens::{self, Palette};

/// One line of the list.
#[derive(Clone, Debug, Default)]
pub struct PaletteEntry<'a> {
    pub icon: Option<Icon>,
    pub text: Cow<'a, str>,
    /// Behind the text, quiet: which machine, which host.
    pub hint: Cow<'a, str>,
    pub shortcut: Cow<'a, str>,
    /// Why it cannot be done now; it is listed all the same, and says so.
    pub denied: Option<Cow<'a, str>>,
}

/// The palette's own words.
#[derive(Clone, Copy, Debug)]
pub struct PaletteTexts<'a> {
    /// Its name, also the hint of the empty field.
    pub name: &'a str,
    /// What the list says when nothing matches.
    pub nothing: &'a str,
}

/// An open or closed command palette.
#[derive(Clone, Debug, Default)]
pub struct CommandPalette {
    query: String,
    cursor: usize,
    is_open: bool,
    is_new: bool,
}

const ROW: f32 = 36.0;
const MOST_HEIGHT: f32 = 380.0;

impl CommandPalette {
    pub fn open(&mut self) {
        *self = Self {
            is_open: true,
            is_new: true,
            ..Self::default()
        };
    }

    pub fn close(&mut self) {
        self.is_open = false;
    }

    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Draws it while it is open. `find` lists what matches, best first. The index of the entry that was chosen; the
    /// palette is closed by then.
    pub fn show<'e>(
        &mut self,
        ctx: &Context,
        texts: PaletteTexts<'_>,
        find: impl FnOnce(&str) -> Vec<PaletteEntry<'e>>,
    ) -> Option<usize> {
        if !self.is_open {
            return None;
        }
        let palette = Palette::from_dark_mode(ctx.global_style().visuals.dark_mode);
        let room = ctx.content_rect();
        let width = tokens::PALETTE_WIDTH.min(room.width() - 32.0);
        let id = Id::unique("command palette");
        let area: Area = Modal::default_area(id)
            .anchor(Align2::CENTER_TOP, vec2(0.0, (room.height() * 0.12).min(96.0)))
            .role(Role::Dialog)
            .accessible_name(texts.name);
        let frame = Frame::popup(&ctx.global_style())
            .inner_margin(Margin::ZERO)
            .corner_radius(tokens::RADIUS_CARD);
        // The arrow keys are taken before the text field sees them.
        let (up, down, enter) = ctx.input_mut(|input| {
            let mut count = |key| input.count_and_consume_key(Modifiers::NONE, key);
            (count(Key::ArrowUp), count(Key::ArrowDown), count(Key::Enter) > 0)
        });
        let modal = Modal::new(id)
            .area(area)
            .frame(frame)
            .backdrop_color(palette.scrim)
            .show(ctx, |ui| {
                ui.set_width(width);
                ui.spacing_mut().item_spacing.y = 0.0;
                let field = self.field_ui(ui, texts.name);
                separator_ui(ui);
                let entries = find(&self.query);
                let last = entries.len().saturating_sub(1);
                let is_moved = up + down > 0;
                self.cursor = (self.cursor + down).saturating_sub(up).min(last);
                let clicked = self.list_ui(ui, &entries, texts.nothing, is_moved, &field);
                let chosen = clicked.or_else(|| enter.then_some(self.cursor));
                chosen.filter(|index| entries.get(*index).is_some_and(|entry| entry.denied.is_none()))
            });
        if modal.inner.is_some() || modal.should_close() {
            self.is_open = false;
            ctx.request_repaint();
        }
        modal.inner
    }

    fn field_ui(&mut self, ui: &mut Ui, name: &str) -> Response {
        let id = Id::unique("command palette field");
        let response = Frame::new()
            .inner_margin(Margin::symmetric(16, 12))
            .show(ui, |ui| {
                ui.spacing_mut().interact_size.y = 0.0;
                ui.horizontal(|ui| {
                    let side = tokens::scaled(ui, 20.0);
                    let (rect, _) = ui.allocate_exact_size(vec2(side, side), Sense::hover());
                    paint_icon(ui, icons::SEARCH, rect.center(), 20.0, Palette::of(ui).text_weak);
                    let edit = TextEdit::singleline(&mut self.query)
                        .id(id)
                        .hint_text(name)
                        .frame(Frame::NONE)
                        .margin(Margin::ZERO)
                        .desired_width(f32::INFINITY);
                    ui.add(edit).accessible_name(name)
                })
                .inner
            })
            .inner;
        if response.changed() || self.is_new {
            self.cursor = 0;
        }
        if self.is_new || !response.has_focus() {
            response.request_focus();
        }
        self.is_new = false;
        response
    }

    fn list_ui(
        &self,
        ui: &mut Ui,
        entries: &[PaletteEntry<'_>],
        nothing: &str,
        is_moved: bool,
        field: &Response,
    ) -> Option<usize> {
        let mut clicked = None;
        let builder = UiBuilder::new().accessibility_role(Role::ListBox);
        ui.scope_builder(builder, |ui| {
            Frame::new().inner_margin(Margin::same(6)).show(ui, |ui| {
                ui.set_min_width(ui.available_width());
                if entries.is_empty() {
                    ui.add_space(tokens::SPACE_WIDE);
                    let response = ui.vertical_centered(|ui| ui.label(text::quiet(ui, nothing))).inner;
                    ui.ctx()
                        .accesskit_node_builder(response.id, |node| node.set_live(Live::Polite));
                    ui.add_space(tokens::SPACE_WIDE);
                    return;
                }
                let height = tokens::scaled(ui, ROW);
                let area = ScrollArea::vertical()
                    .max_height(MOST_HEIGHT)
                    .auto_shrink([false, true]);
                area.show_viewport(ui, |ui, viewport| {
                    ui.set_height(height * entries.len() as f32);
                    let all = ui.max_rect();
                    let row = |index: usize| {
                        let top = all.top() + index as f32 * height;
                        Rect::from_x_y_ranges(all.x_range(), top..=top + height)
                    };
                    let first = (viewport.top() / height).floor().max(0.0) as usize;
                    let end = ((viewport.bottom() / height).ceil().max(0.0) as usize).min(entries.len());
                    for (index, entry) in entries.iter().enumerate().take(end).skip(first) {
                        let is_cursor = index == self.cursor;
                        let response = entry_ui(ui, entry, is_cursor, row(index), index);
                        if is_cursor {
                            let node = response.id.accesskit_id();
                            ui.ctx()
                                .accesskit_node_builder(field.id, |field| field.set_active_descendant(node));
                        }
                        if response.clicked() {
                            clicked = Some(index);
                        }
                    }
                    if is_moved {
                        ui.scroll_to_rect_animation(row(self.cursor), None, egui::style::ScrollAnimation::none());
                    }
                });
            });
        });
        clicked
    }
}

fn entry_ui(ui: &Ui, entry: &PaletteEntry<'_>, is_cursor: bool, rect: Rect, index: usize) -> Response {
    let palette = Palette::of(ui);
    // Not focusable: the focus stays in the field, the arrow keys move the cursor.
    let response = ui.interact(rect, ui.unique_id().with(("entry", index)), Sense::CLICK);
    let is_usable = entry.denied.is_none();
    response.widget_info(|| WidgetInfo::labeled(Role::ListBoxOption, is_usable, entry.text.as_ref()));
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_selected(is_cursor));
    describe(
        ui,
        &response,
        entry
            .denied
            .as_deref()
            .or_else(|| Some(entry.hint.as_ref()).filter(|hint| !hint.is_empty())),
    );
    if is_cursor || response.hovered() {
        ui.painter().rect_filled(
            rect,
            tokens::RADIUS,
            if is_cursor { palette.selected } else { palette.hover },
        );
    }
    let color = if is_usable { palette.text } else { palette.text_weak };
    if let Some(icon) = entry.icon {
        paint_icon(ui, icon, rect.left_center() + vec2(20.0, 0.0), tokens::ICON, color);
    }
    let line = |ui: &Ui, words: &str, room: f32, style: TextStyle| {
        WidgetText::from(words).into_galley(ui, Some(TextWrapMode::Truncate), room.max(0.0), style)
    };
    let end = entry.denied.as_deref().unwrap_or(&entry.shortcut);
    let end = line(ui, end, rect.width() * 0.4, TextStyle::Small);
    let right = rect.right() - 10.0 - end.size().x;
    let room = right - rect.left() - 56.0;
    let name = line(ui, &entry.text, room, TextStyle::Body);
    let hint = line(ui, &entry.hint, room - name.size().x, TextStyle::Small);
    let middle = |galley: &egui::Galley| rect.center().y - galley.size().y / 2.0;
    let left = rect.left() + 40.0;
    let hint_left = left + name.size().x + 10.0;
    ui.painter().galley(pos2(left, middle(&name)), name.clone(), color);
    ui.painter()
        .galley(pos2(hint_left, middle(&hint)), hint.clone(), palette.text_weak);
    ui.painter()
        .galley(pos2(right, middle(&end)), end.clone(), palette.text_weak);
    response
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::widgets::testing;

    const ALL: [&str; 3] = ["Start web-1", "Pause web-1", "Settings"];

    fn palette() -> Harness<'static, (CommandPalette, Option<String>)> {
        let mut state = CommandPalette::default();
        state.open();
        let mut harness = testing::harness(
            |ui, (palette, chosen): &mut (CommandPalette, Option<String>)| {
                let mut found = Vec::new();
                let texts = PaletteTexts {
                    name: "Search commands",
                    nothing: "Nothing matches",
                };
                let index = palette.show(ui.ctx(), texts, |query| {
                    found = ALL.iter().filter(|text| text.to_lowercase().contains(query)).collect();
                    found
                        .iter()
                        .map(|text| PaletteEntry {
                            text: Cow::Borrowed(**text),
                            ..Default::default()
                        })
                        .collect()
                });
                if let Some(index) = index {
                    *chosen = Some(found[index].to_string());
                }
            },
            (state, None),
        );
        harness.run();
        harness
    }

    #[test]
    fn typing_narrows_and_enter_does_the_first() {
        let mut harness = palette();
        harness
            .get_by_role_and_label(Role::TextInput, "Search commands")
            .type_text("pause");
        harness.run();
        assert!(harness.query_by_label("Settings").is_none());
        harness.key_press(Key::Enter);
        harness.run();
        assert_eq!(harness.state().1.as_deref(), Some("Pause web-1"));
        assert!(!harness.state().0.is_open());
    }

    #[test]
    fn arrow_keys_move_and_escape_closes_without_doing_anything() {
        let mut harness = palette();
        harness.key_press(Key::ArrowDown);
        harness.run();
        assert_eq!(harness.state().0.cursor, 1);
        harness.key_press(Key::Escape);
        harness.run();
        assert!(!harness.state().0.is_open());
        assert_eq!(harness.state().1, None);
    }

    #[test]
    fn a_click_chooses() {
        let mut harness = palette();
        harness.get_by_role_and_label(Role::ListBoxOption, "Settings").click();
        harness.run();
        assert_eq!(harness.state().1.as_deref(), Some("Settings"));
    }

    #[test]
    fn nothing_found_is_said() {
        let mut harness = palette();
        harness
            .get_by_role_and_label(Role::TextInput, "Search commands")
            .type_text("zzz");
        harness.run();
        harness.get_by_label("Nothing matches");
    }
}
