//! `berth edit` on files, as a user would type it; no libvirt is asked.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod collected;
mod folders;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use berth_tests::berth_binary;
use tempfile::TempDir;

const MACHINE: &str = "<!-- mine -->\n<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>one</name>
  <memory unit='GiB'>1</memory>
  <os><type>hvm</type></os>
  <devices>
    <disk type='file'>
      <driver name='qemu'   type='qcow2'/><source file='/a'/>
      <target dev=\"vda\" bus='virtio'/>
    </disk>
    <graphics type='vnc' passwd='hush'/>
    <odd>kept &amp; <![CDATA[<here>]]></odd>
  </devices>
  <qemu:commandline><qemu:arg value='-S'/></qemu:commandline>
</domain>\n";

fn folder() -> TempDir {
    tempfile::Builder::new().prefix("be").tempdir_in("/tmp").unwrap()
}

fn berth(arguments: &[&str]) -> Output {
    let mut command = Command::new(berth_binary());
    command.args(arguments).env_clear().env("LANG", "C.UTF-8");
    command.env("HOME", "/nonexistent").stdin(Stdio::null());
    command.output().unwrap()
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn in_folder(folder: &TempDir, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn one_setting_of_a_file_changes_and_nothing_else_does() {
    let home = folder();
    let file = in_folder(&home, "one.xml", MACHINE);
    let printed = berth(&[
        "edit",
        "--file",
        &file,
        "--set",
        "disk.vda.cache=none",
        "--set",
        "memory=1536MiB",
    ]);
    assert!(printed.status.success(), "{}", words(&printed.stderr));
    let expected = MACHINE
        .replace("type='qcow2'/>", "type='qcow2' cache='none'/>")
        .replace("<memory unit='GiB'>1<", "<memory unit='KiB'>1572864<");
    assert_eq!(words(&printed.stdout), expected);
    assert_eq!(fs::read_to_string(&file).unwrap(), MACHINE, "the file itself stays");

    let out = home.path().join("new/out.xml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let done = berth(&[
        "edit",
        "--file",
        &file,
        "--out",
        out.to_str().unwrap(),
        "--unset",
        "disk.vda.format",
    ]);
    assert!(
        done.status.success() && done.stdout.is_empty(),
        "{}",
        words(&done.stderr)
    );
    assert_eq!(
        fs::read_to_string(&out).unwrap(),
        MACHINE.replace("   type='qcow2'", "")
    );
    assert_eq!(
        out.metadata().unwrap().permissions().mode() & 0o777,
        0o600,
        "as private as it was"
    );
}

#[test]
fn settings_are_read_and_secrets_are_not_shown() {
    let home = folder();
    let file = in_folder(&home, "one.xml", MACHINE);
    let get = [
        "edit",
        "--file",
        &file,
        "--get",
        "memory",
        "--get",
        "disk.first.format",
        "--get",
        "graphics.vnc.password",
    ];
    let told = berth(&get);
    assert_eq!(
        words(&told.stdout),
        "memory=1GiB\ndisk.first.format=qcow2\ngraphics.vnc.password=(hidden)\n"
    );
    let json = berth(&[&get[..], &["--json", "--get", "title"]].concat());
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["memory"], "1GiB");
    assert_eq!(json["title"], serde_json::Value::Null);
    let set = berth(&["edit", "--file", &file, "--set", "graphics.vnc.password=seen"]);
    assert_eq!(set.status.code(), Some(2));
    assert!(!words(&set.stderr).contains("seen"), "{}", words(&set.stderr));
}

