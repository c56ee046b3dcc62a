//! A keyboard and a pointer of a Wayland desktop: wlroots' virtual devices, plugged in by a client.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{MemfdFlags, memfd_create};
use wayland_client::globals::{GlobalListContents, registry_queue_init};
use wayland_client::protocol::wl_pointer::ButtonState;
use wayland_client::protocol::wl_registry::WlRegistry;
use wayland_client::protocol::wl_seat::WlSeat;
use wayland_client::{Connection, Dispatch, EventQueue, Proxy, QueueHandle};
use wayland_protocols_misc::zwp_virtual_keyboard_v1::client::zwp_virtual_keyboard_manager_v1::ZwpVirtualKeyboardManagerV1;
use wayland_protocols_misc::zwp_virtual_keyboard_v1::client::zwp_virtual_keyboard_v1::ZwpVirtualKeyboardV1;
use wayland_protocols_wlr::virtual_pointer::v1::client::zwlr_virtual_pointer_manager_v1::ZwlrVirtualPointerManagerV1;
use wayland_protocols_wlr::virtual_pointer::v1::client::zwlr_virtual_pointer_v1::ZwlrVirtualPointerV1;

use crate::wait::wait_for;

const PATIENCE: Duration = Duration::from_secs(20);
/// Between keys: a keyboard's memory is small, and a busy guest empties it slowly.
pub(crate) const KEY_PACE: Duration = Duration::from_millis(15);
const XKB_V1: u32 = 1;
const KEYMAP: &str = "xkb_keymap { xkb_keycodes { include \"evdev\" }; xkb_types { include \"complete\" }; \
    xkb_compat { include \"complete\" }; xkb_symbols { include \"pc+us\" }; };\0";
/// The kernel's number.
const LEFT_BUTTON: u32 = 0x110;
/// X11's number for a key is the kernel's and this.
const X11_OFFSET: u32 = 8;
/// Keys by X11's names: the kernel's number, and what the keymap above says that holding one does.
const NAMED: &[(&str, u32, u32)] = &[
    ("shift", 42, 1),
    ("ctrl", 29, 1 << 2),
    ("alt", 56, 1 << 3),
    ("Super_L", 125, 1 << 6),
    ("Tab", 15, 0),
    ("Return", 28, 0),
    ("Pause", 119, 0),
    ("Control_R", 97, 1 << 2),
];

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

ignore!(
    WlRegistry, GlobalListContents; WlSeat, ();
    ZwpVirtualKeyboardManagerV1, (); ZwpVirtualKeyboardV1, ();
    ZwlrVirtualPointerManagerV1, (); ZwlrVirtualPointerV1, ()
);

/// Both devices, until it is dropped.
pub struct VirtualInput {
    keyboard: ZwpVirtualKeyboardV1,
    pointer: ZwlrVirtualPointerV1,
    queue: EventQueue<Ignored>,
    /// Kinds of things that the compositor offers.
    offered: Vec<String>,
}

impl VirtualInput {
    pub(crate) fn plug_in(socket: &Path) -> Self {
        let stream = wait_for("the compositor", PATIENCE, || UnixStream::connect(socket).ok());
        let connection = Connection::from_socket(stream).unwrap();
        let (globals, queue) = registry_queue_init::<Ignored>(&connection).unwrap();
        let handle = queue.handle();
        let seat: WlSeat = globals.bind(&handle, 1..=1, ()).unwrap();
        let keyboards: ZwpVirtualKeyboardManagerV1 = globals.bind(&handle, 1..=1, ()).unwrap();
        let pointers: ZwlrVirtualPointerManagerV1 = globals.bind(&handle, 1..=1, ()).unwrap();
        let keyboard = keyboards.create_virtual_keyboard(&seat, &handle, ());
        let pointer = pointers.create_virtual_pointer(Some(&seat), &handle, ());
        let mut file = File::from(memfd_create("keymap", MemfdFlags::CLOEXEC).unwrap());
        file.write_all(KEYMAP.as_bytes()).unwrap();
        keyboard.keymap(XKB_V1, file.as_fd(), u32::try_from(KEYMAP.len()).unwrap());
        let offered = globals.contents().with_list(|list| {
            let kinds = list.iter().map(|global| global.interface.clone());
            kinds.collect()
        });
        let mut plugged = Self {
            keyboard,
            pointer,
            queue,
            offered,
        };
        plugged.settle();
        plugged
    }

    /// All that was asked for is done.
    fn settle(&mut self) {
        self.queue.roundtrip(&mut Ignored).unwrap();
    }

    /// Does the compositor offer this, by its name in the protocol?
    pub fn is_offered(&self, kind: &str) -> bool {
        self.offered.iter().any(|offered| offered == kind)
    }

    /// Moves a key by the kernel's number.
    pub fn key(&mut self, code: u32, is_down: bool) {
        self.keyboard.key(0, code, is_down.into());
        self.settle();
    }

    pub fn tap(&mut self, code: u32) {
        self.key(code, true);
        self.key(code, false);
    }

    /// Presses a key by its X11 name or number, held ones before it: `Pause`, `alt+Tab`, `shift+38`.
    #[track_caller]
    pub fn press(&mut self, keys: &str) {
        let keys: Vec<(u32, u32)> = keys.split('+').map(numbers).collect();
        let (last, held) = keys.split_last().unwrap();
        let mut effects = 0;
        for (code, effect) in held {
            self.key(*code, true);
            effects |= effect;
            self.keyboard.modifiers(effects, 0, 0, 0);
        }
        self.tap(last.0);
        for (code, effect) in held.iter().rev() {
            effects &= !effect;
            self.keyboard.modifiers(effects, 0, 0, 0);
            self.key(*code, false);
        }
    }

    /// Types what needs no second key.
    #[track_caller]
    pub(crate) fn type_text(&mut self, text: &str) {
        for char in text.chars() {
            let places = LETTERS.iter().filter_map(|(row, first)| {
                let at = row.find(char)?;
                Some(first + u32::try_from(at).unwrap())
            });
            let code = places.min().unwrap_or_else(|| panic!("no key is known for {char:?}"));
            self.tap(code);
            std::thread::sleep(KEY_PACE);
        }
    }

    /// Moves the pointer on a desktop of that size.
    pub(crate) fn point_at(&mut self, [x, y]: [u32; 2], [width, height]: [u32; 2]) {
        self.pointer.motion_absolute(0, x, y, width, height);
        self.pointer.frame();
        self.settle();
    }

    pub(crate) fn push(&mut self, dx: i32, dy: i32) {
        self.pointer.motion(0, dx.into(), dy.into());
        self.pointer.frame();
        self.settle();
    }

    pub(crate) fn click(&mut self) {
        for state in [ButtonState::Pressed, ButtonState::Released] {
            self.pointer.button(0, LEFT_BUTTON, state);
            self.pointer.frame();
            self.settle();
        }
    }
}

/// The kernel's numbers of the keys in their rows.
const LETTERS: [(&str, u32); 3] = [("qwertyuiop", 16), ("asdfghjkl", 30), ("zxcvbnm,./", 44)];

#[track_caller]
fn numbers(key: &str) -> (u32, u32) {
    if let Some((_, code, effect)) = NAMED.iter().find(|(name, ..)| *name == key) {
        return (*code, *effect);
    }
    let number: u32 = key.parse().unwrap_or_else(|_| panic!("no number is known for {key}"));
    (number - X11_OFFSET, 0)
}
