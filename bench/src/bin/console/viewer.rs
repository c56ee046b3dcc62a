//! virt-viewer beside Berth: on a private X server, through a relay that counts the updates it gets.

use std::io::{BufWriter, ErrorKind, Write as _};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::Answer;
use super::desktop::{Desktop, Ended, program};
use super::guest::Guest;
use super::updates::Updates;

const PATIENCE: Duration = Duration::from_mins(1);
/// For the guest's screen and what is around it.
const ROOM: [u32; 2] = [1_400, 1_000];
/// It shows noise, in whatever packing it received for.
const BEGUN: u64 = 4;

/// What virt-viewer made of a guest that paints noise.
pub(super) struct Viewed {
    pub(super) updates_per_s: f64,
    /// Frames of the guest's that were seen on the desktop; `None` where they are not shown pixel by pixel.
    pub(super) seen_per_s: Option<f64>,
}

/// `None` where it is not installed.
pub(super) fn watch(guest: &Guest, seconds: Duration) -> Answer<Option<Viewed>> {
    let Some(viewer) = program("remote-viewer") else {
        return Ok(None);
    };
    let home = tempfile::Builder::new().prefix("bv").tempdir_in("/tmp")?;
    std::fs::create_dir(home.path().join("run"))?;
    let desktop = Desktop::start(ROOM)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let received = Arc::new(AtomicU64::new(0));
    let (counted, socket) = (Arc::clone(&received), guest.vnc_socket()?);
    thread::Builder::new().name("relay".to_owned()).spawn(move || {
        // The viewer is killed in the end.
        if let Err(error) = relay(&listener, &socket, &counted)
            && !matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof)
        {
            writeln!(std::io::stderr(), "# the relay ended: {error}").unwrap_or(());
        }
    })?;
    let mut viewing = desktop.command(&viewer, home.path());
    viewing.arg(format!("vnc://127.0.0.1:{port}"));
    let _viewing = Ended(viewing.spawn()?);
    let started = Instant::now();
    while received.load(Ordering::Relaxed) < BEGUN {
        if started.elapsed() > PATIENCE {
            return Err("virt-viewer showed nothing".into());
        }
        thread::sleep(Duration::from_millis(100));
    }
    let number = desktop.find_number(ROOM)?;
    let (started, before) = (Instant::now(), received.load(Ordering::Relaxed));
    let seen = if let Some(number) = number {
        Some(desktop.frames_seen(number, seconds)?)
    } else {
        thread::sleep(seconds);
        None
    };
    let (seconds, updates) = (
        started.elapsed().as_secs_f64(),
        received.load(Ordering::Relaxed) - before,
    );
    Ok(Some(Viewed {
        updates_per_s: updates as f64 / seconds,
        seen_per_s: seen.map(|seen| f64::from(seen) / seconds),
    }))
}

/// Carries one viewer's session, and counts the server's updates.
fn relay(listener: &TcpListener, socket: &Path, updates: &AtomicU64) -> std::io::Result<()> {
    let (client, _) = listener.accept()?;
    client.set_nodelay(true)?;
    let server = UnixStream::connect(socket)?;
    let (mut keys, mut to_server) = (client.try_clone()?, server.try_clone()?);
    thread::Builder::new()
        .name("relay-up".to_owned())
        .spawn(move || std::io::copy(&mut keys, &mut to_server).map(drop).unwrap_or(()))?;
    let to_client = BufWriter::with_capacity(1 << 16, client);
    Updates::new(server, to_client).pass(|| {
        updates.fetch_add(1, Ordering::Relaxed);
    })
}
