//! Guests that need no operating system: machine code of our own, assembled when it is asked for.
//!
//! They start in some tenths of a second under software emulation. [`kvm_proof`] fits the 512 bytes of a boot
//! sector and only counts; [`interactive`] loads a few sectors more, draws a screen and does what it is told.
//! Both speak on the first serial port and run from any disk that the firmware can boot. Pure: bytes out, nothing in.

mod assembler;
mod interactive;
mod kvm_proof;
mod linux;
mod serial;

pub use interactive::{DISK_BYTES, Mood, interactive};
pub use kvm_proof::{kvm_proof, kvm_proof_disk};
pub use linux::{LINUX_MIN_MEMORY_KIB, linux_disk};

/// The first words of every guest, once it can be talked to.
pub const READY: &str = "BERTH-READY";
/// Said after a loop of [`COUNT`] was counted.
pub const COUNTED: &str = "COUNTED";
/// A moment under KVM, a second or two under software emulation, for ever where each instruction is emulated alone.
pub const COUNT: u32 = 20_000_000;

const SECTOR_BYTES: usize = 512;
/// Where the firmware puts the boot sector.
const ORIGIN: u16 = 0x7C00;
/// The last two bytes of a boot sector.
const SIGNATURE: [u8; 2] = [0x55, 0xAA];
