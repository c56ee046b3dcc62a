//! The desktop's own file dialog. It runs beside the window and answers through the inbox.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::App;
use super::outside::{Note, Outside};
use crate::command::{BrowseFor, BrowseKind, MachineCommand};
use crate::t;

/// Nobody cancels a dialog this quickly: it never opened. (The dialog itself does not tell.)
pub(super) const NEVER_OPENED: Duration = Duration::from_millis(350);

impl App {
    pub(super) fn browse(&self, browse: BrowseFor) {
        let (title, filter, extensions): (String, String, &[&str]) = match &browse {
            BrowseFor::Installer
            | BrowseFor::Disc { .. }
            | BrowseFor::Setting {
                kind: BrowseKind::Disc, ..
            } => (t!("core-browse-disc"), t!("core-browse-discs"), &["iso", "ISO", "img"]),
            BrowseFor::Disk
            | BrowseFor::Setting {
                kind: BrowseKind::Disk, ..
            } => (
                t!("core-browse-disk"),
                t!("core-browse-disks"),
                &["qcow2", "img", "raw"],
            ),
            BrowseFor::Setting { .. } => (t!("add-browse-title"), String::new(), &[]),
        };
        let mut dialog = rfd::AsyncFileDialog::new().set_title(title);
        if !extensions.is_empty() {
            dialog = dialog.add_filter(filter, extensions);
        }
        dialog = dialog.add_filter(t!("core-browse-all"), &["*"]);
        let is_folder = matches!(
            browse,
            BrowseFor::Setting {
                kind: BrowseKind::Folder,
                ..
            }
        );
        let outbox = self.outbox.clone();
        self.runtime.spawn(async move {
            let opened_at = Instant::now();
            let picked = if is_folder {
                dialog.pick_folder().await
            } else {
                dialog.pick_file().await
            };
            match picked {
                Some(file) => outbox.send(Outside::Browsed(browse, file.path().to_owned())),
                None if opened_at.elapsed() < NEVER_OPENED => {
                    outbox.send(Outside::Note(Note::error(t!("core-browse-failed"))));
                }
                None => {}
            }
        });
    }

    pub(super) fn take_browsed(&mut self, browse: BrowseFor, path: PathBuf) {
        match browse {
            BrowseFor::Disc { machine, target } => {
                self.run_machine(MachineCommand::InsertMedia { machine, target, path });
            }
            BrowseFor::Installer | BrowseFor::Disk | BrowseFor::Setting { .. } => {
                self.answers.browsed = Some((browse, path));
            }
        }
    }
}
