//! Does a qcow2 file hold together? Read from its header and its cluster tables, without opening the image.
//!
//! Source: QEMU's `docs/interop/qcow2.rst`. Every number in the file is somebody else's: nothing is trusted, no
//! table is read beyond a fixed amount.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

/// What stands at the beginning of every image.
pub(super) const MAGIC: [u8; 4] = *b"QFI\xfb";

const CLUSTER_BITS: std::ops::RangeInclusive<u32> = 9..=21;
/// QEMU refuses larger first-level tables.
const MAX_L1_BYTES: u64 = 32 << 20;
/// Second-level tables are looked into up to this amount: enough for 512 GiB in use with ordinary clusters.
const MAX_L2_BYTES: u64 = 64 << 20;
const OFFSET_MASK: u64 = 0x00ff_ffff_ffff_fe00;
const COMPRESSED: u64 = 1 << 62;
const FEATURE_CORRUPT: u64 = 1 << 1;
const FEATURE_DATA_FILE: u64 = 1 << 2;
const FEATURE_EXTENDED_L2: u64 = 1 << 4;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) capacity_bytes: u64,
    /// As written in the image, for a relative path relative to its folder.
    pub(super) backing: Option<PathBuf>,
    /// Clusters lie in another file.
    pub(super) has_data_file: bool,
}

#[derive(Debug)]
pub(super) enum Problem {
    Damaged,
    Io(io::Error),
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        // The end came before what the header promised.
        if error.kind() == io::ErrorKind::UnexpectedEof {
            Self::Damaged
        } else {
            Self::Io(error)
        }
    }
}

/// The header alone, for following chains of images.
pub(super) fn read_header(file: &File) -> Result<Header, Problem> {
    Image::read(file).map(|image| image.header)
}

/// The header and all tables.
pub(super) fn check(file: &File) -> Result<Header, Problem> {
    let image = Image::read(file)?;
    image.check_tables()?;
    Ok(image.header)
}

struct Image<'a> {
    file: &'a File,
    file_bytes: u64,
    cluster_bytes: u64,
    cluster_bits: u32,
    l1_offset: u64,
    l1_entries: u64,
    refcounts_offset: u64,
    refcounts_bytes: u64,
    l2_entry_bytes: u64,
    header: Header,
}

impl<'a> Image<'a> {
    fn read(file: &'a File) -> Result<Self, Problem> {
        let mut raw = [0_u8; 72];
        file.read_exact_at(&mut raw, 0)?;
        let version = be32(&raw, 4);
        let cluster_bits = be32(&raw, 20);
        if raw[..4] != MAGIC || !(2..=3).contains(&version) || !CLUSTER_BITS.contains(&cluster_bits) {
            return Err(Problem::Damaged);
        }
        let features = if version == 3 {
            let mut more = [0_u8; 32];
            file.read_exact_at(&mut more, 72)?;
            if be32(&more, 28) < 104 {
                return Err(Problem::Damaged);
            }
            be64(&more, 0)
        } else {
            0
        };
        if features & FEATURE_CORRUPT != 0 {
            return Err(Problem::Damaged);
        }
        let cluster_bytes = 1_u64 << cluster_bits;
        let has_data_file = features & FEATURE_DATA_FILE != 0;
        Ok(Self {
            file,
            file_bytes: file.metadata()?.len(),
            cluster_bytes,
            cluster_bits,
            l1_offset: be64(&raw, 40),
            l1_entries: u64::from(be32(&raw, 36)),
            refcounts_offset: be64(&raw, 48),
            refcounts_bytes: u64::from(be32(&raw, 56)) << cluster_bits,
            l2_entry_bytes: if features & FEATURE_EXTENDED_L2 != 0 { 16 } else { 8 },
            header: Header {
                capacity_bytes: be64(&raw, 24),
                backing: backing_name(file, be64(&raw, 8), be32(&raw, 16))?,
                has_data_file,
            },
        })
    }

