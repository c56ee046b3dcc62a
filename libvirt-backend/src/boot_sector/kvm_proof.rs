//! The guest that proves whether KVM works: it counts and says so.

use super::assembler::{Assembler, If, Segment, Word, plain};
use super::{COUNT, COUNTED, ORIGIN, READY, SECTOR_BYTES, SIGNATURE, serial};

/// QEMU's ACPI power register where the firmware puts it, and the word that means soft off.
pub(super) const POWER_PORT: u16 = 0x604;
pub(super) const SOFT_OFF: u16 = 0x2000;

/// A whole boot sector: says [`READY`], counts a loop of [`COUNT`], says [`COUNTED`], powers off.
///
/// Hardware runs the loop in milliseconds. A host that offers KVM and emulates each instruction takes more than a
/// minute, which is how the two are told apart.
pub fn kvm_proof() -> [u8; SECTOR_BYTES] {
    let mut asm = Assembler::new(ORIGIN);
    asm.bytes(plain::CLI);
    asm.bytes(plain::CLD);
    asm.clear(Word::Ax);
    asm.set_segment(Segment::Ds, Word::Ax);
    asm.set_segment(Segment::Ss, Word::Ax);
    asm.set(Word::Sp, ORIGIN);
    serial::set_up(&mut asm);
    serial::say(&mut asm, "ready");
    count(&mut asm);
    serial::say(&mut asm, "counted");
    power_off(&mut asm);
    serial::routines(&mut asm);
    asm.label("ready");
    asm.text(&format!("\r\n{READY}\r\n"));
    asm.label("counted");
    asm.text(&format!("{COUNTED}\r\n"));
    asm.pad_to(SECTOR_BYTES - SIGNATURE.len());
    asm.bytes(&SIGNATURE);

    let mut sector = [0; SECTOR_BYTES];
    sector.copy_from_slice(&asm.finish());
    sector
}

/// [`kvm_proof`] as a raw disk: the firmware starts no disk that is smaller than a cylinder.
pub fn kvm_proof_disk() -> Vec<u8> {
    let mut disk = kvm_proof().to_vec();
    disk.resize(1 << 20, 0);
    disk
}

/// Counts [`COUNT`] rounds in ECX.
pub(super) fn count(asm: &mut Assembler) {
    asm.set_long(Word::Cx, COUNT);
    asm.label("count");
    asm.decrement_long(Word::Cx);
    asm.jump_if(If::NotZero, "count");
}

/// Ends the machine; where it has no such register, sleeps for ever.
pub(super) fn power_off(asm: &mut Assembler) {
    asm.set(Word::Dx, POWER_PORT);
    asm.set(Word::Ax, SOFT_OFF);
    asm.bytes(plain::OUT_DX_AX);
    asm.label("off");
    asm.bytes(plain::CLI);
    asm.bytes(plain::HLT);
    asm.jump("off");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_a_boot_sector_that_counts_to_twenty_million() {
        let sector = kvm_proof();
        assert_eq!(sector[510..], SIGNATURE);
        assert!(sector.windows(4).any(|bytes| bytes == COUNT.to_le_bytes()));
        assert!(sector.windows(READY.len()).any(|bytes| bytes == READY.as_bytes()));
    }
}
