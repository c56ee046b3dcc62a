//! The entries of the sidebar, wide or as a rail.

use std::borrow::Cow;

use egui::{Response, Role, Sense, TextStyle, TextWrapMode, Ui, Widget, WidgetInfo, WidgetText, pos2, vec2};

use super::button::{describe, focus_ring};
use super::icons::{Icon, paint_icon};
use super::theme::strong_style;
use super::tokens::{self, Palette, Tone};

/// One place to go to.
#[must_use = "add it with ui.add(…)"]
pub struct SidebarItem<'a> {
    icon: Icon,
    text: Cow<'a, str>,
    count: Option<usize>,
    /// Count shown as something to look at.
    count_tone: Tone,
    note: Option<Cow<'a, str>>,
    status: Option<Tone>,
    is_selected: bool,
    is_indented: bool,
    is_rail: bool,
    is_in_list: bool,
}

impl<'a> SidebarItem<'a> {
    pub fn new(icon: Icon, text: impl Into<Cow<'a, str>>) -> Self {
        Self {
            icon,
            text: text.into(),
            count: None,
            count_tone: Tone::Off,
            note: None,
            status: None,
            is_selected: false,
            is_indented: false,
            is_rail: false,
            is_in_list: false,
        }
    }

    pub fn count(mut self, count: usize) -> Self {
        self.count = Some(count);
        self
    }

    pub fn count_tone(mut self, tone: Tone) -> Self {
        self.count_tone = tone;
        self
    }

