//! Under an X server, where the keyboard is grabbed.

use berth_tests::{Desktop, Need, Shown, require, wait_until};
use futures_lite::future::block_on;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    ConnectionExt as _, CreateWindowAux, GrabMode, GrabStatus, InputFocus, ModMask, WindowClass,
};
use x11rb::rust_connection::RustConnection;

use super::{PATIENCE, Window, bus_address};

const NEEDS: &[Need] = &[
    Need::Program("Xvfb"),
    Need::Program("dbus-daemon"),
    Need::Program("xdotool"),
];

const TAB: u16 = 0x0f;
const LEFT_ALT: u16 = 0x38;

fn xdotool(desktop: &Desktop, arguments: &[&str]) {
    let status = desktop.command("xdotool").args(arguments).status().unwrap();
    assert!(status.success(), "xdotool {arguments:?}");
}

fn give_focus(desktop: &Desktop) {
    xdotool(
        desktop,
        &[
            "search",
            "--sync",
            "--onlyvisible",
            "--name",
            "keyboard probe",
            "windowfocus",
            "--sync",
        ],
    );
}

/// Keeps Alt+Tab for itself, as every window manager does.
struct WindowManager {
    connection: RustConnection,
    root: u32,
}

impl WindowManager {
    fn start(desktop: &Desktop) -> Self {
        const TAB_KEYCODE: u8 = 23;
        let display = desktop.command("true").get_envs().find_map(|(name, value)| {
            let value = value.filter(|_| name == "DISPLAY")?;
            value.to_str().map(str::to_owned)
        });
        let (connection, screen) = RustConnection::connect(display.as_deref()).unwrap();
        let root = connection.setup().roots[screen].root;
        connection
            .grab_key(true, root, ModMask::M1, TAB_KEYCODE, GrabMode::ASYNC, GrabMode::ASYNC)
            .unwrap()
            .check()
            .unwrap();
        Self { connection, root }
    }

    fn saw_its_shortcut(&self) -> bool {
        // All that came before the answer is there.
        self.connection.get_input_focus().unwrap().reply().unwrap();
        let mut saw = false;
        while let Some(event) = self.connection.poll_for_event().unwrap() {
            saw |= matches!(event, Event::KeyPress(_));
        }
        saw
    }

    /// Another window comes to the front.
    fn focus_another(&self) {
        let window = self.connection.generate_id().unwrap();
        let aux = CreateWindowAux::new();
        let class = WindowClass::INPUT_OUTPUT;
        self.connection
            .create_window(0, window, self.root, 0, 0, 10, 10, 0, class, 0, &aux)
            .unwrap();
        self.connection.map_window(window).unwrap();
        self.connection.get_input_focus().unwrap().reply().unwrap();
        self.connection
            .set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME)
            .unwrap()
            .check()
            .unwrap();
    }
}

#[test]
fn the_guest_gets_every_key_as_itself_and_the_desktops_shortcuts_too() {
    if !require(NEEDS) {
        return;
    }
    let desktop = Desktop::start(Shown::OnX11);
    let manager = WindowManager::start(&desktop);
    xdotool(&desktop, &["key", "alt+Tab"]);
    wait_until("the desktop has its shortcut", PATIENCE, || manager.saw_its_shortcut());
    let window = Window::open(&desktop);
    give_focus(&desktop);
    window.hear("grab Grabbed");
    // Modifiers by their places: a name may stand for either of two.
    for (key, qnum) in [
        ("a", 0x1e),
        ("Pause", 0xc6),
        ("Print", 0x54),
        ("Super_L", 0xdb),
        ("134", 0xdc),
        ("62", 0x36),
        ("64", 0x38),
        ("37", 0x1d),
        ("135", 0xdd),
        ("KP_Enter", 0x9c),
        ("XF86AudioMute", 0xa0),
        ("F12", 0x58),
    ] {
        xdotool(&desktop, &["key", key]);
        window.hear_keys(&[(qnum, true), (qnum, false)]);
    }
    // Twice, so that it is off again.
    for _ in 0..2 {
        xdotool(&desktop, &["key", "Caps_Lock"]);
        window.hear_keys(&[(0x3a, true), (0x3a, false)]);
    }
    // The right Alt is a key of its own, whatever the layout makes of it.
    xdotool(&desktop, &["key", "108"]);
    window.hear_keys(&[(0xb8, true), (0xb8, false)]);
    xdotool(&desktop, &["key", "alt+Tab"]);
    window.hear_keys(&[(LEFT_ALT, true), (TAB, true), (LEFT_ALT, false), (TAB, false)]);
    assert!(!manager.saw_its_shortcut(), "it was the guest's");

    xdotool(&desktop, &["key", "Control_R"]);
    window.hear("action Release");
    window.hear("grab NotNeeded");
    wait_until("the desktop has its shortcuts again", PATIENCE, || {
        xdotool(&desktop, &["key", "alt+Tab"]);
        manager.saw_its_shortcut()
    });
    xdotool(&desktop, &["key", "b"]);
    window.hear("window B");
}

