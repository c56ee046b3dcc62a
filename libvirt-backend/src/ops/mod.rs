//! Blocking sequences of libvirt calls, one file per family. Only `connection` calls them.

mod agent;
mod call;
mod choices;
mod clipboard;
mod console;
mod context;
mod create;
mod definition;
mod delete;
mod delete_plan;
mod display;
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
mod profile;
mod protocol;
mod qcow2;
mod qemu_user;
mod remembered;
mod remote_display;
mod save;
mod schema;
mod shrink;
mod snapshot;
mod snapshot_speed;
mod sound;
mod storage;
#[cfg(test)]
mod test_host;

mod uses;

pub(crate) use context::{CancelToken, Context, Paths};
pub(crate) use profile::PROBE_PREFIX;
pub(crate) use {
    choices::choices,
    clipboard::{attach_clipboard, detach_clipboard},
    console::open_console,
    create::create,
    delete::delete,
    delete_plan::delete_plan,
    display::{add_display, allow_remote_display, open_display, start_without_fast_display},
    edit::{rename, set_autostart, set_shares_clipboard, set_tags},
    inspect::{domain_xml, screenshot, thumbnail},
    leftovers::{leftovers, remove_leftovers},
    lifecycle::{force_off, pause, reboot, reset, resume, shutdown, start},
    media::{eject_media, insert_media},
    medium::check_medium,
    profile::{host_profile, test_host_again},
    protocol::{definition, edit, history, redo_edit, undo_edit},
    save::{discard_saved_state, save},
    schema::checked as schema_checked,
    snapshot::{create_snapshot, delete_snapshot, revert_snapshot, snapshot_estimate},
    sound::set_sound,
    storage::storage_room,
};

use remembered::Remembered;

#[cfg(test)]
pub(crate) use test_host::TestHost;