#[test]
fn what_cannot_be_is_told_in_words_and_changes_nothing() {
    let home = folder();
    let file = in_folder(&home, "one.xml", MACHINE);
    for (change, status, part) in [
        ("memory=1024", 2, "of what?"),
        ("memory=1e30", 2, "is not a size"),
        ("memory=-1GiB", 2, "is not a size"),
        ("vcpu=0", 2, "is not between 1 and 65535"),
        ("disk.vda.cache=fast", 2, "is not one of: default, none"),
        ("disk.vda.cachet=none", 2, "Similar ones: disk.KEY.cache"),
        ("disk.sdz.cache=none", 1, "has no disk “sdz”. It has: vda"),
        ("memory", 2, "gives no value"),
        ("title=a\u{1}b", 2, "U+0001"),
    ] {
        let out = home.path().join("out.xml");
        let refused = berth(&[
            "edit",
            "--file",
            &file,
            "--out",
            out.to_str().unwrap(),
            "--set",
            "vcpu=2",
            "--set",
            change,
        ]);
        let told = words(&refused.stderr);
        assert_eq!(refused.status.code(), Some(status), "{change}: {told}");
        assert!(told.contains(part), "{change}: {told}");
        assert!(!out.exists(), "{change} left a file");
    }
}

#[test]
fn a_folder_is_written_whole_but_for_what_cannot_be_read() {
    let home = folder();
    for index in 0..20 {
        in_folder(&home, &format!("in/{}/m{index}.xml", index % 3), MACHINE);
    }
    in_folder(&home, "in/broken.xml", "<domain>\n  <name>a</b>\n</domain>");
    in_folder(&home, "in/latin.xml", b"<domain>\n<name>\xe9</name></domain>");
    in_folder(&home, "in/network.xml", "<network/>");
    in_folder(
        &home,
        "in/bomb.xml",
        format!(
            "<!DOCTYPE domain [<!ENTITY a '{}'>]><domain>{}</domain>",
            "a".repeat(1 << 20),
            "&a;".repeat(20)
        ),
    );
    in_folder(
        &home,
        "in/deep.xml",
        format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000)),
    );
    in_folder(
        &home,
        "in/huge.xml",
        format!("<domain><name>{}</name></domain>", "x".repeat(50 << 20)),
    );
    in_folder(&home, "in/notes.txt", "not ours");
    let [from, to] = ["in", "out"].map(|name| home.path().join(name));
    let run = berth(&[
        "edit",
        "--dir",
        from.to_str().unwrap(),
        "--out",
        to.to_str().unwrap(),
        "--set",
        "vcpu=3",
    ]);
    let told = words(&run.stderr);
    assert_eq!(run.status.code(), Some(1), "{told}");
    for (file, part) in [
        ("broken.xml", "Line 2, column "),
        ("latin.xml", "line 2 is not UTF-8"),
        ("network.xml", "<network>"),
        ("bomb.xml", ""),
        ("deep.xml", "Line 1, column "),
        ("huge.xml", "larger than 16 MiB"),
    ] {
        let lines: Vec<&str> = told.lines().filter(|line| line.contains(&format!("{file}:"))).collect();
        assert!(lines.len() == 1 && lines[0].contains(part), "{file}: {told}");
        assert!(!to.join(file).exists());
    }
    assert!(told.contains("20 files written, 6 could not be"), "{told}");
    for index in 0..20 {
        let text = fs::read_to_string(to.join(format!("{}/m{index}.xml", index % 3))).unwrap();
        assert_eq!(text, MACHINE.replace("  <os>", "  <vcpu>3</vcpu>\n  <os>"));
    }
    assert!(!to.join("notes.txt").exists());
}

