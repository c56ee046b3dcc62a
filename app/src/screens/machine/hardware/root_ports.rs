//! Room for devices that are plugged in while the machine runs: how much there is, and more of it.

use egui::{Label, Ui};
use libvirt_backend::property::change::Change;
use libvirt_backend::property::root_ports::{another, count};
use libvirt_backend::property::{Scope, fresh};
use libvirt_backend::xml::Document;

use super::draft::Draft;
use crate::t;
use crate::widgets::{Button, icons, text, tokens};

/// Few enough for one board, and many enough to be done with it.
const MORE: usize = 4;

/// "3 of 14 free", or nothing on a board without PCI Express.
pub(super) fn summary(domain: &Document) -> Option<String> {
    let ports = count(domain)?;
    Some(t!("root-ports-free", free = ports.free, total = ports.total))
}

pub(super) fn ui(ui: &mut Ui, domain: &Document, draft: &mut Draft) {
    let Some(summary) = summary(domain) else { return };
    ui.horizontal_wrapped(|ui| {
        ui.label(text::strong(summary));
        let more = Button::secondary(t!("root-ports-more", count = MORE)).icon(icons::ADD);
        if more.show(ui).clicked() {
            add(domain, draft);
            ui.ctx().request_repaint();
        }
    });
    ui.add(Label::new(text::quiet(ui, t!("root-ports-text"))).wrap());
    ui.add_space(tokens::SPACE);
}

fn add(domain: &Document, draft: &mut Draft) {
    let Some(scope): Option<&'static Scope> = fresh::kinds().find(|scope| scope.word == "controller") else {
        return;
    };
    // Each has a number that none before it has.
    let mut working = domain.clone();
    for _ in 0..MORE {
        let xml = another(&working);
        let change = Change::AddDevice { xml: xml.clone() };
        if change.make(&mut working).is_err() {
            return;
        }
        draft.devices.add(scope, xml);
    }
}
