//! A disk that starts a Linux kernel, with a loader of our own: no boot loader has to be installed for it.
//!
//! ```text
//! sector 0          the loader and a partition table with one partition
//! from sector 1     real-mode code of the kernel with its header filled in, and the command line
//! then              the kernel, the initial RAM disk, each padded to whole blocks
//! then, to the end  the partition, /dev/vda1
//! ```
//!
//! Source: the kernel's Documentation/arch/x86/boot.rst, protocol 2.06 or newer.

use super::assembler::{Assembler, Byte, If, Segment, Word, plain};
use super::{ORIGIN, SECTOR_BYTES, SIGNATURE, kvm_proof, serial};

/// What one round of the loader moves.
const BLOCK_BYTES: usize = 32 << 10;
const BLOCK_SECTORS: u16 = (BLOCK_BYTES / SECTOR_BYTES) as u16;
/// Below the loader's own memory and the kernel's real-mode code.
const BOUNCE_SEGMENT: u16 = 0x2000;
/// Real-mode code, its heap and stack, and the command line.
const SETUP_SEGMENT: u16 = 0x9000;
const STACK: u16 = 0xE000;
const COMMAND_LINE: u16 = 0xE000;
const SETUP_SECTORS: u16 = 113;
const KERNEL_ADDRESS: u32 = 0x10_0000;
/// Above the memory that a kernel unpacks itself into.
const INITRD_ADDRESS: u32 = 96 << 20;
const PARTITION_TABLE: usize = 446;
const LINUX_PARTITION: u8 = 0x83;

/// The least memory a machine needs to start from such a disk.
pub const LINUX_MIN_MEMORY_KIB: u64 = 192 << 10;

/// A raw disk of `disk_bytes` that starts this kernel. `None` where it is no kernel of a known protocol, or the parts
/// do not fit.
pub fn linux_disk(kernel: &[u8], initrd: &[u8], command_line: &str, disk_bytes: usize) -> Option<Vec<u8>> {
    let (setup, body) = split_kernel(kernel)?;
    let setup = fill_in(setup, initrd.len(), command_line)?;
    let [body_blocks, initrd_blocks] = [body, initrd].map(|part| part.len().div_ceil(BLOCK_BYTES));
    let partition = 1 + usize::from(SETUP_SECTORS) + (body_blocks + initrd_blocks) * usize::from(BLOCK_SECTORS);
    let free_sectors = (disk_bytes / SECTOR_BYTES).checked_sub(partition)?;

    let mut disk = loader(u16::try_from(body_blocks).ok()?, u16::try_from(initrd_blocks).ok()?);
    disk.splice(
        PARTITION_TABLE..PARTITION_TABLE + 16,
        partition_entry(partition as u32, free_sectors as u32),
    );
    disk.extend(setup);
    for (part, blocks) in [(body, body_blocks), (initrd, initrd_blocks)] {
        let end = disk.len() + blocks * BLOCK_BYTES;
        disk.extend_from_slice(part);
        disk.resize(end, 0);
    }
    disk.resize(disk_bytes, 0);
    Some(disk)
}

/// Real-mode code and the rest.
fn split_kernel(kernel: &[u8]) -> Option<(&[u8], &[u8])> {
    const PROTOCOL_2_06: u16 = 0x0206;
    let is_kernel = kernel.get(0x202..0x206)? == b"HdrS";
    let protocol = u16::from_le_bytes(kernel.get(0x206..0x208)?.try_into().ok()?);
    if !is_kernel || protocol < PROTOCOL_2_06 {
        return None;
    }
    // Zero stands for four, for the sake of very old loaders.
    let sectors = match *kernel.get(0x1F1)? {
        0 => 4,
        sectors => usize::from(sectors),
    };
    kernel.split_at_checked((sectors + 1) * SECTOR_BYTES)
}

