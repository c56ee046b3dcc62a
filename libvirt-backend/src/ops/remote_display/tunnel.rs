//! An ssh that carries one display: started, waited for, and ended with the session.
//!
//! A port is reached over ssh's own input and output (`-W`), so nothing is opened on this computer. A socket file can
//! be reached so only by newer versions of ssh; it is led to a socket in a folder that only this user can enter, and
//! that is removed again as soon as it is connected to.
//!
//! The first ssh to a host stays for a while and carries the next ones (`ControlMaster`): one authentication.

use std::ffi::OsString;
use std::fs::Permissions;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::RecvFlags;

use super::login::Login;
use crate::ops::CancelToken;

/// For logging in, also where somebody has to type a passphrase, and for the server's first word.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(50);
/// The line to a host stays open for so long after its last display.
const LINGERING: &str = "ControlPersist=60";
/// Of what ssh says; it may be led to say anything.
const MOST_WORDS: u64 = 4_096;
/// For the rest of its words once it has ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Where on the other computer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Goal<'a> {
    Port { address: &'a str, port: u16 },
    Socket(&'a Path),
}

/// Why there is no connection.
#[derive(Debug)]
pub(super) enum Failure {
    /// In ssh's own words, or the system's.
    Words(String),
    Silent,
    Cancelled,
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Words(error.to_string())
    }
}

/// How ssh may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asking {
    InAWindow,
    Nowhere,
}

/// Ends its ssh when dropped.
pub(super) struct Tunnel {
    child: Child,
    words: Receiver<String>,
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A connection on which the server has begun to speak.
pub(super) fn open(
    login: &Login,
    asking: Asking,
    shared: Option<&Path>,
    goal: Goal<'_>,
    cancel: &CancelToken,
) -> Result<(OwnedFd, Tunnel), Failure> {
    let end = Instant::now() + PATIENCE;
    let mut ssh = Command::new(login.program());
    ssh.args(login.arguments()).args(shared_line(login, shared));
    match asking {
        // Else it would ask on the terminal that Berth was started from.
        Asking::InAWindow => ssh.env("SSH_ASKPASS_REQUIRE", "force"),
        Asking::Nowhere => ssh.args(["-o", "BatchMode=yes"]),
    };
    let (stream, tunnel) = match goal {
        Goal::Port { address, port } => through_pipes(ssh, login, address, port)?,
        Goal::Socket(path) => through_socket(ssh, login, path, end, cancel)?,
    };
    tunnel.wait_for_server(&stream, end, cancel)?;
    Ok((stream, tunnel))
}

fn shared_line(login: &Login, shared: Option<&Path>) -> Vec<OsString> {
    let folder = shared.and_then(|folder| match private_folder(folder) {
        Ok(()) => Some(folder),
        Err(error) => {
            tracing::warn!(path = %folder.display(), %error, "each display logs in by itself");
            None
        }
    });
    let mut arguments: Vec<OsString> = Vec::new();
    let mut add = |option: OsString| arguments.extend(["-o".into(), option]);
    match folder {
        Some(folder) => {
            let mut path = OsString::from("ControlPath=");
            // ssh reads codes in it.
            path.push(folder.join(login.name()).to_string_lossy().replace('%', "%%"));
            add("ControlMaster=auto".into());
            add(LINGERING.into());
            add(path);
        }
        None => add("ControlPath=none".into()),
    }
    arguments
}

/// Whoever could reach ssh's socket could log in over it.
fn private_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::set_permissions(folder, Permissions::from_mode(0o700))
}

fn through_pipes(mut ssh: Command, login: &Login, address: &str, port: u16) -> Result<(OwnedFd, Tunnel), Failure> {
    let (ours, theirs) = UnixStream::pair()?;
    let target = if address.contains(':') {
        format!("[{address}]:{port}")
    } else {
        format!("{address}:{port}")
    };
    ssh.args(["-W", &target])
        .args(login.host())
        .stdin(OwnedFd::from(theirs.try_clone()?))
        .stdout(OwnedFd::from(theirs));
    Ok((ours.into(), Tunnel::start(ssh)?))
}

fn through_socket(
    mut ssh: Command,
    login: &Login,
    path: &Path,
    end: Instant,
    cancel: &CancelToken,
) -> Result<(OwnedFd, Tunnel), Failure> {
    // Made with mode 0700, and gone at the end of this function.
    let folder = tempfile::Builder::new().prefix("berth-").tempdir()?;
    let here = folder.path().join("display");
    let mut led = here.clone().into_os_string();
    led.push(":");
    led.push(path);
    ssh.args(["-o", "ExitOnForwardFailure=yes", "-N", "-L"])
        .arg(led)
        .args(login.host())
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let mut tunnel = Tunnel::start(ssh)?;
    let stream = tunnel.connect(&here, end, cancel)?;
    Ok((stream, tunnel))
}

impl Tunnel {
    fn start(mut ssh: Command) -> Result<Self, Failure> {
        let mut child = ssh.stderr(Stdio::piped()).spawn()?;
        // Our copies of its input and output go, so that its end is the end of the connection.
        drop(ssh);
        let (tell, words) = sync_channel(1);
        let mut stderr = child.stderr.take();
        let reader = std::thread::Builder::new()
            .name("berth-ssh-words".to_owned())
            .spawn(move || {
                let Some(stderr) = &mut stderr else { return };
                let mut said = Vec::new();
                stderr.take(MOST_WORDS).read_to_end(&mut said).ok();
                // Sent before the rest is read: a line that others share may never end.
                tell.send(String::from_utf8_lossy(&said).trim().to_owned()).ok();
                std::io::copy(stderr, &mut std::io::sink()).ok();
            });
        let tunnel = Self { child, words };
        reader?;
        Ok(tunnel)
    }

