//! How fast memory is written into an image: measured on real snapshots, before the first one on a small file.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use virt::sys;

use super::call::{BadXml as _, Found, is_local, last_seen};
use super::{Context, Remembered, uses};
use crate::command::SnapshotEstimate;
use crate::error::Result;
use crate::model::DiskFormat;
use crate::xml::domain::{DomainFacts, definition_from_xml};

const FILE: &str = "snapshot-speed.json";
/// Where nothing was measured: a slow disk.
const SLOW_BYTES_PER_S: u64 = 100 << 20;
/// QEMU wrote 240 MB/s where the disk took more; promises above twice that would be broken.
const MAX_BYTES_PER_S: u64 = 500 << 20;
/// QEMU's own time before and after.
const OVERHEAD: Duration = Duration::from_millis(300);
/// Below this a snapshot says nothing about speed.
const MIN_MEASURED_BYTES: u64 = 64 << 20;
const TRIAL_BYTES: usize = 32 << 20;

/// What QEMU holds of the host's memory: an upper bound of what it will write, since empty pages are left out.
pub(super) fn memory_to_save(ctx: &Context<'_>, found: &Found) -> Option<u64> {
    let sampled = last_seen(ctx, found.id)
        .and_then(|machine| machine.stats.latest)
        .and_then(|sample| sample.memory_rss_bytes);
    sampled.or_else(|| {
        let stats = found.domain.memory_stats(0).ok()?;
        let rss = sys::VIR_DOMAIN_MEMORY_STAT_RSS;
        stats.iter().find(|stat| stat.tag == rss).map(|stat| stat.val * 1024)
    })
}

pub(super) fn estimate(ctx: &Context<'_>, found: &Found) -> Result<SnapshotEstimate> {
    let xml = found.live_xml()?;
    let definition = definition_from_xml(&xml, DomainFacts::default()).bad_xml(&found.name)?;
    let given_bytes = definition.memory_max_kib.saturating_mul(1024);
    let memory_bytes = memory_to_save(ctx, found).map_or(given_bytes, |rss| rss.min(given_bytes));
    let remembered = Remembered::at(ctx.paths);
    let bytes_per_s = remembered.get(FILE, ctx.uri).or_else(|| {
        let disk = definition.disks.iter().find(|disk| disk.format == DiskFormat::Qcow2)?;
        let measured = is_local(ctx.uri)
            .then(|| write_speed(uses::file_of(ctx, disk)?.parent()?))
            .flatten()?;
        remembered.set(FILE, ctx.uri, Some(measured));
        Some(measured)
    });
    Ok(SnapshotEstimate {
        memory_bytes: Some(memory_bytes),
        pause: Some(pause(memory_bytes, bytes_per_s.unwrap_or(SLOW_BYTES_PER_S))),
    })
}

fn pause(memory_bytes: u64, bytes_per_s: u64) -> Duration {
    let millis = memory_bytes.saturating_mul(1000) / bytes_per_s.clamp(1 << 20, MAX_BYTES_PER_S);
    OVERHEAD + Duration::from_millis(millis)
}

/// Learns from a snapshot that was taken.
pub(super) fn remember(remembered: &Remembered<'_>, uri: &str, bytes: u64, took: Duration) {
    let millis = took.saturating_sub(OVERHEAD).as_millis() as u64;
    if bytes < MIN_MEASURED_BYTES || millis == 0 {
        return;
    }
    let measured = (bytes.saturating_mul(1000) / millis).min(MAX_BYTES_PER_S);
    let known: Option<u64> = remembered.get(FILE, uri);
    // Slowly, so that one snapshot of empty memory does not spoil the next promise.
    let learnt = known.map_or(measured, |known| (known * 3 + measured) / 4);
    remembered.set(FILE, uri, Some(learnt));
}

/// Bytes a second that reach the disk of this folder; `None` where nothing can be written there.
fn write_speed(folder: &Path) -> Option<u64> {
    let mut file: File = tempfile::tempfile_in(folder).ok()?;
    // Not zeros: some file systems compress.
    let block: Vec<u8> = (0..1_u32 << 18)
        .flat_map(|word| word.wrapping_mul(0x9E37_79B9).to_le_bytes())
        .collect();
    let begun = Instant::now();
    for _ in 0..TRIAL_BYTES / block.len() {
        file.write_all(&block).ok()?;
    }
    file.sync_data().ok()?;
    let millis = (begun.elapsed().as_millis() as u64).max(1);
    Some((TRIAL_BYTES as u64 * 1000 / millis).min(MAX_BYTES_PER_S))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_is_never_quicker_than_qemu_can_be() {
        assert_eq!(pause(500 << 20, u64::MAX), OVERHEAD + Duration::from_secs(1));
        assert_eq!(pause(100 << 20, SLOW_BYTES_PER_S), OVERHEAD + Duration::from_secs(1));
        assert!(pause(u64::MAX, 0) > Duration::from_hours(1));
    }

    #[test]
    fn a_folder_is_measured_by_writing_into_it() {
        let folder = tempfile::tempdir().unwrap();
        assert!(write_speed(folder.path()).unwrap() > 1 << 20);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert_eq!(write_speed(Path::new("/proc")), None);
    }
}
