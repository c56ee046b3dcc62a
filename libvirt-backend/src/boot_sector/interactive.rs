//! The guest that does what it is told.
//!
//! | on the serial port | what it does | what it says |
//! | --- | --- | --- |
//! | (start) | draws its screen | `BERTH-READY` |
//! | `b` | burns its CPU until the next letter or key | `BURNING`, then `IDLE` |
//! | `W` | writes to its disk until the next letter or key | `WRITING`, then `IDLE` |
//! | `c` | counts a loop of twenty million | `COUNTED` |
//! | `w` and a letter | fills one sector of its disk with the letter | `WROTE x` |
//! | `r` | reads that sector | `READ 78`, the first byte in hexadecimal |
//! | `q`, or the power button | powers off | `BYE` |
//! | a key on the keyboard | shows it | the key |
//!
//! Otherwise it sleeps, woken by the timer 18 times a second.

mod disk;
mod input;
mod screen;

use super::assembler::{Assembler, Byte, If, Math, Segment, Word, plain};
use super::{COUNTED, ORIGIN, READY, SECTOR_BYTES, SIGNATURE, kvm_proof, serial};

/// The size of the disk that [`interactive`] gives.
pub const DISK_BYTES: usize = 8 << 20;
/// Sectors behind the first that hold the rest of the program.
const MORE_SECTORS: u16 = 7;
/// The firmware's count of timer ticks, 18.2 a second.
const TICKS: u16 = 0x046C;
/// ACPI's power-management registers where the firmware puts them: status, and behind it what is reported.
const PM_STATUS: u16 = 0x600;
const PM_ENABLE: u16 = 0x602;
const POWER_BUTTON: u16 = 0x100;

const IDLE: u8 = 0;
const BURN: u8 = 1;
const WRITE: u8 = 2;
const WAVES: u8 = 3;

/// What the guest does when nobody tells it anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    /// Sleeps.
    #[default]
    Calm,
    /// Works in waves, so that graphs have something to show. `phase` 0 to 15 says where in the wave it starts.
    Busy { phase: u8 },
}

/// How many of eight ticks are worked through, over half a minute.
const WAVE: [u8; 16] = [1, 2, 4, 6, 7, 7, 5, 3, 1, 0, 0, 2, 5, 6, 3, 1];

/// A whole disk, raw, of [`DISK_BYTES`]. The program fills its beginning; the rest is room for what it writes.
pub fn interactive(mood: Mood) -> Vec<u8> {
    let mut asm = Assembler::new(ORIGIN);
    first_sector(&mut asm);
    start(&mut asm);
    main_loop(&mut asm);
    input::routines(&mut asm);
    serial::get_routine(&mut asm);
    disk::routines(&mut asm);
    screen::routines(&mut asm);
    data(&mut asm, mood);
    asm.pad_to(SECTOR_BYTES * usize::from(1 + MORE_SECTORS));
    let mut image = asm.finish();
    image.resize(DISK_BYTES, 0);
    image
}

/// What the firmware loads: enough to load the rest.
fn first_sector(asm: &mut Assembler) {
    asm.bytes(plain::CLI);
    asm.bytes(plain::CLD);
    asm.clear(Word::Ax);
    asm.set_segment(Segment::Ds, Word::Ax);
    asm.set_segment(Segment::Es, Word::Ax);
    asm.set_segment(Segment::Ss, Word::Ax);
    asm.set(Word::Sp, ORIGIN);
    asm.bytes(plain::STI);
    asm.store_byte("drive", Byte::Dl);
    serial::set_up(asm);
    asm.set_byte(Byte::Ah, 0x42);
    asm.load_byte(Byte::Dl, "drive");
    asm.address(Word::Si, "rest");
    asm.interrupt(0x13);
    asm.jump_if(If::Carry, "no_rest");
    asm.jump("start");
    asm.label("no_rest");
    serial::say(asm, "disk_error");
    asm.label("power_off");
    kvm_proof::power_off(asm);
    serial::routines(asm);
    asm.label("drive");
    asm.bytes(&[0]);
    disk::packet(asm, "rest", MORE_SECTORS, (ORIGIN + SECTOR_BYTES as u16, 0), 1);
    asm.label("disk_error");
    asm.text("DISK ERROR\r\n");
    asm.pad_to(SECTOR_BYTES - SIGNATURE.len());
    asm.bytes(&SIGNATURE);
}

