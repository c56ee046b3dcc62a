//! `berth console`: a machine's serial line in this terminal.
//!
//! The keyboard, the screen and the machine's state each have their own pace: a thread reads what is typed, a thread
//! writes what the guest says, and the task here waits for whichever ends first.

mod raw;
mod typing;

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::sync::Arc;
use std::thread::Builder;
use std::time::Duration;

use libvirt_backend::Error;
use libvirt_backend::command::{Command, ConsoleEnding, ConsoleStream, Heard, LogPlace, Outcome, Query};
use libvirt_backend::model::{HostModel, Machine, MachineId};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::Receiver;
use tokio::sync::{oneshot, watch};

use super::args;
use super::output::Failure;
use super::session::Session;
use crate::console::serial::{Tape, without_orders};
use crate::t;
use raw::RawTerminal;
use typing::{Keyboard, Leaving};

/// A remote host may ask for a passphrase.
const OPEN_PATIENCE: Duration = Duration::from_mins(2);
/// For the news that a machine stopped, after its line ended.
const NEWS_PATIENCE: Duration = Duration::from_secs(4);
/// A machine that starts anew after so long was not restarted, it was started.
const RESTART_PATIENCE: Duration = Duration::from_secs(3);

type Models = watch::Receiver<Arc<HostModel>>;

pub(super) async fn run(session: &Session, args: args::Console) -> Result<(), Failure> {
    let machine = session.machine(&args.machine.machine)?;
    let device = device(&machine, args.device.as_deref())?;
    if !machine.state.is_active() && !args.wait {
        return Err(Failure::text(t!("cli-console-off", name = machine.name())));
    }
    let Some(models) = session.backend().watch(session.uri()) else {
        return Err(Failure::from(&Error::Closing));
    };
    let sitting = Sitting {
        session,
        id: machine.id,
        name: machine.name().to_owned(),
        device,
        num_lines: if args.no_history { 0 } else { args.history },
        waits: args.wait,
        models,
        keyboard: Keyboard::default(),
        is_raw: false,
        position: None,
    };
    sitting.run().await
}

/// The device that is meant; libvirt's first where none is named.
fn device(machine: &Machine, alias: Option<&str>) -> Result<Option<String>, Failure> {
    let (serials, name) = (&machine.definition.serials, machine.name());
    // Of a machine whose XML could not be read nothing is claimed.
    if !machine.definition.is_complete {
        return Ok(alias.map(str::to_owned));
    }
    let aliases = || serials.iter().map(|device| device.alias.as_str()).collect::<Vec<_>>();
    let device = match alias {
        Some(alias) => serials.iter().find(|device| device.alias == alias).ok_or_else(|| {
            Failure::text(t!(
                "cli-console-no-device",
                name = name,
                device = alias,
                devices = aliases().join(", ")
            ))
        })?,
        None => serials
            .first()
            .ok_or_else(|| Failure::text(t!("cli-console-none", name = name)))?,
    };
    if !device.is_openable {
        return Err(Failure::text(t!(
            "cli-console-closed",
            name = name,
            device = device.alias.as_str()
        )));
    }
    Ok(Some(device.alias.clone()))
}

/// How a time at the line ended.
enum Over {
    /// The person wants no more, or the reader of the output.
    Left,
    /// The system asks to end.
    Terminated,
    /// The line ended.
    Ended(ConsoleEnding),
}

struct Sitting<'session> {
    session: &'session Session,
    id: MachineId,
    name: String,
    device: Option<String>,
    num_lines: usize,
    waits: bool,
    models: Models,
    keyboard: Keyboard,
    is_raw: bool,
    /// Where in the log everything was shown up to.
    position: Option<LogPlace>,
}

/// What may end it from outside the line.
struct Ways {
    leaving: Receiver<Leaving>,
    terminate: Signal,
    hang_up: Signal,
    interrupt: Signal,
    quit: Signal,
}

impl Ways {
    fn new(leaving: Receiver<Leaving>) -> std::io::Result<Self> {
        Ok(Self {
            leaving,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            // Typed, they go to the guest; sent by another program, they end this one.
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
        })
    }

