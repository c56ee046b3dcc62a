//! A Linux guest through the backend alone: its agent, its address, its load, its files through snapshots and starts.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use berth_tests::{LINUX_PATIENCE, Need, SerialLine, TestBackend, TestSession, new_machine, require, write_linux_disk};
use libvirt_backend::boot_sector::{LINUX_MIN_MEMORY_KIB, READY};
use libvirt_backend::command::{DeleteRequest, Outcome, SnapshotCommand};
use libvirt_backend::model::{
    MachineId, NetworkChoice, NewMachine, NewStorage, Os, Sample, ShutOffReason, SnapshotKind, State,
};
use libvirt_backend::{MachineCommand, Query};

const PATIENCE: Duration = Duration::from_mins(1);
const GRACE: Duration = Duration::from_secs(40);

struct Tux<'a> {
    backend: TestBackend<'a>,
    id: MachineId,
}

impl<'a> Tux<'a> {
    /// Made and started; its agent answers.
    #[track_caller]
    fn start(session: &'a TestSession) -> Self {
        let backend = TestBackend::open(session);
        let disk = session.folder().join("linux-disk.qcow2");
        write_linux_disk(&disk);
        let id = backend.create(NewMachine {
            memory_kib: LINUX_MIN_MEMORY_KIB,
            network: NetworkChoice::User,
            os: Os::Linux,
            start: true,
            ..new_machine("tux", NewStorage::Import(disk))
        });
        let tux = Self { backend, id };
        tux.wait_for_agent();
        tux
    }

    #[track_caller]
    fn wait_for_agent(&self) {
        self.backend
            .wait_for_machine(self.id, "agent", LINUX_PATIENCE, |machine| {
                machine.is_agent_connected.then_some(())
            });
    }

    #[track_caller]
    fn wait_for_state(&self, state: State) {
        self.backend
            .wait_for_machine(self.id, &format!("state {state:?}"), PATIENCE, |machine| {
                (machine.state == state).then_some(())
            });
    }

    #[track_caller]
    fn wait_for_sample(&self, what: &str, is_right: impl Fn(&Sample) -> bool) {
        self.backend.wait_for_machine(self.id, what, PATIENCE, |machine| {
            is_right(machine.stats.latest.as_ref()?).then_some(())
        });
    }

    /// The first figure that is right.
    #[track_caller]
    fn wait_for_cpu(&self, what: &str, is_right: impl Fn(f32) -> bool) -> f32 {
        self.backend.wait_for_machine(self.id, what, PATIENCE, |machine| {
            machine.stats.latest.as_ref()?.cpu_percent.filter(|cpu| is_right(*cpu))
        })
    }

    #[track_caller]
    fn tell(&self, command: MachineCommand) {
        assert_eq!(self.backend.run_on(self.id, command), Outcome::Done);
    }

    /// Has the guest say what its own `shutdown` is called with: `-h …` by the agent, `-P` by the power button.
    #[track_caller]
    fn listen_for_requests(line: &mut SerialLine) {
        line.send("\nsed -i '2i echo ASKED \"$*\" >/dev/ttyS0' /sbin/shutdown; echo listening\n");
        line.expect("\r\nlistening", PATIENCE);
    }

    /// Of all its starts, from the log that its machine keeps.
    fn requests(session: &TestSession) -> Vec<String> {
        let log = std::fs::read_to_string(session.folder().join("berth-data/logs/tux-serial.log")).unwrap();
        let options = |line: &str| {
            let asked = line.split("ASKED ").nth(1)?;
            let words = asked.split_whitespace().take_while(|word| word.starts_with(['-', '+']));
            Some(words.collect::<Vec<_>>().join(" "))
        };
        // What was typed has no options in it.
        log.lines()
            .filter_map(options)
            .filter(|asked| !asked.is_empty())
            .collect()
    }

    fn line(&self) -> SerialLine {
        self.backend.serial_line("tux")
    }

    fn shutdown() -> MachineCommand {
        MachineCommand::Shutdown { grace: GRACE }
    }

    /// With every file of its plan.
    #[track_caller]
    fn delete(&self) {
        let Outcome::DeletePlan(plan) = self.backend.query(Query::DeletePlan(self.id)) else {
            panic!("no plan")
        };
        let files: Vec<_> = plan.files.into_iter().map(|file| file.path).collect();
        assert!(!files.is_empty());
        let request = DeleteRequest {
            files: files.clone(),
            force_off: true,
        };
        self.tell(MachineCommand::Delete(request));
        for file in files {
            assert!(!file.exists(), "{} stayed", file.display());
        }
    }
}

fn snapshot(command: SnapshotCommand) -> MachineCommand {
    MachineCommand::Snapshot(command)
}

