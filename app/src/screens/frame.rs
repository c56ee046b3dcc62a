//! How the window is divided at each width: sidebar or rail, page, inspector beside or over it, job bar.

use egui::{Rect, Ui, pos2};

use crate::widgets::layout::Breakpoint;
use crate::widgets::tokens;

/// Where everything goes, in points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Panes {
    pub breadth: Breakpoint,
    /// Of the sidebar: a page that needs the room makes it a rail.
    pub sidebar_breadth: Breakpoint,
    pub sidebar: Rect,
    pub page: Rect,
    /// Beside the page or over it.
    pub inspector: Option<Rect>,
    pub is_inspector_over: bool,
    pub job_bar: Option<Rect>,
}

/// What a page asks of the window's division.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wants {
    pub inspector: bool,
    /// Instead of the sidebar, however wide the window.
    pub rail: bool,
}

impl Panes {
    pub(super) fn new(ui: &Ui, wants: Wants, job_bar_height: f32) -> Self {
        let whole = ui.max_rect();
        let scale = tokens::text_scale(ui.ctx());
        Self::divide(whole, scale, wants, job_bar_height)
    }

    fn divide(whole: Rect, scale: f32, wants: Wants, job_bar_height: f32) -> Self {
        let scale = scale.max(1.0);
        // Larger text needs more room for the same page.
        let breadth = Breakpoint::from_width(whole.width() / scale);
        let bottom = whole.bottom() - job_bar_height;
        let job_bar =
            (job_bar_height > 0.0).then(|| Rect::from_min_max(pos2(whole.left(), bottom), whole.right_bottom()));
        let sidebar_breadth = if wants.rail { Breakpoint::Rail } else { breadth };
        let sidebar_width = if sidebar_breadth.has_rail() {
            tokens::RAIL
        } else {
            (tokens::SIDEBAR * scale).round()
        };
        let split = whole.left() + sidebar_width;
        let inspector_width = (tokens::INSPECTOR * scale).round().min(whole.right() - split);
        let has_inspector = wants.inspector && !breadth.has_rail();
        let inspector = has_inspector.then(|| {
            Rect::from_min_max(
                pos2(whole.right() - inspector_width, whole.top()),
                pos2(whole.right(), bottom),
            )
        });
        let is_inspector_over = !breadth.has_inspector_pane();
        let page_right = match inspector {
            Some(rect) if !is_inspector_over => rect.left(),
            _ => whole.right(),
        };
        Self {
            breadth,
            sidebar_breadth,
            sidebar: Rect::from_min_max(whole.min, pos2(split, bottom)),
            page: Rect::from_min_max(pos2(split, whole.top()), pos2(page_right, bottom)),
            inspector,
            is_inspector_over,
            job_bar,
        }
    }
}

/// Where a page draws: its margins at the sides and above. Below, what scrolls runs to the window's edge.
pub(super) fn page_rect(ui: &Ui, breadth: Breakpoint) -> Rect {
    let margin = f32::from(breadth.page_margin());
    let mut rect = ui.max_rect().shrink2(egui::vec2(margin, 0.0));
    rect.min.y += tokens::SPACE_WIDE;
    rect
}

#[cfg(test)]
mod tests {
    use egui::{Pos2, vec2};

    use super::*;

    fn panes(width: f32, scale: f32) -> Panes {
        let wants = Wants {
            inspector: true,
            rail: false,
        };
        Panes::divide(Rect::from_min_size(Pos2::ZERO, vec2(width, 800.0)), scale, wants, 40.0)
    }

    #[test]
    fn the_window_folds_as_it_narrows() {
        let wide = panes(1280.0, 1.0);
        assert!(!wide.is_inspector_over);
        assert_eq!(wide.page.right(), wide.inspector.unwrap().left());
        let medium = panes(1000.0, 1.0);
        assert!(medium.is_inspector_over);
        assert_eq!(medium.page.right(), 1000.0);
        let narrow = panes(799.0, 1.0);
        assert_eq!(narrow.sidebar.width(), tokens::RAIL);
        assert_eq!(narrow.inspector, None);
    }

    #[test]
    fn larger_text_folds_earlier() {
        assert_eq!(panes(1280.0, 1.0).breadth, Breakpoint::ThreePanes);
        assert_eq!(panes(1280.0, 2.0).breadth, Breakpoint::Rail);
    }
}
