//! QEMU's VNC server: the picture is compared with QEMU's own, and keys are read back from the guest.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use berth::console::rfb::{Encoding, Options, PixelFormat};
use berth::console::{Ending, Input, PointerMode};
use berth_tests::{Need, SerialLine, require, wait_for};
use libvirt_backend::boot_sector::{Mood, READY, interactive};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::viewer::{PATIENCE, Picture, Viewer, only};

const QEMU: &str = "qemu-system-x86_64";
const A: u16 = 0x1e;
const CAPS_LOCK: u16 = 0x3a;

/// A guest of ours without libvirt; its QEMU ends with it.
struct Machine {
    folder: TempDir,
    qemu: Child,
    control: BufReader<UnixStream>,
    line: SerialLine,
}

impl Machine {
    /// `vnc`: more options of the server.
    fn start(vnc: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("br").tempdir_in("/tmp").unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(path("disk"), interactive(Mood::Calm)).unwrap();
        let qemu = Command::new(QEMU)
            .args([
                "-accel",
                "tcg",
                "-m",
                "64",
                "-nodefaults",
                "-no-user-config",
                "-vga",
                "std",
            ])
            .args(["-S", "-boot", "strict=on"])
            .args(["-drive", &format!("file={},format=raw,if=ide", path("disk"))])
            .args(["-serial", &format!("unix:{},server=on,wait=off", path("serial"))])
            .args(["-qmp", &format!("unix:{},server=on,wait=off", path("qmp"))])
            .args(["-vnc", &format!("unix:{}{vnc}", path("vnc"))])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let control = wait_for("QEMU's monitor", PATIENCE, || UnixStream::connect(path("qmp")).ok());
        let line = SerialLine::of_socket(&folder.path().join("serial"));
        let mut machine = Self {
            folder,
            qemu,
            control: BufReader::new(control),
            line,
        };
        machine.answer();
        machine.ask("qmp_capabilities", &json!({}));
        machine
    }

    fn boot(&mut self) {
        self.ask("cont", &json!({}));
        self.line.expect(READY, PATIENCE);
    }

    fn vnc(&self) -> PathBuf {
        self.folder.path().join("vnc")
    }

    fn tell(&mut self, command: &str, arguments: &Value) {
        let request = json!({ "execute": command, "arguments": arguments });
        // In one piece: QEMU may be gone before a second one.
        self.control
            .get_mut()
            .write_all(format!("{request}\n").as_bytes())
            .unwrap();
    }

