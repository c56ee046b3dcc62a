//! egui's whole style made from the tokens: stock widgets and those of the kit look alike.

use std::collections::BTreeMap;

use egui::style::{
    HandleShape, Interaction, ScrollAnimation, ScrollFadeStyle, ScrollStyle, Selection, Spacing, WidgetVisuals, Widgets,
};
use egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle, Theme, Visuals, vec2,
};

use super::fonts::strong_family;
use super::tokens::{self, Palette, ThemeChoice};

/// Makes `choice` the look of the whole context. Cheap enough to call whenever one of the three changes, not per frame.
///
/// `text_scale` is a factor (1.0 = 100 %). With `reduced_motion` nothing moves or fades.
pub fn apply(ctx: &Context, choice: ThemeChoice, text_scale: f32, reduced_motion: bool) {
    tokens::set_text_scale(ctx, text_scale);
    let theme = match choice {
        ThemeChoice::Dark => Theme::Dark,
        ThemeChoice::Light => Theme::Light,
    };
    ctx.set_theme(theme);
    ctx.set_style_of(theme, style(choice, text_scale, reduced_motion));
    super::focus::follow(ctx);
}

/// The big figure of a gauge.
pub fn figure_style() -> TextStyle {
    TextStyle::Name("figure".into())
}

/// Names and section headers: body size, medium weight.
pub fn strong_style() -> TextStyle {
    TextStyle::Name("strong".into())
}

/// Whether the desktop asked for reduced motion.
pub fn is_motion_reduced(ctx: &Context) -> bool {
    ctx.global_style().animation_time == 0.0
}

fn style(choice: ThemeChoice, text_scale: f32, reduced_motion: bool) -> Style {
    let palette = Palette::from_choice(choice);
    Style {
        text_styles: text_styles(text_scale),
        drag_value_text_style: TextStyle::Body,
        spacing: spacing(text_scale),
        interaction: Interaction {
            tooltip_delay: tokens::TOOLTIP_SECONDS,
            selectable_labels: false,
            ..Interaction::default()
        },
        visuals: visuals(choice, palette),
        animation_time: if reduced_motion { 0.0 } else { tokens::MOTION_SECONDS },
        scroll_animation: if reduced_motion {
            ScrollAnimation::none()
        } else {
            ScrollAnimation::duration(tokens::MOTION_SECONDS)
        },
        ..Style::default()
    }
}

fn text_styles(scale: f32) -> BTreeMap<TextStyle, FontId> {
    let font = |size: f32, family: FontFamily| FontId::new(size * scale, family);
    BTreeMap::from([
        (TextStyle::Small, font(tokens::TEXT_SECONDARY, FontFamily::Proportional)),
        (TextStyle::Body, font(tokens::TEXT_BODY, FontFamily::Proportional)),
        (TextStyle::Button, font(tokens::TEXT_BODY, FontFamily::Proportional)),
        (TextStyle::Heading, font(tokens::TEXT_TITLE, strong_family())),
        (TextStyle::Monospace, font(tokens::TEXT_MONO, FontFamily::Monospace)),
        (figure_style(), font(tokens::TEXT_FIGURE, strong_family())),
        (strong_style(), font(tokens::TEXT_BODY, strong_family())),
    ])
}

fn spacing(text_scale: f32) -> Spacing {
    let tall = text_scale.max(1.0);
    Spacing {
        item_spacing: vec2(tokens::SPACE, tokens::SPACE),
        window_margin: Margin::same(16),
        menu_margin: Margin::same(6),
        button_padding: vec2(12.0, 6.0),
        indent: 20.0,
        interact_size: vec2(40.0, (tokens::CONTROL_HEIGHT * tall).round()),
        icon_width: (18.0 * tall).round(),
        icon_width_inner: (10.0 * tall).round(),
        icon_spacing: tokens::SPACE,
        text_edit_width: 240.0,
        tooltip_width: 320.0,
        menu_width: 320.0,
        combo_width: 160.0,
        slider_rail_height: 4.0,
        menu_spacing: tokens::SPACE_TIGHT,
        scroll: ScrollStyle {
            bar_width: 8.0,
            floating_width: 4.0,
            handle_min_length: 32.0,
            bar_inner_margin: 2.0,
            bar_outer_margin: 2.0,
            fade: ScrollFadeStyle {
                strength: 0.0,
                ..ScrollFadeStyle::default()
            },
            active_background_opacity: 0.0,
            interact_background_opacity: 0.0,
            active_handle_opacity: 0.35,
            interact_handle_opacity: 0.6,
            ..ScrollStyle::floating()
        },
        ..Spacing::default()
    }
}

