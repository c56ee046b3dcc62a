//! A real guest's serial line through libvirt: both directions, what was said before, its end, and what it holds up.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use berth_tests::{Need, require, wait_until};
use libvirt_backend::command::{ConsoleEnding, ConsoleStream, Heard};
use libvirt_backend::model::{MachineId, NewMachine, NewStorage};
use libvirt_backend::{Command, MachineCommand, Outcome, Query};

mod rig;

use rig::{PATIENCE, Rig, small};

const SAID_FIRST: &str = "BERTH-READY";

struct Line {
    stream: ConsoleStream,
    heard: String,
}

impl Line {
    #[track_caller]
    fn open(rig: &Rig, id: MachineId, device: Option<&str>) -> Self {
        let device = device.map(str::to_owned);
        match rig.run(Command::Query(Query::OpenConsole { id, device })) {
            Ok(Outcome::Console(stream)) => Self {
                stream,
                heard: String::new(),
            },
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn expect(&mut self, words: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.heard.contains(words) {
            assert!(Instant::now() < deadline, "{words:?} was never said: {:?}", self.heard);
            match self.stream.read(Some(Duration::from_millis(200))) {
                Heard::Bytes { bytes, .. } => self.heard.push_str(&String::from_utf8_lossy(&bytes)),
                Heard::Nothing => {}
                Heard::Ended(ending) => panic!("{ending:?} before {words:?}: {:?}", self.heard),
            }
        }
        self.heard.clear();
    }

    #[track_caller]
    fn ask(&mut self, keys: &str, answer: &str) {
        assert_eq!(self.stream.send(keys.as_bytes()), keys.len());
        self.expect(answer);
    }

    #[track_caller]
    fn ending(&self) -> ConsoleEnding {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.stream.read(Some(Duration::from_millis(200))) {
                Heard::Ended(ending) => return ending,
                Heard::Bytes { .. } | Heard::Nothing => assert!(Instant::now() < deadline, "no end"),
            }
        }
    }

    fn history(&self) -> String {
        let log = self.stream.log().expect("a log");
        String::from_utf8(log.before_opening(None, 1 << 20).unwrap()).unwrap()
    }
}

fn guest(rig: &Rig, name: &str) -> MachineId {
    let disk = rig.guest_disk(&format!("{name}.qcow2"));
    rig.create(NewMachine {
        storage: NewStorage::Import(disk),
        start: true,
        ..small(name)
    })
    .unwrap()
}

/// Of the threads that carry lines.
fn carriers() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim() == "libvirt-console").count()
}

#[test]
fn a_guest_is_talked_to_and_what_it_said_alone_is_history() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let id = guest(&rig, "line");
    // The log tells what was said while nobody was there.
    wait_until("the guest's first words", PATIENCE, || {
        let mut line = Line::open(&rig, id, None);
        line.heard = line.history();
        line.stream.close();
        line.heard.contains(SAID_FIRST)
    });
    let mut line = Line::open(&rig, id, Some("serial0"));
    assert!(line.history().contains(SAID_FIRST), "{:?}", line.history());
    line.ask("c", "COUNTED");

    // Whoever opens it last has it.
    let mut second = Line::open(&rig, id, None);
    assert_eq!(line.ending(), ConsoleEnding::HungUp);
    assert!(second.history().ends_with("COUNTED\r\n"), "{:?}", second.history());
    second.ask("c", "COUNTED");

    rig.tell(id, MachineCommand::ForceOff).unwrap();
    assert_eq!(second.ending(), ConsoleEnding::HungUp);
    let refused = rig.run(Command::Query(Query::OpenConsole { id, device: None }));
    assert!(refused.is_err(), "{refused:?}");

    rig.tell(id, MachineCommand::Start).unwrap();
    let mut third = Line::open(&rig, id, None);
    third.ask("c", "COUNTED");
    third.stream.close();
    wait_until("the end of the threads", PATIENCE, || carriers() == 0);
}

/// The same line, held by another program until it is taken from it.
fn virsh_console(rig: &Rig, name: &str) -> std::process::Child {
    let said = rig.session.folder().join("said");
    let virsh = format!("virsh -c '{}' console {name} --force", rig.session.uri());
    let child = std::process::Command::new("script")
        .args(["-qc", &virsh, "/dev/null"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::fs::File::create(&said).unwrap())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    wait_until("the other program has the line", PATIENCE, || {
        std::fs::read_to_string(&said)
            .unwrap_or_default()
            .contains("Escape character")
    });
    child
}

#[test]
fn a_line_that_is_taken_back_again_and_again_misses_no_letter() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let id = guest(&rig, "line");
    // What it says while it starts is not counted.
    wait_until("the guest's first words", PATIENCE, || {
        let line = Line::open(&rig, id, None);
        line.history().contains(SAID_FIRST)
    });
    for round in 0..6 {
        let mut other = virsh_console(&rig, "line");
        // Some still hold the line, some are just letting it go.
        if round % 2 == 0 {
            other.kill().unwrap();
        }
        let line = Line::open(&rig, id, None);
        assert_eq!(line.stream.send(b"c"), 1);
        let mut heard = String::new();
        let deadline = Instant::now() + PATIENCE;
        while !heard.ends_with("\r\n") {
            assert!(Instant::now() < deadline, "round {round}: {heard:?}");
            if let Heard::Bytes { bytes, .. } = line.stream.read(Some(Duration::from_millis(200))) {
                heard.push_str(&String::from_utf8_lossy(&bytes));
            }
        }
        assert_eq!(heard, "COUNTED\r\n", "round {round}");
        line.stream.close();
        other.kill().ok();
        other.wait().unwrap();
    }
}

#[test]
fn a_qemu_that_hangs_costs_its_own_line_only() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let (stuck, fine) = (guest(&rig, "stuck"), guest(&rig, "fine"));
    let mut line = Line::open(&rig, stuck, None);
    line.ask("c", "COUNTED");
    let mut other = Line::open(&rig, fine, None);
    other.ask("c", "COUNTED");
    let pid = rig.session.qemu_pid("stuck").unwrap().cast_signed();
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
    // Far more than the line takes.
    let much = vec![b'x'; 64 << 10];
    while line.stream.send(&much) > 0 {}
    other.ask("c", "COUNTED");
    rig.run(Command::Query(Query::DomainXml(fine))).unwrap();
    line.stream.close();
    other.ask("c", "COUNTED");
    rustix::process::kill_process(pid, rustix::process::Signal::CONT).unwrap();
    other.stream.close();
    wait_until("the end of the threads", PATIENCE, || carriers() == 0);
}

#[test]
fn a_device_that_is_not_there_is_refused_by_name() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let id = guest(&rig, "other");
    let device = Some("serial7".to_owned());
    let refused = rig.run(Command::Query(Query::OpenConsole { id, device }));
    let words = refused.expect_err("no such device").to_string();
    assert!(words.contains("serial7"), "{words}");
    wait_until("the end of the threads", PATIENCE, || carriers() == 0);
}