    /// A second, small line, such as why a host is away.
    pub fn note(mut self, note: impl Into<Cow<'a, str>>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// A dot at the icon. Say in [`Self::note`] what it means.
    pub fn status(mut self, tone: Tone) -> Self {
        self.status = Some(tone);
        self
    }

    pub fn selected(mut self, is_selected: bool) -> Self {
        self.is_selected = is_selected;
        self
    }

    pub fn indented(mut self) -> Self {
        self.is_indented = true;
        self
    }

    /// Only the icon, the text as a tooltip.
    pub fn rail(mut self, is_rail: bool) -> Self {
        self.is_rail = is_rail;
        self
    }

    /// One stop for Tab together with its neighbours: the selected one. The list's keys walk them.
    pub fn in_list(mut self) -> Self {
        self.is_in_list = true;
        self
    }

    /// True where the room cut its note off.
    fn paint_wide(&self, ui: &Ui, rect: egui::Rect) -> bool {
        let palette = Palette::of(ui);
        let scale = tokens::text_scale(ui.ctx());
        let indent = if self.is_indented { 16.0 } else { 0.0 };
        let color = if self.is_selected {
            palette.text
        } else {
            palette.text_secondary
        };
        let icon_color = if self.is_selected {
            palette.accent_text
        } else {
            palette.text_secondary
        };
        let icon_at = rect.left_center() + vec2(12.0 + indent + tokens::ICON * scale / 2.0, 0.0);
        paint_icon(ui, self.icon, icon_at, tokens::ICON, icon_color);

        let mut right = rect.right() - 10.0;
        if let Some(count) = self.count {
            let style = TextStyle::Small;
            let galley =
                WidgetText::from(count.to_string()).into_galley(ui, Some(TextWrapMode::Extend), f32::INFINITY, style);
            right -= galley.size().x;
            let color = if self.count_tone == Tone::Off {
                palette.text_weak
            } else {
                palette.tone(self.count_tone)
            };
            ui.painter()
                .galley(pos2(right, rect.center().y - galley.size().y / 2.0), galley, color);
            right -= tokens::SPACE;
        }
        if let Some(tone) = self.status {
            ui.painter()
                .circle_filled(icon_at + vec2(9.0, 7.0), 5.5, palette.sidebar);
            ui.painter()
                .circle_filled(icon_at + vec2(9.0, 7.0), 4.0, palette.tone(tone));
        }
        let left = icon_at.x + tokens::ICON * scale / 2.0 + 10.0;
        let room = (right - left).max(0.0);
        let style = if self.is_selected {
            strong_style()
        } else {
            TextStyle::Body
        };
        let text = WidgetText::from(self.text.as_ref()).into_galley(ui, Some(TextWrapMode::Truncate), room, style);
        let note = self.note.as_ref().map(|note| {
            WidgetText::from(note.as_ref()).into_galley(ui, Some(TextWrapMode::Truncate), room, TextStyle::Small)
        });
        let height = text.size().y + note.as_ref().map_or(0.0, |note| note.size().y);
        let top = rect.center().y - height / 2.0;
        let text_height = text.size().y;
        let is_cut = text.elided || note.as_ref().is_some_and(|note| note.elided);
        ui.painter().galley(pos2(left, top), text, color);
        if let Some(note) = note {
            ui.painter()
                .galley(pos2(left, top + text_height), note, palette.text_weak);
        }
        is_cut
    }

    fn paint_rail(&self, ui: &Ui, rect: egui::Rect) {
        let palette = Palette::of(ui);
        let color = if self.is_selected {
            palette.accent_text
        } else {
            palette.text_secondary
        };
        paint_icon(ui, self.icon, rect.center(), 20.0, color);
        let dot = self
            .status
            .or_else(|| (self.count_tone != Tone::Off && self.count > Some(0)).then_some(self.count_tone));
        if let Some(tone) = dot {
            ui.painter()
                .circle_filled(rect.center() + vec2(10.0, -9.0), 3.5, palette.tone(tone));
        }
    }
}

impl Widget for SidebarItem<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let palette = Palette::of(ui);
        let height = if self.note.is_some() && !self.is_rail {
            tokens::ROW
        } else {
            tokens::ROW_COMPACT
        };
        let sense = if self.is_in_list && !self.is_selected {
            Sense::CLICK
        } else {
            Sense::click()
        };
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), tokens::scaled(ui, height)), sense);
        let mut is_cut = false;
        response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), self.text.as_ref()));
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_selected(self.is_selected);
            if self.is_selected {
                node.set_aria_current(egui::accesskit::AriaCurrent::Page);
            }
        });
        let count = self.count.map(|count| count.to_string());
        describe(ui, &response, self.note.as_deref().or(count.as_deref()));
        if ui.is_rect_visible(rect) {
            let fill = match (self.is_selected, response.hovered()) {
                (true, _) => palette.selected,
                (false, true) => palette.hover,
                (false, false) => egui::Color32::TRANSPARENT,
            };
            ui.painter().rect_filled(rect, tokens::RADIUS, fill);
            if self.is_rail {
                self.paint_rail(ui, rect);
            } else {
                is_cut = self.paint_wide(ui, rect);
            }
            focus_ring(ui, &response, rect.shrink(1.0));
        }
        if self.is_rail {
            response.on_hover_text(self.text.as_ref())
        } else if is_cut {
            let note = self.note.as_deref().unwrap_or_default();
            response.on_hover_text(format!("{}\n{note}", self.text).trim_end())
        } else {
            response
        }
    }
}

/// A quiet header over a group of entries.
pub fn sidebar_header_ui(ui: &mut Ui, title: &str) {
    ui.add_space(tokens::SPACE);
    ui.horizontal(|ui| {
        ui.add_space(12.0);
        let response = ui.label(super::text::weak(ui, title));
        response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, title));
    });
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::widgets::{icons, testing};

    #[test]
    fn an_entry_keeps_its_name_when_the_sidebar_is_a_rail() {
        let mut harness = testing::harness(
            |ui, clicks: &mut u32| {
                if ui
                    .add(SidebarItem::new(icons::MACHINE, "All machines").count(24).rail(true))
                    .clicked()
                {
                    *clicks += 1;
                }
            },
            0,
        );
        harness.get_by_role_and_label(Role::Button, "All machines").click();
        harness.run();
        assert_eq!(*harness.state(), 1);
    }
}
