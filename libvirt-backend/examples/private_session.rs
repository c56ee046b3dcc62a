//! Starts a private session libvirtd, prints its URI, and ends it when standard input ends. For scripts.
//! With `--guest FILE` it also writes a disk whose guest draws something new each second.

use std::io::{Read as _, Write as _};

use libvirt_backend::boot_sector::{Mood, interactive};
use libvirt_backend::private_session::{PrivateSession, SessionOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, flag, file] = &arguments[..]
        && flag == "--guest"
    {
        std::fs::write(file, interactive(Mood::Calm))?;
    }
    let session = PrivateSession::start(SessionOptions::default())?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", session.uri())?;
    out.flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    session.stop()?;
    Ok(())
}
