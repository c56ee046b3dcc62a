//! Short messages in the corner. What matters also stands somewhere else: a toast goes by itself.

use std::collections::VecDeque;
use std::time::Duration;

use egui::accesskit::Live;
use egui::{
    Align, Align2, Area, Context, Frame, Id, Label, Layout, Margin, Order, Response, Role, Sense, Ui, UiBuilder, vec2,
};

use super::button::Button;
use super::feedback::tone_icon;
use super::icons::{self, paint_icon};
use super::text;
use super::tokens::{self, Palette, Tone};

/// One message.
#[derive(Clone, Debug)]
pub struct Toast {
    pub tone: Tone,
    pub title: String,
    /// A second line; may be empty.
    pub detail: String,
    /// The text of a button, if there is something to do.
    pub action: Option<String>,
}

/// The messages on screen, the newest below.
#[derive(Default)]
pub struct Toasts {
    shown: VecDeque<Shown>,
    next_key: u64,
    next_place: usize,
    salt: u64,
}

struct Shown {
    key: u64,
    place: usize,
    toast: Toast,
    /// By egui's clock.
    until: f64,
}

/// More than this at once is a wall, not a message: the oldest goes.
const MOST: usize = 4;
/// Names of widgets that are used in turn. What is drawn is remembered by its name, so names must not be without end;
/// a message that follows another must not have its name either, or a screen reader takes it for the same.
const PLACES: usize = 16;

/// What stands in this height at the page's lower edge is not covered by messages in this frame: they would take the
/// clicks that are meant for it.
pub fn keep_clear_ui(ui: &Ui, height: f32) {
    let kept = (ui.ctx().cumulative_frame_nr(), height);
    let id = clear_id(ui.ctx());
    ui.data_mut(|data| data.insert_temp(id, kept));
}

fn clear_id(ctx: &Context) -> Id {
    Id::unique(("kept clear of toasts", ctx.viewport_id()))
}

/// Of this frame, or of the last one where the page is drawn after.
fn clear_height(ctx: &Context) -> f32 {
    let id = clear_id(ctx);
    let kept: Option<(u64, f32)> = ctx.data(|data| data.get_temp(id));
    let now = ctx.cumulative_frame_nr();
    kept.filter(|(frame, _)| now.saturating_sub(*frame) <= 1)
        .map_or(0.0, |(_, height)| height)
}

impl Toasts {
    /// Of a window beside others.
    pub fn salted(salt: impl std::hash::Hash) -> Self {
        use std::hash::{DefaultHasher, Hasher as _};
        let mut hasher = DefaultHasher::new();
        salt.hash(&mut hasher);
        Self {
            salt: hasher.finish(),
            ..Self::default()
        }
    }

    /// Shows `toast`; the key comes back from [`Self::show`] when its action is pressed.
    pub fn push(&mut self, ctx: &Context, toast: Toast) -> u64 {
        let key = self.next_key;
        self.next_key += 1;
        let now = ctx.input(|input| input.time);
        let place = self.free_place();
        self.next_place = (place + 1) % PLACES;
        self.shown.push_back(Shown {
            key,
            place,
            toast,
            until: now + f64::from(tokens::TOAST_SECONDS),
        });
        while self.shown.len() > MOST {
            self.shown.pop_front();
        }
        ctx.request_repaint();
        key
    }

    fn free_place(&self) -> usize {
        let is_free = |place: &usize| self.shown.iter().all(|shown| shown.place != *place);
        let mut places = (self.next_place..PLACES).chain(0..self.next_place);
        // Some are: fewer are shown.
        places.find(is_free).unwrap_or_default()
    }

    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// Whether the toast with `key` is still on screen.
    pub fn is_shown(&self, key: u64) -> bool {
        self.shown.iter().any(|shown| shown.key == key)
    }

    /// Takes away the toast with `key`, such as when what it told of is over.
    pub fn dismiss(&mut self, key: u64) {
        self.shown.retain(|shown| shown.key != key);
    }

