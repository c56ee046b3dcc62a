//! What is typed and pointed at a guest, on its way from the window to a client's thread.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Waiting input; a client that takes none for this long has lost its guest.
const MOST_WAITING: usize = 1_024;

/// One thing for the guest. Keys are *qnum* codes: the PC's set-1 scan code, with 0x80 added for the extended ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    Key {
        qnum: u16,
        is_down: bool,
    },
    /// In the guest's pixels: for a guest with a tablet.
    PointerAt {
        x: u32,
        y: u32,
    },
    /// How far the pointer moved: for a guest with a mouse, while it holds the pointer.
    PointerBy {
        dx: i32,
        dy: i32,
    },
    Button {
        button: PointerButton,
        is_down: bool,
    },
    /// The window's size, for a guest that can follow it.
    Resize {
        width: u32,
        height: u32,
    },
    /// Text that was copied outside.
    Clipboard(Arc<str>),
}

/// In the order of QEMU's own numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PointerButton {
    Left,
    Middle,
    Right,
    WheelUp,
    WheelDown,
    Side,
    Extra,
    WheelLeft,
    WheelRight,
}

/// Never blocks the window: motion is merged, and what a dead client does not take is dropped.
#[derive(Clone, Default)]
pub struct InputQueue(Arc<Shared>);

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Default)]
struct Waiting {
    inputs: VecDeque<Input>,
    is_closed: bool,
    is_stirred: bool,
}

impl InputQueue {
    pub fn send(&self, input: Input) {
        let mut waiting = self.lock();
        if waiting.is_closed {
            return;
        }
        let is_full = waiting.inputs.len() >= MOST_WAITING;
        match (waiting.inputs.back_mut(), &input) {
            (Some(last @ Input::PointerAt { .. }), Input::PointerAt { .. })
            | (Some(last @ Input::Resize { .. }), Input::Resize { .. }) => *last = input,
            (Some(Input::PointerBy { dx, dy }), Input::PointerBy { dx: more_x, dy: more_y }) => {
                *dx = dx.saturating_add(*more_x);
                *dy = dy.saturating_add(*more_y);
            }
            _ if is_full => {
                // Only what lets go is still worth keeping: a key that stays down in the guest types on for ever.
                let lets_go = matches!(
                    input,
                    Input::Key { is_down: false, .. } | Input::Button { is_down: false, .. }
                );
                if lets_go {
                    waiting.inputs.push_back(input);
                }
            }
            _ => waiting.inputs.push_back(input),
        }
        drop(waiting);
        self.0.arrived.notify_one();
    }

    /// The next one; `None` after `patience`, when stirred, or when the queue is closed and empty.
    pub fn next(&self, patience: Duration) -> Option<Input> {
        let (mut waiting, _) = self
            .0
            .arrived
            .wait_timeout_while(self.lock(), patience, |waiting| {
                waiting.inputs.is_empty() && !waiting.is_closed && !waiting.is_stirred
            })
            .unwrap_or_else(PoisonError::into_inner);
        waiting.is_stirred = false;
        waiting.inputs.pop_front()
    }

    /// Ends the client's present or next wait: it has something else to do as well.
    pub fn stir(&self) {
        self.lock().is_stirred = true;
        self.0.arrived.notify_all();
    }

    /// Ends the client's waiting; what is sent later goes nowhere.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.0.arrived.notify_all();
    }

    pub fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::ZERO;

    #[test]
    fn motion_is_merged_and_never_overtakes_a_click() {
        let queue = InputQueue::default();
        let click = Input::Button {
            button: PointerButton::Left,
            is_down: true,
        };
        for x in 0..100 {
            queue.send(Input::PointerAt { x, y: 1 });
        }
        queue.send(click.clone());
        queue.send(Input::PointerBy { dx: 1, dy: -2 });
        queue.send(Input::PointerBy { dx: 1, dy: -2 });
        let mut taken = Vec::new();
        while let Some(input) = queue.next(NOW) {
            taken.push(input);
        }
        assert_eq!(
            taken,
            [
                Input::PointerAt { x: 99, y: 1 },
                click,
                Input::PointerBy { dx: 2, dy: -4 }
            ]
        );
    }

    #[test]
    fn a_dead_client_costs_a_bounded_queue_and_no_key_stays_down() {
        let queue = InputQueue::default();
        for _ in 0..5_000 {
            queue.send(Input::Key {
                qnum: 0x1e,
                is_down: true,
            });
        }
        queue.send(Input::Key {
            qnum: 0x1e,
            is_down: false,
        });
        let mut last = None;
        let mut count = 0;
        while let Some(input) = queue.next(NOW) {
            last = Some(input);
            count += 1;
        }
        assert_eq!(count, MOST_WAITING + 1);
        assert_eq!(
            last,
            Some(Input::Key {
                qnum: 0x1e,
                is_down: false
            })
        );
    }

    #[test]
    fn stirring_ends_one_wait_and_loses_no_input() {
        let queue = InputQueue::default();
        queue.stir();
        assert_eq!(queue.next(Duration::from_mins(1)), None);
        queue.stir();
        queue.send(Input::PointerAt { x: 1, y: 2 });
        assert_eq!(queue.next(NOW), Some(Input::PointerAt { x: 1, y: 2 }));
        assert_eq!(queue.next(NOW), None);
    }

    #[test]
    fn closing_ends_the_wait_at_once() {
        let queue = InputQueue::default();
        let waiting = queue.clone();
        let taken = std::thread::scope(|scope| {
            let thread = scope.spawn(move || waiting.next(Duration::from_mins(1)));
            queue.close();
            thread.join().expect("the waiting thread")
        });
        assert_eq!(taken, None);
    }
}
