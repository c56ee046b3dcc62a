//! A desktop without a screen: an X server or a Wayland compositor, a session bus, AT-SPI, and a reader of windows.
//!
//! The program under test is the built binary in a home of its own; it is driven as a screen reader would drive it.

mod picture;

pub use picture::Picture;

use std::cell::{RefCell, RefMut};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use berth::settings::{Listing, Settings, settings_store};
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;
use tempfile::TempDir;

use crate::screen_reader::ScreenReader;
use crate::virtual_input::{KEY_PACE, VirtualInput};
use crate::wait::{wait_for, wait_until};

/// The built program.
pub fn berth_binary() -> PathBuf {
    std::env::var_os("BERTH_BINARY").map_or_else(
        || {
            let this = std::env::current_exe().unwrap();
            let found = this
                .ancestors()
                .map(|folder| folder.join("berth"))
                .find(|file| file.is_file());
            found.expect("the berth program beside the tests: build the workspace first")
        },
        PathBuf::from,
    )
}

/// Width and height in points.
const SCREEN: [u32; 2] = [1280, 800];

/// Where windows are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    OnX11,
    OnWayland,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowState {
    pub is_fullscreen: bool,
    pub is_focused: bool,
}

fn find_window(node: &Value, title: &str) -> Option<WindowState> {
    let name = node["name"].as_str().filter(|_| node["pid"].is_u64());
    if name.is_some_and(|name| name.starts_with(title)) {
        return Some(WindowState {
            is_fullscreen: node["fullscreen_mode"] != 0,
            is_focused: node["focused"] == true,
        });
    }
    let inner = ["nodes", "floating_nodes"].map(|kind| node[kind].as_array());
    let mut inner = inner.into_iter().flatten().flatten();
    inner.find_map(|node| find_window(node, title))
}

/// Ends all its processes when dropped.
pub struct Desktop {
    shown: Shown,
    scale: f64,
    display: String,
    bus_address: String,
    home: TempDir,
    children: Vec<Child>,
    path: Option<PathBuf>,
    input: Option<RefCell<VirtualInput>>,
    variables: Vec<(&'static str, &'static str)>,
}

impl Desktop {
    pub fn start(shown: Shown) -> Self {
        Self::start_scaled(shown, 1.0)
    }

    /// One whose display has this many pixels for a point.
    pub fn start_scaled(shown: Shown, scale: f64) -> Self {
        let home = tempfile::Builder::new().prefix("bd").tempdir_in("/tmp").unwrap();
        let run = home.path().join("run");
        fs::create_dir(&run).unwrap();
        fs::set_permissions(&run, fs::Permissions::from_mode(0o700)).unwrap();
        let mut desktop = Self {
            shown,
            scale,
            display: String::new(),
            bus_address: String::new(),
            home,
            children: Vec::new(),
            path: None,
            input: None,
            variables: Vec::new(),
        };
        desktop.choose(Listing::Table);
        desktop.bus_address = desktop.start_bus();
        desktop.display = match shown {
            Shown::OnX11 => desktop.start_x_server(),
            Shown::OnWayland => desktop.start_compositor(),
        };
        if shown == Shown::OnWayland {
            // Before any window is there: a window takes a moment to learn of a keyboard.
            let socket = run.join(&desktop.display);
            desktop.input = Some(RefCell::new(VirtualInput::plug_in(&socket)));
        }
        desktop.start_accessibility();
        desktop
    }

    /// How the window will show its machines: as rows, unless told otherwise.
    pub fn choose(&self, listing: Listing) {
        let settings = Settings {
            listing,
            ..Settings::default()
        };
        settings_store(&self.home().join(".config/berth"))
            .save(&settings)
            .unwrap();
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// A command in this desktop's environment and nothing else of ours.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().process_group(0);
        for name in ["PATH", "CI", "VK_DRIVER_FILES", "VK_ICD_FILENAMES"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
            .env("HOME", self.home())
            .env("XDG_RUNTIME_DIR", self.home().join("run"))
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus_address)
            .env("LANG", "C.UTF-8")
            .env("LIBGL_ALWAYS_SOFTWARE", "1");
        match self.shown {
            // What desktops tell by a resource of the X server.
            Shown::OnX11 => command
                .env("DISPLAY", &self.display)
                .env("WINIT_X11_SCALE_FACTOR", self.scale.to_string()),
            Shown::OnWayland => command.env("WAYLAND_DISPLAY", &self.display),
        };
        command
    }

