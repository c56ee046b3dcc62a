//! `berth edit NAME`, `berth history` and `berth undo`: exactly what was asked for changes, and each change is told.

use std::io::Write as _;
use std::process::Stdio;

use berth_tests::Terminal;
use serde_json::json;

#[test]
fn settings_change_with_their_difference_and_come_back() {
    let Some(terminal) = Terminal::open() else { return };
    terminal.create("guest", &["--network", "none", "--disk", "1GiB"]);
    let xml = || {
        terminal
            .session
            .virsh(&["dumpxml", "--inactive", "--security-info", "guest"])
    };
    let before = xml();
    let edit = [
        "edit",
        "guest",
        "--set",
        "memory=128MiB",
        "--set",
        "disk.vda.cache=none",
    ];
    let shown = terminal.done(&[&edit[..], &["--dry-run"]].concat());
    assert!(shown.contains("-  <memory unit='KiB'>65536</memory>"), "{shown}");
    assert!(shown.contains("memory: would be changed"), "{shown}");
    assert_eq!(xml(), before);

    let told = terminal.done(&edit);
    assert!(told.contains("+  <memory unit='KiB'>131072</memory>"), "{told}");
    assert!(told.contains("disk.vda.cache: changed"), "{told}");
    assert_eq!(
        terminal.done(&["edit", "guest", "--get", "disk.vda.cache"]).trim(),
        "disk.vda.cache=none"
    );
    let after = xml();
    let differing = |one: &str, other: &str| one.lines().filter(|line| !other.contains(*line)).count();
    assert_eq!(
        (differing(&before, &after), differing(&after, &before)),
        (2, 2),
        "{after}"
    );

    let history = terminal.json(&["history", "guest"]);
    assert_eq!(history[0]["what"], json!(["memory", "disk.vda.cache"]));
    terminal.done(&["undo", "guest"]);
    assert_eq!(xml(), before);
    let (status, words) = terminal.refused(&["undo", "guest"]);
    assert_eq!(status, 1, "{words}");
    terminal.done(&["undo", "guest", "--redo"]);
    assert_eq!(xml(), after);
}

#[test]
fn what_makes_no_sense_changes_nothing_and_says_why() {
    let Some(terminal) = Terminal::open() else { return };
    terminal.create("guest", &["--network", "none"]);
    let xml = || terminal.session.virsh(&["dumpxml", "--inactive", "guest"]);
    let before = xml();
    for (value, status, words) in [
        ("memory=1e30", 2, "1e30"),
        ("memory=2", 2, "unit"),
        ("disk.vdz.cache=none", 1, "vdz"),
        ("name=other", 1, "name"),
        ("vcpu=-1", 2, "-1"),
    ] {
        let told = terminal.refused(&["edit", "guest", "--set", "title=never", "--set", value]);
        assert_eq!(told.0, status, "{value}: {}", told.1);
        assert!(told.1.contains(words), "{value}: {}", told.1);
    }
    let (status, _) = terminal.refused(&["edit", "guest"]);
    assert_eq!(status, 2);
    assert_eq!(xml(), before);
}

#[test]
fn more_than_the_host_has_is_told_and_done_and_what_a_session_cannot_do_is_refused() {
    let Some(terminal) = Terminal::open() else { return };
    terminal.create("guest", &["--network", "none"]);
    let too_much = [
        "edit",
        "guest",
        "--set",
        "memory.max=900TiB",
        "--set",
        "memory.slots=2",
        "--dry-run",
    ];
    let (status, words) = terminal.refused(&too_much);
    assert_eq!(status, 0, "{words}");
    assert!(words.contains("memory.max: More than the host has"), "{words}");
    let little = terminal.refused(&["edit", "guest", "--set", "memory=32MiB", "--dry-run"]);
    assert_eq!(little, (0, String::new()));
    let (status, words) = terminal.refused(&["edit", "guest", "--set", "memory.locked=on"]);
    assert_eq!(status, 1, "{words}");
    assert!(words.contains("cannot lock their memory"), "{words}");
    // What is switched off hinders nothing.
    terminal.done(&["edit", "guest", "--set", "memory.locked=off", "--dry-run"]);
}

