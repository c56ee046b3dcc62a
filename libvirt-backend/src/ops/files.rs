//! Deleting files: through the pool that has them, or by hand.

use std::path::Path;
use std::time::{Duration, Instant};

use virt::storage_vol::StorageVol;
use virt::sys;

use super::Context;
use super::call::is_local;

/// A daemon finishes what a killed client asked for: a disk may still be in the making.
const BUSY_PATIENCE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(100);

/// Deletes one file. `Err`: why it stayed, in libvirt's or the system's words.
pub(super) fn delete(ctx: &Context<'_>, path: &Path) -> Result<(), String> {
    let text = path.to_str().filter(|text| !text.contains('\0'));
    if let Some(text) = text
        && let Ok(volume) = ctx.connection.lookup_storage_vol_by_path(text)
    {
        match delete_volume(ctx, &volume) {
            Ok(()) => return Ok(()),
            // The pool may remember a file that is gone.
            Err(_) if is_local(ctx.uri) && is_gone(path) => {}
            Err(error) => return Err(error.message().to_owned()),
        }
    } else if !is_local(ctx.uri) {
        return Err("no storage pool has this file".to_owned());
    }
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.to_string()),
        _ => {
            refresh_pool_of(ctx, path);
            Ok(())
        }
    }
}

fn delete_volume(ctx: &Context<'_>, volume: &StorageVol) -> Result<(), virt::error::Error> {
    let begun = Instant::now();
    loop {
        match volume.delete(0) {
            Err(error)
                if error.code().to_raw() == sys::VIR_ERR_OPERATION_INVALID
                    && begun.elapsed() < BUSY_PATIENCE
                    && ctx.cancel.wait(POLL).is_ok() => {}
            other => return other,
        }
    }
}

fn is_gone(path: &Path) -> bool {
    path.symlink_metadata()
        .is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

/// A pool lists what it saw last.
pub(super) fn refresh_pool_of(ctx: &Context<'_>, path: &Path) {
    let folder = path.parent().and_then(Path::to_str);
    if let Some(folder) = folder
        && let Ok(pool) = ctx.connection.lookup_storage_pool_by_target_path(folder)
        && let Err(error) = pool.refresh(0)
    {
        tracing::debug!(%folder, %error, "the pool was not refreshed");
    }
}
