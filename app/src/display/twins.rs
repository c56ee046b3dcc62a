//! A pointer's movements, each once.
//!
//! While a window of X11 keeps the pointer inside, the X server tells that window of each raw movement twice, one right
//! after the other: once as whoever holds the pointer, and once as whoever asked for raw movements at all. Nothing but
//! their likeness says that two are one.

use egui::Vec2;

/// Takes the second of each pair away.
#[derive(Clone, Copy, Debug, Default)]
pub struct Twins {
    /// Whose twin is awaited.
    first: Option<Vec2>,
    lonely: u8,
}

/// So many without a twin, and this server tells each once.
const MOST_LONELY: u8 = 8;

impl Twins {
    pub const fn new() -> Self {
        Self { first: None, lonely: 0 }
    }

    /// Is it the second of two?
    pub fn is_second(&mut self, delta: Vec2) -> bool {
        if self.lonely >= MOST_LONELY {
            return false;
        }
        match self.first.replace(delta) {
            Some(first) if first == delta => {
                self.first = None;
                self.lonely = self.lonely.saturating_sub(1);
                true
            }
            // What was under way when the pointer was taken has none either.
            Some(_) => {
                self.lonely += 1;
                false
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use egui::vec2;

    use super::*;

    /// What is left of movements to the right.
    fn left_of(steps: impl IntoIterator<Item = u8>) -> Vec<u8> {
        let mut twins = Twins::new();
        let is_first = |step: &u8| !twins.is_second(vec2(f32::from(*step), 0.0));
        steps.into_iter().filter(is_first).collect()
    }

    #[test]
    fn of_each_pair_one_is_left_even_of_like_ones() {
        assert_eq!(left_of([1, 1, 1, 1, 2, 2, 1, 1]), [1, 1, 2, 1]);
    }

    #[test]
    fn movements_from_before_the_pairs_are_no_matter() {
        assert_eq!(left_of([5, 6, 1, 1, 1, 1, 2, 2]), [5, 6, 1, 1, 2]);
    }

    #[test]
    fn a_server_that_tells_each_once_is_soon_believed() {
        let before = (0..=MOST_LONELY).collect::<Vec<u8>>();
        let all = [before.as_slice(), &[3, 3, 3]].concat();
        assert_eq!(left_of(all.clone()), all);
    }
}
