//! A machine's serial line: opened on a connection of its own, carried by a thread of its own.
//!
//! Both on purpose. What a guest says comes over the connection whether or not it is read, and what is typed to a guest
//! that stands still uses up the requests that a daemon serves: neither may ever hold up anything but this line.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::thread::Builder;

use rustix::fs::OFlags;

use super::Context;
use super::call::{Failed as _, find};
use crate::command::{JobStep, Outcome};
use crate::console_log::ConsoleLog;
use crate::console_stream::{ConsoleEnd, ConsoleEnding, Errand, console_stream};
use crate::error::{Error, Result, Verb};
use crate::ffi::{CloseGuard, Conn, Console, Received};
use crate::model::MachineId;

/// Of one message to the daemon, and of one look.
const CHUNK: usize = 16 << 10;
/// Of what was typed: a message that the guest does not take is as little as possible.
const TYPED_CHUNK: usize = 1 << 10;
/// A guest that never stops talking must still be told something.
const LOOKS_AT_ONCE: usize = 64;

pub(crate) fn open_console(ctx: &Context<'_>, id: MachineId, alias: Option<&str>) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::Checking);
    let failed = Verb::OpenConsole;
    let connection = (ctx.connect)().failed(failed, &found.name)?;
    let domain = connection.domain(id).failed(failed, &found.name)?;
    let (stream, end) = console_stream(log_of(ctx, id, alias));
    let (ready, lost) = (end.bell(), end.bell());
    // A line does not end by itself where the daemon goes away: looking at it then says so.
    let guard = connection
        .register_close(move |_| lost.ring())
        .failed(failed, &found.name)?;
    let console = domain
        .open_console(&connection, alias, move || ready.ring())
        .failed(failed, &found.name)?;
    Builder::new()
        .name("libvirt-console".to_owned())
        .spawn(move || carry(&connection, console, &end, guard))
        .map_err(|error| Error::Panicked(error.to_string()))?;
    Ok(Outcome::Console(stream))
}

/// Readable where libvirt is on this computer and the file is this user's.
fn log_of(ctx: &Context<'_>, id: MachineId, alias: Option<&str>) -> Option<ConsoleLog> {
    let machine = ctx.model.machine(id).filter(|_| ctx.model.info.is_local)?;
    let mut serials = machine.definition.serials.iter();
    let device = match alias {
        Some(alias) => serials.find(|device| device.alias == alias),
        None => serials.next(),
    };
    open_log(device?.log.as_deref()?)
}

fn open_log(path: &Path) -> Option<ConsoleLog> {
    // Opening a pipe that somebody put in its place would wait for a writer.
    let nonblocking = OFlags::NONBLOCK.bits().cast_signed();
    let opened = File::options().read(true).custom_flags(nonblocking).open(path);
    let log = opened.and_then(|file| {
        let is_file = file.metadata()?.is_file();
        is_file.then(|| ConsoleLog::new(path, file)).transpose()
    });
    log.unwrap_or_else(|error| {
        tracing::info!(path = %path.display(), %error, "no history of a serial line");
        None
    })
}

/// Until the line ends or nobody wants it.
fn carry(connection: &Conn, console: Console, end: &ConsoleEnd, guard: CloseGuard) {
    let ending = match talk(&console, end) {
        // To libvirt a line that somebody else took, or whose QEMU is gone, is an input or output error.
        ConsoleEnding::Failed(error) if connection.is_alive().unwrap_or(false) => {
            tracing::debug!(%error, "a serial line ended");
            ConsoleEnding::HungUp
        }
        ending => ending,
    };
    end.end(ending);
    drop(console);
    drop(guard);
}

fn talk(console: &Console, end: &ConsoleEnd) -> ConsoleEnding {
    let mut buffer = vec![0; CHUNK];
    let mut is_full = false;
    loop {
        match listen(console, end, &mut buffer) {
            Ok(true) => {}
            Ok(false) => return ConsoleEnding::HungUp,
            Err(error) => return ConsoleEnding::Failed(error),
        }
        if let Err(error) = console.wake_when_ready(is_full) {
            return ConsoleEnding::Failed(error);
        }
        let errand = if is_full {
            end.next_when_ready(TYPED_CHUNK)
        } else {
            end.next(TYPED_CHUNK)
        };
        let Some(Errand { typed }) = errand else {
            return ConsoleEnding::Closed;
        };
        is_full = false;
        if !typed.is_empty() {
            match console.send(&typed) {
                Ok(sent) => {
                    is_full = sent == 0;
                    end.sent(sent);
                }
                Err(error) => return ConsoleEnding::Failed(error),
            }
        }
    }
}

/// Takes what there is, or much of it; `false`: there will never be more.
fn listen(
    console: &Console,
    end: &ConsoleEnd,
    buffer: &mut [u8],
) -> std::result::Result<bool, crate::error::LibvirtError> {
    for _ in 0..LOOKS_AT_ONCE {
        match console.receive(buffer)? {
            Received::Bytes(length) => end.heard(buffer.get(..length).unwrap_or_default()),
            Received::Later => return Ok(true),
            Received::End => return Ok(false),
        }
    }
    Ok(true)
}