#[test]
fn a_linux_guest_tells_of_itself_and_is_shut_down_by_agent_and_by_power_button() {
    if !require(&[Need::Libvirt, Need::LinuxGuest]) {
        return;
    }
    let session = TestSession::start();
    let tux = Tux::start(&session);
    tux.backend
        .wait_for_machine(tux.id, "address", LINUX_PATIENCE, |machine| {
            machine
                .addresses
                .iter()
                .any(|address| address.to_string().starts_with("10.0.2."))
                .then_some(())
        });
    tux.wait_for_sample("memory in use", |sample| {
        sample
            .memory_used_bytes
            .is_some_and(|used| used > 1 << 20 && used < LINUX_MIN_MEMORY_KIB * 1024)
    });
    let mut line = tux.line();
    line.send("\necho kept > /mnt/file; sync; cat /mnt/file\n");
    line.expect("\r\nkept", PATIENCE);
    Tux::listen_for_requests(&mut line);
    tux.tell(Tux::shutdown());
    assert_eq!(Tux::requests(&session), ["-h -P +0"], "the agent, and no power button");
    tux.wait_for_state(State::ShutOff(ShutOffReason::Shutdown));

    // Without its agent it obeys the power button, and its files are still there.
    tux.tell(MachineCommand::Start);
    tux.wait_for_agent();
    let mut line = tux.line();
    line.send("\nkillall qemu-ga; cat /mnt/file\n");
    line.expect("\r\nkept", PATIENCE);
    tux.backend
        .wait_for_machine(tux.id, "end of the agent", PATIENCE, |machine| {
            (!machine.is_agent_connected).then_some(())
        });
    Tux::listen_for_requests(&mut line);
    tux.tell(Tux::shutdown());
    assert_eq!(
        Tux::requests(&session),
        ["-h -P +0", "-P"],
        "the power button, and no agent"
    );
    tux.wait_for_state(State::ShutOff(ShutOffReason::Shutdown));
    tux.delete();
}

#[test]
fn a_linux_guest_burns_starts_anew_and_is_taken_back_to_what_its_files_were() {
    if !require(&[Need::Libvirt, Need::LinuxGuest]) {
        return;
    }
    let session = TestSession::start();
    let tux = Tux::start(&session);
    let mut line = tux.line();
    line.send("\necho first > /mnt/file; sync; cat /mnt/file\n");
    line.expect("\r\nfirst", PATIENCE);

    // What its graphs are drawn of rises while it works and falls when it rests.
    line.send("while :; do :; done & burner=$!; echo burning\n");
    line.expect("\r\nburning", PATIENCE);
    // On a busy computer a guest that takes all it gets may get little.
    let busy = tux.wait_for_cpu("busy moment", |cpu| cpu > 25.0);
    // A shell that was just forked still ignores what is milder.
    line.send("kill -KILL $burner; echo resting\n");
    line.expect("\r\nresting", PATIENCE);
    tux.wait_for_cpu("quiet moment", |cpu| cpu < busy / 2.0);

    // Its agent starts it anew: it says that it is ready a second time, in the same QEMU.
    let qemu = session.qemu_pid("tux");
    Tux::listen_for_requests(&mut line);
    tux.tell(MachineCommand::Reboot);
    line.expect(READY, LINUX_PATIENCE);
    line.expect("\n", PATIENCE);
    assert_eq!(Tux::requests(&session), ["-h -r +0"]);
    assert_eq!(session.qemu_pid("tux"), qemu);
    tux.wait_for_state(State::Running);
    tux.wait_for_agent();

    // A snapshot brings back memory and files.
    line.send("\nword=remembered; cat /mnt/file\n");
    line.expect("\r\nfirst", PATIENCE);
    tux.tell(snapshot(SnapshotCommand::Create {
        name: "before".to_owned(),
        description: None,
    }));
    tux.backend
        .wait_for_machine(tux.id, "snapshot in the list", PATIENCE, |machine| {
            let taken = machine.snapshots.iter().find(|taken| taken.name == "before")?;
            assert_eq!(taken.kind, SnapshotKind::InternalWithMemory);
            Some(())
        });
    line.send("word=other; echo second > /mnt/file; sync; cat /mnt/file\n");
    line.expect("\r\nsecond", PATIENCE);
    tux.tell(snapshot(SnapshotCommand::Revert {
        name: "before".to_owned(),
    }));
    // Reverting may start QEMU anew, on another terminal.
    let mut line = tux.line();
    line.send("\necho $word; echo 3 > /proc/sys/vm/drop_caches; cat /mnt/file\n");
    line.expect("\r\nremembered", PATIENCE);
    line.expect("first", PATIENCE);
    tux.delete();
}
