//! Reading and writing the disk that the guest was started from, by the firmware's extended calls (INT 13h).

use super::super::assembler::{Assembler, Byte, If, Math, Segment, Word, plain};
use super::super::{SECTOR_BYTES, serial};

/// The sector that `w` writes and `r` reads.
const SECTOR: u64 = 2048;
/// Where `W` writes, round and round.
const FIRST_BLOCK: u16 = 4096;
const BLOCK_SECTORS: u16 = 64;
const END_OF_BLOCKS: u16 = FIRST_BLOCK + 64 * BLOCK_SECTORS;
/// Free memory above the program.
const BUFFER: u16 = 0x9000;
const BLOCK_SEGMENT: u16 = 0x2000;

/// A disk address packet: what to move between memory (offset, segment) and disk.
pub(super) fn packet(asm: &mut Assembler, label: &'static str, sectors: u16, memory: (u16, u16), first: u64) {
    asm.label(label);
    asm.bytes(&[16, 0]);
    asm.bytes(&sectors.to_le_bytes());
    asm.bytes(&memory.0.to_le_bytes());
    asm.bytes(&memory.1.to_le_bytes());
    asm.bytes(&first.to_le_bytes());
}

pub(super) fn data(asm: &mut Assembler) {
    packet(asm, "one_sector", 1, (BUFFER, 0), SECTOR);
    asm.label("block");
    asm.bytes(&[16, 0]);
    asm.bytes(&BLOCK_SECTORS.to_le_bytes());
    asm.bytes(&0_u16.to_le_bytes());
    asm.bytes(&BLOCK_SEGMENT.to_le_bytes());
    asm.label("block_first");
    asm.bytes(&u64::from(FIRST_BLOCK).to_le_bytes());
}

pub(super) fn routines(asm: &mut Assembler) {
    transfer(asm);
    fill_sector(asm);
    read_sector(asm);
    write_block(asm);
}

/// The subroutine `transfer`: AH says what (0x42 reads, 0x43 writes), SI what and where to. Carry means it failed.
fn transfer(asm: &mut Assembler) {
    asm.label("transfer");
    asm.bytes(plain::PUSHA);
    asm.set_byte(Byte::Al, 0);
    asm.load_byte(Byte::Dl, "drive");
    asm.interrupt(0x13);
    asm.bytes(plain::POPA);
    asm.bytes(plain::RET);
    asm.label("transfer_failed");
    serial::say(asm, "disk_error");
    asm.bytes(plain::RET);
}

/// `fill_sector`: the sector becomes full of the letter in AL.
fn fill_sector(asm: &mut Assembler) {
    asm.label("fill_sector");
    asm.push(Word::Ax);
    asm.clear(Word::Cx);
    asm.set_segment(Segment::Es, Word::Cx);
    asm.set(Word::Cx, SECTOR_BYTES as u16);
    asm.set(Word::Di, BUFFER);
    asm.bytes(plain::REP_STOSB);
    asm.address(Word::Si, "one_sector");
    asm.set_byte(Byte::Ah, 0x43);
    asm.call("transfer");
    asm.pop(Word::Ax);
    asm.jump_if(If::Carry, "transfer_failed");
    asm.copy(Word::Bx, Word::Ax);
    serial::say(asm, "wrote");
    asm.copy(Word::Ax, Word::Bx);
    asm.call("serial_put");
    serial::say(asm, "line_end");
    asm.bytes(plain::RET);
}

/// `read_sector`: says its first byte.
fn read_sector(asm: &mut Assembler) {
    asm.label("read_sector");
    asm.address(Word::Si, "one_sector");
    asm.set_byte(Byte::Ah, 0x42);
    asm.call("transfer");
    asm.jump_if(If::Carry, "transfer_failed");
    serial::say(asm, "read");
    asm.load_byte_at(Byte::Al, BUFFER);
    asm.shift_byte_right(Byte::Al, 4);
    asm.call("hex_digit");
    asm.call("serial_put");
    asm.load_byte_at(Byte::Al, BUFFER);
    asm.call("hex_digit");
    asm.call("serial_put");
    serial::say(asm, "line_end");
    asm.bytes(plain::RET);

    asm.label("hex_digit");
    asm.math_byte(Math::And, Byte::Al, 0x0F);
    asm.math_byte(Math::Add, Byte::Al, b'0');
    asm.math_byte(Math::Cmp, Byte::Al, b'9' + 1);
    asm.jump_if(If::BELOW, "hex_done");
    asm.math_byte(Math::Add, Byte::Al, b'A' - b'9' - 1);
    asm.label("hex_done");
    asm.bytes(plain::RET);
}

/// `write_block`: writes 32 KiB and moves on.
fn write_block(asm: &mut Assembler) {
    asm.label("write_block");
    asm.address(Word::Si, "block");
    asm.set_byte(Byte::Ah, 0x43);
    asm.call("transfer");
    asm.load(Word::Ax, "block_first");
    asm.math(Math::Add, Word::Ax, BLOCK_SECTORS);
    asm.math(Math::Cmp, Word::Ax, END_OF_BLOCKS);
    asm.jump_if(If::BELOW, "block_next");
    asm.set(Word::Ax, FIRST_BLOCK);
    asm.label("block_next");
    asm.store("block_first", Word::Ax);
    asm.bytes(plain::RET);
}