    fn ask(&mut self, command: &str, arguments: &Value) -> Value {
        self.tell(command, arguments);
        loop {
            let answer = self.answer();
            assert!(answer.get("error").is_none(), "{command}: {answer}");
            if let Some(value) = answer.get("return") {
                return value.clone();
            }
        }
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.control.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// What QEMU itself says is on the screen.
    fn picture(&mut self) -> Picture {
        let file = self.folder.path().join("screen.ppm");
        self.ask("screendump", &json!({ "filename": file }));
        Picture::from_ppm(&std::fs::read(file).unwrap())
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.qemu.kill().ok();
        self.qemu.wait().ok();
    }
}

#[test]
fn every_encoding_shows_what_qemu_shows() {
    if !require(&[Need::Program(QEMU)]) {
        return;
    }
    let mut machine = Machine::start("");
    machine.boot();
    machine.ask("stop", &json!({}));
    let truth = machine.picture();
    assert!(truth.colours() > 8, "{truth:?}");
    let raw_bytes = truth.pixels.len() * 4;
    for encoding in [
        Encoding::Raw,
        Encoding::Hextile,
        Encoding::Zlib,
        Encoding::Tight,
        Encoding::Zrle,
    ] {
        let mut viewer = Viewer::open(&machine.vnc(), only(encoding));
        viewer.until_shown(&format!("the right picture by {encoding:?}"), &truth);
        let received = viewer.received();
        let is_packed = received < raw_bytes / 3;
        assert_eq!(is_packed, encoding != Encoding::Raw, "{encoding:?}: {received} bytes");
    }
}

#[test]
fn fewer_bits_and_other_orders_give_the_same_picture() {
    if !require(&[Need::Program(QEMU)]) {
        return;
    }
    let mut machine = Machine::start("");
    machine.boot();
    machine.ask("stop", &json!({}));
    let truth = machine.picture();
    let rgb565 = PixelFormat {
        bits_per_pixel: 16,
        depth: 16,
        max: [31, 63, 31],
        shift: [11, 5, 0],
        ..PixelFormat::BGRX
    };
    // QEMU 10.0 forgets the order of bytes where the shifts are its own.
    let big_endian = PixelFormat {
        is_big_endian: true,
        shift: [0, 8, 16],
        ..PixelFormat::BGRX
    };
    let coarse = |value: u8, max: u32| (((u32::from(value) * (max + 1) / 256) * 255 + max / 2) / max) as u8;
    let in_565 = Picture {
        pixels: truth
            .pixels
            .iter()
            .map(|[r, g, b]| [coarse(*r, 31), coarse(*g, 63), coarse(*b, 31)])
            .collect(),
        ..truth.clone()
    };
    // And its Tight turns the bytes of a pixel around twice.
    let right_in_any = [Encoding::Raw, Encoding::Hextile, Encoding::Zlib, Encoding::Zrle];
    let all = [right_in_any.as_slice(), &[Encoding::Tight]].concat();
    for (format, expected, encodings) in [
        (rgb565, in_565, all.as_slice()),
        (big_endian, truth, right_in_any.as_slice()),
    ] {
        for &encoding in encodings {
            let options = Options {
                format,
                ..only(encoding)
            };
            let mut viewer = Viewer::open(&machine.vnc(), options);
            viewer.until_shown(&format!("the right picture by {encoding:?} in {format:?}"), &expected);
        }
    }
}

#[test]
fn the_picture_follows_the_guest_from_its_first_moment_and_keys_reach_it() {
    if !require(&[Need::Program(QEMU)]) {
        return;
    }
    let mut machine = Machine::start("");
    let mut viewer = Viewer::open(&machine.vnc(), Options::local());
    viewer.until("a first picture", |viewer| !viewer.picture.pixels.is_empty());
    let first = viewer.picture.size;
    machine.boot();
    viewer.until("another size", |viewer| viewer.picture.size != first);
    viewer.until("QEMU's word on the pointer", |viewer| {
        viewer.screen.pointer_mode() == PointerMode::Relative
    });

    for (qnums, echo) in [([0x30, 0x18, A, 0x14], "boat"), ([0x02, 0x0b, 0x33, 0x27], "10,;")] {
        for qnum in qnums {
            viewer.press(qnum);
        }
        machine.line.expect(echo, PATIENCE);
    }
    // Caps Lock is the guest's own affair: QEMU must not turn it back over.
    for (echo, is_lit) in [("A", true), ("a", false)] {
        viewer.press(CAPS_LOCK);
        viewer.until("the light of Caps Lock", |viewer| {
            viewer.screen.lights().caps_lock == is_lit
        });
        viewer.press(A);
        machine.line.expect(echo, PATIENCE);
    }
    let shift = |is_down| Input::Key { qnum: 0x2a, is_down };
    viewer.input.send(shift(true));
    viewer.press(0x02);
    viewer.input.send(shift(false));
    machine.line.expect("!", PATIENCE);

    machine.ask("stop", &json!({}));
    let truth = machine.picture();
    viewer.until_shown("what QEMU shows", &truth);
}

#[test]
fn a_password_opens_and_nothing_else_does() {
    if !require(&[Need::Program(QEMU)]) {
        return;
    }
    let mut machine = Machine::start(",password=on");
    machine.ask("set_password", &json!({ "protocol": "vnc", "password": "s3cret" }));
    let with = |password: Option<&str>| Options {
        password: password.map(str::to_owned),
        ..Options::local()
    };
    for (password, ending) in [(None, Ending::PasswordWanted), (Some("secret"), Ending::PasswordWrong)] {
        let viewer = Viewer::open(&machine.vnc(), with(password));
        let seen = wait_for("an ending", PATIENCE, || viewer.screen.ending());
        assert_eq!(seen, ending);
    }
    let mut viewer = Viewer::open(&machine.vnc(), with(Some("s3cret")));
    viewer.until("a picture", |viewer| !viewer.picture.pixels.is_empty());
}

#[test]
fn a_machine_that_ends_and_one_that_hangs_are_told_apart() {
    if !require(&[Need::Program(QEMU)]) {
        return;
    }
    let mut machine = Machine::start("");
    let mut viewer = Viewer::open(&machine.vnc(), Options::local());
    viewer.until("a picture", |viewer| !viewer.picture.pixels.is_empty());
    machine.tell("quit", &json!({}));
    let ending = wait_for("an ending", PATIENCE, || viewer.screen.ending());
    assert_eq!(ending, Ending::Closed);

    let machine = Machine::start("");
    let pid = rustix::process::Pid::from_raw(machine.qemu.id().cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
    let hasty = Options {
        patience: std::time::Duration::from_secs(2),
        ..Options::local()
    };
    let viewer = Viewer::open(&machine.vnc(), hasty);
    let ending = wait_for("an ending", PATIENCE, || viewer.screen.ending());
    assert_eq!(ending, Ending::Stalled { seconds: 2 });
}