#[test]
fn a_secret_comes_by_standard_input_and_is_nowhere_to_be_read() {
    let Some(terminal) = Terminal::open() else { return };
    terminal.create("guest", &["--network", "none"]);
    let (status, words) = terminal.refused(&["edit", "guest", "--set", "graphics.vnc.password=hunter2"]);
    assert_eq!(status, 2, "{words}");
    let mut berth = terminal
        .command(&["edit", "guest", "--set-secret", "graphics.vnc.password"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    berth.stdin.take().unwrap().write_all(b"hunter2\n").unwrap();
    let output = berth.wait_with_output().unwrap();
    let told = format!("{output:?}");
    assert!(output.status.success(), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
    let secure = terminal
        .session
        .virsh(&["dumpxml", "--inactive", "--security-info", "guest"]);
    assert!(secure.contains("passwd='hunter2'"), "{secure}");
    assert!(!terminal.done(&["history", "guest"]).contains("hunter2"));
    assert!(
        !terminal
            .done(&["edit", "guest", "--get", "graphics.vnc.password"])
            .contains("hunter2")
    );
    let found = std::process::Command::new("grep")
        .args(["-rl", "hunter2"])
        .arg(terminal.home())
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8(found.stdout).unwrap(),
        "",
        "files of Berth's with the secret"
    );
}

#[test]
fn a_running_machine_says_what_became_live() {
    let Some(terminal) = Terminal::open() else { return };
    let image = terminal.boot_image();
    terminal.create("guest", &["--network", "none", "--import", &image]);
    terminal.done(&["start", "guest"]);
    let told = terminal.json(&[
        "edit",
        "guest",
        "--set",
        "disk.vda.iotune.total_iops_sec=50",
        "--set",
        "vcpu=2",
    ]);
    assert_eq!(told["changes"][0]["fate"], "applied", "{told}");
    assert_eq!(told["changes"][1]["fate"], "at_next_start", "{told}");
    let live = terminal.session.virsh(&["dumpxml", "guest"]);
    assert!(live.contains("<total_iops_sec>50<"), "{live}");
    let told = terminal.json(&["undo", "guest"]);
    assert_eq!(told["changes"].as_array().map(Vec::len), Some(2), "{told}");
    let live = terminal.session.virsh(&["dumpxml", "guest"]);
    assert!(
        !live.contains("total_iops_sec"),
        "undone in the machine that runs too: {live}"
    );
    terminal.done(&["force-off", "guest", "--yes"]);
}

#[test]
fn another_firmware_leaves_the_old_variables_where_they_are_and_they_go_with_the_machine() {
    let Some(terminal) = Terminal::open() else { return };
    if !std::path::Path::new("/usr/share/OVMF/OVMF_CODE_4M.ms.fd").is_file() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "no UEFI");
        return;
    }
    terminal.create("guest", &["--network", "none"]);
    let variables = || {
        let path = terminal.info("guest")["nvram"].as_str().map(str::to_owned);
        path.expect("a file of variables")
    };
    terminal.done(&["edit", "guest", "--set", "firmware=uefi"]);
    terminal.done(&["start", "guest"]);
    terminal.done(&["force-off", "guest", "--yes"]);
    let old = variables();
    let held = std::fs::read(&old).unwrap();
    let before = terminal.session.virsh(&["dumpxml", "--inactive", "guest"]);

    let told = terminal.done(&["edit", "guest", "--set", "firmware=secure-boot"]);
    assert!(told.contains("firmware: changed"), "{told}");
    assert!(
        told.contains(&format!("The variables of the former firmware stay in {old}.")),
        "{told}"
    );
    let get = ["edit", "guest", "--get", "firmware"];
    assert_eq!(terminal.done(&get).trim(), "firmware=secure-boot");
    assert_ne!(variables(), old);
    terminal.done(&["undo", "guest"]);
    assert_eq!(terminal.session.virsh(&["dumpxml", "--inactive", "guest"]), before);
    assert_eq!(std::fs::read(&old).unwrap(), held);

    terminal.done(&["edit", "guest", "--set", "firmware=bios"]);
    let output = terminal.berth(&["delete", "guest", "--yes"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(!std::path::Path::new(&old).exists(), "it was nobody else's");
}

#[test]
fn tags_and_the_clipboards_switch_are_edits_that_can_be_undone() {
    let Some(terminal) = Terminal::open() else { return };
    terminal.create("guest", &["--network", "none"]);
    terminal.done(&["tag", "guest", "--add", "web"]);
    terminal.done(&["set", "guest", "--clipboard", "on"]);
    let history = terminal.json(&["history", "guest"]);
    assert_eq!(
        [&history[0]["what"], &history[1]["what"]],
        [&json!(["tags"]), &json!(["clipboard"])]
    );
    terminal.done(&["undo", "guest"]);
    let told = terminal.done(&["undo", "guest"]);
    assert!(told.contains("tags: changed"), "{told}");
    assert_eq!(terminal.info("guest")["tags"], json!([]));
    terminal.done(&["undo", "guest", "--redo"]);
    assert_eq!(terminal.info("guest")["tags"], json!(["web"]));
}
