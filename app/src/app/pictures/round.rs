//! The task that asks for pictures and hands the answers to the window, a round at a time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use egui::ColorImage;
use libvirt_backend::command::{Outcome, Query, Thumbnail};
use libvirt_backend::{Backend, Error, Result};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};

use super::pace::Pace;
use super::{Taken, TakenPicture};
use crate::app::outside::{Outbox, Outside};
use crate::command::PictureWish;
use crate::route::MachineKey;

/// Of one connection at once: its other threads stay free for what the user asks.
const AT_ONCE: usize = 2;
/// An answer that takes longer is given up: the next one may come.
const PATIENCE: Duration = Duration::from_secs(20);
/// The first answers of a round wait this long for the last.
const GATHERING: Duration = Duration::from_secs(3);
/// With nothing to do.
const NEVER: Duration = Duration::from_hours(24);

/// Runs until the window is gone.
pub(super) async fn follow(backend: Backend, mut wanted: watch::Receiver<Vec<PictureWish>>, outbox: Outbox) {
    let mut rounds = Rounds {
        backend,
        pace: Pace::default(),
        answers: JoinSet::new(),
        places: HashMap::new(),
        gathered: Vec::new(),
        deliver_at: None,
    };
    loop {
        let wishes = wanted.borrow_and_update().clone();
        rounds.ask(&wishes);
        rounds.deliver_if_ripe(&outbox);
        let wake_at = rounds.wake_at(&wishes);
        tokio::select! {
            changed = wanted.changed() => if changed.is_err() {
                return;
            },
            Some(answer) = rounds.answers.join_next() => rounds.take(answer),
            () = sleep_until(wake_at) => {}
        }
    }
}

struct Answer {
    machine: MachineKey,
    pixels: [u32; 2],
    /// `None`: given up.
    result: Option<Result<Outcome>>,
}

struct Rounds {
    backend: Backend,
    pace: Pace,
    answers: JoinSet<Answer>,
    places: HashMap<Arc<str>, Arc<Semaphore>>,
    gathered: Vec<Taken>,
    deliver_at: Option<Instant>,
}

impl Rounds {
    fn ask(&mut self, wishes: &[PictureWish]) {
        for PictureWish { machine, pixels, .. } in self.pace.take_due(wishes, Instant::now().into_std()) {
            let asked = self.pace.asked.get(&machine);
            let known = asked.and_then(|asked| asked.fingerprint);
            let query = Query::Thumbnail {
                id: machine.id,
                fits: pixels,
                known: known
                    .filter(|(_, of)| *of == pixels)
                    .map(|(fingerprint, _)| fingerprint),
            };
            let places = self.places.entry(Arc::clone(&machine.uri));
            let places = Arc::clone(places.or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE))));
            let backend = self.backend.clone();
            self.answers.spawn(async move {
                // Nobody closes it.
                let place = places.acquire().await;
                let result = timeout(PATIENCE, backend.ask(&machine.uri, query)).await;
                drop(place);
                Answer {
                    machine,
                    pixels,
                    result: result.ok(),
                }
            });
        }
    }

    fn take(&mut self, answer: Result<Answer, JoinError>) {
        let Answer {
            machine,
            pixels,
            result,
        } = match answer {
            Ok(answer) => answer,
            Err(error) => {
                tracing::error!(%error, "a picture was not asked for to the end");
                return;
            }
        };
        let Some(asked) = self.pace.asked.get_mut(&machine) else {
            return;
        };
        asked.is_under_way = false;
        let result = match result {
            // Given up, as it was, or told by the connection itself.
            None | Some(Ok(Outcome::Thumbnail(None)) | Err(Error::Closing | Error::NotConnected { .. })) => return,
            Some(Ok(Outcome::Thumbnail(Some(thumbnail)))) => {
                asked.error = None;
                asked.fingerprint = Some((thumbnail.fingerprint, pixels));
                match image(&thumbnail) {
                    Some(taken) => Ok(taken),
                    None => return,
                }
            }
            Some(Ok(outcome)) => {
                tracing::error!(?outcome, "no picture came back");
                return;
            }
            Some(Err(error)) if asked.error.as_ref() == Some(&error) => return,
            Some(Err(error)) => {
                asked.error = Some(error.clone());
                asked.fingerprint = None;
                Err(error)
            }
        };
        self.deliver_at.get_or_insert_with(|| Instant::now() + GATHERING);
        self.gathered.push(Taken { machine, result });
    }

    fn deliver_if_ripe(&mut self, outbox: &Outbox) {
        let is_late = self.deliver_at.is_some_and(|at| at <= Instant::now());
        if self.gathered.is_empty() || !(self.answers.is_empty() || is_late) {
            return;
        }
        self.deliver_at = None;
        outbox.send(Outside::Pictures(std::mem::take(&mut self.gathered)));
    }

    fn wake_at(&self, wishes: &[PictureWish]) -> Instant {
        let next = self.pace.next(wishes).map(Instant::from_std);
        let times = next.into_iter().chain(self.deliver_at);
        times.min().unwrap_or_else(|| Instant::now() + NEVER)
    }
}

/// What the window needs to draw it. The backend has left nothing transparent.
fn image(thumbnail: &Thumbnail) -> Option<TakenPicture> {
    let picture = &thumbnail.picture;
    let size = [picture.width as usize, picture.height as usize];
    if size.contains(&0) || picture.rgba.len() != size[0] * size[1] * 4 {
        tracing::warn!(?size, bytes = picture.rgba.len(), "a picture without a size");
        return None;
    }
    Some(TakenPicture {
        image: Arc::new(ColorImage::from_rgba_premultiplied(size, &picture.rgba)),
        screen: thumbnail.screen,
    })
}