fn start(asm: &mut Assembler) {
    asm.label("start");
    // Else the machine does not tell of its power button.
    asm.set(Word::Dx, PM_ENABLE);
    asm.set(Word::Ax, POWER_BUTTON);
    asm.bytes(plain::OUT_DX_AX);
    asm.call("draw");
    serial::say(asm, "ready");
}

fn main_loop(asm: &mut Assembler) {
    asm.label("main");
    asm.call("poll");
    asm.load_byte(Byte::Al, "mode");
    asm.on_byte(Byte::Al, BURN, "main");
    asm.on_byte(Byte::Al, WRITE, "write_on");
    asm.on_byte(Byte::Al, WAVES, "waves");
    asm.label("sleep");
    asm.bytes(plain::HLT);
    asm.jump("main");

    asm.label("write_on");
    asm.call("write_block");
    asm.jump("main");

    asm.label("waves");
    asm.load_at(Word::Bx, TICKS);
    asm.shift_right(Word::Bx, 5);
    asm.load_byte(Byte::Al, "phase");
    asm.set_byte(Byte::Ah, 0);
    asm.add(Word::Bx, Word::Ax);
    asm.math(Math::And, Word::Bx, WAVE.len() as u16 - 1);
    asm.address(Word::Ax, "wave");
    asm.add(Word::Bx, Word::Ax);
    asm.bytes(plain::MOV_AL_AT_BX);
    asm.load_byte_at(Byte::Bl, TICKS);
    asm.math_byte(Math::And, Byte::Bl, 7);
    asm.compare_bytes(Byte::Bl, Byte::Al);
    asm.jump_if(If::BELOW, "main");
    asm.jump("sleep");
}

fn data(asm: &mut Assembler, mood: Mood) {
    let (mode, phase) = match mood {
        Mood::Calm => (IDLE, 0),
        Mood::Busy { phase } => (WAVES, phase),
    };
    for (label, value) in [
        ("mode", mode),
        ("usual_mode", mode),
        ("phase", phase),
        ("is_fill_next", 0),
        ("last_tick", 0),
    ] {
        asm.label(label);
        asm.bytes(&[value]);
    }
    asm.label("wave");
    asm.bytes(&WAVE);
    for (label, text) in [
        ("ready", &*format!("\r\n{READY}\r\n")),
        ("counted", &format!("{COUNTED}\r\n")),
        ("burning", "BURNING\r\n"),
        ("writing", "WRITING\r\n"),
        ("idle", "IDLE\r\n"),
        ("wrote", "WROTE "),
        ("read", "READ "),
        ("bye", "BYE\r\n"),
        ("line_end", "\r\n"),
    ] {
        asm.label(label);
        asm.text(text);
    }
    disk::data(asm);
    screen::data(asm);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_stands_in_the_sectors_that_its_first_one_loads() {
        let image = interactive(Mood::Calm);
        assert_eq!(image.len(), DISK_BYTES);
        assert_eq!(image[510..512], SIGNATURE);
        let end = image.iter().rposition(|byte| *byte != 0).unwrap();
        assert!(end < SECTOR_BYTES * usize::from(1 + MORE_SECTORS));
        assert!(end > SECTOR_BYTES, "the rest of the program is missing");
    }

    #[test]
    fn moods_differ_in_what_they_do_unasked_only() {
        let (calm, busy) = (interactive(Mood::Calm), interactive(Mood::Busy { phase: 3 }));
        let changed = calm.iter().zip(&busy).filter(|(left, right)| left != right).count();
        assert_eq!(changed, 3);
    }
}
