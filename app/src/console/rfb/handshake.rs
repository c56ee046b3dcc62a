//! From the first byte to the server's picture: version, security, size and pixel format.

use super::super::Ending;
use super::Options;
use super::pixel_format::PixelFormat;
use super::security;
use super::wire::{Incoming, Wire, nonsense};

/// Where bytes go; all of them, or an ending.
pub trait Outgoing {
    fn send(&mut self, bytes: &[u8]) -> Result<(), Ending>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Version {
    V3,
    V7,
    V8,
}

const VERSION_BYTES: usize = 12;
const NO_SECURITY: u8 = 1;
const PASSWORD: u8 = 2;

/// What a server says of itself.
#[derive(Debug, PartialEq, Eq)]
pub struct Greeting {
    pub size: [u16; 2],
    pub format: PixelFormat,
}

pub fn shake_hands<I: Incoming>(
    wire: &mut Wire<I>,
    out: &mut impl Outgoing,
    options: &Options,
) -> Result<Greeting, Ending> {
    let version = agree_on_version(wire, out)?;
    let kind = agree_on_security(wire, out, version, options)?;
    if kind == PASSWORD {
        let password = options.password.as_deref().ok_or(Ending::PasswordWanted)?;
        let challenge = wire.array()?;
        out.send(&security::answer(password, challenge))?;
    }
    // Old servers say nothing where they asked nothing.
    if kind == PASSWORD || version == Version::V8 {
        read_result(wire, version, kind)?;
    }
    out.send(&[1])?; // Others may look too.
    let size = [wire.u16()?, wire.u16()?];
    let format = PixelFormat::from_bytes(wire.array()?);
    wire.words()?; // Its name.
    Ok(Greeting { size, format })
}

fn agree_on_version<I: Incoming>(wire: &mut Wire<I>, out: &mut impl Outgoing) -> Result<Version, Ending> {
    let bytes: [u8; VERSION_BYTES] = wire.array()?;
    let number = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse::<u16>().ok();
    let is_rfb = bytes.starts_with(b"RFB ") && bytes[7] == b'.' && bytes[11] == b'\n';
    let (major, minor) = is_rfb
        .then(|| Some((number(&bytes[4..7])?, number(&bytes[8..11])?)))
        .flatten()
        .ok_or_else(|| nonsense(format!("{:?} instead of a version", String::from_utf8_lossy(&bytes))))?;
    // Versions between and above are the makers' own; they speak the next lower one that was published.
    let (version, words) = match (major, minor) {
        (3, 0..=6) => (Version::V3, b"RFB 003.003\n"),
        (3, 7) => (Version::V7, b"RFB 003.007\n"),
        (3.., _) => (Version::V8, b"RFB 003.008\n"),
        _ => {
            return Err(Ending::NotSpoken {
                what: format!("version {major}.{minor}"),
            });
        }
    };
    out.send(words)?;
    Ok(version)
}

fn agree_on_security<I: Incoming>(
    wire: &mut Wire<I>,
    out: &mut impl Outgoing,
    version: Version,
    options: &Options,
) -> Result<u8, Ending> {
    if version == Version::V3 {
        // The server decides.
        return match wire.u32()? {
            0 => Err(refused(wire)?),
            1 => Ok(NO_SECURITY),
            2 => known_password(options),
            other => Err(Ending::NotSpoken {
                what: format!("security {other}"),
            }),
        };
    }
    let count = usize::from(wire.u8()?);
    if count == 0 {
        return Err(refused(wire)?);
    }
    let mut kinds = [0; 255];
    let kinds = &mut kinds[..count];
    wire.read(kinds)?;
    let kind = if kinds.contains(&NO_SECURITY) {
        NO_SECURITY
    } else if kinds.contains(&PASSWORD) {
        known_password(options)?
    } else {
        return Err(Ending::NotSpoken {
            what: format!("security {kinds:?}"),
        });
    };
    out.send(&[kind])?;
    Ok(kind)
}

/// Asking the user comes before the server counts a failure.
const fn known_password(options: &Options) -> Result<u8, Ending> {
    if options.password.is_some() {
        Ok(PASSWORD)
    } else {
        Err(Ending::PasswordWanted)
    }
}

fn read_result<I: Incoming>(wire: &mut Wire<I>, version: Version, kind: u8) -> Result<(), Ending> {
    const TOO_MANY_TRIES: u32 = 2;
    let result = wire.u32()?;
    if result == 0 {
        return Ok(());
    }
    if kind == PASSWORD && result != TOO_MANY_TRIES {
        return Err(Ending::PasswordWrong);
    }
    if version == Version::V8 {
        return Err(refused(wire)?);
    }
    Err(Ending::Refused { reason: String::new() })
}

fn refused<I: Incoming>(wire: &mut Wire<I>) -> Result<Ending, Ending> {
    wire.words().map(|reason| Ending::Refused { reason })
}
