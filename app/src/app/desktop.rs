//! How the desktop wants programs to look: dark or light, with motion or without. Read from the settings portal and
//! watched on a thread of its own; without a portal Berth is dark and moves.

use ashpd::desktop::settings::{ColorScheme, ReducedMotion, Settings};
use futures_lite::StreamExt as _;

use super::App;
use super::outside::{Outbox, Outside};
use crate::settings::ThemeChoice;
use crate::widgets;

/// `None`: the desktop does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DesktopLook {
    pub is_dark: Option<bool>,
    pub is_motion_reduced: Option<bool>,
}

enum Change {
    Scheme(ColorScheme),
    Motion(ReducedMotion),
}

impl DesktopLook {
    const fn take(&mut self, change: &Change) {
        match change {
            Change::Scheme(scheme) => {
                self.is_dark = match scheme {
                    ColorScheme::PreferDark => Some(true),
                    // What GNOME says of its ordinary look, which is light.
                    ColorScheme::PreferLight | ColorScheme::NoPreference => Some(false),
                }
            }
            Change::Motion(motion) => {
                self.is_motion_reduced = Some(matches!(motion, ReducedMotion::ReducedMotion));
            }
        }
    }
}

/// Tells the window how the desktop looks, now and whenever it changes. Ends with the program.
pub fn watch(outbox: &Outbox) {
    outbox.on_thread("berth-desktop", |outbox| {
        if let Err(error) = futures_lite::future::block_on(follow(outbox)) {
            tracing::debug!(%error, "the desktop does not say how it looks");
        }
    });
}

async fn follow(outbox: &Outbox) -> Result<(), ashpd::Error> {
    let portal = Settings::new().await?;
    let schemes = portal.receive_color_scheme_changed().await?.map(Change::Scheme);
    let motions = portal.receive_reduced_motion_changed().await?.map(Change::Motion);
    let mut look = DesktopLook::default();
    // Older portals know one and not the other.
    if let Ok(scheme) = portal.color_scheme().await {
        look.take(&Change::Scheme(scheme));
    }
    if let Ok(motion) = portal.reduced_motion().await {
        look.take(&Change::Motion(motion));
    }
    outbox.send(Outside::Look(look));
    let mut changes = std::pin::pin!(futures_lite::stream::or(schemes, motions));
    while let Some(change) = changes.next().await {
        look.take(&change);
        outbox.send(Outside::Look(look));
    }
    Ok(())
}

impl App {
    /// Gives the window the theme, text size and motion that settings and desktop agree on.
    pub(super) fn apply_look(&mut self, ctx: &egui::Context) {
        if !std::mem::take(&mut self.is_look_stale) {
            return;
        }
        let is_dark = match self.settings.theme {
            ThemeChoice::Dark => true,
            ThemeChoice::Light => false,
            ThemeChoice::Desktop => self.desktop.is_dark.unwrap_or(true),
        };
        let theme = if is_dark {
            widgets::ThemeChoice::Dark
        } else {
            widgets::ThemeChoice::Light
        };
        let is_motion_reduced = self
            .settings
            .reduced_motion
            .or(self.desktop.is_motion_reduced)
            .unwrap_or_default();
        widgets::theme::apply(ctx, theme, self.settings.text_scale, is_motion_reduced);
        ctx.request_repaint();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_desktop_that_prefers_nothing_is_a_light_one() {
        let mut look = DesktopLook::default();
        look.take(&Change::Scheme(ColorScheme::NoPreference));
        assert_eq!(look.is_dark, Some(false));
        look.take(&Change::Scheme(ColorScheme::PreferDark));
        assert_eq!(look.is_dark, Some(true));
    }
}
