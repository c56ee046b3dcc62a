//! Files and folders of this computer, chosen in the desktop's own dialog; and what an image that was named is.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use egui::{Context, Ui};
use libvirt_backend::command::{MediumKind, MediumReport};
use libvirt_backend::defaults::disk_image_name;
use libvirt_backend::property::edit::NewImage;
use libvirt_backend::property::select::Setting;
use libvirt_backend::xml::Document;

use super::draft::{Draft, present};
use super::field::Field;
use crate::command::{BrowseFor, BrowseKind, Command, CreateCommand};
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::state::Answer;
use crate::t;
use crate::text::error::message;
use crate::text::units;
use crate::widgets::{Button, Tone, icons, text, tokens};

/// A path is looked at once nothing was typed for so long.
const TYPING_SECONDS: f64 = 0.25;

#[derive(Default)]
pub(super) struct Files {
    /// The desktop's dialog shows what lies here, not what lies on another computer.
    is_local: bool,
    /// The dialog that is to be opened.
    wanted: Option<(String, BrowseKind)>,
    /// The new disk that is to get a new image, and whether the room for it was asked for.
    new_image: Option<(Setting, bool)>,
    /// Why it cannot get one.
    no_image: Option<(Setting, String)>,
    /// The newest answer that was looked at.
    taken: Option<(BrowseFor, PathBuf)>,
    /// Of each disk whose file was typed or chosen.
    images: HashMap<String, Image>,
}

/// An image file that was named.
struct Image {
    path: PathBuf,
    since: f64,
    is_asked: bool,
    is_format_set: bool,
    /// What it is, or what is wrong with it.
    told: Option<Result<String, String>>,
}

impl Files {
    /// Takes what was chosen and what is known of it by now; asks for what is not.
    pub(super) fn take(
        &mut self,
        ctx: &Context,
        view: &ViewContext<'_>,
        key: &MachineKey,
        draft: &mut Draft,
        domain: &Document,
    ) {
        self.is_local = view.host(&key.uri).is_some_and(|host| host.info.is_local);
        if let Some((setting, kind)) = self.wanted.take() {
            view.send(Command::Create(CreateCommand::Browse(BrowseFor::Setting {
                machine: key.clone(),
                setting,
                kind,
            })));
        }
        if view.answers.browsed != self.taken {
            self.taken.clone_from(&view.answers.browsed);
            if let Some((BrowseFor::Setting { machine, setting, .. }, path)) = &self.taken
                && machine == key
            {
                if let Ok(setting) = Setting::parse(setting) {
                    draft.images.forget(&setting.key);
                }
                set(draft, domain, setting, &path.display().to_string());
            }
        }
        self.plan_image(view, key, draft, domain);
        let named = draft.image_files();
        self.images
            .retain(|setting, _| named.iter().any(|(known, _)| known.to_string() == *setting));
        for (setting, path) in named {
            self.look_at(ctx, view, key, (&setting, PathBuf::from(path)), draft, domain);
        }
    }

    /// Names an image that is to be made, once it is known where images go.
    fn plan_image(&mut self, view: &ViewContext<'_>, key: &MachineKey, draft: &mut Draft, domain: &Document) {
        let Some((setting, is_asked)) = self.new_image.take() else {
            return;
        };
        let ask = || {
            let uri = key.uri.to_string();
            view.send(Command::Create(CreateCommand::ReadRoom { uri }));
        };
        if !is_asked {
            ask();
            self.no_image = None;
            self.new_image = Some((setting, true));
            return;
        }
        match view.answers.rooms.get(&*key.uri) {
            Some(Answer::Ready(room)) => {
                let host = match view.answers.choices.get(key) {
                    Some(Answer::Ready(host)) => Some(host),
                    _ => None,
                };
                let others = draft.new_images();
                let is_taken = |name: &str| {
                    let is_other = |image: &NewImage| image.path.file_name().is_some_and(|own| own == name);
                    others.iter().any(is_other) || host.is_some_and(|host| host.has_volume(name))
                };
                let owner = view.machine(key).map_or("", |machine| machine.name());
                let path = room.folder.join(disk_image_name(owner, &setting.key, is_taken));
                let of_disk = |name| Setting {
                    property: setting.scope.property(name).unwrap_or(setting.property),
                    ..setting.clone()
                };
                set(draft, domain, &of_disk("format").to_string(), "qcow2");
                set(draft, domain, &setting.to_string(), &path.display().to_string());
                draft.images.plan(&setting.key, room.clone());
            }
            Some(Answer::Failed(error)) => self.no_image = Some((setting, message(error).to_lines())),
            Some(Answer::Waiting(_)) | None => self.new_image = Some((setting, true)),
        }
    }

