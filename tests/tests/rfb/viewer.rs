//! A window's end of a session, without a window: it takes every patch and keeps the picture.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use berth::console::rfb::{self, Encoding, Options};
use berth::console::{CursorChange, Fresh, Input, InputQueue, Screen, screen};
use berth_tests::wait_for;
use egui::Color32;

pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Rows of red, green and blue.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) size: [usize; 2],
    pub(crate) pixels: Vec<[u8; 3]>,
}

impl Picture {
    /// Of a file in the format "P6".
    pub(crate) fn from_ppm(bytes: &[u8]) -> Self {
        let mut fields = Vec::new();
        let mut at = 0;
        while fields.len() < 4 {
            let end = at + bytes[at..].iter().position(u8::is_ascii_whitespace).unwrap();
            fields.push(std::str::from_utf8(&bytes[at..end]).unwrap().to_owned());
            at = end + 1;
        }
        assert_eq!(fields[0], "P6");
        let size = [fields[1].parse().unwrap(), fields[2].parse().unwrap()];
        let pixels = bytes[at..].as_chunks::<3>().0.to_vec();
        assert_eq!(pixels.len(), size[0] * size[1]);
        Self { size, pixels }
    }

    pub(crate) fn colours(&self) -> usize {
        let mut pixels = self.pixels.clone();
        pixels.sort_unstable();
        pixels.dedup();
        pixels.len()
    }

    /// For the words of a failing test.
    fn difference(&self, other: &Self) -> String {
        if self.size != other.size {
            return format!("{self:?} instead of {other:?}");
        }
        let apart = (0..self.pixels.len()).filter(|at| self.pixels[*at] != other.pixels[*at]);
        let apart: Vec<usize> = apart.collect();
        let first = apart.first().copied().unwrap_or(0);
        format!(
            "{} pixels differ, the first at {},{}: {:?} instead of {:?}",
            apart.len(),
            first % self.size[0],
            first / self.size[0],
            self.pixels[first],
            other.pixels[first]
        )
    }

    /// How far two pictures of one size are apart, in the mean of all values.
    pub(crate) fn mean_difference(&self, other: &Self) -> f64 {
        let apart = |(a, b): (&[u8; 3], &[u8; 3])| (0..3).map(|at| u64::from(a[at].abs_diff(b[at]))).sum::<u64>();
        let sum: u64 = self.pixels.iter().zip(&other.pixels).map(apart).sum();
        sum as f64 / (self.pixels.len() * 3) as f64
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "a picture of {:?} with {} colours",
            self.size,
            self.colours()
        )
    }
}

pub(crate) struct Viewer {
    pub(crate) screen: Screen,
    pub(crate) input: InputQueue,
    pub(crate) picture: Picture,
    pub(crate) cursor: Option<CursorChange>,
    pub(crate) clipboard: Option<Arc<str>>,
    woken: Receiver<()>,
    received: Arc<AtomicUsize>,
}

impl Viewer {
    /// Calls the server at `socket`; the bytes that it sends are counted on their way.
    pub(crate) fn open(socket: &Path, options: Options) -> Self {
        let server = wait_for("a VNC server", PATIENCE, || UnixStream::connect(socket).ok());
        let (tap, client) = UnixStream::pair().unwrap();
        let received = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&received);
        copy(
            "tap-in",
            server.try_clone().unwrap(),
            tap.try_clone().unwrap(),
            move |bytes| {
                counted.fetch_add(bytes, Ordering::Relaxed);
            },
        );
        copy("tap-out", tap, server, |_| ());
        let (wake, woken) = sync_channel(1_000);
        let (canvas, screen) = screen(move || wake.try_send(()).unwrap_or(()));
        let input = InputQueue::default();
        rfb::start(client, options, canvas, input.clone()).unwrap();
        Self {
            screen,
            input,
            picture: Picture::default(),
            cursor: None,
            clipboard: None,
            woken,
            received,
        }
    }

    /// Bytes from the server since it was last asked.
    pub(crate) fn received(&self) -> usize {
        self.received.swap(0, Ordering::Relaxed)
    }

    /// Takes what is new until it is so.
    #[track_caller]
    pub(crate) fn until(&mut self, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        loop {
            self.take();
            if is_so(self) {
                return;
            }
            let ending = self.screen.ending();
            assert!(ending.is_none(), "{ending:?} before {what}");
            assert!(Instant::now() < end, "no {what}; there is {:?}", self.picture);
            // What is waited for may happen outside, too.
            self.woken.recv_timeout(Duration::from_millis(200)).ok();
        }
    }

    /// Takes what is new until the picture is this one.
    #[track_caller]
    pub(crate) fn until_shown(&mut self, what: &str, truth: &Picture) {
        let end = Instant::now() + PATIENCE;
        while self.picture != *truth {
            let ending = self.screen.ending();
            assert!(ending.is_none(), "{ending:?} before {what}");
            assert!(Instant::now() < end, "no {what}: {}", self.picture.difference(truth));
            self.woken.recv_timeout(Duration::from_millis(200)).ok();
            self.take();
        }
    }

    fn take(&mut self) {
        let Fresh {
            size,
            patches,
            cursor,
            clipboard,
            ..
        } = self.screen.take();
        if let Some([width, height]) = size {
            self.picture.size = [width as usize, height as usize];
            self.picture.pixels = vec![[0; 3]; self.picture.size[0] * self.picture.size[1]];
        }
        for patch in patches {
            let width = patch.image.width();
            for (row, pixels) in patch.image.pixels.chunks(width).enumerate() {
                let start = (patch.y as usize + row) * self.picture.size[0] + patch.x as usize;
                for (to, from) in self.picture.pixels[start..start + width].iter_mut().zip(pixels) {
                    *to = rgb(*from);
                }
            }
        }
        if cursor.is_some() {
            self.cursor = cursor;
        }
        if clipboard.is_some() {
            self.clipboard = clipboard;
        }
    }

    pub(crate) fn press(&self, qnum: u16) {
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

fn rgb(colour: Color32) -> [u8; 3] {
    assert_eq!(colour.a(), 255, "the guest's screen shines through");
    [colour.r(), colour.g(), colour.b()]
}

fn copy(name: &str, mut from: UnixStream, mut to: UnixStream, count: impl Fn(usize) + Send + 'static) {
    let body = move || {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(bytes @ 1..) = from.read(&mut buffer) {
            count(bytes);
            if to.write_all(&buffer[..bytes]).is_err() {
                break;
            }
        }
        to.shutdown(std::net::Shutdown::Both).ok();
        from.shutdown(std::net::Shutdown::Both).ok();
    };
    std::thread::Builder::new().name(name.to_owned()).spawn(body).unwrap();
}

/// Nothing but this encoding, and lossless.
pub(crate) fn only(encoding: Encoding) -> Options {
    Options {
        encodings: vec![encoding],
        ..Options::local()
    }
}