/// The real-mode code as it has to stand in memory when it is jumped to.
fn fill_in(setup: &[u8], initrd_bytes: usize, command_line: &str) -> Option<Vec<u8>> {
    const UNKNOWN_LOADER: u8 = 0xFF;
    const CAN_USE_HEAP: u8 = 0x80;
    let mut memory = setup.to_vec();
    if memory.len() > usize::from(STACK) - 0x1000 {
        return None;
    }
    memory.resize(usize::from(SETUP_SECTORS) * SECTOR_BYTES, 0);
    memory[0x210] = UNKNOWN_LOADER;
    memory[0x211] |= CAN_USE_HEAP;
    let heap_end = STACK - 0x200;
    memory[0x224..0x226].copy_from_slice(&heap_end.to_le_bytes());
    memory[0x218..0x21C].copy_from_slice(&INITRD_ADDRESS.to_le_bytes());
    memory[0x21C..0x220].copy_from_slice(&u32::try_from(initrd_bytes).ok()?.to_le_bytes());
    let command_line_address = u32::from(SETUP_SEGMENT) * 16 + u32::from(COMMAND_LINE);
    memory[0x228..0x22C].copy_from_slice(&command_line_address.to_le_bytes());
    // One byte stays zero: it ends the command line.
    let room = memory.get_mut(usize::from(COMMAND_LINE)..)?;
    let room = room
        .get_mut(..command_line.len())
        .filter(|room| room.len() < SECTOR_BYTES)?;
    room.copy_from_slice(command_line.as_bytes());
    Some(memory)
}

fn partition_entry(first: u32, sectors: u32) -> [u8; 16] {
    // Cylinders and heads are not looked at where sector numbers are given; this is what says so.
    let mut entry = [
        0,
        0xFE,
        0xFF,
        0xFF,
        LINUX_PARTITION,
        0xFE,
        0xFF,
        0xFF,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
    ];
    entry[8..12].copy_from_slice(&first.to_le_bytes());
    entry[12..].copy_from_slice(&sectors.to_le_bytes());
    entry
}

fn loader(body_blocks: u16, initrd_blocks: u16) -> Vec<u8> {
    let mut asm = Assembler::new(ORIGIN);
    start(&mut asm);
    for (blocks, address) in [(body_blocks, "to_kernel"), (initrd_blocks, "to_initrd")] {
        asm.set(Word::Cx, blocks);
        asm.address(Word::Si, address);
        asm.call("load");
    }
    enter_kernel(&mut asm);
    load_routine(&mut asm);
    asm.label("failed");
    serial::say(&mut asm, "disk_error");
    kvm_proof::power_off(&mut asm);
    serial::routines(&mut asm);
    data(&mut asm);
    asm.pad_to(PARTITION_TABLE);
    asm.pad_to(SECTOR_BYTES - SIGNATURE.len());
    asm.bytes(&SIGNATURE);
    asm.finish()
}

fn start(asm: &mut Assembler) {
    asm.bytes(plain::CLI);
    asm.bytes(plain::CLD);
    asm.clear(Word::Ax);
    asm.set_segment(Segment::Ds, Word::Ax);
    asm.set_segment(Segment::Es, Word::Ax);
    asm.set_segment(Segment::Ss, Word::Ax);
    asm.set(Word::Sp, ORIGIN);
    asm.bytes(plain::STI);
    asm.store_byte("drive", Byte::Dl);
    asm.set_byte(Byte::Ah, 0x42);
    asm.address(Word::Si, "setup");
    asm.interrupt(0x13);
    asm.jump_if(If::Carry, "failed");
}

/// The subroutine `load`: CX blocks, to where the descriptor table at SI says.
fn load_routine(asm: &mut Assembler) {
    asm.label("load");
    asm.push(Word::Cx);
    asm.push(Word::Si);
    asm.address(Word::Si, "block");
    asm.load_byte(Byte::Dl, "drive");
    asm.set_byte(Byte::Ah, 0x42);
    asm.interrupt(0x13);
    asm.jump_if(If::Carry, "failed");
    asm.add_to_long("block_sector", BLOCK_SECTORS);
    asm.pop(Word::Si);
    // Memory above one megabyte is out of reach in real mode: the firmware moves the block there.
    asm.set(Word::Cx, (BLOCK_BYTES / 2) as u16);
    asm.set_byte(Byte::Ah, 0x87);
    asm.push(Word::Si);
    asm.interrupt(0x15);
    asm.jump_if(If::Carry, "failed");
    asm.pop(Word::Si);
    asm.add_at_si(TARGET_ENTRY + 2, BLOCK_BYTES as u16);
    asm.carry_at_si(TARGET_ENTRY + 4);
    asm.carry_at_si(TARGET_ENTRY + 7);
    asm.pop(Word::Cx);
    asm.decrement(Word::Cx);
    asm.jump_if(If::NotZero, "load");
    asm.bytes(plain::RET);
}

