//! "Try a sample machine": a disk with a tiny guest on it, and an ordinary machine that starts from it.

use std::path::{Path, PathBuf};

use libvirt_backend::boot_sector::{Mood, interactive};
use libvirt_backend::command::Command;
use libvirt_backend::model::{AccelChoice, HostModel, NetworkChoice, NewMachine, NewStorage, Os};
use libvirt_backend::private_session::demo::write_qcow2;

use super::App;
use super::outside::{Note, Outside};
use crate::settings::folders::create_private;
use crate::t;

const NAME: &str = "sample";
const MEMORY_KIB: u64 = 64 * 1_024;

impl App {
    /// Writes the disk beside the window; the machine is asked for once it is there.
    pub(super) fn make_sample(&self, uri: String) {
        let folder = self.folders.data.join("samples");
        let Some(name) = self.host(&uri).map(|host| free_name(host, &folder)) else {
            return;
        };
        self.outbox.on_thread("berth-sample", move |outbox| {
            let disk = disk_path(&folder, &name);
            let written = create_private(&folder)
                .map_err(|error| error.to_string())
                .and_then(|()| {
                    let guest = interactive(Mood::Busy { phase: 0 });
                    write_qcow2(&guest, &disk).map_err(|error| error.to_string())
                });
            outbox.send(match written {
                Ok(()) => Outside::SampleWritten { uri, name, disk },
                Err(words) => Outside::Note(Note::error(t!("core-sample-failed", words = words))),
            });
        });
    }

    pub(super) fn create_sample(&self, uri: &str, name: String, disk: PathBuf) {
        let machine = NewMachine {
            name,
            memory_kib: MEMORY_KIB,
            vcpus: 1,
            storage: NewStorage::HandOver(disk),
            cdrom: None,
            network: NetworkChoice::User,
            accel: AccelChoice::Auto,
            os: Os::Generic,
            tags: Vec::new(),
            start: true,
        };
        self.backend.submit(uri, Command::Create(Box::new(machine)));
    }
}

fn disk_path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.qcow2"))
}

/// Neither a machine nor a disk of an earlier sample has it.
fn free_name(host: &HostModel, folder: &Path) -> String {
    let names = (2..1_000).map(|number| format!("{NAME}-{number}"));
    let is_free = |name: &String| host.machine_named(name).is_none() && !disk_path(folder, name).exists();
    std::iter::once(NAME.to_owned())
        .chain(names)
        .find(is_free)
        .unwrap_or_else(|| NAME.to_owned())
}
