//! virt-viewer beside Berth: on a private X server, through a relay that counts the updates it asks for.
//!
//! A client without continuous updates asks for the next change when it has taken the last, so its questions are its
//! updates.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::Answer;
use super::guest::Guest;

const PATIENCE: Duration = Duration::from_secs(30);

/// Ends with us.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Updates that virt-viewer took; `None` where it or an X server is missing.
pub(super) fn updates(guest: &Guest, seconds: Duration) -> Answer<Option<f64>> {
    let (Some(viewer), Some(server)) = (program("remote-viewer"), program("Xvfb")) else {
        return Ok(None);
    };
    let (_server, display) = start_x_server(&server)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let asked = Arc::new(AtomicU64::new(0));
    let (counted, socket) = (Arc::clone(&asked), guest.vnc_socket()?);
    thread::Builder::new()
        .name("relay".to_owned())
        .spawn(move || relay(&listener, &socket, &counted).unwrap_or(()))?;
    let mut viewing = Command::new(viewer);
    viewing
        .arg(format!("vnc://127.0.0.1:{port}"))
        .env("DISPLAY", &display)
        .env("GDK_BACKEND", "x11")
        .env("NO_AT_BRIDGE", "1")
        .env("GSETTINGS_BACKEND", "memory")
        .env_remove("WAYLAND_DISPLAY")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let _viewing = Ended(viewing.spawn()?);
    let started = Instant::now();
    while asked.load(Ordering::Relaxed) < 10 {
        if started.elapsed() > PATIENCE {
            return Err("virt-viewer showed nothing".into());
        }
        thread::sleep(Duration::from_millis(100));
    }
    let before = asked.load(Ordering::Relaxed);
    thread::sleep(seconds);
    Ok(Some((asked.load(Ordering::Relaxed) - before) as f64))
}

fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

fn start_x_server(program: &Path) -> Answer<(Ended, String)> {
    let mut server = Command::new(program)
        .args([
            "-displayfd",
            "1",
            "-noreset",
            "-nolisten",
            "tcp",
            "-screen",
            "0",
            "1400x1000x24",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut number = String::new();
    let mut said = server.stdout.take().ok_or("no word from the X server")?;
    let server = Ended(server);
    let mut byte = [0];
    while said.read(&mut byte)? == 1 && byte[0] != b'\n' {
        number.push(char::from(byte[0]));
    }
    Ok((server, format!(":{number}")))
}

fn relay(listener: &TcpListener, socket: &Path, asked: &AtomicU64) -> std::io::Result<()> {
    let (client, _) = listener.accept()?;
    client.set_nodelay(true)?;
    let server = UnixStream::connect(socket)?;
    let (mut from, mut to) = (server.try_clone()?, client.try_clone()?);
    thread::Builder::new()
        .name("relay-down".to_owned())
        .spawn(move || std::io::copy(&mut from, &mut to).map(drop).unwrap_or(()))?;
    Questions { client, server, asked }.pass()
}

struct Questions<'a> {
    client: TcpStream,
    server: UnixStream,
    asked: &'a AtomicU64,
}

impl Questions<'_> {
    /// Hands on each of the client's messages whole, and counts those that ask for an update.
    fn pass(mut self) -> std::io::Result<()> {
        // The version, the choice of no password, and whether others may look too.
        self.hand_on(12 + 1 + 1)?;
        loop {
            let kind = self.hand_on(1)?[0];
            match kind {
                0 => drop(self.hand_on(19)?),
                2 => {
                    let head = self.hand_on(3)?;
                    self.hand_on(4 * usize::from(u16::from_be_bytes([head[1], head[2]])))?;
                }
                3 => {
                    self.hand_on(9)?;
                    self.asked.fetch_add(1, Ordering::Relaxed);
                }
                4 => drop(self.hand_on(7)?),
                5 => drop(self.hand_on(5)?),
                6 => {
                    let head = self.hand_on(7)?;
                    let length = i32::from_be_bytes([head[3], head[4], head[5], head[6]]);
                    self.hand_on(length.unsigned_abs() as usize)?;
                }
                150 => drop(self.hand_on(9)?),
                251 => {
                    let head = self.hand_on(7)?;
                    self.hand_on(16 * usize::from(head[5]))?;
                }
                255 => match self.hand_on(1)?[0] {
                    0 => drop(self.hand_on(10)?),
                    1 => {
                        let what = self.hand_on(2)?;
                        // Only a choice of a sound's format has a body.
                        if what[1] == 2 {
                            self.hand_on(6)?;
                        }
                    }
                    _ => return Err(std::io::ErrorKind::InvalidData.into()),
                },
                _ => return Err(std::io::ErrorKind::InvalidData.into()),
            }
        }
    }

    fn hand_on(&mut self, length: usize) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.client.read_exact(&mut bytes)?;
        self.server.write_all(&bytes)?;
        Ok(bytes)
    }
}