fn enter_kernel(asm: &mut Assembler) {
    asm.bytes(plain::CLI);
    asm.set(Word::Ax, SETUP_SEGMENT);
    for segment in [Segment::Ds, Segment::Es, Segment::Fs, Segment::Gs, Segment::Ss] {
        asm.set_segment(segment, Word::Ax);
    }
    asm.set(Word::Sp, STACK);
    asm.far_jump(SETUP_SEGMENT + 0x20, 0);
}

/// Entries of eight bytes: two for the firmware, the source, the target, two more for the firmware.
const TARGET_ENTRY: u8 = 24;

fn data(asm: &mut Assembler) {
    asm.label("drive");
    asm.bytes(&[0]);
    asm.label("setup");
    packet(asm, SETUP_SECTORS, SETUP_SEGMENT);
    asm.bytes(&1_u64.to_le_bytes());
    asm.label("block");
    packet(asm, BLOCK_SECTORS, BOUNCE_SEGMENT);
    asm.label("block_sector");
    asm.bytes(&u64::from(1 + SETUP_SECTORS).to_le_bytes());
    for (label, address) in [("to_kernel", KERNEL_ADDRESS), ("to_initrd", INITRD_ADDRESS)] {
        asm.label(label);
        asm.bytes(&[0; 16]);
        asm.bytes(&descriptor(u32::from(BOUNCE_SEGMENT) * 16));
        asm.bytes(&descriptor(address));
        asm.bytes(&[0; 16]);
    }
    asm.label("disk_error");
    asm.text("DISK ERROR\r\n");
}

/// The beginning of a disk address packet; the first sector's number follows.
fn packet(asm: &mut Assembler, sectors: u16, segment: u16) {
    asm.bytes(&[16, 0]);
    asm.bytes(&sectors.to_le_bytes());
    asm.bytes(&0_u16.to_le_bytes());
    asm.bytes(&segment.to_le_bytes());
}

/// A writable data segment of 64 KiB.
fn descriptor(address: u32) -> [u8; 8] {
    let [low, next, high, top] = address.to_le_bytes();
    [0xFF, 0xFF, low, next, high, 0x93, 0, top]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kernel() -> Vec<u8> {
        let mut kernel = vec![0; 4 * SECTOR_BYTES];
        kernel[0x1F1] = 1;
        kernel[0x202..0x206].copy_from_slice(b"HdrS");
        kernel[0x206..0x208].copy_from_slice(&0x20F_u16.to_le_bytes());
        kernel[1024..].fill(b'k');
        kernel
    }

    #[test]
    fn parts_stand_where_the_loader_and_the_partition_table_say() {
        let disk = linux_disk(&kernel(), b"initrd", "quiet", 1 << 20).unwrap();
        assert_eq!(disk.len(), 1 << 20);
        assert_eq!(disk[510..512], SIGNATURE);
        let body = SECTOR_BYTES * (1 + usize::from(SETUP_SECTORS));
        assert_eq!(disk[body..body + 3], *b"kkk");
        assert_eq!(disk[body + BLOCK_BYTES..body + BLOCK_BYTES + 6], *b"initrd");
        let command_line = SECTOR_BYTES + usize::from(COMMAND_LINE);
        assert_eq!(disk[command_line..command_line + 6], *b"quiet\0");
        let first = u32::from_le_bytes(disk[454..458].try_into().unwrap()) as usize;
        assert_eq!(first * SECTOR_BYTES, body + 2 * BLOCK_BYTES);
    }

    #[test]
    fn what_is_no_kernel_or_does_not_fit_is_refused() {
        assert_eq!(linux_disk(b"MZ", b"", "", 1 << 20), None);
        assert_eq!(linux_disk(&vec![0; 8192], b"", "", 1 << 20), None);
        assert_eq!(linux_disk(&kernel(), b"initrd", "", 64 << 10), None);
        assert_eq!(linux_disk(&kernel(), b"", &"x".repeat(600), 1 << 20), None);
    }
}