    fn look_at(
        &mut self,
        ctx: &Context,
        view: &ViewContext<'_>,
        key: &MachineKey,
        (setting, path): (&Setting, PathBuf),
        draft: &mut Draft,
        domain: &Document,
    ) {
        let now = ctx.input(|input| input.time);
        let new = |path: PathBuf| Image {
            path,
            since: now,
            is_asked: false,
            is_format_set: false,
            told: None,
        };
        let image = self
            .images
            .entry(setting.to_string())
            .or_insert_with(|| new(path.clone()));
        if image.path != path {
            *image = new(path.clone());
        }
        if !path.is_absolute() {
            return;
        }
        let waits = image.since + TYPING_SECONDS - now;
        if waits > 0.0 {
            ctx.request_repaint_after(Duration::try_from_secs_f64(waits).unwrap_or_default());
            return;
        }
        if !image.is_asked {
            image.is_asked = true;
            view.send(Command::Create(CreateCommand::CheckMedium {
                uri: key.uri.to_string(),
                path: path.clone(),
            }));
            return;
        }
        image.told = match view.answers.media.get(&(key.uri.to_string(), path)) {
            Some(Answer::Ready(report)) => {
                if !image.is_format_set
                    && let Some(format) = format(report)
                {
                    image.is_format_set = true;
                    let of_disk = Setting {
                        property: setting.scope.property("format").unwrap_or(setting.property),
                        ..setting.clone()
                    };
                    set(draft, domain, &of_disk.to_string(), format);
                }
                told(report).map(Ok)
            }
            Some(Answer::Failed(error)) => Some(Err(message(error).what)),
            _ => None,
        };
    }

    /// Below the field of a path.
    pub(super) fn button_ui(&mut self, ui: &mut Ui, field: &Field<'_>, draft: &mut Draft) {
        let setting = field.setting();
        let can_be_made = kind(field) == Some(BrowseKind::Disk) && draft.devices.is_added("disk", field.key);
        if can_be_made && draft.images.has(field.key) {
            if draft.images.ui(ui, field.key, field.name_width) {
                draft.reset(&setting);
                ui.ctx().request_repaint();
            }
            return;
        }
        let name = setting.to_string();
        let told = self.images.get(&name).and_then(|image| image.told.as_ref());
        let kind = kind(field).filter(|_| self.is_local);
        if told.is_none() && kind.is_none() && !can_be_made {
            return;
        }
        // It belongs to the field above.
        ui.add_space(-tokens::SPACE);
        ui.horizontal(|ui| {
            if let Some(width) = field.name_width {
                ui.add_space(width + tokens::SPACE);
            }
            if let Some(kind) = kind {
                let label = field.label().0;
                let (text, accessible) = if kind == BrowseKind::Folder {
                    (t!("add-browse-folder"), t!("add-browse-folder-name", name = label))
                } else {
                    (t!("add-browse"), t!("add-browse-name", name = label))
                };
                let button = Button::secondary(text).icon(icons::FOLDER).small();
                if button.show(ui).accessible_name(accessible).clicked() {
                    self.wanted = Some((name, kind));
                    // It is asked for when the next frame begins.
                    ui.ctx().request_repaint();
                }
            }
            if can_be_made {
                let new = Button::secondary(t!("image-new")).icon(icons::ADD).small();
                if new.show(ui).clicked() {
                    self.new_image = Some((setting.clone(), false));
                    ui.ctx().request_repaint();
                }
            }
            match told {
                Some(Ok(words)) => drop(ui.label(text::quiet(ui, words))),
                Some(Err(words)) => drop(ui.label(text::toned(ui, Tone::Attention, words))),
                None => {}
            }
        });
        if let Some((refused, why)) = &self.no_image
            && *refused == setting
        {
            ui.label(text::toned(ui, Tone::Attention, why.as_str()));
        }
    }
}

/// What lies behind the path of this setting.
fn kind(field: &Field<'_>) -> Option<BrowseKind> {
    match (field.scope.word, field.property.name) {
        ("disk", "source.file") => {
            let device = field.element.and_then(|disk| field.domain.attr(disk, "device"));
            Some(match device.as_deref() {
                Some("cdrom" | "floppy") => BrowseKind::Disc,
                _ => BrowseKind::Disk,
            })
        }
        ("", "os.kernel" | "os.initrd" | "os.dtb") => Some(BrowseKind::File),
        ("filesystem", "source") => Some(BrowseKind::Folder),
        _ => None,
    }
}

fn set(draft: &mut Draft, domain: &Document, name: &str, text: &str) {
    let Ok(setting) = Setting::parse(name) else { return };
    let element = setting
        .elements(domain)
        .ok()
        .and_then(|elements| elements.first().copied());
    let present = present(&setting, domain, element);
    draft.set(setting, text.to_owned(), present.as_ref());
}

/// As libvirt calls it: it never guesses itself, and an image read in the wrong format is lost.
fn format(report: &MediumReport) -> Option<&'static str> {
    match report.kind {
        MediumKind::Qcow2 => Some("qcow2"),
        MediumKind::Raw | MediumKind::Iso => Some("raw"),
        MediumKind::Unchecked => None,
    }
}

fn told(report: &MediumReport) -> Option<String> {
    let kind = t!(match report.kind {
        MediumKind::Qcow2 => "add-medium-qcow2",
        MediumKind::Iso => "add-medium-iso",
        MediumKind::Raw => "add-medium-raw",
        MediumKind::Unchecked => return None,
    });
    Some(t!(
        "add-medium",
        kind = kind,
        size = units::bytes(report.capacity_bytes)
    ))
}
