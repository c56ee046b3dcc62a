//! The Hardware page down to libvirt: every change is made by pressing what is shown, and read back by virsh.

use berth_tests::{AppHarness, Need, TestSession, require};
use egui::Role;
use libvirt_backend::boot_sector::{Mood, interactive};
use libvirt_backend::private_session::demo::write_qcow2;

use super::PATIENCE;
use super::life::create;

/// A machine that is off, on its Hardware page.
pub(super) fn page<'session>(session: &'session TestSession, name: &str) -> AppHarness<'session> {
    let disk = session.folder().join(format!("{name}.qcow2"));
    write_qcow2(&interactive(Mood::Calm), &disk).unwrap();
    let mut window = AppHarness::open(session);
    create(&mut window, name, &disk);
    window.press(Role::Button, "Details", PATIENCE);
    window.press(Role::Tab, "Hardware", PATIENCE);
    choose(&mut window, "Overview");
    window
}

/// What libvirt keeps of a machine, with its secrets.
pub(super) fn kept(session: &TestSession, name: &str) -> String {
    session.virsh(&["dumpxml", "--inactive", "--security-info", name])
}

/// The lines that only the first has, then those that only the second has.
pub(super) fn differing(before: &str, after: &str) -> (Vec<String>, Vec<String>) {
    let only = |one: &str, other: &str| {
        let lines = one.lines().filter(|line| other.lines().all(|known| known != *line));
        lines.map(|line| line.trim().to_owned()).collect()
    };
    (only(before, after), only(after, before))
}

/// Opens the form of a part or device.
pub(super) fn choose(window: &mut AppHarness<'_>, entry: &str) {
    window.press(Role::Button, entry, PATIENCE);
}

fn pick(window: &mut AppHarness<'_>, field: &str, word: &str) {
    window.press(Role::ComboBox, field, PATIENCE);
    window.press(Role::ListBoxOption, word, PATIENCE);
}

/// Reviews and applies what was typed, and waits until it is told that each became `fate`.
pub(super) fn apply(window: &mut AppHarness<'_>, fate: &str) {
    window.press(Role::Button, "Review changes", PATIENCE);
    window.press(Role::Button, "Apply", PATIENCE);
    window.step_until(&format!("its fate is told: {fate}"), PATIENCE, |window| {
        window.says("What became of the changes") && window.says(fate)
    });
    window.press(Role::Button, "Done", PATIENCE);
}

#[test]
fn settings_change_by_their_forms_and_nothing_else_does_also_back_and_forth() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let mut window = page(&session, "harbour");
    let before = kept(&session, "harbour");
    choose(&mut window, "Memory");
    window.fill(Role::TextInput, "Memory, at most", "5GiB");
    choose(&mut window, "Disk vda");
    pick(&mut window, "Cache", "None");
    window.press(Role::Button, "Review changes", PATIENCE);
    for words in [
        "Memory › Memory, at most",
        "Disk vda › Cache",
        "+   <memory unit='KiB'>5242880</memory>",
    ] {
        assert!(window.says(words), "{words} is not reviewed");
    }
    assert_eq!(
        kept(&session, "harbour"),
        before,
        "nothing happens before it is applied"
    );
    window.press(Role::Button, "Back to the form", PATIENCE);
    apply(&mut window, "Applied");
    let after = kept(&session, "harbour");
    let (gone, come) = differing(&before, &after);
    assert_eq!((gone.len(), come.len()), (2, 2), "{gone:?} {come:?}");
    assert_eq!(come[0], "<memory unit='KiB'>5242880</memory>");
    assert!(come[1].starts_with("<driver name='qemu' type='qcow2'"), "{come:?}");
    assert!(come[1].contains("cache='none'"), "{come:?}");
    assert_eq!(after.lines().count(), before.lines().count());

    window.press(Role::Tab, "Activity", PATIENCE);
    window.press(Role::Button, "Undo: Cache (vda), Memory, at most", PATIENCE);
    window.step_until("it is undone", PATIENCE, |window| window.says("Undone."));
    assert_eq!(kept(&session, "harbour"), before);
    window.press(Role::Button, "Redo: Cache (vda), Memory, at most", PATIENCE);
    window.step_until("it is made again", PATIENCE, |window| window.says("Made again."));
    assert_eq!(kept(&session, "harbour"), after);
    window.press(Role::Tab, "Hardware", PATIENCE);
    choose(&mut window, "Memory");
    let shown = |window: &AppHarness<'_>| window.value(Role::TextInput, "Memory, at most");
    window.step_until("the form follows", PATIENCE, |window| {
        shown(window).as_deref() == Some("5GiB")
    });
    window.close();
}