#[test]
fn files_are_checked_and_compared() {
    let home = folder();
    let odd = "    <odd>kept &amp; <![CDATA[<here>]]></odd>\n";
    let good = in_folder(&home, "good.xml", MACHINE.replace(odd, ""));
    let bad = in_folder(&home, "bad.xml", "<domain>\n  <name>a</domain>\n");
    let fine = berth(&["xml", "check", &good]);
    assert!(fine.status.success() && words(&fine.stdout).ends_with("libvirt takes it\n"));
    let odd = in_folder(&home, "odd.xml", MACHINE);
    let refused = berth(&["xml", "check", &odd]);
    assert_eq!(refused.status.code(), Some(1));
    let told = words(&refused.stderr);
    assert!(told.contains("Line 12, column 5: domain/devices/odd"), "{told}");
    let network = in_folder(&home, "network.xml", "<network><anything/></network>");
    let network = berth(&["xml", "check", &network]);
    assert!(network.status.success() && words(&network.stdout).ends_with("well-formed\n"));
    let both = berth(&["xml", "check", &bad, &good]);
    assert_eq!(both.status.code(), Some(1));
    assert!(
        words(&both.stderr).contains("Line 2, column 10"),
        "{}",
        words(&both.stderr)
    );
    assert!(
        words(&both.stdout).contains("good.xml"),
        "the others are checked all the same"
    );
    let json = berth(&["xml", "check", "--json", &bad]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((&json[0]["line"], &json[0]["well_formed"]), (&2.into(), &false.into()));
    let json = berth(&["xml", "check", "--json", &odd]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(
        (&json[0]["well_formed"], &json[0]["fits"]),
        (&true.into(), &false.into())
    );
    assert_eq!(json[0]["objections"][0]["path"], "domain/devices/odd");

    let changed = fs::read_to_string(&good).unwrap().replace(">one<", ">two<");
    let changed = in_folder(&home, "changed.xml", changed);
    let same = berth(&["xml", "diff", &good, &good]);
    assert!(same.status.success() && same.stdout.is_empty());
    let differing = berth(&["xml", "diff", &good, &changed]);
    assert_eq!(differing.status.code(), Some(1));
    let lines = words(&differing.stdout);
    assert!(
        lines.contains("\n-  <name>one</name>\n+  <name>two</name>\n"),
        "{lines}"
    );
}

#[test]
fn a_dry_run_shows_what_would_change_in_files_and_writes_nothing() {
    let home = folder();
    let file = in_folder(&home, "one.xml", MACHINE);
    let out = home.path().join("out.xml");
    let out = out.to_str().unwrap();
    let set = ["--set", "memory=2GiB", "--set", "graphics.vnc.port=5901"];
    let shown = berth(&[&["edit", "--file", &file, "--out", out, "--dry-run"], &set[..]].concat());
    assert!(shown.status.success(), "{shown:?}");
    let lines = words(&shown.stdout);
    assert!(
        lines.contains("-  <memory unit='GiB'>1</memory>\n+  <memory unit='GiB'>2</memory>\n"),
        "{lines}"
    );
    assert!(
        lines.contains("+    <graphics") && !lines.contains("hush"),
        "no secret is shown: {lines}"
    );
    assert!(!Path::new(out).exists() && fs::read_to_string(&file).unwrap() == MACHINE);

    let folder = home.path().join("all");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("a.xml"), MACHINE).unwrap();
    fs::write(folder.join("b.xml"), MACHINE.replace("'GiB'>1<", "'GiB'>2<")).unwrap();
    let path = folder.to_str().unwrap();
    let shown = berth(&["edit", "--dir", path, "--dry-run", "--set", "memory=2GiB"]);
    assert!(shown.status.success(), "{shown:?}");
    let lines = words(&shown.stdout);
    assert!(lines.starts_with("a.xml:\n") && !lines.contains("b.xml"), "{lines}");
    let told = words(&shown.stderr);
    assert!(
        told.contains("1 of 2 files would change; nothing was written"),
        "{told}"
    );
    assert_eq!(fs::read_to_string(folder.join("a.xml")).unwrap(), MACHINE);
    let json = berth(&["edit", "--dir", path, "--dry-run", "--json", "--set", "memory=2GiB"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json[0]["file"], "a.xml");
    let nowhere = berth(&["edit", "--dir", path, "--set", "memory=2GiB"]);
    assert_eq!(nowhere.status.code(), Some(2), "writing needs a place");
    assert!(words(&nowhere.stderr).contains("--out"));
}
