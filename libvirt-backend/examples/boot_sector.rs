//! Writes a guest of ours to a file, to be started by hand: `boot_sector calm|busy|count FILE`, then
//! `qemu-system-x86_64 -machine q35 -serial stdio -drive file=FILE,format=raw,if=virtio`.

use std::process::ExitCode;

use libvirt_backend::boot_sector::{Mood, interactive, kvm_proof_disk};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (image, file) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["calm", file] => (interactive(Mood::Calm), file),
        ["busy", file] => (interactive(Mood::Busy { phase: 0 }), file),
        ["count", file] => (kvm_proof_disk(), file),
        _ => return ExitCode::from(2),
    };
    match std::fs::write(file, image) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
