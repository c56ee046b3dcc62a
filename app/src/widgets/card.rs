//! Grouping: cards, section headers, lists of facts.

use egui::{
    Align, CornerRadius, Frame, InnerResponse, Layout, Margin, Response, RichText, Role, Stroke, Ui, WidgetInfo,
};

use super::button::Button;
use super::icons;
use super::text;
use super::tokens::{self, Palette};

/// The frame of cards, for those who lay out their own.
pub fn card_frame(ui: &Ui) -> Frame {
    let palette = Palette::of(ui);
    Frame::new()
        .fill(palette.card)
        .stroke(Stroke::new(1.0, palette.hairline))
        .corner_radius(CornerRadius::same(tokens::RADIUS_CARD))
        .inner_margin(Margin::same(16))
}

/// A card as wide as the room allows.
pub fn card_ui<R>(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    card_frame(ui).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.spacing_mut().item_spacing = egui::vec2(tokens::SPACE, tokens::SPACE);
        contents(ui)
    })
}

/// A title over a part of a page. A screen reader can jump to it.
pub fn section_ui(ui: &mut Ui, title: &str) -> Response {
    section_row_ui(ui, |ui| heading_ui(ui, text::strong(title), title))
}

/// All section titles are as high as if a small button stood in their line, so that neighbours align.
fn section_row_ui<R>(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> R {
    ui.horizontal(|ui| {
        ui.set_min_height(tokens::scaled(ui, tokens::CONTROL_HEIGHT));
        contents(ui)
    })
    .inner
}

/// The title of a page.
pub fn page_title_ui(ui: &mut Ui, title: &str) -> Response {
    heading_ui(ui, text::title(title), title)
}

fn heading_ui(ui: &mut Ui, rich: RichText, title: &str) -> Response {
    let response = text::truncated_ui(ui, rich);
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, title));
    response
}

/// A section title with something at the end of its line, such as a ghost button.
pub fn section_with_ui<R>(ui: &mut Ui, title: &str, trailing: impl FnOnce(&mut Ui) -> R) -> R {
    section_row_ui(ui, |ui| {
        heading_ui(ui, text::strong(title), title);
        ui.with_layout(Layout::right_to_left(Align::Center), trailing).inner
    })
}

/// A line across.
pub fn separator_ui(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(egui::vec2(ui.available_width(), 1.0), egui::Sense::hover());
    ui.painter().hline(
        rect.x_range(),
        rect.center().y,
        Stroke::new(1.0, Palette::of(ui).hairline),
    );
}

/// The rows of a [`facts_ui`].
pub struct Facts<'u> {
    ui: &'u mut Ui,
    /// Width of the names' column: the widest name of the frame before.
    name_width: f32,
    widest: f32,
}

impl Facts<'_> {
    /// A name and its value, which can be marked and copied.
    pub fn row(&mut self, name: &str, value: &str) {
        self.row_ui(name, |ui| {
            text::selectable_ui(ui, text::body(value));
        });
    }

    /// A value with a button that copies it; `copy_name` says so, such as "Copy address".
    pub fn copy_row(&mut self, name: &str, value: &str, copy_name: &str) {
        self.row_ui(name, |ui| {
            let side = tokens::scaled(ui, tokens::CONTROL_HEIGHT_SMALL);
            let room = (ui.available_width() - side - tokens::SPACE).max(side);
            ui.scope(|ui| {
                ui.set_max_width(room);
                text::selectable_ui(ui, text::body(value));
            });
            if Button::icon_only(icons::COPY, copy_name).small().show(ui).clicked() {
                ui.ctx().copy_text(value.to_owned());
            }
        });
    }

    /// A name and whatever stands for its value.
    pub fn row_ui<R>(&mut self, name: &str, value: impl FnOnce(&mut Ui) -> R) -> R {
        let ui = &mut *self.ui;
        let most = ui.available_width() * 0.45;
        let name = RichText::new(name).color(Palette::of(ui).text_secondary);
        let least = tokens::scaled(ui, tokens::CONTROL_HEIGHT_SMALL);
        let (inner, wanted) = ui
            .horizontal(|ui| {
                ui.set_min_height(least);
                ui.spacing_mut().item_spacing.x = tokens::SPACE;
                let left = ui.cursor().left();
                let size = egui::vec2(self.name_width.min(most), least);
                let label = egui::WidgetText::from(name).into_galley(
                    ui,
                    Some(egui::TextWrapMode::Truncate),
                    most,
                    egui::TextStyle::Body,
                );
                let wanted = label.size().x;
                ui.add(egui::Label::new(label));
                ui.add_space((left + size.x + tokens::SPACE_WIDE - ui.cursor().left()).max(0.0));
                (value(ui), wanted)
            })
            .inner;
        self.widest = self.widest.max(wanted);
        inner
    }
}

/// Names on the left, values on the right, aligned. Long values wrap inside their column.
pub fn facts_ui<R>(ui: &mut Ui, id_salt: &str, rows: impl FnOnce(&mut Facts<'_>) -> R) -> R {
    let id = ui.unique_id().with(id_salt);
    let known: Option<f32> = ui.data(|data| data.get_temp(id));
    let spacing = tokens::SPACE_TIGHT;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = spacing;
        let mut facts = Facts {
            ui,
            name_width: known.unwrap_or(0.0),
            widest: 0.0,
        };
        let inner = rows(&mut facts);
        let widest = facts.widest;
        if known.is_none_or(|known| (known - widest).abs() > 0.5) {
            ui.data_mut(|data| data.insert_temp(id, widest));
            ui.ctx().request_discard("the widest name is not known yet");
        }
        inner
    })
    .inner
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::widgets::testing;

    #[test]
    fn a_fact_is_copied_by_its_button() {
        let mut harness = testing::harness(
            |ui, (): &mut ()| {
                facts_ui(ui, "facts", |facts| {
                    facts.copy_row("Address", "10.0.2.15", "Copy address");
                });
            },
            (),
        );
        harness.get_by_label("Copy address").click();
        let copied = (0..5).any(|_| {
            harness.step();
            harness
                .output()
                .platform_output
                .commands
                .iter()
                .any(|command| matches!(command, egui::OutputCommand::CopyText(copied) if copied == "10.0.2.15"))
        });
        assert!(copied);
    }

    #[test]
    fn a_long_value_wraps_and_pushes_the_next_row_down() {
        let mut harness = testing::harness(
            |ui, (): &mut ()| {
                ui.set_max_width(200.0);
                facts_ui(ui, "facts", |facts| {
                    facts.row("Disk", "/a/very/long/path to a disk that cannot stand in one line");
                    facts.row("Memory", "4 GiB");
                });
            },
            (),
        );
        harness.run();
        let long = harness.get_by_label_contains("/a/very/long").rect();
        let next = harness.get_by_label("4 GiB").rect();
        assert!(long.height() > 30.0, "{long}");
        assert!(next.top() >= long.bottom(), "{long} {next}");
        assert!((long.left() - next.left()).abs() < 1.0, "values stand in one column");
    }

    #[test]
    fn a_section_title_is_a_heading() {
        let mut harness = testing::harness(|ui, (): &mut ()| drop(section_ui(ui, "Disks")), ());
        harness.run();
        harness.get_by_role_and_label(Role::Heading, "Disks");
    }
}
