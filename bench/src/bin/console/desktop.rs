//! A private desktop: an X server without a window manager, a session bus, and eyes and fingers on both.

use std::io::{BufRead as _, BufReader, IoSlice};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use x11rb::connection::{Connection as _, RequestConnection as _};
use x11rb::protocol::xproto::{
    ConnectionExt as _, ImageFormat, InputFocus, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, MapState,
};
use x11rb::rust_connection::RustConnection;

use super::Answer;

/// How often the screen is looked at for new frames.
pub(super) const LOOK: Duration = Duration::from_millis(4);

/// Ends with us.
pub(super) struct Ended(pub(super) Child);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

pub(super) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

pub(super) struct Desktop {
    display: String,
    bus: String,
    glass: RustConnection,
    root: u32,
    xtest: u8,
    // Ended last.
    _programs: [Ended; 2],
}

impl Desktop {
    pub(super) fn start([width, height]: [u32; 2]) -> Answer<Self> {
        let screen = format!("{width}x{height}x24");
        let mut server = Command::new("Xvfb");
        server.args([
            "-displayfd",
            "1",
            "-noreset",
            "-nolisten",
            "tcp",
            "-screen",
            "0",
            &screen,
        ]);
        let (server, number) = start_and_hear(server)?;
        let mut bus = Command::new("dbus-daemon");
        bus.args(["--session", "--nofork", "--nopidfile", "--print-address"]);
        let (bus, address) = start_and_hear(bus)?;
        let display = format!(":{number}");
        let (glass, screen) = RustConnection::connect(Some(&display))?;
        let root = glass
            .setup()
            .roots
            .get(screen)
            .ok_or("an X server without a screen")?
            .root;
        let xtest = glass
            .extension_information("XTEST")?
            .ok_or("an X server without XTEST")?;
        // Nothing should look pointed at.
        glass.warp_pointer(x11rb::NONE, root, 0, 0, 0, 0, width as i16 - 1, height as i16 - 1)?;
        glass.flush()?;
        Ok(Self {
            display,
            bus: address,
            glass,
            root,
            xtest: xtest.major_opcode,
            _programs: [server, bus],
        })
    }

    /// A command on this desktop, with a home of its own and nothing else of the user's.
    pub(super) fn command(&self, program: &Path, home: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        for name in ["PATH", "VK_DRIVER_FILES", "VK_ICD_FILENAMES"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
            .env("HOME", home)
            .env("XDG_RUNTIME_DIR", home.join("run"))
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .env("LANG", "C.UTF-8")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("GDK_BACKEND", "x11")
            .env("NO_AT_BRIDGE", "1")
            .env("GSETTINGS_BACKEND", "memory");
        command
    }

    /// Gives the keyboard to the window that is there; `false` where there is none.
    pub(super) fn give_keyboard(&self) -> Answer<bool> {
        for window in self.glass.query_tree(self.root)?.reply()?.children {
            let attributes = self.glass.get_window_attributes(window)?.reply()?;
            let size = self.glass.get_geometry(window)?.reply()?;
            // Helpers of toolkits are a pixel large.
            if attributes.map_state == MapState::VIEWABLE && size.width > 100 {
                self.glass
                    .set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME)?
                    .check()?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A key by the kernel's number, as from a keyboard.
    pub(super) fn key(&self, code: u8, is_down: bool) -> Answer<()> {
        const FAKE_INPUT: u8 = 2;
        /// X11's numbers are the kernel's and this.
        const OFFSET: u8 = 8;
        /// In words of four bytes.
        const LENGTH: u8 = 9;
        let kind = if is_down { KEY_PRESS_EVENT } else { KEY_RELEASE_EVENT };
        let mut request = [0; 36];
        request[..6].copy_from_slice(&[self.xtest, FAKE_INPUT, LENGTH, 0, kind, code + OFFSET]);
        if cfg!(target_endian = "big") {
            request.swap(2, 3);
        }
        self.glass
            .send_request_without_reply(&[IoSlice::new(&request)], Vec::new())?;
        self.glass.flush()?;
        Ok(())
    }

    /// What is to be seen there: four bytes a pixel.
    pub(super) fn pixels(&self, at: [i16; 2], size: [u16; 2]) -> Answer<Vec<u8>> {
        let image = self.glass.get_image(
            ImageFormat::Z_PIXMAP,
            self.root,
            at[0],
            at[1],
            size[0],
            size[1],
            u32::MAX,
        )?;
        Ok(image.reply()?.data)
    }

    /// Where a guest that paints noise has its frame number, unless it is shown in another size.
    pub(super) fn find_number(&self, [width, height]: [u32; 2]) -> Answer<Option<[i16; 2]>> {
        const FAR: usize = 200;
        let (width, height) = (width as usize, height as usize);
        let pixels = self.pixels([0, 0], [width as u16, height as u16])?;
        let row = |x: usize, y: usize| -> Option<Vec<bool>> {
            let start = (y * width + x) * 4;
            let cells = pixels
                .get(start..start + usize::from(NUMBER[0]) * 4)?
                .chunks_exact(4 * CELL);
            let white = |cell: &[u8]| cell.chunks_exact(4).all(|pixel| pixel[..3] == [0xff; 3]);
            let black = |cell: &[u8]| cell.chunks_exact(4).all(|pixel| pixel[..3] == [0; 3]);
            cells
                .map(|cell| (white(cell) || black(cell)).then(|| white(cell)))
                .collect()
        };
        let is_number = |x: usize, y: usize| {
            let Some(cells) = row(x, y) else { return false };
            let is_mixed = cells.contains(&true) && cells.contains(&false);
            is_mixed && (1..CELL).all(|below| row(x, y + below).as_ref() == Some(&cells)) && row(x, y + CELL).is_none()
        };
        let places = (0..height.min(FAR)).flat_map(|y| (0..width.min(FAR)).map(move |x| (x, y)));
        let found = { places }.find(|(x, y)| is_number(*x, *y));
        let place = found.map(|(x, y)| Some([i16::try_from(x).ok()?, i16::try_from(y + 1).ok()?]));
        Ok(place.flatten())
    }

    /// Different frames of a guest that can be seen, by the frame number at `number`.
    pub(super) fn frames_seen(&self, number: [i16; 2], duration: Duration) -> Answer<u32> {
        let (started, mut seen, mut last) = (Instant::now(), 0, Vec::new());
        while started.elapsed() < duration {
            let now = self.pixels(number, NUMBER)?;
            if now != last {
                seen += 1;
                last = now;
            }
            std::thread::sleep(LOOK);
        }
        Ok(seen)
    }
}

/// How a guest's frame number looks: cells that are white or black, in one row.
pub(super) const NUMBER: [u16; 2] = [128, 1];
pub(super) const CELL: usize = 4;

/// Starts it and takes the first line that it says.
fn start_and_hear(mut command: Command) -> Answer<(Ended, String)> {
    let name = command.get_program().to_string_lossy().into_owned();
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut program = Ended(child.map_err(|error| format!("{name}: {error}"))?);
    let mut line = String::new();
    let out = program.0.stdout.take().ok_or("no output")?;
    BufReader::new(out).read_line(&mut line)?;
    Ok((program, line.trim().to_owned()))
}
