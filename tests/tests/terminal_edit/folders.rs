//! Folders that hold more than files which can be read. Modes keep nobody out of the way of root, so none is used.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use berth_tests::wait_for;

use super::{MACHINE, berth, folder, in_folder, words};

const PATIENCE: Duration = Duration::from_secs(30);

/// So many folders, each inside the one before it.
fn nested(outer: &Path, depth: usize) -> PathBuf {
    let inner = (0..depth).fold(outer.to_owned(), |path, _| path.join("d".repeat(250)));
    fs::create_dir_all(&inner).unwrap();
    inner
}

/// Below it lies a folder whose name is longer than the kernel takes, so that nobody can list it.
fn unreadable(outer: &Path, aside: &Path) {
    let inner = nested(outer, 9);
    nested(aside, 9);
    fs::rename(aside, inner.join("deeper")).unwrap();
}

#[test]
fn what_cannot_be_read_in_a_folder_has_a_line_and_the_rest_is_written() {
    let home = folder();
    let [from, to] = ["in", "out"].map(|name| home.path().join(name));
    for name in ["in/a.xml", "in/sub/b.xml", "in/z.xml"] {
        in_folder(&home, name, MACHINE);
    }
    unreadable(&from.join("far"), &home.path().join("aside"));
    let pipe = from.join("pipe.xml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    symlink("nowhere", from.join("dangling.xml")).unwrap();
    symlink("loop.xml", from.join("loop.xml")).unwrap();
    symlink("sub", from.join("folder.xml")).unwrap();
    symlink("a.xml", from.join("link.xml")).unwrap();
    let mut run = Command::new(berth_tests::berth_binary());
    run.arg("edit").arg("--dir").arg(&from).arg("--out").arg(&to);
    run.args(["--set", "vcpu=3"]).env_clear().env("LANG", "C.UTF-8");
    let told_in = home.path().join("told");
    let mut run = run.stderr(fs::File::create(&told_in).unwrap()).spawn().unwrap();
    let status = wait_for("the end of the run", PATIENCE, || run.try_wait().unwrap());
    let told = fs::read_to_string(&told_in).unwrap();
    assert_eq!(status.code(), Some(1), "{told}");
    for (name, part) in [
        ("pipe.xml: ", "not a regular file"),
        ("folder.xml: ", "not a regular file"),
        ("dangling.xml: ", "No such file"),
        ("loop.xml: ", "symbolic links"),
        ("/far/", "too long"),
    ] {
        let lines: Vec<&str> = told.lines().filter(|line| line.contains(name)).collect();
        assert!(lines.len() == 1 && lines[0].contains(part), "{name}: {told}");
    }
    assert!(told.contains("4 files written, 5 could not be"), "{told}");
    for name in ["a.xml", "link.xml", "sub/b.xml", "z.xml"] {
        let text = fs::read_to_string(to.join(name)).unwrap();
        assert_eq!(text, MACHINE.replace("  <os>", "  <vcpu>3</vcpu>\n  <os>"), "{name}");
    }
    let written = fs::read_dir(&to).unwrap().count();
    assert_eq!(written, 4, "nothing stands for what could not be read");
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let home = folder();
    let [from, to] = ["in", "out"].map(|name| home.path().join(name).display().to_string());
    let run = berth(&["edit", "--dir", &from, "--out", &to, "--set", "vcpu=3"]);
    let told = words(&run.stderr);
    assert_eq!(run.status.code(), Some(1), "{told}");
    assert!(told.contains(&format!("{from}: No such file")), "{told}");
}

#[test]
fn a_run_does_not_read_what_it_wrote_the_last_time() {
    let home = folder();
    in_folder(&home, "in/a.xml", MACHINE);
    in_folder(&home, "in/sub/b.xml", MACHINE);
    let from = home.path().join("in");
    // The same place by another name.
    let to = from.join("sub/../new/out");
    let arguments = ["edit", "--dir", from.to_str().unwrap(), "--out", to.to_str().unwrap()];
    for (count, left_out) in [("3", false), ("4", true)] {
        let run = berth(&[&arguments[..], &["--set", &format!("vcpu={count}")]].concat());
        let told = words(&run.stderr);
        assert!(run.status.success() && told.contains("2 files written"), "{told}");
        assert_eq!(told.contains("in/new/out is left out"), left_out, "{told}");
        for name in ["a.xml", "sub/b.xml"] {
            let text = fs::read_to_string(from.join("new/out").join(name)).unwrap();
            assert!(text.contains(&format!("<vcpu>{count}</vcpu>")), "{text}");
            assert_eq!(fs::read_to_string(from.join(name)).unwrap(), MACHINE);
        }
        assert!(!from.join("new/out/new").exists(), "a copy of the copies");
    }
    // In its own place a folder is changed as it is meant.
    let from = from.join("sub");
    let from = from.to_str().unwrap();
    let run = berth(&["edit", "--dir", from, "--out", from, "--set", "vcpu=5"]);
    assert!(words(&run.stderr).contains("1 file"), "{run:?}");
    let text = fs::read_to_string(Path::new(from).join("b.xml")).unwrap();
    assert!(text.contains("<vcpu>5</vcpu>"), "{text}");
}
