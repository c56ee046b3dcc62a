//! Keys as servers want them: the key's own number where they take it, and what an American keyboard writes with it.
//!
//! QEMU compares the letter with its own idea of Caps Lock and Num Lock and presses those keys itself where they
//! disagree. So the locks are followed here by QEMU's rules: each press turns one over, the guest's lamps correct it.

use std::collections::BTreeMap;

use super::super::Lights;

const SHIFTS: [u16; 2] = [0x2a, 0x36];
const CAPS_LOCK: u16 = 0x3a;
const NUM_LOCK: u16 = 0x45;
const SCROLL_LOCK: u16 = 0x46;

/// What is held down, and the locks.
#[derive(Debug, Default)]
pub(super) struct Keyboard {
    /// The keysym that was sent, so that the same one is let go.
    held: BTreeMap<u16, u32>,
    locks: Lights,
}

impl Keyboard {
    pub(super) const fn set_locks(&mut self, locks: Lights) {
        self.locks = locks;
    }

    /// The keysym for a key that goes down or up; 0 where there is none.
    pub(super) fn keysym(&mut self, qnum: u16, is_down: bool) -> u32 {
        if !is_down {
            return self.held.remove(&qnum).unwrap_or_else(|| self.meaning(qnum));
        }
        let keysym = self.meaning(qnum);
        self.held.insert(qnum, keysym);
        match qnum {
            CAPS_LOCK => self.locks.caps_lock ^= true,
            NUM_LOCK => self.locks.num_lock ^= true,
            SCROLL_LOCK => self.locks.scroll_lock ^= true,
            _ => {}
        }
        keysym
    }

    fn meaning(&self, qnum: u16) -> u32 {
        let is_shifted = SHIFTS.iter().any(|shift| self.held.contains_key(shift));
        let Some([plain, shifted]) = keysyms(qnum) else {
            return 0;
        };
        let is_letter = (0x61..=0x7a).contains(&plain);
        let is_keypad = (0x47..=0x53).contains(&qnum);
        let is_second = if is_letter {
            is_shifted != self.locks.caps_lock
        } else if is_keypad {
            self.locks.num_lock
        } else {
            is_shifted
        };
        if is_second { shifted } else { plain }
    }
}

/// Without and with Shift; on the keypad, without and with Num Lock.
fn keysyms(qnum: u16) -> Option<[u32; 2]> {
    /// From Escape to Space; a space stands for what has no letter.
    const PLAIN: &[u8; 56] = b"  1234567890-=  qwertyuiop[]  asdfghjkl;'` \\zxcvbnm,./  ";
    const SHIFTED: &[u8; 56] = b"  !@#$%^&*()_+  QWERTYUIOP{}  ASDFGHJKL:\"~ |ZXCVBNM<>?  ";
    let at = usize::from(qnum);
    if let (Some(plain), Some(shifted)) = (PLAIN.get(at), SHIFTED.get(at))
        && *plain != b' '
    {
        return Some([u32::from(*plain), u32::from(*shifted)]);
    }
    if let Some(pair) = keypad(qnum) {
        return Some(pair);
    }
    let one = match qnum {
        0x01 => 0xff1b,
        0x0e => 0xff08,
        0x0f => 0xff09,
        0x1c => 0xff0d,
        0x1d => 0xffe3,
        0x2a => 0xffe1,
        0x36 => 0xffe2,
        0x37 => 0xffaa,
        0x38 => 0xffe9,
        0x39 => 0x20,
        0x3a => 0xffe5,
        0x3b..=0x44 => 0xffbe + u32::from(qnum - 0x3b),
        0x45 => 0xff7f,
        0x46 => 0xff14,
        0x54 => 0xff15,
        0x56 => return Some([0x3c, 0x3e]),
        0x57 => 0xffc8,
        0x58 => 0xffc9,
        _ => return extended(qnum).map(|keysym| [keysym; 2]),
    };
    Some([one; 2])
}

