//! The pointer as servers take it: where it is, or how far it moved, and which buttons are down.

use super::super::{PointerButton, PointerMode};
use super::messages::Messages;

/// QEMU's zero for movements.
const STILL: i32 = 0x7fff;
/// QEMU keeps rows of so many pixels, and takes a position as a share of such a row, not of the guest's.
const QEMU_ROW_STEP: u32 = 16;

#[derive(Debug, Default)]
pub(super) struct Pointer {
    at: [u32; 2],
    /// Of the screen that `at` is on.
    width: u32,
    buttons: u16,
    pub(super) is_qemu: bool,
    /// The server takes the ninth button.
    pub(super) has_extended: bool,
}

impl Pointer {
    /// For a guest with a mouse a position means nothing.
    pub(super) fn move_to(&mut self, at: [u32; 2], size: [u32; 2], mode: PointerMode, out: &mut Messages) {
        if mode == PointerMode::Absolute {
            self.at = [0, 1].map(|side| at[side].min(size[side].saturating_sub(1)));
            self.width = size[0];
            self.send(mode, [0; 2], out);
        }
    }

    /// For a guest with a tablet the pointer goes that far from where it is.
    pub(super) fn move_by(&mut self, by: [i32; 2], size: [u32; 2], mode: PointerMode, out: &mut Messages) {
        match mode {
            PointerMode::Absolute => {
                let at = [0, 1].map(|side| self.at[side].saturating_add_signed(by[side]));
                self.move_to(at, size, mode, out);
            }
            PointerMode::Relative => self.send(mode, by, out),
        }
    }

    pub(super) fn button(&mut self, button: PointerButton, is_down: bool, mode: PointerMode, out: &mut Messages) {
        let bit = bit(button);
        if is_down {
            self.buttons |= bit;
        } else {
            self.buttons &= !bit;
        }
        self.send(mode, [0; 2], out);
    }

    fn send(&self, mode: PointerMode, by: [i32; 2], out: &mut Messages) {
        let [x, y] = match mode {
            PointerMode::Absolute => [self.column() as u16, self.at[1] as u16],
            PointerMode::Relative => by.map(|by| by.clamp(-STILL, STILL).saturating_add(STILL) as u16),
        };
        if self.has_extended {
            out.extended_pointer(self.buttons, x, y);
        } else {
            // The protocol's own byte has no room for the ninth.
            out.pointer(self.buttons as u8, x, y);
        }
    }
}

impl Pointer {
    /// As the server counts them.
    const fn column(&self) -> u32 {
        let (x, width) = (self.at[0] as u64, self.width as u64);
        if !self.is_qemu || width == 0 {
            return self.at[0];
        }
        let row = width.next_multiple_of(QEMU_ROW_STEP as u64);
        ((x * row + width / 2) / width) as u32
    }
}

const fn bit(button: PointerButton) -> u16 {
    let number = match button {
        PointerButton::Left => 0,
        PointerButton::Middle => 1,
        PointerButton::Right => 2,
        PointerButton::WheelUp => 3,
        PointerButton::WheelDown => 4,
        PointerButton::WheelLeft => 5,
        PointerButton::WheelRight => 6,
        PointerButton::Side => 7,
        PointerButton::Extra => 8,
    };
    1 << number
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: [u32; 2] = [640, 480];

    #[test]
    fn a_tablet_gets_positions_on_the_screen() {
        let (mut pointer, mut out) = (Pointer::default(), Messages::default());
        pointer.move_to([9_999, 5], SIZE, PointerMode::Absolute, &mut out);
        pointer.button(PointerButton::Right, true, PointerMode::Absolute, &mut out);
        pointer.move_by([-600, 70_000], SIZE, PointerMode::Absolute, &mut out);
        assert_eq!(
            out.as_bytes(),
            [5, 0, 2, 127, 0, 5, 5, 4, 2, 127, 0, 5, 5, 4, 0, 39, 1, 223]
        );
    }

    #[test]
    fn the_eighth_and_ninth_buttons_go_to_servers_that_take_them() {
        let (mut pointer, mut out) = (Pointer::default(), Messages::default());
        pointer.button(PointerButton::Extra, true, PointerMode::Absolute, &mut out);
        pointer.button(PointerButton::Extra, false, PointerMode::Absolute, &mut out);
        assert_eq!(out.as_bytes(), [5, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0], "no room for it");
        out.clear();
        pointer.has_extended = true;
        for (button, is_down) in [
            (PointerButton::Left, true),
            (PointerButton::Side, true),
            (PointerButton::Extra, true),
            (PointerButton::Left, false),
            (PointerButton::Side, false),
            (PointerButton::Extra, false),
        ] {
            pointer.button(button, is_down, PointerMode::Absolute, &mut out);
        }
        let told: Vec<(u8, u8)> = out.as_bytes().chunks(7).map(|m| (m[1], m[6])).collect();
        assert_eq!(told, [(0x81, 0), (0x81, 1), (0x81, 3), (0x80, 3), (0x80, 2), (0x80, 0)]);
    }

    #[test]
    fn qemu_is_told_positions_in_rows_of_its_own_length() {
        let (mut pointer, mut out) = (Pointer::default(), Messages::default());
        pointer.is_qemu = true;
        for (x, width) in [(1_279, 1_280), (0, 1_366), (683, 1_366), (1_365, 1_366)] {
            pointer.move_to([x, 0], [width, 768], PointerMode::Absolute, &mut out);
        }
        let told: Vec<u16> = out
            .as_bytes()
            .chunks(6)
            .map(|m| u16::from_be_bytes([m[2], m[3]]))
            .collect();
        assert_eq!(told, [1_279, 0, 688, 1_375]);
    }

    #[test]
    fn a_mouse_gets_movements_and_no_jump_on_a_click() {
        let (mut pointer, mut out) = (Pointer::default(), Messages::default());
        pointer.move_to([300, 300], SIZE, PointerMode::Relative, &mut out);
        assert!(out.is_empty());
        pointer.move_by([-1, i32::MAX], SIZE, PointerMode::Relative, &mut out);
        pointer.button(PointerButton::Left, true, PointerMode::Relative, &mut out);
        assert_eq!(
            out.as_bytes(),
            [5, 0, 0x7f, 0xfe, 0xff, 0xfe, 5, 1, 0x7f, 0xff, 0x7f, 0xff]
        );
    }
}
