//! `berth device` against real machines: listed, plugged in and out, read back.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::process::Command;

use berth_tests::Terminal;
use serde_json::Value;

fn machine(terminal: &Terminal) {
    terminal.json(&[
        "create",
        "box",
        "--memory",
        "64MiB",
        "--vcpus",
        "1",
        "--disk",
        "64MiB",
        "--network",
        "user",
        "--accel",
        "tcg",
    ]);
}

fn names(terminal: &Terminal) -> Vec<String> {
    let list = terminal.json(&["device", "list", "box"]);
    let names = list
        .as_array()
        .unwrap()
        .iter()
        .map(|device| device["device"].as_str().unwrap().to_owned());
    names.collect()
}

/// The one change that was told.
fn fate(told: &Value) -> &str {
    told["changes"][0]["fate"].as_str().unwrap()
}

#[test]
fn devices_are_added_and_removed_and_nothing_else_changes() {
    let Some(terminal) = Terminal::open() else { return };
    machine(&terminal);
    let before = names(&terminal);
    let xml = terminal.session.virsh(&["dumpxml", "--inactive", "box"]);
    let image = terminal.home().join("data.qcow2");
    let made = Command::new("qemu-img")
        .args(["create", "-q", "-f", "qcow2"])
        .arg(&image)
        .arg("16M")
        .status();
    assert!(made.unwrap().success());
    let source = format!("source.file={}", image.display());

    let dry = terminal.json(&["device", "add", "box", "disk", "--set", &source, "--dry-run"]);
    assert_eq!(fate(&dry), "would_change");
    assert_eq!(terminal.session.virsh(&["dumpxml", "--inactive", "box"]), xml);

    let added = terminal.json(&["device", "add", "box", "disk", "--set", &source, "--set", "cache=none"]);
    assert_eq!(fate(&added), "applied", "{added}");
    let after = names(&terminal);
    let new: Vec<&String> = after.iter().filter(|name| !before.contains(name)).collect();
    assert!(new.contains(&&"disk.vdb".to_owned()), "{new:?}");
    let get = terminal.done(&["edit", "box", "--get", "disk.vdb.cache"]);
    assert_eq!(get, "disk.vdb.cache=none\n");

    let (status, words) = terminal.refused(&["device", "remove", "box", "disk.vdb"]);
    assert_eq!(status, 2, "nobody can be asked: {words}");
    let removed = terminal.json(&["device", "remove", "box", "disk.vdb", "--yes"]);
    assert_eq!(fate(&removed), "applied");
    assert_eq!(names(&terminal), before);
    assert!(image.exists(), "the file stays");
}

#[test]
fn a_new_image_is_made_for_a_disk_and_goes_with_the_machine() {
    let Some(terminal) = Terminal::open() else { return };
    machine(&terminal);
    terminal.done(&["start", "box"]);
    for size in ["0B", "-1GiB", "20", "9000PiB", "4PiB"] {
        let (status, words) = terminal.refused(&["device", "add", "box", "disk", "--size", size]);
        assert!(status > 0 && !words.trim().is_empty(), "{size}: {words}");
    }
    let (status, words) = terminal.refused(&["device", "add", "box", "rng", "--size", "1GiB"]);
    assert_eq!(status, 2, "{words}");
    assert!(words.contains("disk --size"), "{words}");
    let dry = terminal.json(&["device", "add", "box", "disk", "--size", "2GiB", "--dry-run"]);
    assert_eq!(fate(&dry), "would_change");
    let first = terminal.done(&["edit", "box", "--get", "disk.vda.source.file"]);
    let image = PathBuf::from(first.trim().rsplit('=').next().unwrap()).with_file_name("box-vdb.qcow2");
    assert!(!image.exists());

    let added = terminal.json(&["device", "add", "box", "disk", "--size", "2GiB", "--set", "cache=none"]);
    assert_eq!(fate(&added), "applied", "{added}");
    let info = Command::new("qemu-img")
        .args(["info", "-U"])
        .arg(&image)
        .output()
        .unwrap();
    let info = String::from_utf8(info.stdout).unwrap();
    assert!(
        info.contains("virtual size: 2 GiB") && info.contains("format: qcow2"),
        "{info}"
    );
    let file = terminal.done(&["edit", "box", "--get", "disk.vdb.source.file"]);
    assert_eq!(file.trim(), format!("disk.vdb.source.file={}", image.display()));
    let source = format!("source.file={}", image.display());
    let (_, words) = terminal.refused(&["device", "add", "box", "disk", "--size", "1GiB", "--set", &source]);
    assert!(words.contains("already"), "{words}");

    terminal.done(&["delete", "box", "--force-off", "--yes"]);
    assert!(!image.exists(), "what was made for it goes with it");
}