    fn check_tables(&self) -> Result<(), Problem> {
        let per_l2 = self.cluster_bytes / self.l2_entry_bytes;
        let bytes_per_l1_entry = self.cluster_bytes.saturating_mul(per_l2);
        let needed = self.header.capacity_bytes.div_ceil(bytes_per_l1_entry);
        let l1_bytes = self.l1_entries * 8;
        if self.l1_entries < needed || l1_bytes > MAX_L1_BYTES {
            return Err(Problem::Damaged);
        }
        self.check_place(self.l1_offset, l1_bytes)?;
        self.check_place(self.refcounts_offset, self.refcounts_bytes)?;
        if self.refcounts_bytes == 0 || self.refcounts_bytes > MAX_L1_BYTES {
            return Err(Problem::Damaged);
        }
        let mut l2_left = MAX_L2_BYTES;
        for entry in self.table(self.l1_offset, l1_bytes)? {
            let offset = entry & OFFSET_MASK;
            if offset == 0 {
                continue;
            }
            self.check_place(offset, self.cluster_bytes)?;
            if l2_left >= self.cluster_bytes && !self.header.has_data_file {
                l2_left -= self.cluster_bytes;
                self.check_l2(offset)?;
            }
        }
        for entry in self.table(self.refcounts_offset, self.refcounts_bytes)? {
            self.check_place(entry & OFFSET_MASK, u64::from(entry != 0))?;
        }
        Ok(())
    }

    fn check_l2(&self, offset: u64) -> Result<(), Problem> {
        let words = self.table(offset, self.cluster_bytes)?;
        let step = (self.l2_entry_bytes / 8) as usize;
        for entry in words.into_iter().step_by(step) {
            let start = if entry & COMPRESSED == 0 {
                entry & OFFSET_MASK
            } else {
                // The offset takes the low 62 - (cluster_bits - 8) bits.
                entry & ((1 << (62 - (self.cluster_bits - 8))) - 1)
            };
            // The last cluster of a file may be shorter than a cluster, but it begins inside.
            if start >= self.file_bytes {
                return Err(Problem::Damaged);
            }
        }
        Ok(())
    }

    fn check_place(&self, offset: u64, bytes: u64) -> Result<(), Problem> {
        let is_inside = offset.checked_add(bytes).is_some_and(|end| end <= self.file_bytes);
        if is_inside && offset.is_multiple_of(self.cluster_bytes) {
            Ok(())
        } else {
            Err(Problem::Damaged)
        }
    }

    fn table(&self, offset: u64, bytes: u64) -> Result<Vec<u64>, Problem> {
        let mut raw = vec![0_u8; bytes as usize];
        self.file.read_exact_at(&mut raw, offset)?;
        Ok(raw.chunks_exact(8).map(|word| be64(word, 0)).collect())
    }
}

fn backing_name(file: &File, offset: u64, length: u32) -> Result<Option<PathBuf>, Problem> {
    use std::os::unix::ffi::OsStringExt as _;
    if offset == 0 {
        return Ok(None);
    }
    if length == 0 || length > 1023 {
        return Err(Problem::Damaged);
    }
    let mut name = vec![0_u8; length as usize];
    file.read_exact_at(&mut name, offset)?;
    Ok(Some(PathBuf::from(std::ffi::OsString::from_vec(name))))
}

/// Missing bytes count as zero: callers read as many as they ask for.
fn be32(bytes: &[u8], at: usize) -> u32 {
    bytes
        .get(at..at + 4)
        .and_then(|word| word.try_into().ok())
        .map_or(0, u32::from_be_bytes)
}