/// Says something on the desktop's bus, in the login manager's name.
struct Login(zbus::Connection);

impl Login {
    fn start(desktop: &Desktop) -> Self {
        let bus = bus_address(desktop);
        let connected = async {
            let builder = zbus::connection::Builder::address(bus.as_str())?;
            builder.name("org.freedesktop.login1")?.build().await
        };
        Self(block_on(connected).unwrap())
    }

    fn say(&self, (path, interface, member): (&str, &str, &str), is_so: Option<bool>) {
        let nobody = None::<&str>;
        let said = match is_so {
            Some(is_so) => block_on(self.0.emit_signal(nobody, path, interface, member, &is_so)),
            None => block_on(self.0.emit_signal(nobody, path, interface, member, &())),
        };
        said.unwrap();
    }
}

/// Another program can have all keys.
fn locker_gets_the_keyboard(manager: &WindowManager) {
    wait_until("a locker has the keyboard", PATIENCE, || {
        let asked = manager.connection.grab_keyboard(
            false,
            manager.root,
            x11rb::CURRENT_TIME,
            GrabMode::ASYNC,
            GrabMode::ASYNC,
        );
        asked.unwrap().reply().unwrap().status == GrabStatus::SUCCESS
    });
    manager
        .connection
        .ungrab_keyboard(x11rb::CURRENT_TIME)
        .unwrap()
        .check()
        .unwrap();
}

#[test]
fn a_screen_locker_gets_the_keyboard_that_a_guest_has() {
    if !require(NEEDS) {
        return;
    }
    let desktop = Desktop::start(Shown::OnX11);
    let manager = WindowManager::start(&desktop);
    let login = Login::start(&desktop);
    let window = Window::open(&desktop);
    give_focus(&desktop);
    let session = "/org/freedesktop/login1/session/c1";
    let lock = || login.say((session, "org.freedesktop.login1.Session", "Lock"), None);
    let sleep = |is_near: bool| {
        let of = (
            "/org/freedesktop/login1",
            "org.freedesktop.login1.Manager",
            "PrepareForSleep",
        );
        login.say(of, Some(is_near));
    };
    let saver = |is_on: bool| {
        let of = ("/org/gnome/ScreenSaver", "org.gnome.ScreenSaver", "ActiveChanged");
        login.say(of, Some(is_on));
    };
    let says: [&dyn Fn(); 3] = [&lock, &|| sleep(true), &|| saver(true)];
    window.hear("grab Grabbed");
    for say in says {
        // None of these takes anything from the guest.
        sleep(false);
        saver(false);
        xdotool(&desktop, &["key", "a"]);
        window.hear("key 30 true");
        wait_until("it is given back", PATIENCE, || {
            // The first time, it may not listen yet.
            say();
            window.has_said("action Release")
        });
        locker_gets_the_keyboard(&manager);
        // A click after the screen was unlocked.
        wait_until("the guest has it again", PATIENCE, || {
            xdotool(&desktop, &["key", "h"]);
            window.has_said("grab Grabbed")
        });
    }
}

#[test]
fn a_window_that_comes_to_the_front_leaves_no_key_down_in_the_guest() {
    if !require(NEEDS) {
        return;
    }
    let desktop = Desktop::start(Shown::OnX11);
    let manager = WindowManager::start(&desktop);
    let window = Window::open(&desktop);
    give_focus(&desktop);
    window.hear("grab Grabbed");
    xdotool(&desktop, &["keydown", "Control_L", "keydown", "Alt_L"]);
    window.hear_keys(&[(0x1d, true), (LEFT_ALT, true)]);
    manager.focus_another();
    window.hear_keys(&[(LEFT_ALT, false), (0x1d, false)]);
    window.hear("grab NotNeeded");
    xdotool(&desktop, &["keyup", "Alt_L", "keyup", "Control_L"]);
    give_focus(&desktop);
    window.hear("grab Grabbed");
    xdotool(&desktop, &["key", "a"]);
    window.hear_keys(&[(0x1e, true), (0x1e, false)]);
}

#[test]
fn a_key_that_is_held_repeats_and_comes_up_once() {
    if !require(NEEDS) {
        return;
    }
    let desktop = Desktop::start(Shown::OnX11);
    let window = Window::open(&desktop);
    give_focus(&desktop);
    window.hear("grab Grabbed");
    xdotool(&desktop, &["keydown", "a"]);
    window.hear_keys(&[(0x1e, true); 4]);
    xdotool(&desktop, &["keyup", "a"]);
    window.hear("key 30 false");
    xdotool(&desktop, &["key", "b"]);
    window.hear_keys(&[(0x30, true), (0x30, false)]);
}
