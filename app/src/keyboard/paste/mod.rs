//! Text as key presses, for a guest that shares no clipboard: a login screen, a boot prompt.

mod layout;
mod typist;

pub use layout::{GuestLayout, Stroke};
pub use typist::{Progress, Typist};

use layout::Strokes;

/// More is a file, and a file is better sent in another way.
pub const MOST_CHARS: usize = 100_000;

/// What a text comes to on a guest's keyboard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Of each character in turn.
    pub strokes: Vec<Vec<Stroke>>,
    /// Characters that this layout cannot type, each once, in the order they come up.
    pub missing: Vec<char>,
}

impl Plan {
    /// Nothing is typed of a text with characters missing unless the user wants the rest.
    pub fn new(text: &str, layout: GuestLayout) -> Self {
        let known = Strokes::of(layout);
        let mut plan = Self::default();
        for char in text.replace("\r\n", "\n").replace('\r', "\n").chars() {
            match known.get(char) {
                Some(strokes) => plan.strokes.push(strokes.to_vec()),
                None if plan.missing.contains(&char) => {}
                None => plan.missing.push(char),
            }
        }
        plan
    }

    /// Character by character, each to be pressed whole.
    pub fn presses(&self) -> Vec<Vec<(u16, bool)>> {
        let of_char = |strokes: &Vec<Stroke>| strokes.iter().flat_map(|stroke| stroke.presses()).collect();
        self.strokes.iter().map(of_char).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_cannot_be_typed_is_named_once_and_before_anything_is() {
        let plan = Plan::new("né ☃☃\r\nok", GuestLayout::Us);
        assert_eq!(plan.missing, ['é', '☃']);
        assert_eq!(plan.strokes.len(), "n \nok".len());
        assert!(Plan::new("né ok", GuestLayout::Fr).missing.is_empty());
    }

    proptest! {
        #[test]
        fn what_is_typed_is_what_was_copied(
            text in "[ -~\n\tà-öø-ÿ]{0,60}",
            layout in 0..GuestLayout::ALL.len(),
        ) {
            let layout = GuestLayout::ALL[layout];
            let plan = Plan::new(&text, layout);
            let strokes: Vec<Stroke> = plan.strokes.concat();
            let wanted: String = text.chars().filter(|char| !plan.missing.contains(char)).collect();
            prop_assert_eq!(layout::tests::typed(layout, &strokes), wanted);
        }
    }
}