    /// The programs that Berth finds: those of this folder and no others.
    pub fn set_programs(&mut self, folder: &Path) {
        self.path = Some(folder.to_owned());
    }

    /// A variable that Berth finds in its environment.
    pub fn set_variable(&mut self, name: &'static str, value: &'static str) {
        self.variables.push((name, value));
    }

    /// Frames that were drawn of its main window so far; needs `BERTH_LOG=berth::app=trace`.
    pub fn frames(&self) -> usize {
        let log = fs::read_to_string(self.home().join(".local/state/berth/berth.log")).unwrap_or_default();
        log.lines().filter(|line| line.contains(" berth::app: frame")).count()
    }

    /// Copies as another program of the desktop would: whoever pastes asks that program.
    pub fn copy_text(&mut self, text: &str) {
        assert_eq!(self.shown, Shown::OnX11, "the clipboard needs X11");
        let file = self.home().join("copied.txt");
        fs::write(&file, text).unwrap();
        let mut command = self.command("xclip");
        command
            .args(["-quiet", "-selection", "clipboard", "-in"])
            .arg(&file)
            .stdout(Stdio::null());
        self.start_child(command, "xclip");
        wait_until("the text is copied", Duration::from_secs(20), || {
            self.copied_text().as_deref() == Some(text)
        });
    }

    /// What another program of the desktop would paste now.
    pub fn copied_text(&self) -> Option<String> {
        let mut command = self.command("timeout");
        command.args(["5", "xclip", "-selection", "clipboard", "-out"]);
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        output.status.success().then_some(text)
    }

