//! The names that QEMU gave its objects, and ours.

pub(super) const CLIPBOARD_PATH: &str = "/org/qemu/Display1/Clipboard";

pub(super) const CONSOLE: &str = "org.qemu.Display1.Console";
pub(super) const KEYBOARD: &str = "org.qemu.Display1.Keyboard";
pub(super) const MOUSE: &str = "org.qemu.Display1.Mouse";
pub(super) const CLIPBOARD: &str = "org.qemu.Display1.Clipboard";
pub(super) const LISTENER: &str = "org.qemu.Display1.Listener";
pub(super) const LISTENER_MAP: &str = "org.qemu.Display1.Listener.Unix.Map";
pub(super) const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

pub(super) fn console_path(console: u32) -> String {
    format!("/org/qemu/Display1/Console_{console}")
}
