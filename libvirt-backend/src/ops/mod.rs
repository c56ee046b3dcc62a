//! Blocking sequences of libvirt calls, one file per family. Only `connection` calls them.

mod agent;
mod call;
mod context;
mod edit;
mod job;
mod lifecycle;
mod medium;
mod qcow2;
mod qemu_user;
mod save;
#[cfg(test)]
mod test_host;

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
