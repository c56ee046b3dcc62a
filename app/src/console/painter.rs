//! Damage → patches, off the window's thread and never faster than the window takes them.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use egui::{Color32, ColorImage};

use super::{Area, Canvas, Ending, Patch};

/// Where a guest's pixels are: a client's own buffer, or memory shared with QEMU.
pub trait Pixels: Send {
    fn size(&self) -> [u32; 2];

    /// Replaces `out` with the pixels of `area`, row by row, opaque. The area lies inside [`Self::size`].
    fn read(&self, area: Area, out: &mut Vec<Color32>) -> Result<(), Ending>;
}

/// Ends by itself when the canvas is over; a source that cannot be read ends the session.
pub fn start_painter(canvas: Canvas, source: Arc<Mutex<dyn Pixels>>) -> io::Result<()> {
    thread::Builder::new()
        .name("berth-painter".to_owned())
        .spawn(move || run_painter(&canvas, &*source))
        .map(drop)
}

/// The same on the caller's thread.
pub(super) fn run_painter(canvas: &Canvas, source: &Mutex<dyn Pixels>) {
    let mut shown = None;
    while let Some(areas) = canvas.next_damage() {
        let painted = catch_unwind(AssertUnwindSafe(|| paint(canvas, source, areas, &mut shown)));
        // A flaw here costs this session and nothing else.
        let painted = painted.unwrap_or_else(|_| {
            Err(Ending::Nonsense {
                what: "what broke the painter".to_owned(),
            })
        });
        if let Err(ending) = painted {
            canvas.end(ending);
        }
    }
}