fn keypad(qnum: u16) -> Option<[u32; 2]> {
    let pair = match qnum {
        0x47 => [0xff95, 0xffb7],
        0x48 => [0xff97, 0xffb8],
        0x49 => [0xff9a, 0xffb9],
        0x4a => [0xffad; 2],
        0x4b => [0xff96, 0xffb4],
        0x4c => [0xff9d, 0xffb5],
        0x4d => [0xff98, 0xffb6],
        0x4e => [0xffab; 2],
        0x4f => [0xff9c, 0xffb1],
        0x50 => [0xff99, 0xffb2],
        0x51 => [0xff9b, 0xffb3],
        0x52 => [0xff9e, 0xffb0],
        0x53 => [0xff9f, 0xffae],
        _ => return None,
    };
    Some(pair)
}

/// The keys that the first PC did not have.
const fn extended(qnum: u16) -> Option<u32> {
    let keysym = match qnum {
        0x90 => 0x1008_ff16,
        0x99 => 0x1008_ff17,
        0x9c => 0xff8d,
        0x9d => 0xffe4,
        0xa0 => 0x1008_ff12,
        0xa2 => 0x1008_ff14,
        0xa4 => 0x1008_ff15,
        0xae => 0x1008_ff11,
        0xb0 => 0x1008_ff13,
        0xb5 => 0xffaf,
        0xb7 => 0xff61,
        0xb8 => 0xffea,
        0xc6 => 0xff13,
        0xc7 => 0xff50,
        0xc8 => 0xff52,
        0xc9 => 0xff55,
        0xcb => 0xff51,
        0xcd => 0xff53,
        0xcf => 0xff57,
        0xd0 => 0xff54,
        0xd1 => 0xff56,
        0xd2 => 0xff63,
        0xd3 => 0xffff,
        0xdb => 0xffeb,
        0xdc => 0xffec,
        0xdd => 0xff67,
        _ => return None,
    };
    Some(keysym)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: u16 = 0x1e;
    const ONE: u16 = 0x02;
    const KEYPAD_7: u16 = 0x47;

    fn press(keyboard: &mut Keyboard, qnum: u16) -> u32 {
        let keysym = keyboard.keysym(qnum, true);
        assert_eq!(keyboard.keysym(qnum, false), keysym);
        keysym
    }

    #[test]
    fn every_letter_digit_and_sign_is_where_it_is_printed() {
        let mut keyboard = Keyboard::default();
        let rows: [(u16, &str); 4] = [
            (0x02, "1234567890-="),
            (0x10, "qwertyuiop[]"),
            (0x1e, "asdfghjkl;'`"),
            (0x2b, "\\zxcvbnm,./"),
        ];
        for (first, letters) in rows {
            for (qnum, letter) in (first..).zip(letters.chars()) {
                assert_eq!(press(&mut keyboard, qnum), u32::from(letter), "{qnum:#x}");
            }
        }
        assert_eq!(press(&mut keyboard, 0x39), 0x20);
        assert_eq!(press(&mut keyboard, 0xd3), 0xffff);
    }

    #[test]
    fn shift_and_locks_turn_over_what_they_turn_over_on_a_keyboard() {
        let mut keyboard = Keyboard::default();
        press(&mut keyboard, CAPS_LOCK);
        assert_eq!(press(&mut keyboard, A), u32::from('A'));
        assert_eq!(press(&mut keyboard, ONE), u32::from('1'));
        keyboard.keysym(SHIFTS[1], true);
        assert_eq!(press(&mut keyboard, A), u32::from('a'));
        assert_eq!(press(&mut keyboard, ONE), u32::from('!'));
        assert_eq!(press(&mut keyboard, KEYPAD_7), 0xff95);
        keyboard.set_locks(Lights {
            num_lock: true,
            ..Lights::default()
        });
        assert_eq!(press(&mut keyboard, KEYPAD_7), 0xffb7);
        assert_eq!(press(&mut keyboard, A), u32::from('A'));
    }

    #[test]
    fn what_went_down_as_one_letter_comes_up_as_the_same() {
        let mut keyboard = Keyboard::default();
        keyboard.keysym(SHIFTS[0], true);
        assert_eq!(keyboard.keysym(A, true), u32::from('A'));
        keyboard.keysym(SHIFTS[0], false);
        assert_eq!(keyboard.keysym(A, false), u32::from('A'));
    }

    #[test]
    fn a_key_without_a_meaning_has_none() {
        assert_eq!(Keyboard::default().keysym(0x7d, true), 0);
        assert_eq!(Keyboard::default().keysym(u16::MAX, true), 0);
    }
}
