//! Keys from egui's events, for a window that no window system drives: it shows what a page does with keys.

use egui::{Event, InputState, Modifiers};

use super::qnum;
use super::router::Press;

/// egui tells modifiers beside other keys only, and not which of the two it was: the left ones are taken.
#[derive(Default)]
pub(super) struct EguiKeys {
    modifiers: Modifiers,
}

impl EguiKeys {
    /// Takes the keys out of this frame's input, and the text that goes with them.
    pub(super) fn take(&mut self, input: &mut InputState) -> Vec<Press> {
        let mut presses = Vec::new();
        input.events.retain(|event| match event {
            Event::ModifiersChanged(modifiers) => {
                self.follow(*modifiers, &mut presses);
                true
            }
            Event::Key {
                key,
                physical_key,
                pressed,
                repeat,
                modifiers,
            } => {
                self.follow(*modifiers, &mut presses);
                if let Some(qnum) = qnum::from_egui(physical_key.unwrap_or(*key)) {
                    presses.push(Press {
                        qnum,
                        is_down: *pressed,
                        is_repeat: *repeat,
                    });
                }
                false
            }
            Event::Text(_) | Event::Ime(_) => false,
            _ => true,
        });
        presses
    }

    fn follow(&mut self, modifiers: Modifiers, presses: &mut Vec<Press>) {
        let before = std::mem::replace(&mut self.modifiers, modifiers);
        for (qnum, was_down, is_down) in [
            (qnum::LEFT_CTRL, before.ctrl, modifiers.ctrl),
            (qnum::LEFT_SHIFT, before.shift, modifiers.shift),
            (qnum::LEFT_ALT, before.alt, modifiers.alt),
        ] {
            if was_down != is_down {
                presses.push(Press {
                    qnum,
                    is_down,
                    is_repeat: false,
                });
            }
        }
    }
}
