//! Speaking and listening on the first serial port (a 16550 at 0x3F8).

use super::assembler::{Assembler, Byte, If, Word, plain};

const PORT: u16 = 0x3F8;
const LINE_CONTROL: u16 = PORT + 3;
const LINE_STATUS: u16 = PORT + 5;
const CAN_SEND: u8 = 0x20;

/// 115,200 baud, 8 bits, no parity; no interrupts: the port is asked.
pub(super) fn set_up(asm: &mut Assembler) {
    for (port, value) in [
        (PORT + 1, 0x00),
        (LINE_CONTROL, 0x80),
        (PORT, 0x01),
        (PORT + 1, 0x00),
        (LINE_CONTROL, 0x03),
    ] {
        asm.set(Word::Dx, port);
        asm.set_byte(Byte::Al, value);
        asm.bytes(plain::OUT_DX_AL);
    }
}

/// The subroutines `serial_put` (the letter in AL) and `serial_say` (the text at SI). They keep every register but
/// AX and SI.
pub(super) fn routines(asm: &mut Assembler) {
    asm.label("serial_put");
    asm.bytes(plain::PUSHA);
    asm.copy_byte(Byte::Bl, Byte::Al);
    // Nobody may be listening: a letter that cannot go out in time is lost instead of holding the guest.
    asm.set(Word::Cx, 0xFFFF);
    asm.set(Word::Dx, LINE_STATUS);
    asm.label("serial_wait");
    asm.bytes(plain::IN_AL_DX);
    asm.test_byte(Byte::Al, CAN_SEND);
    asm.jump_if(If::NotZero, "serial_send");
    asm.decrement(Word::Cx);
    asm.jump_if(If::NotZero, "serial_wait");
    asm.label("serial_send");
    asm.set(Word::Dx, PORT);
    asm.copy_byte(Byte::Al, Byte::Bl);
    asm.bytes(plain::OUT_DX_AL);
    asm.bytes(plain::POPA);
    asm.bytes(plain::RET);

    asm.label("serial_say");
    asm.bytes(plain::LODSB);
    asm.test_byte(Byte::Al, 0xFF);
    asm.jump_if(If::Zero, "serial_said");
    asm.call("serial_put");
    asm.jump("serial_say");
    asm.label("serial_said");
    asm.bytes(plain::RET);
}

/// The subroutine `serial_get`: the next letter in AL; the zero flag is set where there is none. Changes DX.
pub(super) fn get_routine(asm: &mut Assembler) {
    asm.label("serial_get");
    asm.set(Word::Dx, LINE_STATUS);
    asm.bytes(plain::IN_AL_DX);
    asm.test_byte(Byte::Al, 0x01);
    asm.jump_if(If::Zero, "serial_none");
    asm.set(Word::Dx, PORT);
    asm.bytes(plain::IN_AL_DX);
    // A zero byte counts as none: no command is made of it.
    asm.test_byte(Byte::Al, 0xFF);
    asm.label("serial_none");
    asm.bytes(plain::RET);
}

/// `mov si, label; call serial_say`
pub(super) fn say(asm: &mut Assembler, label: &'static str) {
    asm.address(Word::Si, label);
    asm.call("serial_say");
}
