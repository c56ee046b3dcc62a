//! Blocking sequences of libvirt calls, one file per family. Only `connection` calls them.

mod agent;
mod call;
mod context;
mod delete;
mod edit;
mod files;
mod inspect;
mod job;
mod journal;
mod leftovers;
mod lifecycle;
mod media;
mod medium;
mod picture;
mod qcow2;
mod qemu_user;
mod remembered;
mod save;
mod snapshot;
mod snapshot_speed;
mod storage;
#[cfg(test)]
mod test_host;
mod uses;

#[expect(
    unused_imports,
    reason = "the families of operations and the dispatcher use them as they arrive"
)]
pub(crate) use context::{CancelToken, Context, Paths};
#[expect(unused_imports, reason = "the dispatcher calls them")]
pub(crate) use {
    edit::{rename, set_tags},
    lifecycle::{force_off, pause, reboot, reset, resume, shutdown, start},
    save::{discard_saved_state, save},
};
use remembered::Remembered;