#[test]
fn a_device_as_xml_reaches_a_machine_that_runs() {
    let Some(terminal) = Terminal::open() else { return };
    machine(&terminal);
    terminal.done(&["start", "box"]);
    let file = terminal.home().join("card.xml");
    let card = "<interface type='user'><mac address='52:54:00:aa:bb:cc'/><model type='usb-net'/></interface>";
    std::fs::write(&file, card).unwrap();
    let added = terminal.json(&["device", "add", "box", "--xml", file.to_str().unwrap()]);
    assert_eq!(fate(&added), "applied", "{added}");
    for flags in [&[][..], &["--inactive"]] {
        let xml = terminal.session.virsh(&[&["dumpxml", "box"], flags].concat());
        assert!(xml.contains("52:54:00:aa:bb:cc"), "{flags:?}: {xml}");
    }
    let removed = terminal.json(&["device", "remove", "box", "interface.52:54:00:aa:bb:cc", "--yes"]);
    assert_eq!(fate(&removed), "applied", "{removed}");
    assert!(
        !terminal
            .session
            .virsh(&["dumpxml", "box"])
            .contains("52:54:00:aa:bb:cc")
    );
}

#[test]
fn a_kind_with_several_sorts_is_added_by_its_sort() {
    let Some(terminal) = Terminal::open() else { return };
    machine(&terminal);
    let ports = || {
        let xml = terminal.session.virsh(&["dumpxml", "--inactive", "box"]);
        xml.matches("model='pcie-root-port'").count()
    };
    let before = ports();
    let added = terminal.json(&["device", "add", "box", "controller.pci"]);
    assert_eq!(fate(&added), "applied", "{added}");
    assert_eq!(ports(), before + 1);
    let added = terminal.json(&["device", "add", "box", "controller.sata", "--config"]);
    assert_eq!(fate(&added), "applied", "{added}");
    assert!(names(&terminal).contains(&"controller.sata.1".to_owned()));
    let added = terminal.json(&["device", "add", "box", "disk", "--size", "1GiB", "--set", "bus=sata"]);
    assert_eq!(fate(&added), "applied", "{added}");
    let file = terminal.done(&["edit", "box", "--get", "disk.sdb.source.file"]);
    assert!(file.trim().ends_with("/box-sdb.qcow2"), "{file}");
    let given = terminal.done(&["device", "add", "box", "hostdev.0000:03:00.1", "--dry-run"]);
    assert!(
        given.contains("domain='0x0000' bus='0x03' slot='0x00' function='0x1'"),
        "{given}"
    );
}

#[test]
fn what_is_no_device_is_told_with_what_there_is() {
    let Some(terminal) = Terminal::open() else { return };
    machine(&terminal);
    for (arguments, part) in [
        (&["device", "add", "box", "teapot"][..], "disk, controller"),
        (&["device", "add", "box", "controller.floppy"], "controller.pci"),
        (&["device", "add", "box", "filesystem"], "--set source=…"),
        (
            &["device", "add", "box", "disk", "--set", "cache=fast"],
            "is not one of",
        ),
        (
            &["device", "add", "box", "disk", "--set", "cachet=none"],
            "disk.KEY.cache",
        ),
        (&["device", "remove", "box", "disk.sdz", "--yes"], "vda"),
        (&["device", "remove", "box", "teapot", "--yes"], "disk, controller"),
    ] {
        let (status, words) = terminal.refused(arguments);
        assert!(status != 0 && words.contains(part), "{arguments:?}: {words}");
    }
}