#[test]
fn a_device_is_added_and_removed_again() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let mut window = page(&session, "harbour");
    let before = kept(&session, "harbour");
    window.press(Role::Button, "Add device…", PATIENCE);
    window.fill(Role::SearchInput, "Search devices", "crash notifier");
    window.key(egui::Key::Enter);
    window.step_until("it is new", PATIENCE, |window| {
        window.says("New: it becomes part of the machine")
    });
    assert_eq!(kept(&session, "harbour"), before);
    apply(&mut window, "Applied");
    let (gone, come) = differing(&before, &kept(&session, "harbour"));
    assert!(gone.is_empty(), "{gone:?}");
    assert!(come.iter().any(|line| line.starts_with("<panic model=")), "{come:?}");

    choose(&mut window, "Crash notifier");
    window.press(Role::Button, "Remove", PATIENCE);
    assert!(window.says("It will be removed when the changes are applied."));
    apply(&mut window, "Applied");
    assert_eq!(kept(&session, "harbour"), before);
    assert!(!window.shows(Role::Button, "Crash notifier"));
    window.close();
}

#[test]
fn what_waits_for_the_next_start_is_listed_made_by_a_restart_or_taken_back() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let mut window = page(&session, "harbour");
    // An empty drive reads differently while it runs.
    window.press(Role::Button, "Add device…", PATIENCE);
    window.fill(Role::SearchInput, "Search devices", "cd drive");
    window.key(egui::Key::Enter);
    apply(&mut window, "Applied");
    window.press(Role::Button, "Start", PATIENCE);
    let runs = |window: &AppHarness<'_>| window.shows(Role::Button, "Shut down");
    window.step_until("it runs", PATIENCE, runs);
    let mut line = window.serial_line("harbour");
    line.ask("r", "READ", PATIENCE);
    choose(&mut window, "Processors");
    window.step_until("the form of a machine that runs", PATIENCE, |window| {
        window.value(Role::TextInput, "Processors, at most").is_some()
    });
    let waits = |window: &AppHarness<'_>| window.says("for the next start");
    assert!(!waits(&window), "a machine that was just started waits for nothing");

    let count = window.value(Role::TextInput, "Processors, at most").unwrap();
    let more: u32 = count.parse::<u32>().unwrap() + 1;
    window.fill(Role::TextInput, "Processors, at most", &more.to_string());
    apply(&mut window, "At the next start");
    let told = format!("Processors › Processors, at most: {count} now, {more} at the next start");
    window.step_until("it is listed", PATIENCE, |window| window.says(&told));
    let live = |session: &TestSession| session.virsh(&["dumpxml", "harbour"]);
    let is_live = |count: &str| live(&session).contains(&format!(">{count}</vcpu>"));
    assert!(is_live(&count));
    let id = session.virsh(&["domid", "harbour"]);
    window.press(Role::Button, "Restart to apply", PATIENCE);
    window.step_until("it is another run", PATIENCE, |_| {
        let now = session.virsh(&["domid", "harbour"]);
        now != id && now.trim() != "-"
    });
    window.step_until("nothing waits any more", PATIENCE, |window| {
        runs(window) && !waits(window)
    });
    assert!(is_live(&more.to_string()), "{}", live(&session));

    let before = kept(&session, "harbour");
    choose(&mut window, "Memory");
    window.fill(Role::TextInput, "Memory, at most", "6GiB");
    apply(&mut window, "At the next start");
    window.step_until("it is listed", PATIENCE, |window| {
        window.says("Memory › Memory, at most: ")
    });
    assert_ne!(kept(&session, "harbour"), before);
    window.press(Role::Button, "Discard", PATIENCE);
    window.step_until("nothing waits any more", PATIENCE, |window| !waits(window));
    assert_eq!(kept(&session, "harbour"), before);
    session.virsh(&["destroy", "harbour"]);
    window.close();
}

#[test]
fn what_somebody_else_changes_meanwhile_is_told_and_neither_side_is_lost() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let mut window = page(&session, "harbour");
    choose(&mut window, "Memory");
    window.fill(Role::TextInput, "Memory, at most", "5GiB");
    let before = kept(&session, "harbour");
    // The list of machines says nothing of this.
    let changed = before.replace("<on_crash>destroy<", "<on_crash>preserve<");
    assert_ne!(before, changed);
    let file = session.folder().join("theirs.xml");
    std::fs::write(&file, changed).unwrap();
    session.virsh(&["define", &file.display().to_string()]);
    window.step_until("it is told", PATIENCE, |window| {
        window.says("The machine was changed since you began here.")
    });
    let typed = window.value(Role::TextInput, "Memory, at most");
    assert_eq!(typed.as_deref(), Some("5GiB"), "what was typed stays");
    window.press(Role::Button, "Understood", PATIENCE);
    let theirs = kept(&session, "harbour");
    apply(&mut window, "Applied");
    let (gone, come) = differing(&theirs, &kept(&session, "harbour"));
    assert_eq!(
        (gone.len(), come),
        (1, vec!["<memory unit='KiB'>5242880</memory>".to_owned()])
    );
    assert!(theirs.contains("<on_crash>preserve<"));
    assert!(
        !window.says("since you began here"),
        "an edit of one's own is nobody else's"
    );
    window.close();
}
