//! The libvirtd process itself: how it is started, awaited and signalled.

use std::fs::File;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::SessionError;

/// Between two looks at something that has no file descriptor to wait on.
pub(super) const POLL: Duration = Duration::from_millis(10);
/// libvirtd ends in some tenths of a second unless one of its machines hangs.
const END_PATIENCE: Duration = Duration::from_secs(2);
/// Folders of administrators' programs, which an ordinary user's PATH may lack.
const ADMIN_FOLDERS: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

pub(super) fn socket(folder: &Path) -> PathBuf {
    folder.join("run/libvirt/libvirt-sock")
}

pub(super) fn log(folder: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(log_file(folder)).unwrap_or_default()).into_owned()
}

fn log_file(folder: &Path) -> PathBuf {
    folder.join("libvirtd.log")
}

#[derive(Debug)]
pub(super) struct Daemon {
    child: Child,
}

impl Daemon {
    pub(super) fn spawn(folder: &Path) -> Result<Self, SessionError> {
        let search_path = search_path();
        let libvirtd = find_in("libvirtd", &search_path).ok_or(SessionError::DaemonMissing)?;
        let mut command = if rustix::process::geteuid().is_root() {
            let unshare = find_in("unshare", &search_path).ok_or(SessionError::UnshareMissing)?;
            let mut command = Command::new(unshare);
            command
                .args(["-U", "--map-user=1000", "--map-group=1000"])
                .arg(libvirtd);
            command
        } else {
            Command::new(libvirtd)
        };
        let log_file = log_file(folder);
        let log = File::options()
            .create(true)
            .append(true)
            .open(&log_file)
            .map_err(|error| SessionError::folder(&log_file, error))?;
        command
            .arg("--pid-file")
            .arg(folder.join("run/libvirtd.pid"))
            .env_clear()
            .env("PATH", std::env::join_paths(search_path).unwrap_or_default())
            .env("LANG", "C.UTF-8")
            .env("HOME", folder.join("home"))
            .env("XDG_RUNTIME_DIR", folder.join("run"))
            .env("XDG_CONFIG_HOME", folder.join("cfg"))
            .env("XDG_CACHE_HOME", folder.join("cache"))
            .env("XDG_DATA_HOME", folder.join("data"))
            .env("XDG_STATE_HOME", folder.join("state"))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            // Ctrl-C in the owner's terminal is for the owner, which then ends the session in order.
            .process_group(0);
        let child = command.spawn().map_err(|error| SessionError::Spawn {
            program: command.get_program().to_string_lossy().into_owned(),
            source: error.into(),
        })?;
        Ok(Self { child })
    }

    /// The error tells that it never will be: it has ended.
    pub(super) fn is_listening(&mut self, folder: &Path) -> Result<bool, SessionError> {
        // The file alone proves nothing: a killed daemon leaves it behind.
        if UnixStream::connect(socket(folder)).is_ok() {
            return Ok(true);
        }
        match self.child.try_wait() {
            Ok(Some(status)) => Err(ended_error(&status.to_string(), &log(folder))),
            Ok(None) | Err(_) => Ok(false),
        }
    }

    pub(super) fn pid(&mut self) -> Option<u32> {
        matches!(self.child.try_wait(), Ok(None)).then(|| self.child.id())
    }

    pub(super) fn signal(&mut self, signal: Signal) -> Result<(), SessionError> {
        // A child that was not reaped keeps its number, so this cannot hit a stranger.
        let pid = self
            .pid()
            .and_then(|pid| Pid::from_raw(pid.cast_signed()))
            .ok_or(SessionError::NoDaemon)?;
        kill_process(pid, signal).map_err(|error| SessionError::Signal(std::io::Error::from(error).into()))?;
        if signal == Signal::KILL || signal == Signal::TERM {
            self.wait_gone(END_PATIENCE);
        }
        Ok(())
    }

    /// Asks it to end, then makes it. A stopped daemon is woken first: it would never hear of it.
    pub(super) fn end(&mut self) {
        let asked = self
            .pid()
            .and_then(|pid| Pid::from_raw(pid.cast_signed()))
            .is_some_and(|pid| kill_process(pid, Signal::TERM).is_ok() && kill_process(pid, Signal::CONT).is_ok());
        if asked && !self.wait_gone(END_PATIENCE) {
            self.child.kill().ok();
            self.wait_gone(END_PATIENCE);
        }
    }

    fn wait_gone(&mut self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        while matches!(self.child.try_wait(), Ok(None)) {
            if Instant::now() > deadline {
                return false;
            }
            std::thread::sleep(POLL);
        }
        true
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.end();
    }
}

fn ended_error(status: &str, log: &str) -> SessionError {
    log.lines().find(|line| line.starts_with("unshare:")).map_or_else(
        || SessionError::DaemonEnded {
            status: status.to_owned(),
            log: log.to_owned(),
        },
        |line| SessionError::UnshareNotPermitted {
            message: line.to_owned(),
        },
    )
}

fn search_path() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect())
        .unwrap_or_else(|| vec![PathBuf::from("/usr/bin"), PathBuf::from("/bin")]);
    for folder in ADMIN_FOLDERS.map(PathBuf::from) {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders
}

/// Looks in PATH and in the administrators' folders.
pub(super) fn find_program(name: &str) -> Option<PathBuf> {
    find_in(name, &search_path())
}

fn find_in(name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    folders
        .iter()
        .map(|folder| folder.join(name))
        .find(|path| path.is_absolute() && path.is_file())
}

/// QEMU of this computer's architecture, whose probes are worth keeping.
pub(super) fn qemu() -> Option<PathBuf> {
    find_program("qemu-system-x86_64")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_user_namespace_is_told_from_other_failures() {
        let log = "unshare: unshare failed: Operation not permitted\n";
        assert!(matches!(
            ended_error("exit status: 1", log),
            SessionError::UnshareNotPermitted { message } if message.contains("Operation not permitted")
        ));
        assert!(matches!(
            ended_error("exit status: 6", "2026-01-01: error : cannot bind\n"),
            SessionError::DaemonEnded { log, .. } if log.contains("cannot bind")
        ));
    }

    #[test]
    fn programs_are_found_only_in_absolute_folders() {
        assert_eq!(
            find_in("sh", &[PathBuf::from("."), PathBuf::from("/bin")]),
            Some(PathBuf::from("/bin/sh"))
        );
        assert_eq!(find_program("no-such-program"), None);
    }
}
