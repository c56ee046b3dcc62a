//! Every colour, size and duration of the window, for the dark and the light theme.
//!
//! Nothing else in the program names a colour or a font size. The tests compute the contrast of every pair of text and
//! surface that the widgets put together, so a colour changed here cannot become unreadable without a test failing.

use egui::{Color32, Context, Id, Rgba, Ui};

/// Which of the two themes is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThemeChoice {
    Dark,
    Light,
}

/// What a colour of state stands for. Never shown by colour alone: every user of it also shows an icon or a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    Running,
    Paused,
    Attention,
    Warning,
    Off,
    Accent,
}

/// The colours of one theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// The page.
    pub window: Color32,
    /// Sidebar, toolbar, status bar.
    pub sidebar: Color32,
    /// Cards and the inspector.
    pub card: Color32,
    /// Dialogs, menus, tooltips, toasts.
    pub popup: Color32,
    /// Text fields, tracks, code.
    pub field: Color32,
    /// A resting secondary button.
    pub control: Color32,
    pub control_hover: Color32,
    pub control_pressed: Color32,
    /// Laid over any surface under the pointer.
    pub hover: Color32,
    /// Laid over any surface while pressed.
    pub pressed: Color32,
    /// Laid over any surface for the chosen row or entry, which is then not washed for the pointer as well.
    pub selected: Color32,
    pub text: Color32,
    pub text_secondary: Color32,
    pub text_weak: Color32,
    /// Fill of the primary button, the switch, the progress bar.
    pub accent: Color32,
    pub accent_hover: Color32,
    pub accent_pressed: Color32,
    pub on_accent: Color32,
    /// Links and chosen icons: the accent as a text colour.
    pub accent_text: Color32,
    /// Fill of a destructive button.
    pub danger: Color32,
    pub danger_hover: Color32,
    pub on_danger: Color32,
    pub running: Color32,
    pub paused: Color32,
    pub attention: Color32,
    pub warning: Color32,
    pub off: Color32,
    /// A second series beside the accent.
    pub second_series: Color32,
    pub focus_ring: Color32,
    /// Lines between panes and rows.
    pub hairline: Color32,
    /// The outline of a text field or an empty check box.
    pub outline: Color32,
    /// Laid over the window behind a dialog.
    pub scrim: Color32,
    pub shadow: Color32,
    /// Around a guest's screen that does not fill its frame.
    pub screen: Color32,
    /// In the place of a screen that nobody has seen.
    pub blank: Color32,
    /// The round ground of the sign on it.
    pub emblem: Color32,
}

impl Palette {
    /// The colour of `tone`, readable as text on every surface.
    pub const fn tone(&self, tone: Tone) -> Color32 {
        match tone {
            Tone::Running => self.running,
            Tone::Paused => self.paused,
            Tone::Attention => self.attention,
            Tone::Warning => self.warning,
            Tone::Off => self.off,
            Tone::Accent => self.accent_text,
        }
    }

    /// A faint wash of `tone` to lay under its text.
    pub fn tint(&self, tone: Tone) -> Color32 {
        self.tone(tone).gamma_multiply(TINT)
    }

    /// The palette that `ui` is drawn in.
    pub fn of(ui: &Ui) -> &'static Self {
        Self::from_dark_mode(ui.visuals().dark_mode)
    }

    pub const fn from_choice(choice: ThemeChoice) -> &'static Self {
        match choice {
            ThemeChoice::Dark => &DARK,
            ThemeChoice::Light => &LIGHT,
        }
    }

    pub const fn from_dark_mode(is_dark: bool) -> &'static Self {
        if is_dark { &DARK } else { &LIGHT }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that declares colours")]
