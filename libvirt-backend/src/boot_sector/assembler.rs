//! A small assembler for 16-bit x86: one method per instruction, labels by name.
//!
//! Source of the encodings: Intel's Software Developer's Manual, volume 2, for real mode on a 386 or newer.

use std::collections::HashMap;

/// 16-bit registers in the order of their encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Ax,
    Cx,
    Dx,
    Bx,
    Sp,
    Bp,
    Si,
    Di,
}

/// 8-bit registers in the order of their encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Byte {
    Al,
    Cl,
    Dl,
    Bl,
    Ah,
    Ch,
    Dh,
}

/// Segment registers in the order of their encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    Es = 0,
    Ss = 2,
    Ds = 3,
    Fs = 4,
    Gs = 5,
}

/// When a conditional jump jumps, with the number that stands in its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum If {
    Carry = 0x2,
    Zero = 0x4,
    NotZero = 0x5,
}

impl If {
    pub(super) const BELOW: Self = Self::Carry;
    pub(super) const EQUAL: Self = Self::Zero;
    pub(super) const NOT_EQUAL: Self = Self::NotZero;
}

/// Two-operand arithmetic with a constant, by the number in its `ModRM` byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Math {
    Add = 0,
    And = 4,
    Cmp = 7,
}

/// Instructions without operands, by their bytes.
pub(super) mod plain {
    pub(in super::super) const CLI: &[u8] = &[0xFA];
    pub(in super::super) const STI: &[u8] = &[0xFB];
    pub(in super::super) const CLD: &[u8] = &[0xFC];
    pub(in super::super) const HLT: &[u8] = &[0xF4];
    pub(in super::super) const RET: &[u8] = &[0xC3];
    pub(in super::super) const LODSB: &[u8] = &[0xAC];
    pub(in super::super) const STOSW: &[u8] = &[0xAB];
    pub(in super::super) const REP_STOSB: &[u8] = &[0xF3, 0xAA];
    pub(in super::super) const REP_STOSW: &[u8] = &[0xF3, 0xAB];
    pub(in super::super) const IN_AL_DX: &[u8] = &[0xEC];
    pub(in super::super) const IN_AX_DX: &[u8] = &[0xED];
    pub(in super::super) const OUT_DX_AL: &[u8] = &[0xEE];
    pub(in super::super) const OUT_DX_AX: &[u8] = &[0xEF];
    pub(in super::super) const PUSHA: &[u8] = &[0x60];
    pub(in super::super) const POPA: &[u8] = &[0x61];
    /// `mov al, [bx]`
    pub(in super::super) const MOV_AL_AT_BX: &[u8] = &[0x8A, 0x07];
    /// `mov ah, [si]`
    pub(in super::super) const MOV_AH_AT_SI: &[u8] = &[0x8A, 0x24];
}

#[derive(Clone, Copy, Debug)]
enum Fixup {
    /// The address itself.
    Absolute { at: usize, label: &'static str },
    /// The distance from the end of the two bytes.
    Relative { at: usize, label: &'static str },
}

#[derive(Debug)]
pub(super) struct Assembler {
    code: Vec<u8>,
    origin: u16,
    labels: HashMap<&'static str, u16>,
    fixups: Vec<Fixup>,
}

impl Assembler {
    pub(super) fn new(origin: u16) -> Self {
        Self {
            code: Vec::new(),
            origin,
            labels: HashMap::new(),
            fixups: Vec::new(),
        }
    }

    /// Gives the present place a name.
    pub(super) fn label(&mut self, name: &'static str) {
        let address = self.here();
        let earlier = self.labels.insert(name, address);
        assert!(earlier.is_none(), "label {name} stands twice");
    }

    fn here(&self) -> u16 {
        self.origin.wrapping_add(self.code.len() as u16)
    }

    /// Data, or instructions of [`plain`].
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.code.extend_from_slice(bytes);
    }

    /// A text with the zero that ends it.
    pub(super) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
        self.bytes(&[0]);
    }

    pub(super) fn pad_to(&mut self, len: usize) {
        assert!(self.code.len() <= len, "{} bytes do not fit {len}", self.code.len());
        self.code.resize(len, 0);
    }

    /// The bytes with every label's address filled in.
    pub(super) fn finish(mut self) -> Vec<u8> {
        for fixup in std::mem::take(&mut self.fixups) {
            let (at, label) = match fixup {
                Fixup::Absolute { at, label } | Fixup::Relative { at, label } => (at, label),
            };
            let target = self.labels.get(label).copied();
            assert!(target.is_some(), "label {label} stands nowhere");
            let next = self.origin.wrapping_add(at as u16 + 2);
            let value = match fixup {
                Fixup::Absolute { .. } => target.unwrap_or_default(),
                Fixup::Relative { .. } => target.unwrap_or_default().wrapping_sub(next),
            };
            self.code.splice(at..at + 2, value.to_le_bytes());
        }
        self.code
    }

