//! `berth edit`: settings of machines by their names, of machines that libvirt knows and in files.

pub(super) mod args;
mod change;
mod files;
mod limits;
mod list;
mod machine;

use args::Edit;
pub(super) use files::read_file;
pub(super) use limits::warn;
pub(super) use machine::{edit, edited, history, opened, tell, undo};

use super::args::OutputArgs;
use super::output::Failure;
use crate::t;

/// Files, and the list: neither needs a connection.
pub(super) fn without_connection(edit: &Edit, output: OutputArgs) -> Result<(), Failure> {
    match (&edit.file, &edit.dir) {
        _ if edit.list_properties => list::print(output.json),
        (Some(file), _) => files::edit_file(edit, file, output.json),
        (None, Some(folder)) => files::edit_folder(edit, folder, output.json),
        (None, None) => Err(Failure::usage(t!("cli-edit-what"))),
    }
}
