//! Pictures of guests' screens: asked for while something draws them and never otherwise.
//!
//! A frame tells which pictures it drew ([`UiCommand::DrawPicture`](crate::command::UiCommand)); a task beside the
//! window asks for those, the one that is looked at every two seconds and those of the cards every ten. The backend
//! makes them small on its own threads. All answers of a round come to the window at once, and only where a screen
//! has changed: that is the one frame that they cost.

mod pace;
mod round;

use std::sync::Arc;

use egui::{ColorImage, ImageData, TextureOptions};
use libvirt_backend::{Backend, Error};
use tokio::sync::watch;

use super::outside::Outbox;
use super::{App, now_millis};
use crate::command::{PicturePace, PictureWish};
use crate::route::MachineKey;
use crate::state::Picture;

/// Textures that are kept; those that were not drawn for longest go first.
const MOST_KEPT: usize = 64;
/// A picture that is not drawn any more is forgotten after this long.
const KEPT_MILLIS: i64 = 30 * 60 * 1_000;

/// What the task has for the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub machine: MachineKey,
    pub result: Result<TakenPicture, Error>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenPicture {
    pub image: Arc<ColorImage>,
    /// Width and height of the guest's screen.
    pub screen: [u32; 2],
}

/// The window's end of the task.
pub(super) struct Pictures {
    wanted: watch::Sender<Vec<PictureWish>>,
    /// What the frame under way has drawn so far.
    drawn: Vec<PictureWish>,
}

impl Pictures {
    /// The task ends with what this returns.
    pub(super) fn start(backend: Backend, runtime: &tokio::runtime::Handle, outbox: Outbox) -> Self {
        let (wanted, receiver) = watch::channel(Vec::new());
        runtime.spawn(round::follow(backend, receiver, outbox));
        Self {
            wanted,
            drawn: Vec::new(),
        }
    }

    pub(super) fn draw(&mut self, wish: PictureWish) {
        self.drawn.push(wish);
    }

    fn want(&self, wishes: Vec<PictureWish>) {
        self.wanted.send_if_modified(|wanted| {
            let is_new = *wanted != wishes;
            *wanted = wishes;
            is_new
        });
    }

    #[cfg(test)]
    pub(super) fn wanted(&self) -> Vec<PictureWish> {
        self.wanted.borrow().clone()
    }
}

impl App {
    /// Tells the task what this frame has drawn. A hidden window draws nothing.
    pub(super) fn want_drawn_pictures(&mut self) {
        let drawn = std::mem::take(&mut self.pictures.drawn);
        let wishes = if self.is_hidden { Vec::new() } else { merged(drawn) };
        let wishes = wishes.into_iter().filter(|wish| self.has_screen(&wish.machine));
        self.pictures.want(wishes.collect());
    }

    pub(super) fn want_no_pictures(&self) {
        self.pictures.want(Vec::new());
    }

    /// Is there somebody to ask? A job that holds the machine would only be waited for.
    fn has_screen(&self, key: &MachineKey) -> bool {
        let is_connected = self.host(&key.uri).is_some_and(|host| host.connection.is_connected());
        is_connected
            && self.jobs.on_machine(&key.uri, key.id).is_none()
            && self.machine(key).is_some_and(|machine| {
                machine.state.is_active() && machine.responding.is_yes() && !machine.definition.graphics.is_empty()
            })
    }

    pub(super) fn take_pictures(&mut self, taken: Vec<Taken>, ctx: &egui::Context) {
        let now_millis = now_millis();
        for Taken { machine, result } in taken {
            let known = self.answers.pictures.entry(machine).or_default();
            match result {
                Ok(TakenPicture { image, screen }) => {
                    known.error = None;
                    known.screen = screen;
                    known.taken_at_millis = now_millis;
                    let image = ImageData::Color(image);
                    match &mut known.texture {
                        Some(texture) => texture.set(image, TextureOptions::LINEAR),
                        None => known.texture = Some(ctx.load_texture("screen", image, TextureOptions::LINEAR)),
                    }
                }
                // What was seen last stays, and says that it is old.
                Err(error) => known.error = Some(error),
            }
        }
        self.forget_old_pictures(now_millis);
    }

    fn forget_old_pictures(&mut self, now_millis: i64) {
        let wanted = self.pictures.wanted.borrow();
        let is_wanted = |key: &MachineKey| wanted.iter().any(|wish| wish.machine == *key);
        let is_known = |key: &MachineKey| {
            let host = self.hosts.iter().find(|host| *host.uri == *key.uri);
            host.is_some_and(|host| host.machine(key.id).is_some())
        };
        let pictures = &mut self.answers.pictures;
        pictures.retain(|key, picture| {
            is_known(key) && (is_wanted(key) || now_millis - picture.taken_at_millis < KEPT_MILLIS)
        });
        if pictures.len() <= MOST_KEPT {
            return;
        }
        let mut by_age: Vec<(i64, MachineKey)> = pictures
            .iter()
            .filter(|(key, _)| !is_wanted(key))
            .map(|(key, Picture { taken_at_millis, .. })| (*taken_at_millis, key.clone()))
            .collect();
        by_age.sort();
        for (_, key) in by_age.into_iter().take(pictures.len() - MOST_KEPT) {
            pictures.remove(&key);
        }
    }
}

/// A machine that is drawn twice is asked for once: as large as the larger, as often as the more frequent.
fn merged(mut drawn: Vec<PictureWish>) -> Vec<PictureWish> {
    drawn.sort_by(|a, b| a.machine.cmp(&b.machine));
    drawn.dedup_by(|later, kept| {
        let is_same = later.machine == kept.machine;
        if is_same {
            kept.pixels = [0, 1].map(|side| kept.pixels[side].max(later.pixels[side]));
            if later.pace == PicturePace::LookedAt {
                kept.pace = PicturePace::LookedAt;
            }
        }
        is_same
    });
    drawn
}
