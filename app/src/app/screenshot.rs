//! The picture of the machine on screen: asked for every two seconds while its Overview or the inspector shows it,
//! and never otherwise.

use std::time::{Duration, Instant};

use egui::{ColorImage, TextureOptions};
use libvirt_backend::command::{Outcome, Query, Screenshot};
use libvirt_backend::{Error, JobId};

use super::App;
use crate::route::{MachineKey, MachineTab, Route};
use crate::widgets::Breakpoint;

const PERIOD: Duration = Duration::from_secs(2);
/// An answer that takes longer is given up: the next one may come.
const PATIENCE: Duration = Duration::from_secs(20);
/// Textures kept for machines that may be looked at again.
const MOST_TEXTURES: usize = 4;

#[derive(Default)]
pub(super) struct Pace {
    pub(super) asked: Option<(MachineKey, JobId, Instant)>,
    is_waiting: bool,
}

impl App {
    pub(super) fn ask_for_screenshot(&mut self, ctx: &egui::Context) {
        if self.is_hidden {
            return;
        }
        let Some(key) = self.machine_with_picture() else {
            return;
        };
        let since = match &self.screenshot.asked {
            Some((asked, _, at)) if *asked == key => Some(at.elapsed()),
            _ => None,
        };
        let pause = if self.screenshot.is_waiting { PATIENCE } else { PERIOD };
        match since {
            Some(since) if since < pause => {
                if !self.screenshot.is_waiting {
                    ctx.request_repaint_after(pause.saturating_sub(since));
                }
            }
            _ => {
                let job = self.ask(&key.uri, Query::Screenshot(key.id));
                self.screenshot.asked = Some((key, job, Instant::now()));
                self.screenshot.is_waiting = true;
            }
        }
    }

    /// The running machine whose picture is on screen.
    pub(super) fn machine_with_picture(&self) -> Option<MachineKey> {
        let has_inspector = self.settings.is_inspector_open && self.has_room_for_inspector();
        let key = match &self.route {
            Route::Machine {
                key,
                tab: MachineTab::Overview,
            } => key,
            Route::Machines if has_inspector => self.selection.primary.as_ref()?,
            Route::Machine { .. } | Route::Machines | Route::Connections | Route::Settings => return None,
        };
        let is_connected = self.host(&key.uri)?.connection.is_connected();
        let machine = self.machine(key)?;
        let has_picture =
            machine.state.is_active() && machine.responding.is_yes() && !machine.definition.graphics.is_empty();
        (is_connected && has_picture).then(|| key.clone())
    }

    /// Larger text needs more room for the same panes.
    fn has_room_for_inspector(&self) -> bool {
        let scale = self.settings.text_scale.max(1.0);
        let breadth = self.width.map(|width| Breakpoint::from_width(width / scale));
        breadth.is_none_or(|breadth| !breadth.has_rail())
    }

    pub(super) fn take_screenshot(&mut self, key: &MachineKey, result: Result<&Outcome, Error>, ctx: &egui::Context) {
        if self.screenshot.asked.as_ref().is_some_and(|(asked, ..)| asked == key) {
            self.screenshot.is_waiting = false;
        }
        match result {
            Ok(Outcome::Screenshot(picture)) => {
                self.answers.screenshot_errors.remove(key);
                self.show_picture(key, picture, ctx);
            }
            Ok(outcome) => tracing::error!(?outcome, "no screenshot came back"),
            Err(error) => {
                self.answers.screenshots.remove(key);
                self.answers.screenshot_errors.insert(key.clone(), error);
            }
        }
    }

    fn show_picture(&mut self, key: &MachineKey, picture: &Screenshot, ctx: &egui::Context) {
        let size = [picture.width as usize, picture.height as usize];
        if size.contains(&0) || picture.rgba.len() != size[0] * size[1] * 4 {
            tracing::warn!(?size, bytes = picture.rgba.len(), "a screenshot without a size");
            return;
        }
        let answers = &mut self.answers;
        let known = answers.screenshots.get_mut(key);
        if known.is_some() && answers.last_screenshot.as_ref() == Some(picture) {
            return;
        }
        let image = ColorImage::from_rgba_unmultiplied(size, &picture.rgba);
        let dimensions = [picture.width, picture.height];
        if let Some((texture, shown)) = known {
            texture.set(image, TextureOptions::LINEAR);
            *shown = dimensions;
        } else {
            if answers.screenshots.len() >= MOST_TEXTURES {
                answers.screenshots.clear();
            }
            let texture = ctx.load_texture(format!("screen of {}", key.id), image, TextureOptions::LINEAR);
            answers.screenshots.insert(key.clone(), (texture, dimensions));
        }
        answers.last_screenshot = Some(picture.clone());
    }
}
