//! How the window divides its width.

use egui::Ui;

use super::tokens;

/// What a window of some width has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Breakpoint {
    /// Under 600 points: one column.
    OneColumn,
    /// 600–799: the sidebar is a rail.
    Rail,
    /// 800–1199: sidebar and page; the inspector lies over the page.
    TwoPanes,
    /// From 1200: sidebar, page and inspector.
    ThreePanes,
}

impl Breakpoint {
    pub fn from_width(width: f32) -> Self {
        match width {
            width if width >= 1200.0 => Self::ThreePanes,
            width if width >= 800.0 => Self::TwoPanes,
            width if width >= 600.0 => Self::Rail,
            _ => Self::OneColumn,
        }
    }

    pub fn has_rail(self) -> bool {
        self <= Self::Rail
    }

    pub fn has_inspector_pane(self) -> bool {
        self == Self::ThreePanes
    }

    pub fn sidebar_width(self) -> f32 {
        if self.has_rail() { tokens::RAIL } else { tokens::SIDEBAR }
    }

    /// The margin around a page.
    pub fn page_margin(self) -> i8 {
        if self == Self::OneColumn { 12 } else { 24 }
    }

    /// How many columns of at least `least` points fit into `width` with the grid's gaps.
    pub fn num_columns(width: f32, least: f32) -> usize {
        (((width + tokens::SPACE_WIDE) / (least + tokens::SPACE_WIDE)) as usize).max(1)
    }
}

/// The width a widget may take: in a row that wraps, a whole line, because it can move to the next one.
pub(super) fn room(ui: &Ui) -> f32 {
    if ui.layout().main_wrap {
        ui.max_rect().width()
    } else {
        ui.available_width()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inspector_has_its_pane_from_1200_and_the_sidebar_shrinks_under_800() {
        assert!(Breakpoint::from_width(1200.0).has_inspector_pane());
        assert!(!Breakpoint::from_width(1199.0).has_inspector_pane());
        assert_eq!(Breakpoint::from_width(800.0).sidebar_width(), tokens::SIDEBAR);
        assert_eq!(Breakpoint::from_width(799.0).sidebar_width(), tokens::RAIL);
        assert_eq!(Breakpoint::from_width(480.0), Breakpoint::OneColumn);
    }

    #[test]
    fn a_button_that_does_not_fit_moves_to_the_next_line_whole() {
        use crate::widgets::{Button, testing};
        use egui_kittest::kittest::Queryable as _;
        let mut harness = testing::harness(
            |ui, (): &mut ()| {
                ui.set_max_width(160.0);
                ui.horizontal_wrapped(|ui| {
                    Button::secondary("Shut down").show(ui);
                    Button::secondary("Restart").denied(Some("It is off")).show(ui);
                });
            },
            (),
        );
        harness.run();
        let (first, second) = (
            harness.get_by_label("Shut down").rect(),
            harness.get_by_label("Restart").rect(),
        );
        assert!(second.top() >= first.bottom(), "{first} {second}");
        assert_eq!(second.left(), first.left());
    }

    #[test]
    fn a_narrow_page_still_has_one_column() {
        assert_eq!(Breakpoint::num_columns(100.0, 300.0), 1);
        assert_eq!(Breakpoint::num_columns(632.0, 300.0), 2);
    }
}