    /// Waits for any of them.
    async fn taken(&mut self) -> Over {
        let Self {
            leaving,
            terminate,
            hang_up,
            interrupt,
            quit,
        } = self;
        let left = async {
            if leaving.recv().await != Some(Leaving::Asked) {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = left => Over::Left,
            _ = terminate.recv() => Over::Terminated,
            _ = hang_up.recv() => Over::Terminated,
            _ = interrupt.recv() => Over::Terminated,
            _ = quit.recv() => Over::Terminated,
        }
    }
}

impl Sitting<'_> {
    async fn run(mut self) -> Result<(), Failure> {
        let failed = |error: std::io::Error| Failure::text(error.to_string());
        let is_terminal = std::io::stdin().is_terminal();
        if is_terminal {
            super::session::notice(&t!("cli-console-leave", name = self.name.as_str()));
        }
        let raw = RawTerminal::enter().map_err(failed)?;
        self.is_raw = raw.is_some();
        let leaving = self.keyboard.start(is_terminal).map_err(failed)?;
        let mut ways = Ways::new(leaving).map_err(failed)?;
        let result = self.sit(&mut ways).await;
        drop(raw);
        if self.is_raw {
            super::session::notice("");
        }
        result
    }

    /// From run to run of the machine.
    async fn sit(&mut self, ways: &mut Ways) -> Result<(), Failure> {
        let mut is_again = false;
        loop {
            if !self.is_running() {
                is_again = true;
                self.tell(&t!("cli-console-waiting", name = self.name.as_str()));
                tokio::select! {
                    over = ways.taken() => return end_of(&over),
                    started = self.until(Self::is_active) => started?,
                }
            }
            let started_at = self.started_at();
            let stream = self.open().await?;
            if is_again {
                self.tell(&t!("cli-console-again", name = self.name.as_str()));
            }
            is_again = true;
            self.keyboard.connect(Some(stream.clone()));
            let over = self.attend(stream.clone(), ways).await?;
            self.keyboard.connect(None);
            stream.close();
            let Over::Ended(ending) = over else {
                return end_of(&over);
            };
            self.after(ending, started_at).await?;
            if !self.is_running() && !self.waits {
                self.tell(&t!("cli-console-stopped", name = self.name.as_str()));
                return Ok(());
            }
        }
    }

    async fn open(&self) -> Result<ConsoleStream, Failure> {
        let (id, device) = (self.id, self.device.clone());
        let command = Command::Query(Query::OpenConsole { id, device });
        // Nothing of its progress is shown: it would be written over what the guest has said.
        let opened = self.session.backend().run(self.session.uri(), command);
        match tokio::time::timeout(OPEN_PATIENCE, opened).await {
            Ok(Ok(Outcome::Console(stream))) => Ok(stream),
            Ok(Ok(_)) => Err(Failure::from(&Error::Closing)),
            Ok(Err(error)) => Err(Failure::from(&error)),
            Err(_) => Err(Failure::from(&Error::TimedOut {
                what: t!("cli-console-opening"),
                seconds: OPEN_PATIENCE.as_secs(),
            })),
        }
    }

    /// Shows what the guest says until the line ends or nobody wants more of it.
    async fn attend(&mut self, stream: ConsoleStream, ways: &mut Ways) -> Result<Over, Failure> {
        let (sender, ended) = oneshot::channel();
        let (num_lines, is_raw, position) = (self.num_lines, self.is_raw, self.position.clone());
        let shown = Builder::new().name("berth-console".to_owned()).spawn(move || {
            let mut tape = Tape::new(stream);
            let over = show(&mut tape, position.as_ref(), num_lines, is_raw);
            sender.send((over, tape.position().cloned())).ok();
        });
        shown.map_err(|error| Failure::text(error.to_string()))?;
        tokio::select! {
            over = ways.taken() => Ok(over),
            ended = ended => match ended {
                Ok((over, position)) => {
                    self.position = position;
                    over
                }
                // It panicked, and said so.
                Err(_) => Err(Failure::told()),
            },
        }
    }

    /// Why did the line end? Returns where the machine stopped, or runs anew.
    async fn after(&self, ending: ConsoleEnding, started_at: Option<i64>) -> Result<(), Failure> {
        let has_changed = move |machine: Option<&Machine>| !Self::is_active(machine) || start_of(machine) != started_at;
        let told = tokio::time::timeout(NEWS_PATIENCE, self.until(has_changed)).await;
        match (told, ending) {
            (Ok(Err(failure)), _) => Err(failure),
            (Ok(Ok(())), _) => {
                if !self.is_running() && !self.waits {
                    // One that ends and starts at once was restarted; nobody should have to come back for that.
                    tokio::time::timeout(RESTART_PATIENCE, self.until(Self::is_active))
                        .await
                        .unwrap_or(Ok(()))?;
                }
                Ok(())
            }
            (Err(_), ConsoleEnding::Failed(error)) => Err(Failure::from(&Error::Libvirt {
                verb: libvirt_backend::error::Verb::OpenConsole,
                object: self.name.clone(),
                source: error,
            })),
            (Err(_), ConsoleEnding::HungUp | ConsoleEnding::Closed) => {
                Err(Failure::text(t!("cli-console-taken", name = self.name.as_str())))
            }
        }
    }

