//! Media as somebody might have downloaded them.

use std::path::Path;

/// An ISO 9660 image of that many blocks that says it has so many.
pub fn write_iso(path: &Path, says_blocks: u32, has_blocks: usize) {
    let mut raw = vec![0_u8; has_blocks * 2048];
    raw[32_768..32_774].copy_from_slice(b"\x01CD001");
    raw[32_848..32_852].copy_from_slice(&says_blocks.to_le_bytes());
    raw[32_896..32_898].copy_from_slice(&2048_u16.to_le_bytes());
    std::fs::write(path, raw).unwrap();
}
