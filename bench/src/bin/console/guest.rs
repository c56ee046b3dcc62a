//! The guest: a machine on a private session, told what to paint over its serial port.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::sync::Arc;
use std::time::{Duration, Instant};

use libvirt_backend::model::{Freshness, GraphicsKind, Machine, MachineId, State};
use libvirt_backend::private_session::{PrivateSession, SessionOptions};
use libvirt_backend::{Backend, Command, Options, Outcome, Profile, Query};
use tokio::runtime::{Builder, Runtime};

use super::Answer;

const NAME: &str = "stage";
/// The tests' own.
const DEFINITION: &str = include_str!("../../../../tests/guest/direct-boot.xml");
const PATIENCE: Duration = Duration::from_mins(2);
const POLL: Duration = Duration::from_millis(20);

pub(super) struct Guest {
    line: BufReader<UnixStream>,
    // Ended in this order.
    backend: Backend,
    runtime: Runtime,
    session: PrivateSession,
    uri: String,
    id: MachineId,
}

impl Guest {
    pub(super) fn start(files: &Path) -> Answer<Self> {
        let session = PrivateSession::start(SessionOptions::default())?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("bench-async")
            .enable_all()
            .build()?;
        let options = Options {
            state_folder: session.folder().join("berth-state"),
            data_folder: session.folder().join("berth-data"),
            on_change: Arc::new(|| {}),
            profile: Profile::Desktop,
            kept_free_percent: libvirt_backend::KEPT_FREE_PERCENT,
        };
        let backend = Backend::new(runtime.handle().clone(), options);
        let uri = session.uri();
        backend.open(&uri);
        let xml = session.folder().join("stage.xml");
        std::fs::write(&xml, definition(files, &serial(&session))?)?;
        virsh(&session, &["define", &xml.to_string_lossy()])?;
        virsh(&session, &["start", NAME, "--paused"])?;
        let line = UnixStream::connect(serial(&session))?;
        line.set_read_timeout(Some(PATIENCE))?;
        virsh(&session, &["resume", NAME])?;
        let id = virsh(&session, &["domuuid", NAME])?.trim().parse()?;
        let mut guest = Self {
            line: BufReader::new(line),
            backend,
            runtime,
            session,
            uri,
            id,
        };
        guest.hear("BERTH-READY")?;
        Ok(guest)
    }

    /// Begins to paint this.
    pub(super) fn paint(&mut self, picture: &str) -> Answer<()> {
        self.ask(picture, "painting ").map(drop)
    }

    /// Frames since the last count, and the guest's own seconds.
    pub(super) fn count(&mut self) -> Answer<(f64, f64)> {
        let answer = self.ask("count", "count ")?;
        let (frames, milliseconds) = answer.split_once(' ').ok_or("no count")?;
        Ok((frames.parse()?, milliseconds.parse::<f64>()? / 1e3))
    }

    pub(super) fn size(&mut self) -> Answer<[u32; 2]> {
        let answer = self.ask("size", "size ")?;
        let (width, height) = answer.split_once(' ').ok_or("no size")?;
        Ok([width.parse()?, height.parse()?])
    }

    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    pub(super) const fn id(&self) -> MachineId {
        self.id
    }

    fn ask(&mut self, command: &str, answer: &str) -> Answer<String> {
        self.line.get_mut().write_all(format!("{command}\n").as_bytes())?;
        self.hear(answer)
    }

    fn hear(&mut self, words: &str) -> Answer<String> {
        loop {
            let mut line = String::new();
            if self.line.read_line(&mut line)? == 0 {
                return Err(format!("the guest ended: {}", self.session.machine_log(NAME)).into());
            }
            if let Some(rest) = line.trim_end().strip_prefix(words) {
                return Ok(rest.to_owned());
            }
        }
    }

    /// A display as the window gets it.
    pub(super) fn display(&self, kind: &GraphicsKind) -> Answer<OwnedFd> {
        let machine = self.machine()?;
        let graphics = machine
            .definition
            .graphics
            .iter()
            .find(|graphics| graphics.kind == *kind);
        let index = graphics.ok_or("no such display")?.index;
        let open = Command::Query(Query::OpenDisplay { id: self.id, index });
        match self.runtime.block_on(self.backend.run(&self.uri, open))? {
            Outcome::Display(stream) => Ok(stream.descriptor()?),
            other => Err(format!("{other:?} instead of a display").into()),
        }
    }

    pub(super) fn vnc_socket(&self) -> Answer<PathBuf> {
        let uri = virsh(&self.session, &["domdisplay", NAME, "--type", "vnc"])?;
        Ok(PathBuf::from(uri.trim().trim_start_matches("vnc+unix://")))
    }

    fn machine(&self) -> Answer<Arc<Machine>> {
        let started = Instant::now();
        loop {
            let model = self
                .backend
                .model(&self.uri)
                .filter(|model| model.freshness == Freshness::Live);
            if let Some(machine) = model.as_ref().and_then(|model| model.machine(self.id))
                && matches!(machine.state, State::Running)
            {
                return Ok(Arc::clone(machine));
            }
            if started.elapsed() > PATIENCE {
                return Err("the machine never ran".into());
            }
            std::thread::sleep(POLL);
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.runtime.block_on(self.backend.shutdown());
    }
}

fn serial(session: &PrivateSession) -> PathBuf {
    session.folder().join("stage.sock")
}

fn definition(files: &Path, serial: &Path) -> Answer<String> {
    let [kernel, initrd] = ["vmlinuz", "initrd.gz"].map(|name| files.join(name));
    if !kernel.exists() || !initrd.exists() {
        return Err(format!("no guest in {}: scripts/build-guest makes it", files.display()).into());
    }
    Ok(DEFINITION
        .replace("@NAME@", NAME)
        .replace("@MEMORY_MIB@", "256")
        .replace("@COMMAND_LINE@", "quiet")
        .replace("@KERNEL@", &kernel.display().to_string())
        .replace("@INITRD@", &initrd.display().to_string())
        .replace("@SERIAL@", &serial.display().to_string())
        .replace("@DEVICES@", ""))
}

fn virsh(session: &PrivateSession, arguments: &[&str]) -> Answer<String> {
    let output = Process::new("virsh")
        .args(["-q", "-c", &session.uri()])
        .args(arguments)
        .output()?;
    if output.status.success() {
        Ok(String::from_utf8(output.stdout)?)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
    }
}