fn be64(bytes: &[u8], at: usize) -> u64 {
    bytes
        .get(at..at + 8)
        .and_then(|word| word.try_into().ok())
        .map_or(0, u64::from_be_bytes)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A valid image of 1 GiB, 64 KiB clusters, with one second-level table and one data cluster.
    pub(in super::super) fn image() -> Vec<u8> {
        const CLUSTER: usize = 1 << 16;
        let mut raw = vec![0_u8; 6 * CLUSTER];
        raw[..4].copy_from_slice(&MAGIC);
        raw[4..8].copy_from_slice(&3_u32.to_be_bytes());
        raw[20..24].copy_from_slice(&16_u32.to_be_bytes());
        raw[24..32].copy_from_slice(&(1_u64 << 30).to_be_bytes());
        raw[36..40].copy_from_slice(&2_u32.to_be_bytes());
        raw[40..48].copy_from_slice(&(3 * CLUSTER as u64).to_be_bytes());
        raw[48..56].copy_from_slice(&(CLUSTER as u64).to_be_bytes());
        raw[56..60].copy_from_slice(&1_u32.to_be_bytes());
        raw[96..100].copy_from_slice(&4_u32.to_be_bytes());
        raw[100..104].copy_from_slice(&104_u32.to_be_bytes());
        raw[CLUSTER..CLUSTER + 8].copy_from_slice(&(2 * CLUSTER as u64).to_be_bytes());
        let l1 = 3 * CLUSTER;
        raw[l1..l1 + 8].copy_from_slice(&((4 * CLUSTER as u64) | (1 << 63)).to_be_bytes());
        let l2 = 4 * CLUSTER;
        raw[l2..l2 + 8].copy_from_slice(&((5 * CLUSTER as u64) | (1 << 63)).to_be_bytes());
        raw
    }

    fn check_bytes(raw: &[u8]) -> Result<Header, Problem> {
        use std::io::Write as _;
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(raw).unwrap();
        check(&file)
    }

    #[test]
    fn a_whole_image_tells_its_capacity() {
        let header = check_bytes(&image()).unwrap();
        assert_eq!(
            (header.capacity_bytes, header.backing, header.has_data_file),
            (1 << 30, None, false)
        );
    }

    #[test]
    fn an_image_cut_anywhere_is_damaged() {
        let whole = image();
        for length in [5, 71, 100, 1 << 16, 2 << 16, 3 << 16, (3 << 16) + 4, 4 << 16, 5 << 16] {
            assert!(
                matches!(check_bytes(&whole[..length]), Err(Problem::Damaged)),
                "{length}"
            );
        }
    }

    #[test]
    fn numbers_that_cannot_be_are_damage() {
        let patches: [(&str, usize, &[u8]); 9] = [
            ("magic", 0, b"QFI!"),
            ("version", 4, &9_u32.to_be_bytes()),
            ("cluster bits", 20, &64_u32.to_be_bytes()),
            ("capacity beyond its table", 24, &u64::MAX.to_be_bytes()),
            ("table of 4 billion entries", 36, &u32::MAX.to_be_bytes()),
            ("table at the end of the world", 40, &u64::MAX.to_be_bytes()),
            ("unaligned table", 40, &((3_u64 << 16) + 1).to_be_bytes()),
            ("no reference counts", 56, &0_u32.to_be_bytes()),
            ("marked corrupt", 72, &FEATURE_CORRUPT.to_be_bytes()),
        ];
        for (what, at, bytes) in patches {
            let mut raw = image();
            raw[at..at + bytes.len()].copy_from_slice(bytes);
            assert!(matches!(check_bytes(&raw), Err(Problem::Damaged)), "{what}");
        }
    }

    #[test]
    fn a_base_image_is_named() {
        let mut raw = image();
        raw[8..16].copy_from_slice(&200_u64.to_be_bytes());
        raw[16..20].copy_from_slice(&9_u32.to_be_bytes());
        raw[200..209].copy_from_slice(b"base.img\xff");
        let backing = check_bytes(&raw).unwrap().backing.unwrap();
        assert!(backing.to_string_lossy().starts_with("base.img"));
    }

    proptest::proptest! {
        #[test]
        fn no_header_makes_it_panic(at in 0_usize..128, bytes in proptest::collection::vec(proptest::num::u8::ANY, 1..32)) {
            let mut raw = image();
            raw[at..at + bytes.len()].copy_from_slice(&bytes);
            drop(check_bytes(&raw));
        }
    }
}