const fn hex(rgb: u32) -> Color32 {
    Color32::from_rgb((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
}

const fn veil(level: u8, alpha: u8) -> Color32 {
    let shade = (level as u16 * alpha as u16 / 255) as u8;
    Color32::from_rgba_premultiplied(shade, shade, shade, alpha)
}

pub static DARK: Palette = Palette {
    window: hex(0x17191F),
    sidebar: hex(0x111318),
    card: hex(0x1D2028),
    popup: hex(0x22262F),
    field: hex(0x101216),
    control: hex(0x2B303B),
    control_hover: hex(0x363C49),
    control_pressed: hex(0x222731),
    hover: veil(255, 14),
    pressed: veil(255, 24),
    selected: Color32::from_rgba_premultiplied(17, 31, 56, 56),
    text: hex(0xECEEF3),
    text_secondary: hex(0xBAC1CE),
    text_weak: hex(0xACB4C2),
    accent: hex(0x2A62D6),
    accent_hover: hex(0x346BD6),
    accent_pressed: hex(0x2558BE),
    on_accent: hex(0xFFFFFF),
    accent_text: hex(0xA3C4FF),
    danger: hex(0xBF333B),
    danger_hover: hex(0xC93D45),
    on_danger: hex(0xFFFFFF),
    running: hex(0x62D896),
    paused: hex(0xF0C45A),
    attention: hex(0xFFA8A8),
    warning: hex(0xFFB27D),
    off: hex(0xB9C0CD),
    second_series: hex(0xE3A6F5),
    focus_ring: hex(0x78A9FF),
    hairline: hex(0x2A2E38),
    outline: hex(0x6B7385),
    scrim: veil(0, 150),
    shadow: veil(0, 110),
    screen: hex(0x0B0C0F),
    blank: hex(0x14161B),
    emblem: hex(0x22262F),
};

pub static LIGHT: Palette = Palette {
    window: hex(0xF7F8FA),
    sidebar: hex(0xEDEFF3),
    card: hex(0xFFFFFF),
    popup: hex(0xFFFFFF),
    field: hex(0xFFFFFF),
    control: hex(0xE4E7ED),
    control_hover: hex(0xD8DCE5),
    control_pressed: hex(0xCCD1DC),
    hover: veil(0, 12),
    pressed: veil(0, 22),
    selected: Color32::from_rgba_premultiplied(4, 11, 26, 30),
    text: hex(0x1B1E25),
    text_secondary: hex(0x454C5A),
    text_weak: hex(0x4F5665),
    accent: hex(0x2360D1),
    accent_hover: hex(0x1C54BC),
    accent_pressed: hex(0x17479F),
    on_accent: hex(0xFFFFFF),
    accent_text: hex(0x174AAB),
    danger: hex(0xBE2F39),
    danger_hover: hex(0xA82731),
    on_danger: hex(0xFFFFFF),
    running: hex(0x0F5A2D),
    paused: hex(0x694700),
    attention: hex(0x9C1B27),
    warning: hex(0x823800),
    off: hex(0x474E5C),
    second_series: hex(0x8A35A8),
    focus_ring: hex(0x2360D1),
    hairline: hex(0xDEE2E9),
    outline: hex(0x868E9C),
    scrim: veil(20, 90),
    shadow: veil(0, 40),
    screen: hex(0x14161B),
    blank: hex(0xEDEFF3),
    emblem: hex(0xFFFFFF),
};

/// How strong a tone is laid under its own text.
pub const TINT: f32 = 0.10;
/// How strong the area under a graph's line is filled.
pub const GRAPH_FILL: f32 = 0.12;
pub const GRAPH_LINE: f32 = 1.5;

/// The grid: everything is a multiple of 8, tight things of 4.
pub const SPACE_TIGHT: f32 = 4.0;
pub const SPACE: f32 = 8.0;
pub const SPACE_WIDE: f32 = 16.0;
pub const SPACE_SECTION: f32 = 24.0;
pub const SPACE_PAGE: f32 = 24.0;

/// Corners of controls.
pub const RADIUS: u8 = 6;
/// Corners of cards and dialogs.
pub const RADIUS_CARD: u8 = 10;

pub const TEXT_BODY: f32 = 14.0;
pub const TEXT_SECONDARY: f32 = 12.0;
pub const TEXT_TITLE: f32 = 18.0;
pub const TEXT_FIGURE: f32 = 24.0;
pub const TEXT_MONO: f32 = 13.0;
pub const ICON: f32 = 18.0;
pub const ICON_SMALL: f32 = 16.0;
pub const ICON_LARGE: f32 = 40.0;

pub const FOCUS_WIDTH: f32 = 2.0;
pub const CONTROL_HEIGHT: f32 = 32.0;
pub const CONTROL_HEIGHT_SMALL: f32 = 26.0;
pub const ROW: f32 = 44.0;
pub const ROW_COMPACT: f32 = 36.0;
pub const HEADER_ROW: f32 = 36.0;
pub const TOOLBAR: f32 = 40.0;
pub const SIDEBAR: f32 = 232.0;
pub const RAIL: f32 = 56.0;
pub const INSPECTOR: f32 = 320.0;
pub const DIALOG: f32 = 480.0;
pub const DIALOG_WIDE: f32 = 640.0;
pub const PALETTE_WIDTH: f32 = 600.0;
pub const TOAST: f32 = 360.0;

/// Seconds a change may take to be shown; zero where the desktop asks for reduced motion.
pub const MOTION_SECONDS: f32 = 0.12;
/// Seconds the pointer rests before a tooltip.
pub const TOOLTIP_SECONDS: f32 = 0.4;
/// Seconds a toast without an action stays.
pub const TOAST_SECONDS: f32 = 6.0;

fn text_scale_id() -> Id {
    Id::unique("berth text scale")
}

pub(super) fn set_text_scale(ctx: &Context, scale: f32) {
    ctx.data_mut(|data| data.insert_temp(text_scale_id(), scale));
}

/// The user's text size as a factor: heights that hold a line of text are multiplied by it.
pub fn text_scale(ctx: &Context) -> f32 {
    ctx.data(|data| data.get_temp(text_scale_id())).unwrap_or(1.0)
}

/// `height` at 100 % text, made tall enough for the user's text size.
pub fn scaled(ui: &Ui, height: f32) -> f32 {
    (height * text_scale(ui.ctx()).max(1.0)).round()
}

/// WCAG contrast of two opaque colours, from 1 to 21.
pub fn contrast(a: Color32, b: Color32) -> f32 {
    let luminance = |color: Color32| {
        let linear = Rgba::from(color);
        0.2126 * linear.r() + 0.7152 * linear.g() + 0.0722 * linear.b()
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TONES: [Tone; 6] = [
        Tone::Running,
        Tone::Paused,
        Tone::Attention,
        Tone::Warning,
        Tone::Off,
        Tone::Accent,
    ];

    fn surfaces(p: &Palette) -> Vec<(&'static str, Color32)> {
        let plain = [
            ("window", p.window),
            ("sidebar", p.sidebar),
            ("card", p.card),
            ("popup", p.popup),
            ("field", p.field),
        ];
        let mut all = plain.to_vec();
        for (name, surface) in plain {
            all.push((name, surface.blend(p.hover)));
            all.push((name, surface.blend(p.pressed)));
            all.push((name, surface.blend(p.selected)));
        }
        all
    }

    fn assert_contrast(what: &str, front: Color32, back: Color32, least: f32) {
        let got = contrast(front, back);
        assert!(got >= least, "{what}: {got:.2} is under {least}");
    }

    #[test]
    fn every_text_is_readable_on_every_surface() {
        for (theme, p) in [("dark", &DARK), ("light", &LIGHT)] {
            for (name, surface) in surfaces(p) {
                assert_contrast(&format!("{theme} text on {name}"), p.text, surface, 4.5);
                assert_contrast(&format!("{theme} secondary on {name}"), p.text_secondary, surface, 4.5);
                assert_contrast(&format!("{theme} weak on {name}"), p.text_weak, surface, 4.5);
                for tone in TONES {
                    let label = format!("{theme} {tone:?} on {name}");
                    assert_contrast(&label, p.tone(tone), surface, 4.5);
                    assert_contrast(
                        &format!("{label} tinted"),
                        p.tone(tone),
                        surface.blend(p.tint(tone)),
                        4.5,
                    );
                }
            }
        }
    }

    #[test]
    fn every_button_label_is_readable_in_every_state() {
        for (theme, p) in [("dark", &DARK), ("light", &LIGHT)] {
            for fill in [p.accent, p.accent_hover, p.accent_pressed] {
                assert_contrast(&format!("{theme} primary"), p.on_accent, fill, 4.5);
            }
            for fill in [p.danger, p.danger_hover] {
                assert_contrast(&format!("{theme} danger"), p.on_danger, fill, 4.5);
            }
            for fill in [p.control, p.control_hover, p.control_pressed] {
                assert_contrast(&format!("{theme} secondary button"), p.text, fill, 4.5);
            }
        }
    }

    #[test]
    fn lines_icons_and_the_focus_ring_stand_out() {
        for (theme, p) in [("dark", &DARK), ("light", &LIGHT)] {
            for (name, surface) in surfaces(p) {
                assert_contrast(&format!("{theme} focus ring on {name}"), p.focus_ring, surface, 3.0);
                assert_contrast(
                    &format!("{theme} second series on {name}"),
                    p.second_series,
                    surface,
                    3.0,
                );
            }
            for surface in [p.window, p.card, p.popup, p.field] {
                assert_contrast(&format!("{theme} outline"), p.outline, surface, 3.0);
            }
        }
    }

    #[test]
    fn black_on_white_has_the_contrast_that_the_guideline_defines() {
        assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 0.01);
    }
}