    /// Draws them over the bottom right corner, `bottom` points above the edge. The key of the toast whose action was
    /// pressed, if any. `dismiss_name` names the crosses.
    pub fn show(&mut self, ctx: &Context, bottom: f32, dismiss_name: &str) -> Option<u64> {
        if self.shown.is_empty() {
            return None;
        }
        let bottom = bottom + clear_height(ctx);
        let mut pressed = None;
        let mut dismissed = None;
        let area = Area::new(Id::unique(("toasts", self.salt)))
            // Never over the buttons of a question.
            .order(if ctx.memory(|memory| memory.top_modal_layer()).is_some() {
                Order::Middle
            } else {
                Order::Foreground
            })
            .anchor(
                Align2::RIGHT_BOTTOM,
                vec2(-tokens::SPACE_WIDE, -bottom - tokens::SPACE_WIDE),
            )
            .show(ctx, |ui| {
                for shown in &self.shown {
                    let drawn = ui.push_id(shown.place, |ui| toast_ui(ui, &shown.toast, dismiss_name));
                    let (is_pressed, is_dismissed) = drawn.inner;
                    if is_pressed {
                        pressed = Some(shown.key);
                    }
                    if is_pressed || is_dismissed {
                        dismissed = Some(shown.key);
                    }
                }
            });
        if let Some(key) = dismissed {
            self.dismiss(key);
        }
        self.expire(ctx, area.response.contains_pointer());
        pressed
    }

    /// What asks for something or tells of a failure stays until it is dismissed; so does all while it is read.
    fn expire(&mut self, ctx: &Context, is_read: bool) {
        let now = ctx.input(|input| input.time);
        if is_read {
            for shown in &mut self.shown {
                shown.until = shown.until.max(now + 2.0);
            }
        }
        let stays = |toast: &Toast| toast.action.is_some() || toast.tone == Tone::Attention;
        self.shown.retain(|shown| stays(&shown.toast) || shown.until > now);
        let next = self
            .shown
            .iter()
            .filter(|shown| !stays(&shown.toast))
            .map(|shown| shown.until - now);
        if let Some(Ok(next)) = next.reduce(f64::min).map(Duration::try_from_secs_f64) {
            ctx.request_repaint_after(next);
        }
    }
}

fn toast_ui(ui: &mut Ui, toast: &Toast, dismiss_name: &str) -> (bool, bool) {
    let palette = Palette::of(ui);
    let width = (tokens::TOAST * tokens::text_scale(ui.ctx()).max(1.0)).min(ui.ctx().content_rect().width() - 48.0);
    let builder = UiBuilder::new().accessibility_role(Role::Alert);
    let shown = ui.scope_builder(builder, |ui| {
        let live = if toast.tone == Tone::Attention {
            Live::Assertive
        } else {
            Live::Polite
        };
        let spoken = if toast.detail.is_empty() {
            toast.title.clone()
        } else {
            format!("{}: {}", toast.title, toast.detail)
        };
        ui.ctx().accesskit_node_builder(ui.unique_id(), |node| {
            node.set_live(live);
            node.set_label(spoken);
        });
        Frame::popup(ui.style())
            .inner_margin(Margin {
                left: 14,
                right: 8,
                top: 10,
                bottom: 10,
            })
            .show(ui, |ui| {
                ui.set_width(width);
                ui.with_layout(Layout::right_to_left(Align::TOP), |ui| {
                    let dismissal = Button::icon_only(icons::CLOSE, dismiss_name).small().show(ui);
                    said_by_parent(ui, &dismissal);
                    let is_dismissed = dismissal.clicked();
                    let is_pressed = ui
                        .with_layout(Layout::left_to_right(Align::TOP), |ui| {
                            let side = tokens::scaled(ui, 20.0);
                            let (rect, _) = ui.allocate_exact_size(vec2(side, side + 4.0), Sense::hover());
                            paint_icon(ui, tone_icon(toast.tone), rect.center(), 20.0, palette.tone(toast.tone));
                            ui.vertical(|ui| lines_ui(ui, toast)).inner
                        })
                        .inner;
                    (is_pressed, is_dismissed)
                })
                .inner
            })
            .inner
    });
    shown.inner
}

