//! Under a compositor, which is asked to inhibit its shortcuts. The keys are those of a virtual keyboard.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use berth_tests::{Desktop, Need, Shown, require, wait_until};
use rustix::fs::{MemfdFlags, memfd_create};
use wayland_client::globals::{GlobalListContents, registry_queue_init};
use wayland_client::protocol::wl_registry::WlRegistry;
use wayland_client::protocol::wl_seat::WlSeat;
use wayland_client::{Connection, Dispatch, EventQueue, Proxy, QueueHandle};
use wayland_protocols_misc::zwp_virtual_keyboard_v1::client::zwp_virtual_keyboard_manager_v1::ZwpVirtualKeyboardManagerV1;
use wayland_protocols_misc::zwp_virtual_keyboard_v1::client::zwp_virtual_keyboard_v1::ZwpVirtualKeyboardV1;

use super::{PATIENCE, Window};

/// The kernel's numbers.
const LEFT_META: u32 = 125;
const X: u32 = 45;
/// Of the Super key, in the keymap below.
const MOD4: u32 = 1 << 6;
const XKB_V1: u32 = 1;
const KEYMAP: &str = "xkb_keymap { xkb_keycodes { include \"evdev\" }; xkb_types { include \"complete\" }; \
    xkb_compat { include \"complete\" }; xkb_symbols { include \"pc+us\" }; };\0";

struct Ignored;

macro_rules! ignore {
    ($($interface:ty, $data:ty);*) => { $(
        impl Dispatch<$interface, $data> for Ignored {
            fn event(
                _: &mut Self,
                _: &$interface,
                _: <$interface as Proxy>::Event,
                _: &$data,
                _: &Connection,
                _: &QueueHandle<Self>,
            ) {
            }
        }
    )* };
}

ignore!(WlRegistry, GlobalListContents; WlSeat, (); ZwpVirtualKeyboardManagerV1, (); ZwpVirtualKeyboardV1, ());

struct VirtualKeyboard {
    keyboard: ZwpVirtualKeyboardV1,
    queue: EventQueue<Ignored>,
}

impl VirtualKeyboard {
    fn plug_in(desktop: &Desktop) -> Self {
        let command = desktop.command("true");
        let value = |wanted: &str| {
            let mut all = command.get_envs().filter(|(name, _)| *name == wanted);
            PathBuf::from(all.next().unwrap().1.unwrap())
        };
        let socket = value("XDG_RUNTIME_DIR").join(value("WAYLAND_DISPLAY"));
        let connection = Connection::from_socket(UnixStream::connect(socket).unwrap()).unwrap();
        let (globals, queue) = registry_queue_init::<Ignored>(&connection).unwrap();
        let handle = queue.handle();
        let seat: WlSeat = globals.bind(&handle, 1..=1, ()).unwrap();
        let manager: ZwpVirtualKeyboardManagerV1 = globals.bind(&handle, 1..=1, ()).unwrap();
        let keyboard = manager.create_virtual_keyboard(&seat, &handle, ());
        let mut file = File::from(memfd_create("keymap", MemfdFlags::CLOEXEC).unwrap());
        file.write_all(KEYMAP.as_bytes()).unwrap();
        keyboard.keymap(XKB_V1, file.as_fd(), u32::try_from(KEYMAP.len()).unwrap());
        let mut plugged = Self { keyboard, queue };
        plugged.settle();
        plugged
    }

    /// All that was asked for is done.
    fn settle(&mut self) {
        self.queue.roundtrip(&mut Ignored).unwrap();
    }

    fn key(&mut self, code: u32, is_down: bool) {
        self.keyboard.key(0, code, is_down.into());
        self.settle();
    }

    fn tap(&mut self, code: u32) {
        self.key(code, true);
        self.key(code, false);
    }

    /// The compositor's own shortcut.
    fn press_super_x(&mut self) {
        self.key(LEFT_META, true);
        self.keyboard.modifiers(MOD4, 0, 0, 0);
        self.tap(X);
        self.keyboard.modifiers(0, 0, 0, 0);
        self.key(LEFT_META, false);
    }
}

#[test]
fn the_guest_gets_the_compositors_shortcuts_until_the_host_key() {
    if !require(&[Need::Program("sway"), Need::Program("dbus-daemon")]) {
        return;
    }
    // The compositor refuses root.
    if rustix::process::getuid().is_root() {
        return;
    }
    let desktop = Desktop::start(Shown::OnWayland);
    let mark = desktop.home().join("shortcut");
    let mut keyboard = VirtualKeyboard::plug_in(&desktop);
    keyboard.press_super_x();
    wait_until("the compositor has its shortcut", PATIENCE, || mark.exists());
    std::fs::remove_file(&mark).unwrap();

    let window = Window::open(&desktop);
    window.hear("grab Grabbed");
    keyboard.press_super_x();
    window.hear_keys(&[(0xdb, true), (0x2d, true), (0x2d, false), (0xdb, false)]);
    // Pause, Print, both Alt keys, a key of Japan, one that the window's library has no name for.
    for (code, qnum) in [
        (119, 0xc6),
        (99, 0x54),
        (56, 0x38),
        (100, 0xb8),
        (92, 0x79),
        (140, 0xa1),
    ] {
        keyboard.tap(code);
        window.hear_keys(&[(qnum, true), (qnum, false)]);
    }
    assert!(!mark.exists(), "it was the guest's");

    let right_ctrl = 97;
    keyboard.tap(right_ctrl);
    window.hear("action Release");
    window.hear("grab NotNeeded");
    wait_until("the compositor has its shortcut again", PATIENCE, || {
        keyboard.press_super_x();
        mark.exists()
    });
    let h = 35;
    keyboard.tap(h);
    window.hear("window H");
    window.hear("grab Grabbed");
    drop(window);
}
