//! What is opened from outside.

use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::{Fixture, live_window, step_until};
use crate::app::outside::Outside;
use crate::app::single_instance::Request;
use crate::command::UiCommand;
use crate::link::{BadLink, Place, Shown, Target};
use crate::route::Route;
use crate::state::Overlay;

fn open_from_outside(harness: &Harness<'_, Fixture>, target: Target) {
    let request = Request {
        connect: None,
        open: Some(target),
    };
    harness.state().outbox.send(Outside::Raise(request));
}

fn named(place: Place, name: &str) -> Target {
    Target::Machine {
        place,
        name: name.to_owned(),
        shown: Shown::Page,
    }
}

#[test]
fn a_machine_that_is_asked_for_from_outside_is_shown_and_what_is_unknown_is_said() {
    let mut harness = live_window(&["web-1", "web-2"]);
    let uri = harness.state().app.hosts[0].uri.clone();
    let is_shown = |harness: &Harness<'_, Fixture>, name: &str| match &harness.state().app.route {
        Route::Machine { key, .. } => harness
            .state()
            .app
            .machine(key)
            .is_some_and(|machine| machine.name() == name),
        _ => false,
    };
    open_from_outside(&harness, named(Place::Anywhere, "web-2"));
    step_until(&mut harness, "its page", |harness| is_shown(harness, "web-2"));
    open_from_outside(&harness, named(Place::Connection(uri.clone()), "web-1"));
    step_until(&mut harness, "the other's page", |harness| is_shown(harness, "web-1"));
    for (target, words) in [
        (named(Place::Anywhere, "web-3"), "There is no machine “web-3”"),
        (named(Place::Host("evil.example".to_owned()), "web-1"), "“evil.example”"),
        (Target::Refused(BadLink::Address), "berth://HOST/NAME"),
    ] {
        open_from_outside(&harness, target);
        step_until(&mut harness, words, |harness| {
            harness.query_all_by_label_contains(words).next().is_some()
        });
        assert!(is_shown(&harness, "web-1"), "{words}");
    }
    let app = &harness.state().app;
    let uris: Vec<&str> = app.hosts.iter().map(|host| host.uri.as_str()).collect();
    assert_eq!(uris, [uri.as_str()], "nothing was connected to");
    let state = harness.state();
    state.runtime.block_on(state.app.backend.shutdown());
}

#[test]
fn a_file_that_is_opened_fills_in_a_new_machine_and_no_link_throws_it_away() {
    let mut harness = live_window(&["web-1"]);
    let field = |harness: &Harness<'_, Fixture>, path: &str| {
        let mut fields = harness.query_all_by_role(egui::Role::TextInput);
        fields.any(|field| field.accesskit_node().value().as_deref() == Some(path))
    };
    open_from_outside(&harness, Target::Medium("/srv/debian.iso".into()));
    step_until(&mut harness, "the installer", |harness| {
        field(harness, "/srv/debian.iso")
    });
    open_from_outside(&harness, Target::Medium("/srv/old.qcow2".into()));
    step_until(&mut harness, "the disk", |harness| field(harness, "/srv/old.qcow2"));
    open_from_outside(&harness, named(Place::Anywhere, "web-1"));
    harness.run_steps(5);
    assert_eq!(harness.state().app.overlay, Some(Overlay::NewMachine));
    let ctx = harness.ctx.clone();
    let close = crate::command::Command::Ui(UiCommand::CloseDialog);
    harness.state_mut().app.run(close, &ctx);
    step_until(&mut harness, "the machine that was asked for", |harness| {
        matches!(harness.state().app.route, Route::Machine { .. })
    });
    // The next one begins empty.
    let new = crate::command::Command::Ui(UiCommand::ShowNewMachine);
    harness.state_mut().app.run(new, &ctx);
    harness.run_steps(5);
    assert!(!field(&harness, "/srv/old.qcow2"));
    let state = harness.state();
    state.runtime.block_on(state.app.backend.shutdown());
}
