//! A real ssh server on this computer's own address, with keys of its own, that logs in to a private session.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use berth_tests::{TestSession, find_program, wait_until};
use rustix::process::{Pid, Signal, kill_process};

use super::hosts::write_login;

const PATIENCE: Duration = Duration::from_secs(20);
/// Apart from those that the computer hands out by itself.
static NEXT_PORT: AtomicU16 = AtomicU16::new(0);

pub(crate) struct Sshd {
    server: Child,
    pub(crate) folder: tempfile::TempDir,
    port: u16,
    login: PathBuf,
}

impl Sshd {
    pub(crate) fn start(session: &TestSession) -> Self {
        let folder = super::hosts::folder();
        let at = folder.path();
        make_key(&at.join("host"));
        make_key(&at.join("user"));
        fs::copy(at.join("user.pub"), at.join("authorized_keys")).unwrap();
        let login = write_login(session.folder(), at.join("login"), "COMMAND=$SSH_ORIGINAL_COMMAND");
        let port = free_port();
        let sshd = Self {
            server: serve(at, port, &login),
            folder,
            port,
            login,
        };
        sshd.trust();
        sshd.write_client("lab", "user");
        sshd
    }

    /// Accepts the host's present key, as a user who logged in once.
    fn trust(&self) {
        let key = fs::read_to_string(self.at("host.pub")).unwrap();
        let known = format!("[127.0.0.1]:{} {key}", self.port);
        fs::write(self.at("known_hosts"), known).unwrap();
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The ssh of a user who logs in with this key.
    pub(crate) fn write_client(&self, name: &str, key: &str) {
        let at = self.folder.path().display();
        let user = Command::new("id").arg("-un").output().unwrap().stdout;
        let user = String::from_utf8(user).unwrap();
        let config = format!(
            "Host *\nHostName 127.0.0.1\nPort {}\nUser {user}IdentityFile {at}/{key}\nIdentitiesOnly yes\n\
             UserKnownHostsFile {at}/known_hosts\nGlobalKnownHostsFile /dev/null\nIdentityAgent none\n",
            self.port
        );
        fs::write(self.at(&format!("{name}.config")), config).unwrap();
        self.write_script(name, "");
    }

    /// Each start is written down, so that a test can count them and find the process.
    fn write_script(&self, name: &str, first: &str) {
        let at = self.folder.path().display();
        let script =
            format!("#!/bin/bash\necho $$ >>{at}/{name}.pids\n{first}\nexec ssh -F {at}/{name}.config \"$@\"\n");
        // A script that runs may not be written over.
        let new = self.at("script.new");
        fs::write(&new, script).unwrap();
        fs::set_permissions(&new, fs::Permissions::from_mode(0o700)).unwrap();
        fs::rename(new, self.at(name)).unwrap();
    }

    /// Nothing comes through the line any more, nor through any line that is opened from now on.
    pub(crate) fn hold_client(&self, name: &str) {
        self.write_script(name, "kill -STOP $$");
        for pid in self.client_pids(name) {
            signal(pid, Signal::STOP);
        }
    }

    /// From now on every login is refused in these words.
    pub(crate) fn refuse_client(&self, name: &str, words: &str) {
        self.write_script(name, &format!("echo '{words}' >&2; exit 255"));
    }

    pub(crate) fn release_client(&self, name: &str) {
        self.write_script(name, "");
        for pid in self.client_pids(name) {
            signal(pid, Signal::CONT);
        }
    }

    pub(crate) fn uri(&self, name: &str) -> String {
        format!("qemu+ssh://{name}/session?command={}", self.at(name).display())
    }

    /// The ssh processes that were started for this client so far.
    pub(crate) fn client_pids(&self, name: &str) -> Vec<i32> {
        let text = fs::read_to_string(self.at(&format!("{name}.pids"))).unwrap_or_default();
        text.lines().map(|line| line.parse().unwrap()).collect()
    }

    /// The processes that look after logins; of an ordinary user's each has two.
    pub(crate) fn logins(&self) -> Vec<i32> {
        descendants(self.server_pid())
    }

    fn server_pid(&self) -> i32 {
        self.server.id().cast_signed()
    }

    /// Another computer under the old name, or the same one installed anew.
    pub(crate) fn change_host_key(&mut self) {
        self.stop();
        fs::remove_file(self.at("host")).unwrap();
        make_key(&self.at("host"));
        self.server = serve(self.folder.path(), self.port, &self.login);
    }

    pub(crate) fn stop(&mut self) {
        // Held first, so that no login begins behind the back of this list.
        signal(self.server_pid(), Signal::STOP);
        for pid in self.logins() {
            signal(pid, Signal::KILL);
        }
        self.server.kill().ok();
        self.server.wait().unwrap();
    }

    pub(crate) fn restart(&mut self) {
        self.server = serve(self.folder.path(), self.port, &self.login);
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.stop();
    }
}

pub(crate) fn signal(pid: i32, signal: Signal) {
    // It may have ended by itself.
    kill_process(Pid::from_raw(pid).unwrap(), signal).ok();
}

fn descendants(parent: i32) -> Vec<i32> {
    let path = format!("/proc/{parent}/task/{parent}/children");
    let text = fs::read_to_string(path).unwrap_or_default();
    let children = text.split_whitespace().map(|pid| pid.parse().unwrap());
    children
        .flat_map(|child| std::iter::once(child).chain(descendants(child)))
        .collect()
}

fn make_key(path: &Path) {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(path)
        .stdin(Stdio::null())
        .status()
        .unwrap();
    assert!(made.success());
}

fn free_port() -> u16 {
    let base = 20_000 + (std::process::id() % 10_000) as u16;
    loop {
        let port = base + NEXT_PORT.fetch_add(1, Ordering::Relaxed);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

fn serve(at: &Path, port: u16, login: &Path) -> Child {
    let folder = at.display();
    // A home of its own: what this user's shell does at a login may take its time, or wait for a login that was killed.
    let config = format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\nStrictModes no\nUsePAM no\n\
         PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n\
         AuthorizedKeysFile {folder}/authorized_keys\nSetEnv HOME={folder}\nForceCommand {}\n",
        login.display()
    );
    fs::write(at.join("sshd.config"), config).unwrap();
    let program = find_program("sshd").unwrap();
    // It insists on being called by its whole path, and root's on a folder below /run, which is none of this computer's.
    let start = format!("exec {} -D -e -f {folder}/sshd.config", program.display());
    let mut command = if rustix::process::geteuid().is_root() {
        let mut command = Command::new("unshare");
        let own_run = format!("mount -t tmpfs tmpfs /run && mkdir -m 755 /run/sshd && {start}");
        command.args(["-m", "--propagation", "private", "sh", "-c", &own_run]);
        command
    } else {
        let mut command = Command::new("sh");
        command.args(["-c", &start]);
        command
    };
    let mut server = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(server.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("listening on") {
        let length = log.read_line(&mut said).unwrap();
        assert!(length > 0, "sshd ended: {said}");
    }
    // Nobody reads on, but a full pipe would stop it.
    std::thread::Builder::new()
        .name("sshd-log".to_owned())
        .spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                tracing::debug!(line, "sshd");
            }
        })
        .unwrap();
    wait_until("the server answers", PATIENCE, || {
        std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    server
}