    /// Waits until the machine is so, which is `None` once it is gone.
    async fn until(&self, is_so: impl Fn(Option<&Machine>) -> bool) -> Result<(), Failure> {
        let mut models = self.models.clone();
        loop {
            {
                let model = models.borrow_and_update();
                if let libvirt_backend::model::ConnectionState::Disconnected { reason, message, .. } = &model.connection
                {
                    return Err(Failure::disconnected(self.session.uri(), *reason, message));
                }
                if is_so(model.machine(self.id).map(|machine| &**machine)) {
                    return Ok(());
                }
            }
            if models.changed().await.is_err() {
                return Err(Failure::from(&Error::Closing));
            }
        }
    }

    fn is_active(machine: Option<&Machine>) -> bool {
        machine.is_some_and(|machine| machine.state.is_active())
    }

    fn is_running(&self) -> bool {
        Self::is_active(self.models.borrow().machine(self.id).map(|machine| &**machine))
    }

    fn started_at(&self) -> Option<i64> {
        start_of(self.models.borrow().machine(self.id).map(|machine| &**machine))
    }

    /// A line of Berth's own between the guest's.
    fn tell(&self, words: &str) {
        if self.is_raw {
            write!(std::io::stderr(), "\r\n[{words}]\r\n").ok();
        } else {
            super::session::notice(words);
        }
    }
}

fn start_of(machine: Option<&Machine>) -> Option<i64> {
    machine?.started_at_millis
}

/// The person's own wish is no failure, the system's is.
fn end_of(over: &Over) -> Result<(), Failure> {
    match over {
        Over::Left | Over::Ended(_) => Ok(()),
        Over::Terminated => Err(Failure::told()),
    }
}

/// Writes history, then what comes, until the line ends or nobody reads on. Blocks.
fn show(tape: &mut Tape, position: Option<&LogPlace>, num_lines: usize, is_raw: bool) -> Result<Over, Failure> {
    let history = tape.history(position);
    // What is missing between two runs of the machine is shown whole.
    let num_lines = if position.is_some() { usize::MAX } else { num_lines };
    let mut plain = without_orders(last_lines(&history, num_lines));
    if is_raw && !plain.is_empty() {
        plain.extend(b"\x1b[0m");
    }
    if let Some(over) = write(&plain)? {
        return Ok(over);
    }
    loop {
        match tape.read(None) {
            Heard::Bytes { bytes, skipped_bytes } => {
                if skipped_bytes > 0 {
                    super::session::notice(&t!(
                        "cli-console-skipped",
                        size = crate::text::units::bytes(skipped_bytes)
                    ));
                }
                if let Some(over) = write(&bytes)? {
                    return Ok(over);
                }
            }
            Heard::Nothing => {}
            Heard::Ended(ending) => return Ok(Over::Ended(ending)),
        }
    }
}

fn write(bytes: &[u8]) -> Result<Option<Over>, Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(None),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Some(Over::Left)),
        Err(error) => Err(Failure::text(error.to_string())),
    }
}

/// The last `count` lines; one that is not ended yet is one of them.
fn last_lines(bytes: &[u8], count: usize) -> &[u8] {
    if count == 0 {
        return &[];
    }
    let ended = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let mut ends = ended.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n');
    match ends.nth(count - 1) {
        Some((at, _)) => bytes.get(at + 1..).unwrap_or_default(),
        None => bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_history_the_last_lines_are_shown() {
        let log = b"one\r\ntwo\r\nthree\r\nlogin: ";
        assert_eq!(last_lines(log, 0), b"");
        assert_eq!(last_lines(log, 1), b"login: ");
        assert_eq!(last_lines(log, 2), b"three\r\nlogin: ");
        assert_eq!(last_lines(log, 100), log);
        assert_eq!(last_lines(b"one\ntwo\n", 1), b"two\n");
        assert_eq!(last_lines(b"", 5), b"");
    }
}