    fn absolute(&mut self, label: &'static str) {
        self.fixups.push(Fixup::Absolute {
            at: self.code.len(),
            label,
        });
        self.bytes(&[0, 0]);
    }

    fn relative(&mut self, label: &'static str) {
        self.fixups.push(Fixup::Relative {
            at: self.code.len(),
            label,
        });
        self.bytes(&[0, 0]);
    }

    fn word(&mut self, value: u16) {
        self.bytes(&value.to_le_bytes());
    }

    /// `mov register, value`
    pub(super) fn set(&mut self, register: Word, value: u16) {
        self.bytes(&[0xB8 + register as u8]);
        self.word(value);
    }

    /// `mov register, value`
    pub(super) fn set_byte(&mut self, register: Byte, value: u8) {
        self.bytes(&[0xB0 + register as u8, value]);
    }

    /// `mov e…, value`, of the 32-bit register.
    pub(super) fn set_long(&mut self, register: Word, value: u32) {
        self.bytes(&[0x66, 0xB8 + register as u8]);
        self.bytes(&value.to_le_bytes());
    }

    /// `mov register, address of label`
    pub(super) fn address(&mut self, register: Word, label: &'static str) {
        self.bytes(&[0xB8 + register as u8]);
        self.absolute(label);
    }

    /// `mov to, from`
    pub(super) fn copy(&mut self, to: Word, from: Word) {
        self.bytes(&[0x89, register_pair(from as u8, to as u8)]);
    }

    /// `mov to, from`
    pub(super) fn copy_byte(&mut self, to: Byte, from: Byte) {
        self.bytes(&[0x88, register_pair(from as u8, to as u8)]);
    }

    /// `mov segment, register`
    pub(super) fn set_segment(&mut self, segment: Segment, register: Word) {
        self.bytes(&[0x8E, register_pair(segment as u8, register as u8)]);
    }

    /// `mov register, [label]`
    pub(super) fn load(&mut self, register: Word, label: &'static str) {
        self.bytes(&[0x8B, (register as u8) << 3 | 0b110]);
        self.absolute(label);
    }

    /// `mov register, [address]`
    pub(super) fn load_at(&mut self, register: Word, address: u16) {
        self.bytes(&[0x8B, (register as u8) << 3 | 0b110]);
        self.word(address);
    }

    /// `mov [label], register`
    pub(super) fn store(&mut self, label: &'static str, register: Word) {
        self.bytes(&[0x89, (register as u8) << 3 | 0b110]);
        self.absolute(label);
    }

    /// `mov register, [label]`
    pub(super) fn load_byte(&mut self, register: Byte, label: &'static str) {
        self.bytes(&[0x8A, (register as u8) << 3 | 0b110]);
        self.absolute(label);
    }

    /// `mov register, [address]`
    pub(super) fn load_byte_at(&mut self, register: Byte, address: u16) {
        self.bytes(&[0x8A, (register as u8) << 3 | 0b110]);
        self.word(address);
    }

    /// `mov [label], register`
    pub(super) fn store_byte(&mut self, label: &'static str, register: Byte) {
        self.bytes(&[0x88, (register as u8) << 3 | 0b110]);
        self.absolute(label);
    }

    /// `add`, `and` or `cmp register, value`
    pub(super) fn math(&mut self, operation: Math, register: Word, value: u16) {
        self.bytes(&[0x81, register_pair(operation as u8, register as u8)]);
        self.word(value);
    }

    /// `add`, `and` or `cmp register, value`
    pub(super) fn math_byte(&mut self, operation: Math, register: Byte, value: u8) {
        self.bytes(&[0x80, register_pair(operation as u8, register as u8), value]);
    }

    /// `add to, from`
    pub(super) fn add(&mut self, to: Word, from: Word) {
        self.bytes(&[0x01, register_pair(from as u8, to as u8)]);
    }

    /// `cmp left, right`
    pub(super) fn compare_bytes(&mut self, left: Byte, right: Byte) {
        self.bytes(&[0x38, register_pair(right as u8, left as u8)]);
    }

    /// `xor register, register`
    pub(super) fn clear(&mut self, register: Word) {
        self.bytes(&[0x31, register_pair(register as u8, register as u8)]);
    }

    /// `test register, mask`
    pub(super) fn test_byte(&mut self, register: Byte, mask: u8) {
        self.bytes(&[0xF6, register_pair(0, register as u8), mask]);
    }

    /// `shr register, bits`
    pub(super) fn shift_right(&mut self, register: Word, bits: u8) {
        self.bytes(&[0xC1, register_pair(5, register as u8), bits]);
    }

    /// `shr register, bits`
    pub(super) fn shift_byte_right(&mut self, register: Byte, bits: u8) {
        self.bytes(&[0xC0, register_pair(5, register as u8), bits]);
    }