#[test]
fn the_xml_of_a_machine_goes_out_and_in_without_its_secrets() {
    let Some(terminal) = Terminal::open() else { return };
    machine(&terminal);
    terminal.session.virsh(&["dumpxml", "--inactive", "box"]);
    let mut secret = terminal.command(&["edit", "box", "--set-secret", "graphics.vnc.password", "--config"]);
    let mut child = secret.stdin(std::process::Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"hushhush").unwrap();
    assert!(child.wait().unwrap().success());

    let xml = terminal.done(&["xml", "get", "box"]);
    assert!(xml.contains("<name>box</name>") && !xml.contains("hushhush"), "{xml}");
    let file = terminal.home().join("box.xml");
    std::fs::write(
        &file,
        xml.replace("<name>box</name>", "<name>box</name>\n  <title>lid</title>"),
    )
    .unwrap();
    let path = file.to_str().unwrap();
    let dry = terminal.done(&["xml", "define", "box", path, "--dry-run"]);
    assert!(
        dry.contains("+  <title>lid</title>") && !dry.contains("passwd"),
        "{dry}"
    );
    terminal.done(&["xml", "define", "box", path]);
    let kept = terminal
        .session
        .virsh(&["dumpxml", "--inactive", "--security-info", "box"]);
    assert!(
        kept.contains("<title>lid</title>") && kept.contains("passwd='hushhush'"),
        "{kept}"
    );

    let (status, words) = terminal.refused(&["xml", "get", "box", "--live"]);
    assert_eq!(status, 1);
    assert!(words.contains("not running"), "{words}");
    std::fs::write(&file, "<domain>\n<name>box</b></domain>").unwrap();
    let (status, words) = terminal.refused(&["xml", "define", "box", path]);
    assert!(status == 1 && words.contains("Line 2, column 10"), "{words}");
}

#[test]
fn what_somebody_changed_since_the_xml_was_read_is_not_overwritten_by_it() {
    let Some(terminal) = Terminal::open() else { return };
    machine(&terminal);
    let got = terminal.json(&["xml", "get", "box"]);
    let known = got["fingerprint"].as_str().unwrap();
    let file = terminal.home().join("box.xml");
    let titled = |title: &str| format!("<name>box</name>\n  <title>{title}</title>");
    let xml = got["xml"]
        .as_str()
        .unwrap()
        .replace("<name>box</name>", &titled("ours"));
    std::fs::write(&file, xml).unwrap();
    let define = |known: &str, more: &[&str]| {
        let path = file.to_str().unwrap();
        terminal.refused(&[&["xml", "define", "box", path, "--if-unchanged", known], more].concat())
    };
    let inactive = || terminal.session.virsh(&["dumpxml", "--inactive", "box"]);

    terminal
        .session
        .virsh(&["desc", "box", "--config", "--title", "theirs"]);
    for more in [&[][..], &["--dry-run"]] {
        let (status, words) = define(known, more);
        assert_eq!(status, 1, "{words}");
        assert!(words.contains("changed by somebody else"), "{words}");
        assert!(inactive().contains("<title>theirs</title>"));
    }
    let (status, words) = define("box.xml", &[]);
    assert_eq!(status, 2, "{words}");
    assert!(words.contains("fingerprint"), "{words}");

    let read_again = terminal.json(&["xml", "get", "box"]);
    let (status, words) = define(read_again["fingerprint"].as_str().unwrap(), &[]);
    assert_eq!(status, 0, "{words}");
    assert!(inactive().contains("<title>ours</title>"));
}

/// A guest without an operating system hears of nothing.
#[test]
fn a_guest_that_ignores_the_request_keeps_its_card_until_the_next_start() {
    let Some(terminal) = Terminal::open() else { return };
    machine(&terminal);
    terminal.done(&["start", "box"]);
    let named = names(&terminal);
    let card = named.iter().find(|name| name.starts_with("interface.")).unwrap();
    let told = terminal.done(&["device", "remove", "box", card, "--yes"]);
    assert!(
        told.contains("The guest did not answer in") && told.contains("it goes at the next start"),
        "{told}"
    );
    let has_card = |arguments: &[&str]| terminal.session.virsh(arguments).contains("<interface");
    assert!(has_card(&["dumpxml", "box"]), "the guest has it");
    assert!(!has_card(&["dumpxml", "--inactive", "box"]));
    terminal.done(&["force-off", "box", "--yes"]);
    terminal.done(&["start", "box"]);
    assert!(!has_card(&["dumpxml", "box"]), "it is gone");
    terminal.done(&["force-off", "box", "--yes"]);
}
