//! What the guest shows: a title, moving bars of colour, a clock, and the keys that were typed.
//!
//! Text mode, 80 × 25 cells of two bytes at segment 0xB800: a letter of code page 437 and its colours.

use super::super::assembler::{Assembler, Byte, If, Math, Segment, Word, plain};
use super::WAVES;

const ROW_BYTES: u16 = 160;
const TITLE_ROW: u16 = 1;
const BARS_ROW: u16 = 4;
const STATUS_ROW: u16 = 17;
const ECHO_ROW: u16 = 19;
const ECHO_ROWS: u16 = 3;
const HELP_ROW: u16 = 23;
const MARGIN: u16 = 4;

const TITLE: &str = "Berth";
const SUBTITLE: &str = "a guest without an operating system";
const PROMPT: &str = "Type here";
const HELP: &str = "Serial port:  b burn  c count  w write  r read  W write on  q power off";

const WHITE_ON_HUE: u8 = 0x1F;
const WHITE: u8 = 0x0F;
const GREY: u8 = 0x07;
const DARK: u8 = 0x08;

/// Colours of text mode that become the hues of the bars; black, the greys and white stay what they are.
const HUES: [u8; 12] = [1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14];
/// Solid, then ever lighter shades.
const SHADES: [u8; 12] = [0xDB, 0xDB, 0xDB, 0xDB, 0xB2, 0xB2, 0xB2, 0xB1, 0xB1, 0xB1, 0xB0, 0xB0];
const HUE_CELLS: u16 = 6;

const fn cell(row: u16, column: u16) -> u16 {
    row * ROW_BYTES + column * 2
}

/// A ring from blue over violet, rose and amber to green and back, six bits a channel.
fn hue(index: usize) -> [u8; 3] {
    let turn = index as f32 / HUES.len() as f32 * std::f32::consts::TAU;
    [2.2_f32, 4.4, 0.0].map(|shift| (34.0 + 24.0 * (turn - shift).cos()) as u8)
}

/// Where the graphics card keeps the colour that text mode calls by this number.
const fn palette_index(colour: u8) -> u8 {
    match colour {
        6 => 0x14,
        8.. => 0x30 + colour,
        _ => colour,
    }
}

pub(super) fn data(asm: &mut Assembler) {
    asm.label("palette");
    for (index, colour) in HUES.into_iter().enumerate() {
        asm.bytes(&[palette_index(colour)]);
        asm.bytes(&hue(index));
    }
    asm.label("shades");
    asm.bytes(&SHADES);
    // Three rounds of the ring: one to start anywhere in, one to lean by rows, one for the columns.
    asm.label("hues");
    for _ in 0..3 {
        asm.bytes(&HUES);
    }
    asm.label("hue_first");
    asm.bytes(&[0, 0]);
    asm.label("echo_at");
    asm.bytes(&cell(ECHO_ROW, MARGIN).to_le_bytes());
    for (label, text) in [
        ("title", TITLE),
        ("subtitle", SUBTITLE),
        ("prompt", PROMPT),
        ("help", HELP),
    ] {
        asm.label(label);
        asm.text(text);
    }
}

pub(super) fn routines(asm: &mut Assembler) {
    draw(asm);
    bars(asm);
    tick(asm);
    clock(asm);
    echo(asm);
}

/// The subroutine `draw`: the whole screen, once.
fn draw(asm: &mut Assembler) {
    asm.label("draw");
    asm.set(Word::Ax, 0x0003);
    asm.interrupt(0x10);
    // A cursor that starts behind its end is hidden.
    asm.set_byte(Byte::Ah, 0x01);
    asm.set(Word::Cx, 0x2607);
    asm.interrupt(0x10);
    asm.address(Word::Si, "palette");
    asm.set(Word::Cx, HUES.len() as u16);
    asm.label("palette_next");
    asm.set(Word::Dx, 0x3C8);
    asm.bytes(plain::LODSB);
    asm.bytes(plain::OUT_DX_AL);
    asm.increment(Word::Dx);
    for _ in 0..3 {
        asm.bytes(plain::LODSB);
        asm.bytes(plain::OUT_DX_AL);
    }
    asm.decrement(Word::Cx);
    asm.jump_if(If::NotZero, "palette_next");
    asm.call("to_screen");
    asm.set(Word::Di, cell(TITLE_ROW, 0));
    asm.set(Word::Cx, 80);
    asm.set(Word::Ax, u16::from_be_bytes([WHITE_ON_HUE, b' ']));
    asm.bytes(plain::REP_STOSW);
    for (label, row, column, colour) in [
        ("title", TITLE_ROW, MARGIN, WHITE_ON_HUE),
        ("subtitle", TITLE_ROW, MARGIN + TITLE.len() as u16 + 2, WHITE_ON_HUE),
        ("prompt", STATUS_ROW, MARGIN, GREY),
        ("help", HELP_ROW, MARGIN, DARK),
    ] {
        asm.set(Word::Di, cell(row, column));
        asm.address(Word::Si, label);
        asm.set_byte(Byte::Ah, colour);
        asm.call("show");
    }
    asm.call("bars");
    asm.jump("clock");

    // The text at SI, in the colours of AH, from DI on.
    asm.label("show");
    asm.bytes(plain::LODSB);
    asm.test_byte(Byte::Al, 0xFF);
    asm.jump_if(If::Zero, "shown");
    asm.bytes(plain::STOSW);
    asm.jump("show");
    asm.label("shown");
    asm.bytes(plain::RET);

    asm.label("to_screen");
    asm.set(Word::Ax, 0xB800);
    asm.set_segment(Segment::Es, Word::Ax);
    asm.bytes(plain::RET);
}