fn visuals(choice: ThemeChoice, palette: &Palette) -> Visuals {
    let base = match choice {
        ThemeChoice::Dark => Visuals::dark(),
        ThemeChoice::Light => Visuals::light(),
    };
    let shadow = |drop: i8, blur: u8| Shadow {
        offset: [0, drop],
        blur,
        spread: 0,
        color: palette.shadow,
    };
    Visuals {
        weak_text_color: Some(palette.text_weak),
        widgets: widgets(palette),
        selection: Selection {
            bg_fill: palette.accent.gamma_multiply(0.45),
            stroke: Stroke::new(1.5, palette.focus_ring),
        },
        hyperlink_color: palette.accent_text,
        faint_bg_color: palette.hover,
        extreme_bg_color: palette.field,
        text_edit_bg_color: Some(palette.field),
        code_bg_color: palette.field,
        warn_fg_color: palette.warning,
        error_fg_color: palette.attention,
        window_corner_radius: CornerRadius::same(tokens::RADIUS_CARD),
        window_shadow: shadow(8, 32),
        window_fill: palette.popup,
        window_stroke: Stroke::new(1.0, palette.hairline),
        window_highlight_topmost: false,
        menu_corner_radius: CornerRadius::same(8),
        panel_fill: palette.window,
        popup_shadow: shadow(4, 16),
        indent_has_left_vline: false,
        slider_trailing_fill: true,
        handle_shape: HandleShape::Circle,
        disabled_alpha: 0.55,
        ..base
    }
}

fn widgets(palette: &Palette) -> Widgets {
    let visuals = |fill: Color32, stroke: Stroke, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: stroke,
        corner_radius: CornerRadius::same(tokens::RADIUS),
        fg_stroke: Stroke::new(1.5, text),
        expansion: 0.0,
    };
    Widgets {
        noninteractive: visuals(palette.card, Stroke::new(1.0, palette.hairline), palette.text),
        inactive: visuals(palette.control, Stroke::NONE, palette.text),
        hovered: visuals(palette.control_hover, Stroke::NONE, palette.text),
        // egui draws what has the focus as active, so the ring of the focus is here.
        active: visuals(
            palette.control_pressed,
            Stroke::new(tokens::FOCUS_WIDTH, palette.focus_ring),
            palette.text,
        ),
        open: visuals(palette.control_hover, Stroke::NONE, palette.text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resting_controls_have_no_stroke_and_the_focused_one_has_a_ring() {
        for choice in [ThemeChoice::Dark, ThemeChoice::Light] {
            let style = style(choice, 1.0, false);
            assert_eq!(style.visuals.widgets.inactive.bg_stroke, Stroke::NONE);
            assert!(style.visuals.widgets.active.bg_stroke.width >= 2.0);
        }
    }

    #[test]
    fn motion_stays_under_150_ms_and_can_be_switched_off() {
        assert!(style(ThemeChoice::Dark, 1.0, false).animation_time < 0.15);
        assert_eq!(style(ThemeChoice::Dark, 1.0, true).animation_time, 0.0);
    }

    #[test]
    fn applying_a_theme_changes_what_the_next_frame_is_drawn_with() {
        let ctx = Context::default();
        apply(&ctx, ThemeChoice::Light, 2.0, false);
        assert!(!ctx.global_style().visuals.dark_mode);
        assert_eq!(ctx.global_style().text_styles[&TextStyle::Body].size, 28.0);
        assert_eq!(tokens::text_scale(&ctx), 2.0);
    }
}
