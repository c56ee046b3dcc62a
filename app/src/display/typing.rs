//! What is typed into a guest for its user: combinations and pasted text, and the dialogs that ask for them.

use crate::keyboard::Combination;
use crate::keyboard::paste::{GuestLayout, Plan, Typist};

use super::State;

/// A dialog over the guest's picture, in whichever window that is.
pub enum KeysDialog {
    SendKeys { typed: String },
    Paste(Paste),
}

/// Text to be typed, and the typing.
#[derive(Default)]
pub struct Paste {
    pub text: String,
    /// Characters that the layout lacks are left out.
    pub leaves_out: bool,
    /// It was asked for what is in the clipboard.
    pub has_asked: bool,
    pub typist: Option<Typist>,
    planned: Option<(String, GuestLayout, Plan)>,
}

impl Paste {
    /// What the text comes to; worked out again only where it or the layout changed.
    pub fn plan(&mut self, layout: GuestLayout) -> &Plan {
        let is_known = self
            .planned
            .as_ref()
            .is_some_and(|(text, of, _)| *text == self.text && *of == layout);
        if !is_known {
            self.planned = None;
        }
        let text = &self.text;
        &self
            .planned
            .get_or_insert_with(|| (text.clone(), layout, Plan::new(text, layout)))
            .2
    }
}

impl State {
    /// Presses them one after the other, at a pace that guests keep up with.
    pub fn send_combination(&mut self, combination: &Combination) {
        self.sending = self.typed(vec![combination.presses()], || {});
    }

    /// `None`: there is no guest to type at.
    pub fn typed(&self, presses: Vec<Vec<(u16, bool)>>, on_progress: impl Fn() + Send + 'static) -> Option<Typist> {
        let keys = self.keys()?;
        Typist::start(presses, keys, on_progress)
            .inspect_err(|error| tracing::error!(%error, "no thread to type on"))
            .ok()
    }
}
