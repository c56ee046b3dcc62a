//! A display without a window: takes what the engine hands over, as a window would.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use berth::console::{Canvas, CursorChange, Fresh, Input, InputQueue, Screen, screen};
use egui::Color32;

/// Software emulation on a busy computer is slow.
const PATIENCE: Duration = Duration::from_mins(1);
/// What is waited for may happen outside, too.
const GLANCE: Duration = Duration::from_millis(50);

/// What a window would hold of a display.
pub struct Viewer {
    pub screen: Screen,
    pub input: InputQueue,
    pub size: [u32; 2],
    pub pixels: Vec<Color32>,
    pub cursor: Option<CursorChange>,
    /// What was copied in the guest last.
    pub clipboard: Option<Arc<str>>,
    woken: Receiver<()>,
}

impl Viewer {
    /// `start` begins a session of either protocol.
    #[track_caller]
    pub fn open(start: impl FnOnce(Canvas, InputQueue) -> std::io::Result<()>) -> Self {
        let (wake, woken) = sync_channel(1);
        let (canvas, screen) = screen(move || wake.try_send(()).unwrap_or(()));
        let input = InputQueue::default();
        start(canvas, input.clone()).expect("threads");
        Self {
            screen,
            input,
            size: [0, 0],
            pixels: Vec::new(),
            cursor: None,
            clipboard: None,
            woken,
        }
    }

    /// Takes what is new.
    pub fn look(&mut self) {
        let Fresh {
            size,
            patches,
            cursor,
            clipboard,
            ..
        } = self.screen.take();
        if let Some(size) = size {
            self.size = size;
            self.pixels = vec![Color32::TRANSPARENT; size[0] as usize * size[1] as usize];
        }
        for patch in &patches {
            let width = patch.image.width();
            for (row, y) in patch.image.pixels.chunks_exact(width).zip(patch.y as usize..) {
                let start = y * self.size[0] as usize + patch.x as usize;
                self.pixels[start..start + width].copy_from_slice(row);
            }
        }
        self.cursor = cursor.or_else(|| self.cursor.take());
        self.clipboard = clipboard.or_else(|| self.clipboard.take());
    }

    /// Takes what is new until it is so.
    #[track_caller]
    pub fn until(&mut self, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        loop {
            self.look();
            if is_so(self) {
                return;
            }
            assert!(
                Instant::now() < end,
                "{what}: size {:?}, ending {:?}",
                self.size,
                self.screen.ending()
            );
            self.woken.recv_timeout(GLANCE).ok();
        }
    }

    pub fn pixel(&self, x: u32, y: u32) -> Option<Color32> {
        let at = y as usize * self.size[0] as usize + x as usize;
        self.pixels.get(at).copied()
    }

    pub fn press(&self, qnum: u16) {
        for is_down in [true, false] {
            self.input.send(Input::Key { qnum, is_down });
        }
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.input.close();
    }
}
