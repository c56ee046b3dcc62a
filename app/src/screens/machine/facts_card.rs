//! What a machine is made of, beside its graphs.

use egui::Ui;
use libvirt_backend::guard::Action;
use libvirt_backend::model::{Acceleration, Disk, DiskDevice, DiskSource, HostModel, Machine, Nic, NicSource};

use crate::command::{BrowseFor, Command, CreateCommand, MachineCommand};
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::screens::parts::{actions, facts, software};
use crate::t;
use crate::text::error::denied;
use crate::text::state::{describe, host_name};
use crate::text::units;
use crate::widgets::card::Facts;
use crate::widgets::{Button, Tone, banner_ui, card_ui, facts_ui, icons, section_ui, tag_ui, text, tokens};

pub(super) fn ui(ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, host: &HostModel, machine: &Machine) {
    card_ui(ui, |ui| {
        section_ui(ui, &t!("facts-title"));
        facts_ui(ui, "facts", |rows| {
            state_rows(rows, view, host, machine);
            resource_rows(rows, host, machine);
        });
    });
    drives_ui(ui, view, key, machine);
}

/// "Software emulation, much slower", with why and what helps.
pub(super) fn software_ui(ui: &mut Ui, view: &ViewContext<'_>, host: &HostModel, machine: &Machine) {
    if software::is_software(machine) {
        let text = format!("{} — {}", t!("machine-software"), software::cure(view, host));
        banner_ui(ui, Tone::Warning, &text, None);
        ui.add_space(tokens::SPACE);
    }
}

fn state_rows(rows: &mut Facts<'_>, view: &ViewContext<'_>, host: &HostModel, machine: &Machine) {
    rows.row(&t!("fact-state"), &describe(machine));
    let uptime = machine.started_at_millis.filter(|_| machine.state.is_active());
    if let Some(start) = uptime {
        let seconds = (view.now_millis - start).max(0).unsigned_abs() / 1_000;
        rows.row(
            &t!("fact-uptime"),
            &units::duration(std::time::Duration::from_secs(seconds)),
        );
    }
    if machine.state.is_active() {
        match facts::address(machine, host) {
            Some(address) => {
                let name = t!("address-copy", address = address.as_str());
                rows.copy_row(&t!("fact-address"), &address, &name);
            }
            None => rows.row(&t!("fact-address"), &t!(no_address(machine))),
        }
    }
}

/// Behind user networking there is nothing to wait for.
fn no_address(machine: &Machine) -> &'static str {
    let nics = &machine.definition.nics;
    if nics.is_empty() {
        "fact-address-none"
    } else if nics.iter().all(|nic| nic.source.is_user_mode()) {
        "fact-address-hidden"
    } else {
        "fact-address-unknown"
    }
}

fn resource_rows(rows: &mut Facts<'_>, host: &HostModel, machine: &Machine) {
    let definition = &machine.definition;
    rows.row(&t!("fact-memory"), &units::bytes(definition.memory_current_kib * 1_024));
    rows.row(&t!("fact-cpus"), &t!("fact-cpus-value", count = definition.vcpus));
    for disk in definition.disks.iter().filter(|disk| !is_drive(disk)) {
        let name = t!("fact-disk", target = disk.target.as_str());
        rows.row(&name, &source_text(&disk.source));
    }
    for nic in &definition.nics {
        rows.row(&t!("fact-network"), &nic_text(nic, host));
    }
    let acceleration = match &definition.acceleration {
        Acceleration::Kvm => t!("fact-acceleration-kvm"),
        Acceleration::Software => t!("fact-acceleration-software"),
        Acceleration::Other(name) => name.clone(),
    };
    rows.row(&t!("fact-acceleration"), &acceleration);
    let agent = match (definition.has_agent_channel, machine.is_agent_connected) {
        (_, true) => "fact-agent-yes",
        (true, false) => "fact-agent-no",
        (false, false) => "fact-agent-none",
    };
    rows.row(&t!("fact-agent"), &t!(agent));
    if let Some(os) = &definition.os_id {
        rows.row(&t!("fact-os"), &facts::os_name(os));
    }
    rows.row(&t!("fact-host"), &host_name(&host.uri));
    if !definition.tags.is_empty() {
        rows.row_ui(&t!("fact-tags"), |ui| {
            for tag in &definition.tags {
                tag_ui(ui, tag);
            }
        });
    }
}

const fn is_drive(disk: &Disk) -> bool {
    matches!(disk.device, DiskDevice::Cdrom | DiskDevice::Floppy)
}

/// The end of a path: the folder is in the tooltip of nobody's screen.
fn source_text(source: &DiskSource) -> String {
    match source {
        DiskSource::Empty => t!("disk-empty"),
        DiskSource::File(path) | DiskSource::Block(path) => path.file_name().map_or_else(
            || path.display().to_string(),
            |name| name.to_string_lossy().into_owned(),
        ),
        DiskSource::Volume { pool, volume } => t!("disk-volume", volume = volume.as_str(), pool = pool.as_str()),
        DiskSource::Other(kind) => kind.clone(),
    }
}

fn nic_text(nic: &Nic, host: &HostModel) -> String {
    let kind = match &nic.source {
        NicSource::User => t!("nic-user"),
        NicSource::Passt => t!("nic-passt"),
        NicSource::Network(name) => t!("nic-network", name = name.as_str()),
        NicSource::Bridge(name) => t!("nic-bridge", name = name.as_str()),
        NicSource::Other(kind) => kind.clone(),
    };
    let forwards = nic.forwards.iter().map(|forward| {
        let address = facts::forward_text(forward, host);
        t!("nic-forward", host = address, guest = forward.guest_port.to_string())
    });
    std::iter::once(kind).chain(forwards).collect::<Vec<_>>().join("\n")
}

/// The drives with what is in them, and the buttons to change that.
fn drives_ui(ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine) {
    for disk in machine.definition.disks.iter().filter(|disk| is_drive(disk)) {
        card_ui(ui, |ui| {
            let content = source_text(&disk.source);
            let line = t!("disk-in-drive", target = disk.target.as_str(), file = content);
            ui.horizontal(|ui| {
                let color = crate::widgets::Palette::of(ui).text_secondary;
                ui.label(icons::icon_text(
                    icons::DISC,
                    tokens::ICON * tokens::text_scale(ui.ctx()),
                    color,
                ));
                text::truncated_ui(ui, text::body(line));
            });
            ui.horizontal_wrapped(|ui| drive_buttons_ui(ui, view, key, disk));
        });
    }
}

fn drive_buttons_ui(ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, disk: &Disk) {
    let is_empty = disk.source == DiskSource::Empty;
    let reason = |action| actions::check(view, key, action).err().map(|reason| denied(&reason));
    let text = if is_empty {
        t!("media-insert")
    } else {
        t!("media-change")
    };
    let insert = Button::secondary(text).small().denied(reason(Action::InsertMedia));
    let name = t!("media-insert-name", target = disk.target.as_str());
    if insert.show(ui).accessible_name(name).clicked() {
        view.send(Command::Create(CreateCommand::Browse(BrowseFor::Disc {
            machine: key.clone(),
            target: disk.target.clone(),
        })));
    }
    if is_empty {
        return;
    }
    let eject = Button::ghost(t!("media-eject"))
        .icon(icons::EJECT)
        .small()
        .denied(reason(Action::EjectMedia));
    let name = t!("media-eject-name", target = disk.target.as_str());
    if eject.show(ui).accessible_name(name).clicked() {
        view.send(Command::Machine(MachineCommand::EjectMedia {
            machine: key.clone(),
            target: disk.target.clone(),
        }));
    }
}
