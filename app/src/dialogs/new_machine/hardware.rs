//! Memory, processors, disk and network as one line that opens; acceleration with what was proved of it.

use egui::{Align, Label, Layout, Ui, vec2};
use libvirt_backend::Error;
use libvirt_backend::model::{AccelChoice, AccelProof, NetworkChoice, Proof};

use super::form::{Facts, Form, GIB, MIB, Problems, room_shortage};
use crate::command::{Command, CreateCommand};
use crate::context::ViewContext;
use crate::screens::parts::choice::choice_ui;
use crate::state::Answer;
use crate::t;
use crate::text::error::message;
use crate::text::units;
use crate::widgets::{Button, NumberField, Tone, banner_ui, card_ui, text, tokens};

const MAX_MEMORY_MIB: f64 = 16_777_216.0;
const MAX_VCPUS: f64 = 1_024.0;
const MAX_DISK_GIB: f64 = 1_048_576.0;
/// The column of a figure, its reason below it.
const NUMBER_WIDTH: f32 = 150.0;

pub(super) fn line_ui(ui: &mut Ui, form: &mut Form, is_open: &mut bool, facts: Facts<'_>, problems: &Problems) {
    card_ui(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.label(text::body(summary(form)));
            if !*is_open && Button::link(t!("new-change")).show(ui).clicked() {
                *is_open = true;
            }
        });
        if let Some(free) = room_shortage(form, facts) {
            let words = t!("new-room-short", free = units::bytes(free));
            banner_ui(ui, Tone::Warning, &words, None);
        }
        if *is_open {
            fields_ui(ui, form, facts, problems);
            ui.add_space(tokens::SPACE);
            network_ui(ui, form, facts, problems);
        }
    });
}

fn summary(form: &Form) -> String {
    let memory = units::bytes(form.memory_mib.saturating_mul(MIB));
    let cpus = t!("new-cpus", count = form.vcpus);
    if form.makes_disk() && form.disk_gib > 0 {
        let disk = units::bytes(form.disk_gib.saturating_mul(GIB));
        t!("new-hardware", memory = memory, cpus = cpus, disk = disk)
    } else {
        t!("new-hardware-no-disk", memory = memory, cpus = cpus)
    }
}

fn reason(error: Option<&Error>) -> Option<String> {
    error.map(|error| message(error).what)
}

/// Side by side while there is room.
fn fields_ui(ui: &mut Ui, form: &mut Form, facts: Facts<'_>, problems: &Problems) {
    let row = Layout::left_to_right(Align::Min).with_main_wrap(true);
    let size = vec2(ui.available_width(), 0.0);
    ui.allocate_ui_with_layout(size, row, |ui| {
        let mut memory = form.memory_mib as f64;
        number_ui(
            ui,
            (&t!("new-memory"), &t!("new-memory-unit")),
            (&mut memory, MAX_MEMORY_MIB, 256.0),
            problems.memory.as_ref(),
        );
        form.memory_mib = memory.round().max(0.0) as u64;

        let mut vcpus = f64::from(form.vcpus);
        number_ui(
            ui,
            (&t!("new-vcpus"), ""),
            (&mut vcpus, MAX_VCPUS, 1.0),
            problems.vcpus.as_ref(),
        );
        form.vcpus = vcpus.round().max(0.0) as u32;

        if form.makes_disk() {
            let mut disk = form.disk_gib as f64;
            number_ui(
                ui,
                (&t!("new-disk"), &t!("new-disk-unit")),
                (&mut disk, MAX_DISK_GIB, 1.0),
                problems.disk.as_ref(),
            );
            form.disk_gib = disk.round().max(0.0) as u64;
        }
    });
    if form.makes_disk() {
        let help = facts.ready_room().map_or_else(
            || t!("new-disk-none"),
            |room| {
                let folder = room.folder.display().to_string();
                t!("new-room", free = units::bytes(room.available_bytes), folder = folder)
            },
        );
        ui.add(Label::new(text::weak(ui, help)).wrap());
    }
}

/// A figure with its name and unit; its largest value and its step.
fn number_ui(ui: &mut Ui, (name, unit): (&str, &str), value: (&mut f64, f64, f64), wrong: Option<&Error>) {
    let (value, most, step) = value;
    let reason = reason(wrong);
    let width = NUMBER_WIDTH * tokens::text_scale(ui.ctx()).max(1.0);
    ui.allocate_ui_with_layout(vec2(width, 0.0), Layout::top_down(Align::Min), |ui| {
        ui.set_width(width);
        NumberField::new(name, value, 0.0..=most)
            .unit(unit)
            .step(step)
            .error(reason.as_deref())
            .show(ui);
    });
}