    pub(super) fn increment(&mut self, register: Word) {
        self.bytes(&[0x40 + register as u8]);
    }

    pub(super) fn decrement(&mut self, register: Word) {
        self.bytes(&[0x48 + register as u8]);
    }

    /// `dec e…`, of the 32-bit register.
    pub(super) fn decrement_long(&mut self, register: Word) {
        self.bytes(&[0x66, 0x48 + register as u8]);
    }

    /// `dec register`
    pub(super) fn decrement_byte(&mut self, register: Byte) {
        self.bytes(&[0xFE, register_pair(1, register as u8)]);
    }

    pub(super) fn push(&mut self, register: Word) {
        self.bytes(&[0x50 + register as u8]);
    }

    pub(super) fn pop(&mut self, register: Word) {
        self.bytes(&[0x58 + register as u8]);
    }

    /// `add dword [label], value`
    pub(super) fn add_to_long(&mut self, label: &'static str, value: u16) {
        self.bytes(&[0x66, 0x81, 0b110]);
        self.absolute(label);
        self.bytes(&u32::from(value).to_le_bytes());
    }

    /// `add word [si + offset], value`
    pub(super) fn add_at_si(&mut self, offset: u8, value: u16) {
        self.bytes(&[0x81, 0b0100_0100, offset]);
        self.word(value);
    }

    /// `adc byte [si + offset], 0`
    pub(super) fn carry_at_si(&mut self, offset: u8) {
        self.bytes(&[0x80, 0b0101_0100, offset, 0]);
    }

    /// `jmp segment:offset`
    pub(super) fn far_jump(&mut self, segment: u16, offset: u16) {
        self.bytes(&[0xEA]);
        self.word(offset);
        self.word(segment);
    }

    /// Asks the firmware.
    pub(super) fn interrupt(&mut self, number: u8) {
        self.bytes(&[0xCD, number]);
    }

    pub(super) fn jump(&mut self, label: &'static str) {
        self.bytes(&[0xE9]);
        self.relative(label);
    }

    pub(super) fn jump_if(&mut self, condition: If, label: &'static str) {
        self.bytes(&[0x0F, 0x80 | condition as u8]);
        self.relative(label);
    }

    pub(super) fn call(&mut self, label: &'static str) {
        self.bytes(&[0xE8]);
        self.relative(label);
    }

    /// `call label` where `register` holds `value`, else goes on.
    pub(super) fn on_byte(&mut self, register: Byte, value: u8, label: &'static str) {
        self.math_byte(Math::Cmp, register, value);
        self.jump_if(If::EQUAL, label);
    }
}

/// `ModRM` with both operands in registers.
const fn register_pair(reg: u8, rm: u8) -> u8 {
    0b1100_0000 | reg << 3 | rm
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes were taken from the manual's tables and checked with objdump -m i8086.
    #[test]
    fn instructions_have_the_bytes_of_the_manual() {
        let mut asm = Assembler::new(0x7C00);
        asm.set(Word::Dx, 0x03F8);
        asm.set_byte(Byte::Ah, 0x42);
        asm.set_long(Word::Cx, 20_000_000);
        asm.copy(Word::Si, Word::Ax);
        asm.math(Math::Cmp, Word::Di, 0x1234);
        asm.test_byte(Byte::Al, 0x20);
        asm.decrement_long(Word::Cx);
        asm.set_segment(Segment::Es, Word::Ax);
        asm.math_byte(Math::Add, Byte::Al, 7);
        let expected = [
            &[0xBA, 0xF8, 0x03][..],
            &[0xB4, 0x42],
            &[0x66, 0xB9, 0x00, 0x2D, 0x31, 0x01],
            &[0x89, 0xC6],
            &[0x81, 0xFF, 0x34, 0x12],
            &[0xF6, 0xC0, 0x20],
            &[0x66, 0x49],
            &[0x8E, 0xC0],
            &[0x80, 0xC0, 0x07],
        ]
        .concat();
        assert_eq!(asm.finish(), expected);
    }

    #[test]
    fn labels_before_and_behind_are_filled_in() {
        let mut asm = Assembler::new(0x7C00);
        asm.label("start");
        asm.jump("end");
        asm.load_byte(Byte::Al, "data");
        asm.jump("start");
        asm.label("data");
        asm.bytes(&[7]);
        asm.label("end");
        assert_eq!(asm.finish(), [0xE9, 8, 0, 0x8A, 0x06, 0x0A, 0x7C, 0xE9, 0xF6, 0xFF, 7]);
    }

    #[test]
    #[should_panic(expected = "label nowhere stands nowhere")]
    fn a_missing_label_is_found_out() {
        let mut asm = Assembler::new(0);
        asm.jump("nowhere");
        asm.finish();
    }
}
