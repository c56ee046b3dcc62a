//! A slow link between a client and a server.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// What the slowest network in mind lets through.
#[derive(Clone, Copy)]
pub(super) struct Slow {
    pub(super) bytes_per_second: u64,
    pub(super) one_way: Duration,
}

/// Small, so that a key does not wait behind what has not been sent.
const PIECE: usize = 4 << 10;
/// As much as may be on its way: more than the link carries within its delay.
const PIECES_UNDERWAY: usize = 64;

struct Piece {
    bytes: Vec<u8>,
    sent: Instant,
}

/// Carries bytes both ways until either side hangs up.
pub(super) fn join(client: UnixStream, server: UnixStream, slow: Slow) -> std::io::Result<()> {
    carry("up", client.try_clone()?, server.try_clone()?, slow)?;
    carry("down", server, client, slow)
}

fn carry(name: &str, from: UnixStream, to: UnixStream, slow: Slow) -> std::io::Result<()> {
    let (put, take) = sync_channel(PIECES_UNDERWAY);
    thread::Builder::new()
        .name(format!("link-{name}-in"))
        .spawn(move || send(from, &put, slow))?;
    thread::Builder::new()
        .name(format!("link-{name}-out"))
        .spawn(move || receive(to, &take, slow))
        .map(drop)
}

/// As fast as the link takes bytes.
fn send(mut from: UnixStream, put: &SyncSender<Piece>, slow: Slow) {
    let mut buffer = vec![0; PIECE];
    let mut free_at = Instant::now();
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let now = Instant::now();
        free_at = free_at.max(now)
            + Duration::try_from_secs_f64(length as f64 / slow.bytes_per_second as f64).unwrap_or_default();
        thread::sleep(free_at.saturating_duration_since(now));
        let piece = Piece {
            bytes: buffer[..length].to_vec(),
            sent: free_at,
        };
        if put.send(piece).is_err() {
            break;
        }
    }
}

/// When it would have arrived.
fn receive(mut to: UnixStream, take: &Receiver<Piece>, slow: Slow) {
    while let Ok(piece) = take.recv() {
        thread::sleep((piece.sent + slow.one_way).saturating_duration_since(Instant::now()));
        if to.write_all(&piece.bytes).is_err() {
            return;
        }
    }
    to.shutdown(Shutdown::Both).ok();
}