fn network_ui(ui: &mut Ui, form: &mut Form, facts: Facts<'_>, problems: &Problems) {
    let names = [
        (Network::Auto, t!("new-network-auto")),
        (Network::Passt, t!("new-network-passt")),
        (Network::User, t!("new-network-user")),
        (Network::None, t!("new-network-none")),
    ];
    let mut network = Network::from_choice(&form.network);
    if choice_ui(ui, &t!("new-network"), &mut network, &names) {
        form.network = network.choice();
    }
    if let Some(wrong) = reason(problems.network.as_ref()) {
        ui.add(Label::new(text::toned(ui, Tone::Attention, wrong).small()).wrap());
    } else if network == Network::Auto
        && let Some(profile) = facts.ready_profile()
    {
        let words = match profile.passt {
            Proof::Works => t!("new-network-auto-passt"),
            Proof::Failed(_) | Proof::NotTried => t!("new-network-auto-user"),
        };
        ui.add(Label::new(text::secondary(ui, words)).wrap());
    }
}

/// The choices that need no name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Network {
    Auto,
    Passt,
    User,
    None,
}

impl Network {
    const fn from_choice(choice: &NetworkChoice) -> Self {
        match choice {
            NetworkChoice::Auto | NetworkChoice::Network(_) => Self::Auto,
            NetworkChoice::Passt => Self::Passt,
            NetworkChoice::User => Self::User,
            NetworkChoice::None => Self::None,
        }
    }

    const fn choice(self) -> NetworkChoice {
        match self {
            Self::Auto => NetworkChoice::Auto,
            Self::Passt => NetworkChoice::Passt,
            Self::User => NetworkChoice::User,
            Self::None => NetworkChoice::None,
        }
    }
}

/// The choice, and in words what will come of it: software emulation is never chosen in silence.
pub(super) fn accel_ui(ui: &mut Ui, view: &ViewContext<'_>, form: &mut Form, facts: Facts<'_>, problems: &Problems) {
    let names = [
        (AccelChoice::Auto, t!("new-accel-auto")),
        (AccelChoice::Kvm, t!("new-accel-kvm")),
        (AccelChoice::Tcg, t!("new-accel-software")),
    ];
    choice_ui(ui, &t!("new-accel"), &mut form.accel, &names);
    let (tone, words) = proof_text(form.accel, facts);
    let is_testing = matches!(facts.profile, Some(Answer::Waiting(_)));
    let again = t!("new-test-again");
    let is_asked = if let Some(wrong) = reason(problems.accel.as_ref()) {
        banner_ui(ui, Tone::Attention, &format!("{wrong} {words}"), Some(&again))
    } else if tone == Tone::Warning {
        // Whoever chose software has nothing to test.
        let again = (form.accel != AccelChoice::Tcg).then_some(again.as_str());
        banner_ui(ui, tone, &words, again)
    } else {
        ui.horizontal_wrapped(|ui| {
            ui.label(text::secondary(ui, words));
            !is_testing && Button::link(again).show(ui).clicked()
        })
        .inner
    };
    if is_asked && !is_testing {
        view.send(Command::Create(CreateCommand::TestHostAgain {
            uri: facts.host.uri.clone(),
        }));
    }
}

fn proof_text(choice: AccelChoice, facts: Facts<'_>) -> (Tone, String) {
    if choice == AccelChoice::Tcg {
        return (Tone::Warning, t!("new-accel-software-chosen"));
    }
    let profile = match facts.profile {
        None => return (Tone::Accent, t!("new-accel-untested")),
        Some(Answer::Waiting(_)) => return (Tone::Accent, t!("new-accel-testing")),
        Some(Answer::Failed(error)) => return (Tone::Warning, message(error).what),
        Some(Answer::Ready(profile)) => profile,
    };
    match &profile.kvm {
        AccelProof::Works { millis } => (Tone::Running, t!("new-accel-works", millis = millis.to_string())),
        AccelProof::NotTried => (Tone::Accent, t!("new-accel-untested")),
        AccelProof::Absent => (Tone::Warning, t!("new-accel-absent")),
        AccelProof::NotPermitted => (Tone::Warning, t!("new-accel-denied")),
        AccelProof::TooSlow { waited_millis } => {
            let seconds = (waited_millis / 1_000).to_string();
            (Tone::Warning, t!("new-accel-slow", seconds = seconds))
        }
        AccelProof::Failed(reason) => (Tone::Warning, t!("new-accel-failed", reason = reason.as_str())),
    }
}
