//! `TigerVNC`'s server, which does what QEMU's does not: it resizes, sends JPEG, moves rectangles and feeds updates.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use berth::console::rfb::{Encoding, Options};
use berth::console::{CursorChange, Input};
use berth_tests::{Need, require, wait_for, wait_until};
use tempfile::TempDir;

use super::viewer::{PATIENCE, Picture, Viewer, only};

const NEEDS: [Need; 4] = [
    Need::Program("Xvnc"),
    Need::Program("import"),
    Need::Program("xdotool"),
    Need::Program("xclip"),
];

struct Desktop {
    folder: TempDir,
    server: Child,
    display: String,
}

impl Desktop {
    fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("br").tempdir_in("/tmp").unwrap();
        let socket = folder.path().join("vnc");
        let mut server = Command::new("Xvnc")
            .args(["-displayfd", "1", "-geometry", "640x400", "-depth", "24"])
            .args([
                "-rfbport",
                "-1",
                "-SecurityTypes",
                "None",
                "-nolisten",
                "tcp",
                "-noreset",
                "-retro",
            ])
            .arg("-rfbunixpath")
            .arg(&socket)
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap())
            .read_line(&mut number)
            .unwrap();
        assert!(!number.trim().is_empty(), "the X server did not start");
        Self {
            folder,
            server,
            display: format!(":{}", number.trim()),
        }
    }

    fn vnc(&self) -> PathBuf {
        self.folder.path().join("vnc")
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env("DISPLAY", &self.display)
            .env("HOME", self.folder.path())
            .stdin(Stdio::null());
        command
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Vec<u8> {
        let output = self.command(program, arguments).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?}: {errors}");
        output.stdout
    }

    /// Paints the desktop: clouds, which have no two neighbours of one colour, or a picture with few colours.
    fn paint(&self, picture: &str, seed: &str) {
        // Its exit status is a failure whatever it did.
        self.command(
            "display",
            &["-seed", seed, "-size", "640x400", "-window", "root", picture],
        )
        .stderr(Stdio::null())
        .status()
        .unwrap();
    }

    fn picture(&self) -> Picture {
        let picture = Picture::from_ppm(&self.run("import", &["-window", "root", "-depth", "8", "ppm:-"]));
        assert!(picture.colours() > 1, "nothing was painted");
        picture
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

/// A pointer that others moved is painted into the picture.
fn take_the_pointer(viewer: &Viewer) {
    viewer.input.send(Input::PointerAt { x: 7, y: 7 });
}

#[test]
fn every_encoding_shows_what_the_x_server_shows() {
    if !require(&NEEDS) {
        return;
    }
    let desktop = Desktop::start();
    for encoding in [
        Encoding::Raw,
        Encoding::Rre,
        Encoding::Hextile,
        Encoding::Tight,
        Encoding::Zrle,
    ] {
        let mut viewer = Viewer::open(&desktop.vnc(), only(encoding));
        take_the_pointer(&viewer);
        for (picture, seed) in [("plasma:fractal", "1"), ("pattern:hexagons", "1"), ("plasma:", "2")] {
            desktop.paint(picture, seed);
            let truth = desktop.picture();
            viewer.until_shown(&format!("{picture} by {encoding:?}"), &truth);
        }
    }
}

#[test]
fn jpeg_is_near_and_small() {
    if !require(&NEEDS) {
        return;
    }
    let desktop = Desktop::start();
    desktop.paint("plasma:", "3");
    let truth = desktop.picture();
    let options = Options {
        jpeg_quality: Some(6),
        ..only(Encoding::Tight)
    };
    let mut viewer = Viewer::open(&desktop.vnc(), options);
    viewer.until("the picture", |viewer| {
        viewer.picture.size == truth.size && viewer.picture.mean_difference(&truth) < 8.0
    });
    let received = viewer.received();
    assert!(received < truth.pixels.len() * 2, "{received} bytes");
    assert_ne!(viewer.picture, truth, "no picture of JPEG is exact");
}

#[test]
fn the_desktop_takes_the_windows_size() {
    if !require(&NEEDS) {
        return;
    }
    let desktop = Desktop::start();
    let mut viewer = Viewer::open(&desktop.vnc(), Options::remote());
    viewer.until("the first size", |viewer| viewer.picture.size == [640, 400]);
    for (width, height) in [(1_000, 700), (333, 222)] {
        viewer.input.send(Input::Resize { width, height });
        let wanted = [width as usize, height as usize];
        viewer.until(&format!("a desktop of {wanted:?}"), |viewer| {
            viewer.picture.size == wanted
        });
        let seen = desktop.run("xdotool", &["getdisplaygeometry"]);
        assert_eq!(String::from_utf8(seen).unwrap().trim(), format!("{width} {height}"));
    }
    let mut lossless = Viewer::open(&desktop.vnc(), only(Encoding::Zrle));
    take_the_pointer(&lossless);
    desktop.paint("pattern:bricks", "1");
    let truth = desktop.picture();
    lossless.until_shown("the smaller picture", &truth);
}

#[test]
fn text_goes_both_ways_in_any_language() {
    if !require(&NEEDS) {
        return;
    }
    let desktop = Desktop::start();
    let mut viewer = Viewer::open(&desktop.vnc(), Options::local());
    viewer.until("a picture", |viewer| !viewer.picture.pixels.is_empty());

    let text = "naïve 日本語\nsecond line\n";
    viewer.input.send(Input::Clipboard(text.into()));
    wait_until("the text in the desktop", PATIENCE, || {
        let output = desktop
            .command("xclip", &["-o", "-selection", "clipboard"])
            .output()
            .unwrap();
        output.stdout == text.as_bytes()
    });

    let copied = "再见 — from the desktop\n";
    let mut xclip = desktop
        .command("xclip", &["-i", "-quiet", "-loops", "0", "-selection", "clipboard"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    xclip.stdin.take().unwrap().write_all(copied.as_bytes()).unwrap();
    viewer.until("the text outside", |viewer| viewer.clipboard.as_deref() == Some(copied));
    xclip.kill().ok();
    xclip.wait().ok();
}

#[test]
fn the_pointer_is_where_it_was_put_and_has_a_shape() {
    if !require(&NEEDS) {
        return;
    }
    let desktop = Desktop::start();
    let mut viewer = Viewer::open(&desktop.vnc(), Options::local());
    viewer.until("a picture", |viewer| !viewer.picture.pixels.is_empty());
    for (x, y) in [(0, 0), (639, 0), (320, 200), (639, 399)] {
        viewer.input.send(Input::PointerAt { x, y });
        let expected = format!("x:{x} y:{y} ");
        wait_for(&format!("the pointer at {expected}"), PATIENCE, || {
            let place = desktop.run("xdotool", &["getmouselocation"]);
            String::from_utf8(place).unwrap().starts_with(&expected).then_some(())
        });
    }
    viewer.until("a pointer's shape", |viewer| match &viewer.cursor {
        Some(CursorChange::Shown(cursor)) => cursor.image.pixels.iter().any(|pixel| pixel.a() == 255),
        _ => false,
    });
}
