//! A machine's text in the window, with the libvirt that takes or refuses it.

use berth_tests::{AppHarness, Need, TestSession, require};
use egui::Role;

use super::PATIENCE;
use super::hardware::{choose, differing, kept, page};

const TEXT: &str = "The machine as XML";

fn text(window: &AppHarness<'_>) -> String {
    window.value(Role::MultilineTextInput, TEXT).unwrap_or_default()
}

#[test]
fn a_text_is_applied_read_back_and_taken_back_in_one_step() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let mut window = page(&session, "letter");
    let before = kept(&session, "letter");
    choose(&mut window, "XML");
    window.step_until("the text", PATIENCE, |window| {
        text(window).contains("<name>letter</name>")
    });
    // A comment is libvirt's to drop: what it keeps is told.
    let edited = text(&window).replace(
        "  <memory unit",
        "  <!-- mine -->\n  <title>A &amp; B</title>\n  <memory unit",
    );
    window.paste_over(TEXT, &edited);
    window.press(Role::Button, "Review changes", PATIENCE);
    assert!(window.says("+   <title>A &amp; B</title>"));
    window.press(Role::Button, "Apply", PATIENCE);
    window.step_until("what became of it", PATIENCE, |window| {
        window.says("What became of the changes")
    });
    assert!(window.says("Overview › Title") && window.says("Applied"));
    assert!(window.says("What differs from what was asked for") && window.says("<!-- mine -->"));
    let (gone, come) = differing(&before, &kept(&session, "letter"));
    assert_eq!((gone.len(), come), (0, vec!["<title>A &amp; B</title>".to_owned()]));

    window.press(Role::Button, "Undo this change", PATIENCE);
    window.step_until("the text as it was", PATIENCE, |window| {
        let text = text(window);
        !text.is_empty() && !text.contains("A &amp; B")
    });
    assert_eq!(kept(&session, "letter"), before);
    window.close();
}

#[test]
fn what_libvirt_refuses_is_told_in_its_words_with_the_line_and_the_text_stays() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let mut window = page(&session, "letter");
    let before = kept(&session, "letter");
    choose(&mut window, "XML");
    window.step_until("the text", PATIENCE, |window| text(window).contains("machine='"));
    let present = text(&window);
    let machine = present.split("machine='").nth(1).unwrap().split('\'').next().unwrap();
    let refused = present.replace(&format!("machine='{machine}'"), "machine='pc-q99-1.0'");
    let line = 1 + refused.lines().position(|line| line.contains("pc-q99-1.0")).unwrap();
    window.paste_over(TEXT, &refused);
    window.press(Role::Button, "Review changes", PATIENCE);
    window.press(Role::Button, "Apply", PATIENCE);
    window.step_until("libvirt's words", PATIENCE, |window| {
        window.says("does not support machine type 'pc-q99-1.0'")
    });
    assert!(window.says(&format!("Line {line}: ")), "the line is told");
    assert_eq!(text(&window), refused, "the text stays");
    assert_eq!(kept(&session, "letter"), before, "nothing was written");

    // What is no machine's XML at all is found by the schema before anything is tried.
    let misspelt = present.replace("<vcpu", "<vpcu").replace("</vcpu", "</vpcu");
    window.paste_over(TEXT, &misspelt);
    window.press(Role::Button, "Check with libvirt", PATIENCE);
    let line = 1 + misspelt.lines().position(|line| line.contains("<vpcu")).unwrap();
    window.step_until("what the schema says", PATIENCE, |window| {
        window.shows(Role::Alert, "") && window.says("vpcu") && window.says(&line.to_string())
    });
    window.paste_over(TEXT, &present);
    window.press(Role::Button, "Check with libvirt", PATIENCE);
    window.step_until("it fits", PATIENCE, |window| {
        window.says("libvirt’s schema takes this text")
    });
    window.close();
}

#[test]
fn a_text_begun_before_somebody_elses_change_is_kept_and_applied_over_it_only_when_told_to() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let mut window = page(&session, "letter");
    choose(&mut window, "XML");
    window.step_until("the text", PATIENCE, |window| {
        text(window).contains("<on_crash>destroy")
    });
    let mine = text(&window).replace("  <memory unit", "  <title>Mine</title>\n  <memory unit");
    window.paste_over(TEXT, &mine);
    session.virsh(&["desc", "letter", "--config", "--new-desc", "theirs"]);
    window.step_until("it is told", PATIENCE, |window| {
        window.says("The machine was changed while you edited its text.")
    });
    assert_eq!(text(&window), mine);
    assert!(!window.can_press(Role::Button, "Review changes"));
    window.press(Role::Button, "Show the differences", PATIENCE);
    assert!(window.says("+   <description>theirs</description>"));
    window.press(Role::Button, "Back to the text", PATIENCE);
    assert!(kept(&session, "letter").contains("theirs"));
    window.press(Role::Button, "Take the machine’s, drop mine", PATIENCE);
    window.step_until("theirs", PATIENCE, |window| text(window).contains("theirs"));
    assert!(!text(&window).contains("Mine"));
    window.close();
}
