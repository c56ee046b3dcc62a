//! Under a compositor, which is asked to inhibit its shortcuts. The keys are those of a virtual keyboard.

use berth_tests::{Desktop, Need, Shown, VirtualInput, require, wait_until};

use super::{PATIENCE, Window};

/// The compositor's own shortcut, Super and X.
fn press_super_x(keyboard: &mut VirtualInput) {
    keyboard.press("Super_L+53");
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
    let mut keyboard = desktop.input();
    press_super_x(&mut keyboard);
    wait_until("the compositor has its shortcut", PATIENCE, || mark.exists());
    std::fs::remove_file(&mark).unwrap();

    let window = Window::open(&desktop);
    window.hear("grab Grabbed");
    press_super_x(&mut keyboard);
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
        press_super_x(&mut keyboard);
        mark.exists()
    });
    let h = 35;
    keyboard.tap(h);
    window.hear("window H");
    window.hear("grab Grabbed");
    drop(window);
}
