//! Text that is copied on the desktop is pasted in the guest, and the other way, while the machine's switch is on.

use std::time::{Duration, Instant};

use berth_tests::{Desktop, Need, ScreenReader, Shown, Stage, TestSession, require, wait_until};

use super::WINDOW;

const PATIENCE: Duration = Duration::from_mins(1);
const SOON: Duration = Duration::from_secs(5);
const SCREEN: &str = "Screen of porthole, 1224 × 760";

/// The guest lost the keyboard and has it again, as after a visit to another window: what was copied there goes over.
fn visit_elsewhere(desktop: &Desktop, reader: &mut ScreenReader) {
    // A menu that is only just closing has the keyboard.
    reader.wait_for_part("gives the keyboard back", PATIENCE);
    // The focus is asked for once it is free, else the key takes it away again.
    wait_until("the guest gives the keyboard back", PATIENCE, || {
        let pressed = Instant::now();
        desktop.press("Control_R");
        let mut is_back = false;
        while !is_back && pressed.elapsed() < SOON {
            is_back = !reader.has_part("gives the keyboard back");
        }
        is_back
    });
    reader.focus("canvas", SCREEN);
    reader.wait_for_part("gives the keyboard back", PATIENCE);
}

/// What was copied is pasted in the guest after a visit; its agent may have yet to come.
#[track_caller]
fn arrives(desktop: &Desktop, reader: &mut ScreenReader, stage: &mut Stage<'_>, text: &str) {
    let line = format!("clip got {}", text.replace('\n', "\\n"));
    wait_until("the guest pastes what was copied", PATIENCE, || {
        visit_elsewhere(desktop, reader);
        stage.says(&line)
    });
}

fn switch(reader: &mut ScreenReader) {
    reader.click("button", "More actions");
    reader.click("menu item", "Share the clipboard");
}

#[test]
fn copied_text_goes_both_ways_through_the_window_while_it_is_shared_and_never_otherwise() {
    if !require(&[WINDOW, &[Need::DrmGuest, Need::Program("xclip")]].concat()) {
        return;
    }
    let session = TestSession::start();
    let mut stage = Stage::start(&session, "porthole");
    let mut desktop = Desktop::start(Shown::OnX11);
    desktop.copy_text("before");
    desktop.start_berth(&["--connect", &session.uri()]);
    let mut reader = desktop.screen_reader();
    reader.wait_for_part("porthole, Running", PATIENCE);
    reader.click_part("table row", "porthole, Running");
    desktop.press("Return");
    reader.wait("canvas", SCREEN);
    reader.wait_for_part("gives the keyboard back", PATIENCE);
    assert_eq!(stage.ask("clip secret", "clip "), "has no port", "it is not shared");

    switch(&mut reader);
    arrives(&desktop, &mut reader, &mut stage, "before");
    let text = "Grüße, 世界\nfrom the desktop";
    desktop.copy_text(text);
    arrives(&desktop, &mut reader, &mut stage, text);
    for text in ["from the guest", "Grüße, 世界\nzwei Zeilen"] {
        stage.ask(&format!("clip {}", text.replace('\n', "\\n")), "clip offered");
        wait_until("the desktop can paste it", PATIENCE, || {
            desktop.copied_text().as_deref() == Some(text)
        });
    }

    switch(&mut reader);
    wait_until("the channel is unplugged", PATIENCE, || {
        !session.virsh(&["dumpxml", stage.name()]).contains("qemu-vdagent")
    });
    wait_until("the guest sees that", PATIENCE, || {
        stage.ask("clip private", "clip ") == "has no port"
    });
    assert_eq!(desktop.copied_text().as_deref(), Some("Grüße, 世界\nzwei Zeilen"));
    desktop.copy_text("at home");
    visit_elsewhere(&desktop, &mut reader);
    assert!(!stage.says("clip got at home"));
    assert_eq!(desktop.copied_text().as_deref(), Some("at home"));
}
