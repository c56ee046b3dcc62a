//! Finding and ending the processes of a session, and never anybody else's.
//!
//! A process belongs to a session where its home is the session's, or where it is one of the programs that libvirt
//! starts and the folder stands on its command line (passt hides its environment). Signals go through a pidfd after
//! number, start time and folder were checked once more, so a number that was reused is never hit.

use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// What libvirt starts beside QEMU.
const HELPERS: [&str; 9] = [
    "libvirtd",
    "virtlogd",
    "virtlockd",
    "swtpm",
    "passt",
    "virtiofsd",
    "dnsmasq",
    "slirp-helper",
    "qemu-nbd",
];
const ASK_PATIENCE: Duration = Duration::from_millis(1_500);
const KILL_PATIENCE: Duration = Duration::from_millis(1_500);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Process {
    pid: Pid,
    /// Clock ticks since boot: with the number, the name of a process for ever.
    start_time: u64,
    is_daemon: bool,
}

impl Process {
    pub(super) fn pid(&self) -> u32 {
        self.pid.as_raw_nonzero().get().cast_unsigned()
    }

    /// `None` where the process ended, or the number is another's by now.
    fn open(&self, folder: &Path) -> Option<OwnedFd> {
        let fd = pidfd_open(self.pid, PidfdFlags::empty()).ok()?;
        (read(self.pid, folder).as_ref() == Some(self)).then_some(fd)
    }
}

/// Every living process of the session in `folder`.
pub(super) fn of_folder(folder: &Path) -> Vec<Process> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok().and_then(Pid::from_raw))
        .filter_map(|pid| read(pid, folder))
        .collect()
}

/// Ends every process of the session: the daemon first, lest it meddles, then all others. Gives back who stayed.
pub(super) fn end_all(folder: &Path) -> Vec<u32> {
    let (daemons, _) = split(of_folder(folder));
    ask_then_kill(&daemons, folder);
    // A second look finds what was being started when the first was taken.
    for _ in 0..2 {
        let all = of_folder(folder);
        if all.is_empty() {
            break;
        }
        ask_then_kill(&all, folder);
    }
    of_folder(folder).iter().map(Process::pid).collect()
}

fn split(processes: Vec<Process>) -> (Vec<Process>, Vec<Process>) {
    processes.into_iter().partition(|process| process.is_daemon)
}

fn ask_then_kill(processes: &[Process], folder: &Path) {
    let living = signal_all(processes, folder, &[Signal::TERM, Signal::CONT]);
    if !wait_gone(&living, ASK_PATIENCE) {
        let living = signal_all(processes, folder, &[Signal::KILL]);
        wait_gone(&living, KILL_PATIENCE);
    }
}

fn signal_all(processes: &[Process], folder: &Path, signals: &[Signal]) -> Vec<OwnedFd> {
    let living: Vec<OwnedFd> = processes.iter().filter_map(|process| process.open(folder)).collect();
    for fd in &living {
        for signal in signals {
            pidfd_send_signal(fd, *signal).ok();
        }
    }
    living
}

/// A pidfd becomes readable when its process ends, reaped or not.
fn wait_gone(living: &[OwnedFd], patience: Duration) -> bool {
    let deadline = Instant::now() + patience;
    living.iter().all(|fd| {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).unwrap_or_default();
        poll(&mut [PollFd::new(fd, PollFlags::IN)], Some(&left)).is_ok_and(|ready| ready == 1)
    })
}

fn read(pid: Pid, folder: &Path) -> Option<Process> {
    let proc = PathBuf::from(format!("/proc/{}", pid.as_raw_nonzero()));
    let (state, start_time) = stat_fields(&std::fs::read(proc.join("stat")).ok()?)?;
    if matches!(state, b'Z' | b'X') {
        return None;
    }
    let command_line = std::fs::read(proc.join("cmdline")).ok()?;
    let program = program_name(&command_line);
    let environment = std::fs::read(proc.join("environ")).unwrap_or_default();
    let belongs = has_home(&environment, folder) || (is_known(program) && names_folder(&command_line, folder));
    belongs.then_some(Process {
        pid,
        start_time,
        is_daemon: program == b"libvirtd",
    })
}

/// State and start time: fields 3 and 22. The name before them is in brackets and may hold anything.
fn stat_fields(stat: &[u8]) -> Option<(u8, u64)> {
    let after_name = stat.iter().rposition(|byte| *byte == b')')? + 1;
    let text = std::str::from_utf8(stat.get(after_name..)?).ok()?;
    let mut fields = text.split_ascii_whitespace();
    let state = *fields.next()?.as_bytes().first()?;
    Some((state, fields.nth(18)?.parse().ok()?))
}

fn program_name(command_line: &[u8]) -> &[u8] {
    let first = command_line.split(|byte| *byte == 0).next().unwrap_or_default();
    Path::new(OsStr::from_bytes(first))
        .file_name()
        .unwrap_or_default()
        .as_bytes()
}

fn is_known(program: &[u8]) -> bool {
    program.starts_with(b"qemu-system-")
        || program == b"qemu-kvm"
        // passt runs as passt.avx2 where the processor can.
        || program.starts_with(b"passt.")
        || HELPERS.iter().any(|helper| helper.as_bytes() == program)
}

fn has_home(environment: &[u8], folder: &Path) -> bool {
    let home = folder.join("home");
    environment
        .split(|byte| *byte == 0)
        .any(|variable| variable.strip_prefix(b"HOME=") == Some(home.as_os_str().as_bytes()))
}

fn names_folder(command_line: &[u8], folder: &Path) -> bool {
    let mut needle = folder.as_os_str().as_bytes().to_vec();
    needle.push(b'/');
    command_line
        .windows(needle.len())
        .any(|window| window == needle.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_time_is_read_past_a_name_full_of_brackets() {
        let stat = b"42 (a) Z (b)) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1000 200";
        assert_eq!(stat_fields(stat), Some((b'S', 987_654)));
        assert_eq!(stat_fields(b"42 (short) S 1"), None);
    }

    #[test]
    fn only_programs_of_libvirt_belong_by_their_command_line() {
        let folder = Path::new("/tmp/b-Ab12");
        assert!(names_folder(b"passt\0--socket\0/tmp/b-Ab12/run/x.socket\0", folder));
        assert!(!names_folder(b"passt\0--socket\0/tmp/b-Ab123/run/x.socket\0", folder));
        assert!(is_known(program_name(b"/usr/bin/qemu-system-x86_64\0-name\0")));
        assert!(is_known(program_name(b"passt.avx2\0")));
        assert!(!is_known(program_name(b"vim\0/tmp/b-Ab12/libvirtd.log\0")));
    }

    #[test]
    fn home_must_be_the_sessions_own() {
        let folder = Path::new("/tmp/b-Ab12");
        assert!(has_home(b"LANG=C\0HOME=/tmp/b-Ab12/home\0", folder));
        assert!(!has_home(b"HOME=/tmp/b-Ab12/home2\0XHOME=/tmp/b-Ab12/home\0", folder));
    }
}
