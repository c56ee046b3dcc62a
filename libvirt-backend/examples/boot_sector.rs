//! Writes a guest of ours to a file, to be started by hand: `boot_sector calm|busy|count FILE` or
//! `boot_sector linux KERNEL INITRD COMMAND-LINE FILE`, then
//! `qemu-system-x86_64 -machine q35 -serial stdio -drive file=FILE,format=raw,if=virtio`.

use std::process::ExitCode;

use libvirt_backend::boot_sector::{Mood, interactive, kvm_proof_disk, linux_disk};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (image, file) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["calm", file] => (interactive(Mood::Calm), file),
        ["busy", file] => (interactive(Mood::Busy { phase: 0 }), file),
        ["count", file] => (kvm_proof_disk(), file),
        ["linux", kernel, initrd, command_line, file] => match linux(kernel, initrd, command_line) {
            Some(disk) => (disk, file),
            None => return ExitCode::FAILURE,
        },
        _ => return ExitCode::from(2),
    };
    match std::fs::write(file, image) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn linux(kernel: &str, initrd: &str, command_line: &str) -> Option<Vec<u8>> {
    let (kernel, initrd) = (std::fs::read(kernel).ok()?, std::fs::read(initrd).ok()?);
    linux_disk(&kernel, &initrd, command_line, 64 << 20)
}
