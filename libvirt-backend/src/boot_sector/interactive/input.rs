//! What reaches the guest: letters on the serial port, keys, the power button, the timer.

use super::super::assembler::{Assembler, Byte, If, Math, Word, plain};
use super::super::{kvm_proof, serial};
use super::{BURN, IDLE, PM_STATUS, POWER_BUTTON, TICKS, WRITE};

pub(super) fn routines(asm: &mut Assembler) {
    poll(asm);
    keyboard(asm);
    commands(asm);
}

/// The subroutine `poll`: looks at everything once.
fn poll(asm: &mut Assembler) {
    asm.label("poll");
    asm.call("serial_get");
    asm.jump_if(If::Zero, "poll_keys");
    asm.call("command");
    asm.label("poll_keys");
    asm.set_byte(Byte::Ah, 0x01);
    asm.interrupt(0x16);
    asm.jump_if(If::Zero, "poll_power");
    asm.call("key");
    asm.label("poll_power");
    asm.set(Word::Dx, PM_STATUS);
    asm.bytes(plain::IN_AX_DX);
    asm.math(Math::And, Word::Ax, POWER_BUTTON);
    asm.jump_if(If::NotZero, "quit");
    asm.load_byte_at(Byte::Al, TICKS);
    asm.load_byte(Byte::Bl, "last_tick");
    asm.compare_bytes(Byte::Al, Byte::Bl);
    asm.jump_if(If::EQUAL, "poll_done");
    asm.store_byte("last_tick", Byte::Al);
    asm.call("on_tick");
    asm.label("poll_done");
    asm.bytes(plain::RET);
}

/// The subroutine `key`: takes a key from the firmware; shows it, or ends what goes on.
fn keyboard(asm: &mut Assembler) {
    asm.label("key");
    asm.set_byte(Byte::Ah, 0x00);
    asm.interrupt(0x16);
    asm.load_byte(Byte::Bl, "mode");
    asm.on_byte(Byte::Bl, BURN, "rest_again");
    asm.on_byte(Byte::Bl, WRITE, "rest_again");
    asm.test_byte(Byte::Al, 0xFF);
    asm.jump_if(If::Zero, "key_done");
    asm.call("serial_put");
    asm.math_byte(Math::Cmp, Byte::Al, b'\r');
    asm.jump_if(If::NOT_EQUAL, "key_show");
    asm.set_byte(Byte::Al, b'\n');
    asm.call("serial_put");
    asm.set_byte(Byte::Al, b'\r');
    asm.label("key_show");
    asm.call("echo");
    asm.label("key_done");
    asm.bytes(plain::RET);
}

/// The subroutine `command`: does what the letter in AL says.
fn commands(asm: &mut Assembler) {
    asm.label("command");
    asm.load_byte(Byte::Bl, "is_fill_next");
    asm.test_byte(Byte::Bl, 0xFF);
    asm.jump_if(If::NotZero, "fill");
    asm.load_byte(Byte::Bl, "mode");
    asm.on_byte(Byte::Bl, BURN, "rest_again");
    asm.on_byte(Byte::Bl, WRITE, "rest_again");
    for (letter, label) in [
        (b'b', "burn"),
        (b'W', "write_mode"),
        (b'c', "count_once"),
        (b'w', "write_next"),
        (b'r', "read_sector"),
        (b'q', "quit"),
    ] {
        asm.on_byte(Byte::Al, letter, label);
    }
    asm.call("serial_put");
    asm.call("echo");
    asm.bytes(plain::RET);

    for (label, mode, words) in [("burn", BURN, "burning"), ("write_mode", WRITE, "writing")] {
        asm.label(label);
        asm.set_byte(Byte::Al, mode);
        asm.store_byte("mode", Byte::Al);
        serial::say(asm, words);
        asm.bytes(plain::RET);
    }

    asm.label("rest_again");
    asm.load_byte(Byte::Al, "usual_mode");
    asm.store_byte("mode", Byte::Al);
    serial::say(asm, "idle");
    asm.bytes(plain::RET);

    asm.label("count_once");
    kvm_proof::count(asm);
    serial::say(asm, "counted");
    asm.bytes(plain::RET);

    asm.label("write_next");
    asm.set_byte(Byte::Al, 1);
    asm.store_byte("is_fill_next", Byte::Al);
    asm.bytes(plain::RET);

    asm.label("quit");
    serial::say(asm, "bye");
    asm.jump("power_off");
    asm.label("fill");
    asm.set_byte(Byte::Bl, IDLE);
    asm.store_byte("is_fill_next", Byte::Bl);
    asm.jump("fill_sector");
}