/// The subroutine `bars`: the ring of hues, leaning by one column a row.
fn bars(asm: &mut Assembler) {
    asm.label("bars");
    asm.call("to_screen");
    asm.set(Word::Di, cell(BARS_ROW, MARGIN));
    asm.address(Word::Bx, "shades");
    asm.address(Word::Bp, "hues");
    asm.load(Word::Ax, "hue_first");
    asm.add(Word::Bp, Word::Ax);
    asm.set_byte(Byte::Dl, SHADES.len() as u8);
    asm.label("bars_row");
    asm.bytes(plain::MOV_AL_AT_BX);
    asm.increment(Word::Bx);
    asm.copy(Word::Si, Word::Bp);
    asm.increment(Word::Bp);
    asm.set_byte(Byte::Dh, HUES.len() as u8);
    asm.label("bars_hue");
    asm.bytes(plain::MOV_AH_AT_SI);
    asm.increment(Word::Si);
    asm.set(Word::Cx, HUE_CELLS);
    asm.bytes(plain::REP_STOSW);
    asm.decrement_byte(Byte::Dh);
    asm.jump_if(If::NotZero, "bars_hue");
    asm.math(Math::Add, Word::Di, ROW_BYTES - HUES.len() as u16 * HUE_CELLS * 2);
    asm.decrement_byte(Byte::Dl);
    asm.jump_if(If::NotZero, "bars_row");
    asm.bytes(plain::RET);
}

/// The subroutine `on_tick`: every eighth tick the bars move and the clock is set; a busy guest writes its disk.
fn tick(asm: &mut Assembler) {
    asm.label("on_tick");
    asm.math_byte(Math::And, Byte::Al, 7);
    asm.jump_if(If::NotZero, "tick_done");
    asm.load_byte(Byte::Al, "mode");
    asm.math_byte(Math::Cmp, Byte::Al, WAVES);
    asm.jump_if(If::NOT_EQUAL, "tick_draw");
    asm.call("write_block");
    asm.label("tick_draw");
    asm.load(Word::Ax, "hue_first");
    asm.increment(Word::Ax);
    asm.math(Math::Cmp, Word::Ax, HUES.len() as u16);
    asm.jump_if(If::BELOW, "tick_store");
    asm.clear(Word::Ax);
    asm.label("tick_store");
    asm.store("hue_first", Word::Ax);
    asm.call("bars");
    asm.jump("clock");
    asm.label("tick_done");
    asm.bytes(plain::RET);
}

/// The subroutine `clock`: the time of day of the machine's own clock, which keeps its digits as half bytes.
fn clock(asm: &mut Assembler) {
    asm.label("clock");
    asm.set_byte(Byte::Ah, 0x02);
    asm.interrupt(0x1A);
    asm.call("to_screen");
    asm.set(Word::Di, cell(STATUS_ROW, 80 - MARGIN - 8));
    for (register, separator) in [(Byte::Ch, Some(b':')), (Byte::Cl, Some(b':')), (Byte::Dh, None)] {
        asm.copy_byte(Byte::Al, register);
        asm.call("two_digits");
        if let Some(separator) = separator {
            asm.set_byte(Byte::Al, separator);
            asm.bytes(plain::STOSW);
        }
    }
    asm.bytes(plain::RET);

    asm.label("two_digits");
    asm.copy_byte(Byte::Bl, Byte::Al);
    asm.shift_byte_right(Byte::Al, 4);
    asm.call("hex_digit");
    asm.set_byte(Byte::Ah, WHITE);
    asm.bytes(plain::STOSW);
    asm.copy_byte(Byte::Al, Byte::Bl);
    asm.call("hex_digit");
    asm.bytes(plain::STOSW);
    asm.bytes(plain::RET);
}

/// The subroutine `echo`: the letter in AL, in a few rows that are cleared when they are full.
fn echo(asm: &mut Assembler) {
    let end = cell(ECHO_ROW + ECHO_ROWS, 0);
    asm.label("echo");
    asm.push(Word::Ax);
    asm.call("to_screen");
    asm.pop(Word::Ax);
    asm.load(Word::Di, "echo_at");
    asm.math_byte(Math::Cmp, Byte::Al, b'\r');
    asm.jump_if(If::EQUAL, "echo_clear");
    asm.math(Math::Cmp, Word::Di, end);
    asm.jump_if(If::BELOW, "echo_put");
    asm.push(Word::Ax);
    asm.call("echo_clear");
    asm.pop(Word::Ax);
    asm.label("echo_put");
    asm.set_byte(Byte::Ah, WHITE);
    asm.bytes(plain::STOSW);
    asm.store("echo_at", Word::Di);
    asm.bytes(plain::RET);

    asm.label("echo_clear");
    asm.set(Word::Di, cell(ECHO_ROW, 0));
    asm.set(Word::Cx, ECHO_ROWS * 80);
    asm.set(Word::Ax, u16::from_be_bytes([GREY, b' ']));
    asm.bytes(plain::REP_STOSW);
    asm.set(Word::Di, cell(ECHO_ROW, MARGIN));
    asm.store("echo_at", Word::Di);
    asm.bytes(plain::RET);
}
