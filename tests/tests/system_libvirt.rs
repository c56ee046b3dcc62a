//! `qemu:///system` for real: root's libvirtd with sockets, pools and logs of its own, in a mount namespace that nobody
//! else sees. Its QEMU runs as another user, which is what sets it apart from a session.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking and says what it skips"
)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use berth_tests::{Need, berth_binary, require};
use serde_json::Value;

/// Empty folders over the system's, then the daemons; ends with its standard input.
const NAMESPACE: &str = r#"
set -e
for folder in /run /var/lib/libvirt /var/log/libvirt /var/cache/libvirt /etc/libvirt; do
    mkdir -p "$folder"
    mount -t tmpfs tmpfs "$folder"
done
mkdir -p /run/libvirt /run/lock
printf 'auth_unix_rw = "none"\nauth_unix_ro = "none"\n' >/etc/libvirt/libvirtd.conf
: >/etc/libvirt/qemu.conf
PATH=$PATH:/usr/sbin:/sbin
virtlogd >/run/virtlogd.log 2>&1 &
log=$!
libvirtd >/run/libvirtd.log 2>&1 &
daemon=$!
while ! [ -S /run/libvirt/libvirt-sock ]; do
    kill -0 "$daemon" || { cat /run/libvirtd.log >&2; exit 1; }
    sleep 0.05
done
echo ready
cat >/dev/null || true
cat /run/libvirt/qemu/*.pid 2>/dev/null | while read -r pid; do kill -9 "$pid" 2>/dev/null || true; done
kill "$daemon" "$log"
wait
"#;

struct SystemLibvirt {
    holder: Child,
    home: tempfile::TempDir,
}

impl SystemLibvirt {
    /// `None` where this is not root or namespaces are not to be had.
    fn start() -> Option<Self> {
        // An ordinary user may not start a system daemon: this is a test of the root pass.
        if !rustix::process::geteuid().is_root() || !require(&[Need::Libvirt, Need::Program("unshare")]) {
            return None;
        }
        if !Command::new("unshare").args(["-m", "true"]).status().unwrap().success() {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "no mount namespaces");
            println!("skipped: no mount namespaces");
            return None;
        }
        let mut holder = Command::new("unshare")
            .args(["-m", "--propagation", "private", "bash", "-c", NAMESPACE])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(holder.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(line, "ready\n", "the daemon did not start");
        Some(Self {
            holder,
            home: tempfile::tempdir().unwrap(),
        })
    }

    fn inside(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args(["--mount", "--target", &self.holder.id().to_string(), "--"])
            .arg(program)
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.home.path())
            .env("LANG", "C.UTF-8")
            .stdin(Stdio::null());
        command
    }

    #[track_caller]
    fn berth(&self, arguments: &[&str]) -> String {
        let all = [&["--connect", "qemu:///system"], arguments].concat();
        let output = self.inside(&berth_binary(), &all).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "berth {arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.berth(&[arguments, &["--json"]].concat())).unwrap()
    }

    /// As the namespace sees it.
    fn shell(&self, script: &str) -> String {
        let output = self.inside(Path::new("/bin/sh"), &["-c", script]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

impl Drop for SystemLibvirt {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        let mut rest = String::new();
        self.holder
            .stdout
            .take()
            .map(|mut out| out.read_to_string(&mut rest).ok());
        self.holder.wait().ok();
    }
}

#[test]
fn a_machine_of_the_system_lives_and_goes_without_a_trace() {
    let Some(system) = SystemLibvirt::start() else { return };
    assert_eq!(system.json(&["list"]), serde_json::json!([]));
    system.berth(&[
        "create",
        "sys",
        "--memory",
        "64MiB",
        "--vcpus",
        "1",
        "--disk",
        "1GiB",
        "--network",
        "user",
        "--accel",
        "tcg",
        "--start",
    ]);
    let info = system.json(&["info", "sys"]);
    assert_eq!(info["state"], "running");
    let disk = info["disks"][0]["source"].as_str().unwrap().to_owned();
    assert_eq!(
        disk, "/var/lib/libvirt/images/sys.qcow2",
        "where the system's QEMU may read and write"
    );
    let qemu_user = system.shell("stat -c %u /proc/$(cat /run/libvirt/qemu/sys.pid)");
    assert_ne!(qemu_user, "0", "QEMU runs as a user of its own");
    assert_eq!(system.shell(&format!("stat -c %u {disk}")), qemu_user);
    assert!(!Path::new(&disk).exists(), "the computer outside is left alone");

    let stats = system.json(&["stats"]);
    assert!(stats[0]["cpu_percent"].is_number(), "{stats}");
    assert_eq!(stats[0]["memory_given_bytes"], 64 << 20);
    system.berth(&["snapshot", "create", "sys", "one"]);
    system.berth(&["force-off", "sys", "--yes"]);
    system.berth(&["snapshot", "revert", "sys", "one", "--yes"]);
    assert_eq!(system.json(&["info", "sys"])["state"], "running");
    system.berth(&["save", "sys"]);
    let saved = "/var/lib/libvirt/qemu/save/sys.save";
    assert_eq!(system.shell(&format!("ls {saved}")), saved);

    system.berth(&["delete", "sys", "--yes"]);
    assert_eq!(system.json(&["list"]), serde_json::json!([]));
    let left =
        system.shell("find /var/lib/libvirt /etc/libvirt/qemu /var/log/libvirt -name '*sys*' -not -name sys.log");
    assert_eq!(left, "", "only libvirt's own log of it stays");
}

#[test]
fn a_disk_that_qemus_own_user_cannot_read_is_refused_before_anything_is_made() {
    let Some(system) = SystemLibvirt::start() else { return };
    // Open to root, which Berth is, but not to QEMU's user.
    let folder = system.home.path().join("closed");
    fs::DirBuilder::new().mode(0o700).create(&folder).unwrap();
    let disk = folder.join("private.raw");
    fs::write(&disk, vec![0; 1 << 20]).unwrap();
    let arguments = [
        "--connect",
        "qemu:///system",
        "create",
        "sys",
        "--memory",
        "64MiB",
        "--accel",
        "tcg",
        "--network",
        "none",
        "--import",
        disk.to_str().unwrap(),
        "--start",
    ];
    let output = system.inside(&berth_binary(), &arguments).output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("the user that QEMU runs as may not"), "{words}");
    assert!(words.contains("private.raw"), "{words}");
    assert_eq!(system.json(&["list"]), serde_json::json!([]), "nothing half-made stays");
}
