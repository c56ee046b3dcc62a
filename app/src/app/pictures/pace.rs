//! Which pictures are due. Pure: the time is handed in.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use libvirt_backend::Error;

use crate::command::{PicturePace, PictureWish};
use crate::route::MachineKey;

/// Between two pictures of the one machine that is looked at.
const LOOKED_AT_PERIOD: Duration = Duration::from_secs(2);
/// Between two rounds of the many.
const ROUND_PERIOD: Duration = Duration::from_secs(10);

/// What is remembered of each machine that was asked for.
pub(super) struct Asked {
    at: Instant,
    pub(super) is_under_way: bool,
    /// Of the last picture, and the size it was asked for in.
    pub(super) fingerprint: Option<(u64, [u32; 2])>,
    pub(super) error: Option<Error>,
}

#[derive(Default)]
pub(super) struct Pace {
    pub(super) asked: HashMap<MachineKey, Asked>,
    /// When the last round of the many began. Machines that come into sight join it, so that all stay one round.
    round_at: Option<Instant>,
}

impl Pace {
    /// Those to be asked for now; they count as asked from here on.
    pub(super) fn take_due(&mut self, wishes: &[PictureWish], now: Instant) -> Vec<PictureWish> {
        self.forget(wishes, now);
        let is_round = wishes.iter().any(|wish| wish.pace == PicturePace::Card)
            && self.round_at.is_none_or(|at| now.duration_since(at) >= ROUND_PERIOD);
        if is_round {
            self.round_at = Some(now);
        }
        let mut due = Vec::new();
        for wish in wishes {
            let is_due = match self.asked.get(&wish.machine) {
                None => true,
                Some(asked) if asked.is_under_way => false,
                Some(asked) => {
                    let age = now.duration_since(asked.at);
                    match wish.pace {
                        PicturePace::LookedAt => age >= LOOKED_AT_PERIOD,
                        PicturePace::Card => is_round && age >= ROUND_PERIOD,
                    }
                }
            };
            if !is_due {
                continue;
            }
            let asked = self.asked.entry(wish.machine.clone()).or_insert(Asked {
                at: now,
                is_under_way: true,
                fingerprint: None,
                error: None,
            });
            asked.at = now;
            asked.is_under_way = true;
            due.push(wish.clone());
        }
        due
    }

    /// When to look again; `None`: not before something else is drawn.
    pub(super) fn next(&self, wishes: &[PictureWish]) -> Option<Instant> {
        let looked_at = wishes
            .iter()
            .filter(|wish| wish.pace == PicturePace::LookedAt)
            .filter_map(|wish| self.asked.get(&wish.machine))
            .filter(|asked| !asked.is_under_way)
            .map(|asked| asked.at + LOOKED_AT_PERIOD);
        let round = self.round_at.map(|at| at + ROUND_PERIOD);
        let round = round.filter(|_| wishes.iter().any(|wish| wish.pace == PicturePace::Card));
        looked_at.chain(round).min()
    }

    /// What is out of sight may be out of the window's memory too, so that its next picture is sent whatever it shows.
    /// Its time is kept for a while: scrolling to and fro asks for nothing.
    fn forget(&mut self, wishes: &[PictureWish], now: Instant) {
        self.asked.retain(|key, asked| {
            let is_wanted = wishes.iter().any(|wish| wish.machine == *key);
            if !is_wanted {
                asked.fingerprint = None;
            }
            is_wanted || asked.is_under_way || now.duration_since(asked.at) < ROUND_PERIOD
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screens::test_window::key;

    fn wish(number: u32, pace: PicturePace) -> PictureWish {
        PictureWish {
            machine: key(number),
            pixels: [384, 240],
            pace,
        }
    }

    fn cards(numbers: &[u32]) -> Vec<PictureWish> {
        numbers.iter().map(|number| wish(*number, PicturePace::Card)).collect()
    }

    struct Clock {
        pace: Pace,
        start: Instant,
    }

    impl Clock {
        fn new() -> Self {
            Self {
                pace: Pace::default(),
                start: Instant::now(),
            }
        }

        fn due(&mut self, seconds: f32, wishes: &[PictureWish]) -> Vec<MachineKey> {
            let due = self.due_without_answer(seconds, wishes);
            for machine in &due {
                self.pace.asked.get_mut(machine).unwrap().is_under_way = false;
            }
            due
        }

        fn due_without_answer(&mut self, seconds: f32, wishes: &[PictureWish]) -> Vec<MachineKey> {
            let now = self.start + Duration::try_from_secs_f32(seconds).unwrap();
            let due = self.pace.take_due(wishes, now);
            due.into_iter().map(|wish| wish.machine).collect()
        }

        fn next(&self, wishes: &[PictureWish]) -> Option<f32> {
            let next = self.pace.next(wishes)?;
            Some(next.duration_since(self.start).as_secs_f32())
        }
    }

    #[test]
    fn cards_are_asked_for_together_every_ten_seconds() {
        let mut clock = Clock::new();
        let seen = cards(&[1, 2, 3]);
        assert_eq!(clock.due(0.0, &seen).len(), 3);
        assert_eq!(clock.due(9.9, &seen), []);
        assert_eq!(clock.next(&seen), Some(10.0));
        assert_eq!(clock.due(10.0, &seen).len(), 3);
        assert_eq!(clock.next(&[]), None, "nothing is drawn");
    }

    #[test]
    fn a_card_that_comes_into_sight_is_asked_for_at_once_and_joins_the_round() {
        let mut clock = Clock::new();
        clock.due(0.0, &cards(&[1]));
        let both = cards(&[1, 2]);
        assert_eq!(clock.due(4.0, &both), [key(2)]);
        assert_eq!(
            clock.due(10.0, &both),
            [key(1)],
            "never more often than every ten seconds"
        );
        assert_eq!(clock.due(14.0, &both), [], "no round of its own");
        assert_eq!(clock.due(20.0, &both), [key(1), key(2)]);
    }

    #[test]
    fn scrolling_to_and_fro_asks_for_nothing_anew() {
        let mut clock = Clock::new();
        clock.due(0.0, &cards(&[1]));
        clock.due(1.0, &cards(&[2]));
        assert_eq!(clock.due(2.0, &cards(&[1])), []);
        // Long out of sight, it is new again.
        assert_eq!(clock.due(10.5, &cards(&[2])), []);
        assert_eq!(clock.due(12.0, &cards(&[1, 2])), [key(1)]);
    }

    #[test]
    fn the_one_that_is_looked_at_is_asked_for_every_two_seconds() {
        let mut clock = Clock::new();
        let seen = [wish(1, PicturePace::LookedAt), wish(2, PicturePace::Card)];
        assert_eq!(clock.due(0.0, &seen).len(), 2);
        assert_eq!(clock.next(&seen), Some(2.0));
        assert_eq!(clock.due(2.0, &seen), [key(1)]);
    }

    #[test]
    fn one_that_does_not_answer_is_not_asked_again_before_it_does() {
        let mut clock = Clock::new();
        let seen = cards(&[1]);
        assert_eq!(clock.due_without_answer(0.0, &seen), [key(1)]);
        assert_eq!(clock.due_without_answer(10.0, &seen), []);
        clock.pace.asked.get_mut(&key(1)).unwrap().is_under_way = false;
        assert_eq!(clock.due(20.0, &seen), [key(1)]);
    }
}