    /// Starts the program under test; what it prints goes to `<home>/berth.log`.
    pub fn start_berth(&mut self, arguments: &[&str]) -> u32 {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.home().join("berth.log"))
            .unwrap();
        let mut command = self.command(berth_binary());
        if let Some(path) = &self.path {
            command.env("PATH", path);
        }
        command
            .envs(self.variables.iter().copied())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        let child = command.spawn().unwrap();
        let pid = child.id();
        self.children.push(child);
        pid
    }

    /// Does the program live?
    pub fn runs(&mut self, pid: u32) -> bool {
        let child = self.children.iter_mut().find(|child| child.id() == pid).unwrap();
        child.try_wait().unwrap().is_none()
    }

    /// Waits for the end of a program that [`Self::start_berth`] started.
    pub fn wait_for_end(&mut self, pid: u32, patience: Duration) -> i32 {
        let child = self.children.iter_mut().find(|child| child.id() == pid).unwrap();
        let status = wait_for("the program's end", patience, || child.try_wait().unwrap());
        status.code().unwrap_or(-1)
    }

    pub fn berth_log(&self) -> String {
        fs::read_to_string(self.home().join("berth.log")).unwrap_or_default()
    }

    pub fn screen_reader(&self) -> ScreenReader {
        let mut command = self.python("screen_reader.py");
        command.arg("berth");
        ScreenReader::start(command)
    }

    /// One of the scripts beside the tests, run by the system's Python, which has the bindings they need.
    fn python(&self, script: &str) -> Command {
        let mut command = self.command("/usr/bin/python3");
        // Tests run in their package's folder, wherever that was moved to since it was compiled.
        command.arg(Path::new("drive").join(script));
        command
    }

    /// Types as a person would, into what has the focus.
    pub fn type_text(&self, text: &str) {
        if self.shown == Shown::OnWayland {
            self.input().type_text(text);
            return;
        }
        self.give_keyboard();
        self.run("xdotool", &["type", "--delay", "5", "--", text]);
    }

    /// Presses a key by its X11 name, such as `Return` or `ctrl+k`.
    pub fn press(&self, key: &str) {
        if self.shown == Shown::OnWayland {
            self.input().press(key);
            return;
        }
        self.give_keyboard();
        self.run("xdotool", &["key", "--", key]);
    }

    /// The keyboard and the pointer of a Wayland desktop.
    pub fn input(&self) -> RefMut<'_, VirtualInput> {
        let input = self.input.as_ref().expect("virtual devices need Wayland");
        input.borrow_mut()
    }

    /// Asks the window to close, as the cross in its frame does.
    pub fn press_close(&self) {
        assert_eq!(self.shown, Shown::OnX11, "the frame needs X11");
        let output = self.python("close_window.py").arg("Berth").output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
    }

    /// Presses keys one after the other, by their names or numbers.
    pub fn press_all(&self, keys: &[String]) {
        if self.shown == Shown::OnWayland {
            for key in keys {
                self.input().press(key);
                std::thread::sleep(KEY_PACE);
            }
            return;
        }
        self.give_keyboard();
        let pace = KEY_PACE.as_millis().to_string();
        let mut arguments = vec!["key", "--delay", &pace, "--"];
        arguments.extend(keys.iter().map(String::as_str));
        self.run("xdotool", &arguments);
    }

    pub fn point_at(&self, x: u32, y: u32) {
        match self.shown {
            Shown::OnX11 => {
                self.run("xdotool", &["mousemove", &x.to_string(), &y.to_string()]);
            }
            Shown::OnWayland => self.input().point_at([x, y], SCREEN),
        }
    }

    /// Moves the pointer as a mouse does that is pushed so far.
    pub fn push_pointer(&self, dx: i32, dy: i32) {
        match self.shown {
            Shown::OnX11 => {
                self.run(
                    "xdotool",
                    &["mousemove_relative", "--", &dx.to_string(), &dy.to_string()],
                );
            }
            Shown::OnWayland => self.input().push(dx, dy),
        }
    }

    /// Clicks with the left button.
    pub fn click_at(&self, x: u32, y: u32) {
        self.point_at(x, y);
        self.click();
    }

    /// The same, wherever the pointer is.
    pub fn click(&self) {
        match self.shown {
            Shown::OnX11 => {
                self.run("xdotool", &["click", "1"]);
            }
            Shown::OnWayland => self.input().click(),
        }
    }

    /// Has sway do something, in its own words. `false`: it knows no such window.
    pub fn tell_compositor(&self, words: &str) -> bool {
        let mut command = self.command("swaymsg");
        command
            .arg("--socket")
            .arg(self.compositor_socket())
            .args(["--quiet", "--", words]);
        command.status().unwrap().success()
    }

    /// The same into the window that has the keyboard.
    pub fn type_on(&self, text: &str) {
        assert_eq!(self.shown, Shown::OnX11, "the keyboard needs X11");
        self.run("xdotool", &["type", "--delay", "5", "--", text]);
    }

    /// Gives the keyboard to the window with this in its title.
    pub fn turn_to(&self, title: &str) {
        assert_eq!(self.shown, Shown::OnX11, "the keyboard needs X11");
        let found = ["search", "--sync", "--onlyvisible", "--name", title];
        self.run("xdotool", &[&found[..], &["windowfocus", "--sync"]].concat());
    }

    /// There is no window manager to hand the keyboard to the window.
    fn give_keyboard(&self) {
        assert_eq!(self.shown, Shown::OnX11, "the keyboard needs X11");
        self.run(
            "xdotool",
            &["search", "--onlyvisible", "--name", "Berth", "windowfocus", "--sync"],
        );
    }

    /// Where sway takes its orders.
    fn compositor_socket(&self) -> PathBuf {
        let names = fs::read_dir(self.home().join("run")).unwrap();
        let mut paths = names.map(|entry| entry.unwrap().path());
        let is_its = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("sway-ipc.");
        paths.find(is_its).expect("sway's socket")
    }

    /// How a window stands to its Wayland compositor, by how its title begins; `None`: there is none.
    pub fn window_state(&self, title: &str) -> Option<WindowState> {
        assert_eq!(self.shown, Shown::OnWayland, "a compositor needs Wayland");
        let tree = self.run(
            "swaymsg",
            &["-s", self.compositor_socket().to_str().unwrap(), "-rt", "get_tree"],
        );
        find_window(&serde_json::from_str(&tree).unwrap(), title)
    }

    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.command(program).args(arguments).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?} failed: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn start_child(&mut self, mut command: Command, name: &str) -> Option<ChildStdout> {
        let log = File::create(self.home().join(format!("{name}.log"))).unwrap();
        let mut child = command.stdin(Stdio::null()).stderr(log).spawn().unwrap();
        let out = child.stdout.take();
        self.children.push(child);
        out
    }

    fn start_bus(&mut self) -> String {
        let mut command = self.command("dbus-daemon");
        command
            .args(["--session", "--nofork", "--nopidfile", "--print-address"])
            .stdout(Stdio::piped());
        let out = self.start_child(command, "bus");
        first_line(out)
    }

    /// Width and height of the display in pixels.
    pub fn size(&self) -> [u32; 2] {
        SCREEN.map(|points| (f64::from(points) * self.scale).round() as u32)
    }

    fn start_x_server(&mut self) -> String {
        let [width, height] = self.size();
        let mut command = self.command("Xvfb");
        command
            .args([
                "-displayfd",
                "1",
                "-noreset",
                "-nolisten",
                "tcp",
                "-screen",
                "0",
                &format!("{width}x{height}x24"),
            ])
            .stdout(Stdio::piped());
        let out = self.start_child(command, "x-server");
        format!(":{}", first_line(out))
    }

    fn start_compositor(&mut self) -> String {
        let config = self.home().join("sway.conf");
        let [width, height] = self.size();
        let words = format!(
            "output HEADLESS-1 resolution {width}x{height} scale {}\nxwayland disable\ndefault_border none\n\
             seat * pointer_constraint enable\n\
             bindsym Mod4+x exec touch $HOME/shortcut\nbindsym Mod1+Tab exec touch $HOME/shortcut\n",
            self.scale
        );
        fs::write(&config, words).unwrap();
        let mut command = self.command("sway");
        command
            .args([Path::new("--config"), &config])
            .env("WLR_BACKENDS", "headless")
            .env("WLR_LIBINPUT_NO_DEVICES", "1")
            .env("WLR_RENDERER", "pixman")
            .env_remove("WAYLAND_DISPLAY")
            .stdout(Stdio::null());
        self.start_child(command, "compositor");
        let run = self.home().join("run");
        wait_for("the compositor's socket", Duration::from_secs(20), || {
            let names = fs::read_dir(&run).unwrap().map(|entry| entry.unwrap().file_name());
            names
                .filter_map(|name| name.into_string().ok())
                .find(|name| name.starts_with("wayland-") && !name.contains('.'))
        })
    }

    fn start_accessibility(&mut self) {
        let launcher = [
            "/usr/libexec/at-spi-bus-launcher",
            "/usr/lib/at-spi2-core/at-spi-bus-launcher",
        ]
        .into_iter()
        .find(|path| Path::new(path).exists())
        .expect("at-spi-bus-launcher");
        let mut command = self.command(launcher);
        command.arg("--launch-immediately").stdout(Stdio::null());
        self.start_child(command, "accessibility");
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("the program printed:\n{}", self.berth_log());
            let kept = tempfile::Builder::new()
                .prefix("berth-screen-")
                .suffix(".png")
                .tempfile_in("/tmp");
            if let Ok(kept) = kept
                && fs::copy(self.home().join("screen.png"), kept.path()).is_ok()
                && let Ok((_, path)) = kept.keep()
            {
                println!("the last screenshot is kept at {}", path.display());
            }
        }
        // The program first, so that it ends while there is still a display; each is a group of its own.
        for child in self.children.iter_mut().rev() {
            end_group(child);
        }
    }
}

pub(crate) fn end_group(child: &mut Child) {
    let Some(group) = Pid::from_raw(child.id().cast_signed()) else {
        return;
    };
    kill_process_group(group, Signal::TERM).ok();
    for _ in 0..60 {
        if child.try_wait().is_ok_and(|status| status.is_some()) {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    kill_process_group(group, Signal::KILL).ok();
    child.wait().ok();
}

fn first_line(out: Option<ChildStdout>) -> String {
    let mut line = String::new();
    BufReader::new(out.unwrap()).read_line(&mut line).unwrap();
    line.trim().to_owned()
}