fn paint(
    canvas: &Canvas,
    source: &Mutex<dyn Pixels>,
    areas: Vec<Area>,
    shown: &mut Option<[u32; 2]>,
) -> Result<(), Ending> {
    let source = source.lock().unwrap_or_else(PoisonError::into_inner);
    let size = source.size();
    let is_resized = *shown != Some(size);
    let areas = if is_resized { vec![Area::whole(size)] } else { areas };
    let mut patches = Vec::with_capacity(areas.len());
    for area in areas {
        let area = area.clipped(size);
        if area.is_empty() {
            continue;
        }
        let mut pixels = Vec::with_capacity(area.pixels() as usize);
        source.read(area, &mut pixels)?;
        let size = [area.width as usize, area.height as usize];
        patches.push(Patch {
            x: area.x,
            y: area.y,
            image: Arc::new(ColorImage::new(size, pixels)),
        });
    }
    drop(source);
    *shown = Some(size);
    if is_resized || !patches.is_empty() {
        canvas.post(is_resized.then_some(size), patches);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::mpsc::{Receiver, sync_channel};
    use std::time::Duration;

    use super::*;
    use crate::console::{Screen, screen};

    /// Every pixel is the count of reads so far.
    struct Counting {
        size: [u32; 2],
        reads: Arc<AtomicU32>,
    }

    impl Pixels for Counting {
        fn size(&self) -> [u32; 2] {
            self.size
        }

        fn read(&self, area: Area, out: &mut Vec<Color32>) -> Result<(), Ending> {
            let count = self.reads.fetch_add(1, Ordering::Relaxed) as u8;
            out.clear();
            out.resize(area.pixels() as usize, Color32::from_gray(count));
            Ok(())
        }
    }

    struct Stage {
        canvas: Canvas,
        screen: Screen,
        source: Arc<Mutex<Counting>>,
        reads: Arc<AtomicU32>,
        woken: Receiver<()>,
    }

    fn stage(size: [u32; 2]) -> Stage {
        let (wake, woken) = sync_channel(1_000);
        let (canvas, screen) = screen(move || wake.try_send(()).unwrap_or(()));
        let reads = Arc::new(AtomicU32::new(0));
        let source = Arc::new(Mutex::new(Counting {
            size,
            reads: Arc::clone(&reads),
        }));
        let shared: Arc<Mutex<dyn Pixels>> = source.clone();
        start_painter(canvas.clone(), shared).expect("a thread");
        Stage {
            canvas,
            screen,
            source,
            reads,
            woken,
        }
    }

    impl Stage {
        fn wait(&self) {
            self.woken.recv_timeout(Duration::from_secs(20)).expect("a wake-up");
        }
    }

    #[test]
    fn a_busy_guest_is_painted_only_as_often_as_the_window_looks() {
        let stage = stage([64, 32]);
        stage.canvas.damage(Area::whole([64, 32]));
        stage.wait();
        for _ in 0..500 {
            stage.canvas.damage(Area::whole([64, 32]));
        }
        let first = stage.screen.take();
        assert_eq!(first.size, Some([64, 32]));
        assert_eq!(first.patches.len(), 1);
        drop(first);
        stage.wait();
        let second = stage.screen.take();
        assert_eq!(second.size, None, "the size did not change");
        assert_eq!(second.patches.len(), 1);
        assert_eq!(stage.reads.load(Ordering::Relaxed), 2, "501 changes, two looks");
        assert_eq!(stage.screen.counts().updates, 501);
    }

    #[test]
    fn nothing_is_painted_before_the_window_has_drawn_what_it_took() {
        let stage = stage([64, 32]);
        stage.canvas.damage(Area::whole([64, 32]));
        stage.wait();
        let first = stage.screen.take();
        stage.canvas.damage(Area::whole([64, 32]));
        let early = stage.woken.recv_timeout(Duration::from_millis(50));
        assert!(
            early.is_err() && stage.screen.take().patches.is_empty(),
            "painted in mid-frame"
        );
        drop(first.hold);
        stage.wait();
        assert_eq!(stage.screen.take().patches.len(), 1);
    }

    #[test]
    fn only_the_damaged_box_is_read_and_a_new_size_repaints_all() {
        let stage = stage([64, 32]);
        stage.canvas.damage(Area::whole([64, 32]));
        stage.wait();
        stage.screen.take();
        stage.canvas.damage(Area {
            x: 60,
            y: 30,
            width: 99,
            height: 1,
        });
        stage.wait();
        let fresh = stage.screen.take();
        assert_eq!((fresh.patches[0].x, fresh.patches[0].y), (60, 30));
        assert_eq!(fresh.patches[0].image.size, [4, 1]);
        drop(fresh);
        stage.source.lock().expect("the source").size = [8, 4];
        stage.canvas.damage(Area {
            x: 0,
            y: 0,
            width: 1,
            height: 1,
        });
        stage.wait();
        let fresh = stage.screen.take();
        assert_eq!(fresh.size, Some([8, 4]));
        assert_eq!(fresh.patches[0].image.size, [8, 4]);
    }

    #[test]
    fn a_picture_tells_how_old_the_oldest_change_in_it_is() {
        let stage = stage([64, 32]);
        let first = std::time::Instant::now();
        stage.canvas.damage(Area::whole([64, 32]));
        stage.wait();
        stage.canvas.damage(Area::whole([64, 32]));
        let second = std::time::Instant::now();
        stage.canvas.damage(Area::whole([64, 32]));
        let told = |stage: &Stage| stage.screen.take().since.expect("a change");
        let since = told(&stage);
        assert!(first <= since && since <= second);
        stage.wait();
        let next = told(&stage);
        assert!(since < next && next <= second);
        assert!(stage.screen.take().since.is_none(), "nothing changed");
    }

    #[test]
    fn the_painter_ends_with_its_window() {
        let stage = stage([8, 8]);
        let source = Arc::downgrade(&stage.source);
        drop(stage);
        let end = std::time::Instant::now() + Duration::from_secs(20);
        while source.strong_count() > 0 {
            assert!(std::time::Instant::now() < end, "the painter holds on to its source");
            thread::yield_now();
        }
    }
}