fn lines_ui(ui: &mut Ui, toast: &Toast) -> bool {
    ui.spacing_mut().item_spacing.y = tokens::SPACE_TIGHT;
    ui.add_space(2.0);
    let title = ui.add(Label::new(text::strong(toast.title.as_str())).wrap());
    said_by_parent(ui, &title);
    if !toast.detail.is_empty() {
        let detail = ui.add(Label::new(text::secondary(ui, toast.detail.as_str())).wrap());
        said_by_parent(ui, &detail);
    }
    toast.action.as_ref().is_some_and(|action| {
        let response = Button::secondary(action.as_str()).small().show(ui);
        said_by_parent(ui, &response);
        response.clicked()
    })
}

/// What is in a live region is live itself unless it says otherwise, and a screen reader would say all of it twice.
fn said_by_parent(ui: &Ui, response: &Response) {
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_live(Live::Off));
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::widgets::testing;

    fn toasts(toast: Toast) -> Harness<'static, (Toasts, Option<u64>)> {
        let mut is_pushed = false;
        testing::harness(
            move |ui, (toasts, pressed): &mut (Toasts, Option<u64>)| {
                if !is_pushed {
                    toasts.push(ui.ctx(), toast.clone());
                    is_pushed = true;
                }
                *pressed = pressed.or(toasts.show(ui.ctx(), 0.0, "Dismiss"));
            },
            (Toasts::default(), None),
        )
    }

    fn toast(tone: Tone, action: Option<&str>) -> Toast {
        Toast {
            tone,
            title: "Snapshot made".to_owned(),
            detail: String::new(),
            action: action.map(str::to_owned),
        }
    }

    #[test]
    fn a_toast_goes_by_itself() {
        let mut harness = toasts(toast(Tone::Running, None));
        harness.run_ok();
        harness.get_by_role_and_label(Role::Alert, "Snapshot made");
        let frames_of_ten_seconds = 10 * 60;
        harness.run_steps(frames_of_ten_seconds);
        assert!(harness.query_by_label("Snapshot made").is_none());
    }

    #[test]
    fn messages_without_end_have_names_that_come_again_and_never_one_that_is_shown() {
        let ctx = Context::default();
        let mut toasts = Toasts::default();
        let stays = toasts.push(&ctx, toast(Tone::Attention, None));
        let mut places = vec![toasts.shown[0].place];
        let mut last = usize::MAX;
        for _ in 0..1_000 {
            let key = toasts.push(&ctx, toast(Tone::Running, None));
            let place = toasts.shown[1].place;
            assert_ne!(place, toasts.shown[0].place);
            assert_ne!(place, last);
            toasts.dismiss(key);
            places.push(place);
            last = place;
        }
        assert!(toasts.is_shown(stays));
        places.sort_unstable();
        places.dedup();
        assert!(places.len() <= PLACES, "{places:?}");
    }

    #[test]
    fn a_failure_stays_until_it_is_dismissed() {
        let mut harness = toasts(toast(Tone::Attention, None));
        harness.run_steps(10 * 60);
        harness.get_by_label("Dismiss").click();
        harness.run_steps(3);
        assert!(harness.query_by_label("Snapshot made").is_none());
    }

    #[test]
    fn its_action_comes_back_with_its_key() {
        let mut harness = toasts(toast(Tone::Running, Some("Undo")));
        harness.run_steps(3);
        harness.get_by_label("Undo").click();
        harness.run_steps(3);
        assert_eq!(harness.state().1, Some(0));
    }
}
