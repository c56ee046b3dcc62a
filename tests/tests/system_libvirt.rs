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

/// Empty folders over the system's and a network without cards, then the daemons; ends with its standard input.
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
ip link set lo up
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
        if !rustix::process::geteuid().is_root()
            || !require(&[Need::Libvirt, Need::Program("unshare"), Need::Program("ip")])
        {
            return None;
        }
        if !Command::new("unshare")
            .args(["-mn", "true"])
            .status()
            .unwrap()
            .success()
        {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "no namespaces");
            println!("skipped: no namespaces");
            return None;
        }
        let mut holder = Command::new("unshare")
            .args(["-mn", "--propagation", "private", "bash", "-c", NAMESPACE])
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
            .args(["--mount", "--net", "--target", &self.holder.id().to_string(), "--"])
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

/// What the host gives is read from the kernel, by way of virsh. A computer without a control group, or without the
/// queues for a card, cannot give it: then it waits for the next start, in libvirt's words.
#[test]
fn a_running_machine_of_the_system_gets_another_share_of_the_host_at_once() {
    let Some(system) = SystemLibvirt::start() else { return };
    let common = [
        "--memory",
        "64MiB",
        "--vcpus",
        "1",
        "--accel",
        "tcg",
        "--network",
        "none",
    ];
    system.berth(&[&["create", "sys"], &common[..]].concat());
    system.shell("ip link add berth0 type bridge && ip link set berth0 up");
    system.shell("virsh -c qemu:///system attach-interface sys bridge berth0 --model virtio --config");
    system.berth(&["start", "sys"]);
    let card = system.shell("virsh -c qemu:///system domiflist sys | awk '/berth0/ { print $5 }'");
    let bandwidth = format!("domiftune sys {card}");
    let mut given = 0;
    for (setting, command, line) in [
        ("cputune.shares=512", "schedinfo sys", "cpu_shares : 512"),
        ("cputune.quota=10000", "schedinfo sys", "vcpu_quota : 10000"),
        (
            "cputune.emulator_quota=20000",
            "schedinfo sys",
            "emulator_quota : 20000",
        ),
        ("memtune.hard_limit=1GiB", "memtune sys", "hard_limit : 1048576"),
        ("memtune.soft_limit=512MiB", "memtune sys", "soft_limit : 524288"),
        ("blkiotune.weight=300", "blkiotune sys", "weight : 300"),
        (
            "interface.first.bandwidth.inbound.average=100KB",
            &bandwidth,
            "inbound.average: 100",
        ),
        (
            "interface.first.bandwidth.outbound.average=200KB",
            &bandwidth,
            "outbound.average: 200",
        ),
    ] {
        let told = &system.json(&["edit", "sys", "--set", setting])["changes"][0];
        let held = |which: &str| {
            let held = system.shell(&format!("virsh -c qemu:///system {command} {which}"));
            let mut lines = held
                .lines()
                .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
            lines.any(|held| held == line)
        };
        match told["fate"].as_str().unwrap() {
            "applied" => {
                assert!(held("--live"), "{setting}: {told}");
                given += 1;
            }
            "at_next_start" => {
                assert!(
                    !held("--live") && told["detail"].as_str().is_some_and(|words| !words.is_empty()),
                    "{told}"
                );
                println!("not at once: {told}");
            }
            _ => panic!("{told}"),
        }
        assert!(held("--config"), "{setting}: {told}");
    }
    println!("{given} at once");
    assert_eq!(system.json(&["info", "sys"])["state"], "running");
    system.berth(&["force-off", "sys", "--yes"]);
}