    /// Waits for the socket that ssh makes here. An ssh over a line that is open already ends once it is made.
    fn connect(&mut self, here: &Path, end: Instant, cancel: &CancelToken) -> Result<OwnedFd, Failure> {
        loop {
            if let Ok(stream) = UnixStream::connect(here) {
                return Ok(stream.into());
            }
            if let Some(status) = self.child.try_wait()?
                && !status.success()
            {
                return Err(self.failure());
            }
            pause(end, cancel)?;
        }
    }

    /// A VNC server speaks first. What it says is left for whoever reads it.
    fn wait_for_server(&self, stream: &OwnedFd, end: Instant, cancel: &CancelToken) -> Result<(), Failure> {
        let patience = Timespec {
            tv_sec: 0,
            tv_nsec: POLL.subsec_nanos().into(),
        };
        loop {
            match poll(&mut [PollFd::new(stream, PollFlags::IN)], Some(&patience)) {
                Ok(0) | Err(Errno::INTR) => pause(end, cancel)?,
                Ok(_) => break,
                Err(error) => return Err(std::io::Error::from(error).into()),
            }
        }
        match rustix::net::recv(stream, &mut [0_u8; 1][..], RecvFlags::PEEK) {
            Ok((0, _)) => Err(self.failure()),
            Ok(_) => Ok(()),
            Err(error) => Err(match self.failure() {
                Failure::Words(words) if words.is_empty() => std::io::Error::from(error).into(),
                failure => failure,
            }),
        }
    }

    /// What it said before it ended.
    fn failure(&self) -> Failure {
        let words = self.words.recv_timeout(LAST_WORDS).unwrap_or_default();
        let last = words.lines().map(str::trim).rfind(|line| !line.is_empty());
        Failure::Words(last.unwrap_or("ssh ended without a word").to_owned())
    }
}

fn pause(end: Instant, cancel: &CancelToken) -> Result<(), Failure> {
    if Instant::now() > end {
        return Err(Failure::Silent);
    }
    cancel.wait(POLL).map_err(|_cancelled| Failure::Cancelled)
}

/// Where the lines to hosts are shared.
pub(super) fn shared_folder(runtime_folder: &Path) -> PathBuf {
    runtime_folder.join("ssh")
}

#[cfg(test)]
mod tests {
    use super::super::login::Way;
    use super::*;

    fn login(folder: &Path, script: &str) -> Login {
        let path = folder.join("ssh");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o700)).unwrap();
        match Way::of(&format!("qemu+ssh://lab/system?command={}", path.display())) {
            Way::Ssh(login) => login,
            other => panic!("{other:?}"),
        }
    }

    fn open_port(login: &Login) -> Result<(OwnedFd, Tunnel), Failure> {
        let goal = Goal::Port {
            address: "127.0.0.1",
            port: 5900,
        };
        open(login, Asking::Nowhere, None, goal, &CancelToken::default())
    }

    #[test]
    fn what_ssh_says_last_is_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let refusing = login(
            folder.path(),
            "echo 'Warning: something' >&2; echo 'me@lab: Permission denied (publickey).' >&2; exit 255",
        );
        let Err(Failure::Words(words)) = open_port(&refusing) else {
            panic!("it is refused")
        };
        assert_eq!(words, "me@lab: Permission denied (publickey).");
    }

    #[test]
    fn the_servers_first_word_is_left_and_ssh_ends_with_the_connection() {
        let folder = tempfile::tempdir().unwrap();
        let pid_file = folder.path().join("pid");
        let script = format!(
            "echo $$ >{}; echo \"$@\" >&2; printf RFB; exec sleep 1000",
            pid_file.display()
        );
        let (stream, tunnel) = open_port(&login(folder.path(), &script)).unwrap();
        let mut word = [0; 3];
        let mut stream = UnixStream::from(stream);
        stream.read_exact(&mut word).unwrap();
        assert_eq!(&word, b"RFB");
        let pid: i32 = std::fs::read_to_string(pid_file).unwrap().trim().parse().unwrap();
        drop(tunnel);
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        assert_eq!(rustix::process::test_kill_process(pid), Err(Errno::SRCH));
        assert_eq!(stream.read(&mut word).unwrap(), 0, "nobody holds the other end");
    }

    #[test]
    fn nothing_is_asked_on_a_terminal_and_one_login_serves_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let said = folder.path().join("said");
        let script = format!("echo \"$@\" >{}; printf RFB", said.display());
        let login = login(folder.path(), &script);
        let shared = folder.path().join("shared");
        let goal = Goal::Port {
            address: "::1",
            port: 5901,
        };
        open(&login, Asking::Nowhere, Some(&shared), goal, &CancelToken::default()).unwrap();
        let said = std::fs::read_to_string(said).unwrap();
        assert!(
            said.contains("-o BatchMode=yes") && said.contains("-W [::1]:5901 -- lab"),
            "{said}"
        );
        assert!(said.contains("-o ControlMaster=auto"), "{said}");
        assert!(
            said.contains(&format!("ControlPath={}", shared.join(login.name()).display())),
            "{said}"
        );
        let mode = std::fs::metadata(shared).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn a_cancelled_wait_ends() {
        let folder = tempfile::tempdir().unwrap();
        let login = login(folder.path(), "exec sleep 1000");
        let cancel = CancelToken::default();
        cancel.cancel();
        let goal = Goal::Port {
            address: "127.0.0.1",
            port: 1,
        };
        let result = open(&login, Asking::Nowhere, None, goal, &cancel);
        assert!(matches!(result, Err(Failure::Cancelled)));
    }
}
