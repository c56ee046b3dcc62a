//! Images that do not exist yet: named by the form of a new disk, made when the changes are applied.

use std::collections::BTreeMap;
use std::path::PathBuf;

use egui::{Label, Ui};
use libvirt_backend::command::StorageRoom;
use libvirt_backend::defaults::image_size_problem;
use libvirt_backend::error::InputProblem;
use libvirt_backend::property::edit::NewImage;

use crate::screens::parts::choice::under_control_ui;
use crate::t;
use crate::text::error::input_problem;
use crate::text::units;
use crate::widgets::{Button, NumberField, Tone, icons, text};

const GIB: f64 = 1_073_741_824.0;
/// What a new machine's disk has as well.
const USUAL_GIB: f64 = 25.0;
const MOST_GIB: f64 = 1_048_576.0;

/// Of new disks, by what they are known by.
#[derive(Default)]
pub(super) struct NewImages {
    planned: BTreeMap<String, Planned>,
}

pub(super) struct Planned {
    gib: f64,
    room: StorageRoom,
}

impl NewImages {
    pub(super) fn plan(&mut self, disk: &str, room: StorageRoom) {
        let planned = Planned { gib: USUAL_GIB, room };
        self.planned.insert(disk.to_owned(), planned);
    }

    pub(super) fn has(&self, disk: &str) -> bool {
        self.planned.contains_key(disk)
    }

    pub(super) fn forget(&mut self, disk: &str) {
        self.planned.remove(disk);
    }

    pub(super) fn clear(&mut self) {
        self.planned.clear();
    }

    /// Disks are known by other names now, each by its old and new one.
    pub(super) fn follow(&mut self, moved: &[(&str, &str)]) {
        let moved: Vec<_> = moved
            .iter()
            .filter_map(|(old, new)| Some(((*new).to_owned(), self.planned.remove(*old)?)))
            .collect();
        self.planned.extend(moved);
    }

    pub(super) fn num_refused(&self) -> usize {
        self.planned
            .values()
            .filter(|planned| planned.problem().is_some())
            .count()
    }

    /// As the backend takes it. `path`: what the disk's form says.
    pub(super) fn asked<'a>(
        &'a self,
        path: impl Fn(&str) -> Option<String> + 'a,
    ) -> impl Iterator<Item = NewImage> + 'a {
        self.planned.iter().filter_map(move |(disk, planned)| {
            Some(NewImage {
                path: PathBuf::from(path(disk)?),
                capacity_bytes: planned.bytes(),
            })
        })
    }

    /// Below the path: how large it will be, and what there is room for. True: it is wanted no more.
    pub(super) fn ui(&mut self, ui: &mut Ui, disk: &str, name_width: Option<f32>) -> bool {
        let Some(planned) = self.planned.get_mut(disk) else {
            return false;
        };
        let room = &planned.room;
        let problem = planned.problem().map(input_problem);
        let is_short = planned.bytes() > room.available_bytes && room.capacity_bytes > 0;
        let free = units::bytes(room.available_bytes);
        let folder = room.folder.display().to_string();
        let help = t!("image-new-help", free = free.as_str(), folder = folder);
        let (label, unit) = (t!("image-new-size"), t!("new-disk-unit"));
        NumberField::new(&label, &mut planned.gib, 0.0..=MOST_GIB)
            .unit(&unit)
            .beside(name_width)
            .help(&help)
            .error(problem.as_deref())
            .show(ui);
        planned.gib = planned.gib.round();
        let is_short = is_short && problem.is_none();
        under_control_ui(ui, |ui| {
            if is_short {
                let words = t!("new-room-short", free = free);
                ui.add(Label::new(text::toned(ui, Tone::Warning, words).small()).wrap());
            }
            let back = Button::secondary(t!("image-new-not")).icon(icons::UNDO).small();
            back.show(ui).clicked()
        })
    }
}

impl Planned {
    fn bytes(&self) -> u64 {
        (self.gib.max(0.0) * GIB) as u64
    }

    fn problem(&self) -> Option<InputProblem> {
        let room_bytes = self.room.capacity_bytes;
        let is_above = room_bytes > 0 && self.bytes() > room_bytes;
        image_size_problem(self.bytes()).or_else(|| is_above.then_some(InputProblem::DiskAboveRoom { room_bytes }))
    }
}

/// What the review says of each.
pub(super) fn said(image: &NewImage) -> String {
    t!(
        "image-new-review",
        path = image.path.display().to_string(),
        size = units::bytes(image.capacity_bytes)
    )
}
