//! Text that is copied on one side and pasted on the other: Latin-1 with any server, UTF-8 where it can do more.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use super::super::Ending;
use super::messages::Messages;
use super::wire::{Incoming, Wire, nonsense};

/// Of text; what is longer is not passed on.
const MOST_BYTES: usize = 1 << 20;
/// A text that does not compress, and all that stands around it.
const MOST_BODY: u32 = (MOST_BYTES + MOST_BYTES / 16) as u32;

const TEXT: u32 = 1;
const CAPS: u32 = 1 << 24;
const REQUEST: u32 = 1 << 25;
const PEEK: u32 = 1 << 26;
const NOTIFY: u32 = 1 << 27;
const PROVIDE: u32 = 1 << 28;

/// What a server says about its clipboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    Text(Arc<str>),
    /// It can do more than Latin-1: its flags, and how long a text it takes unasked.
    Caps {
        flags: u32,
        most_unasked: u32,
    },
    /// It wants ours.
    Request,
    /// It wants to know whether there is one.
    Peek,
    /// It has one, as text or not.
    Notify {
        has_text: bool,
    },
    /// Too long, or nothing that Berth knows.
    Nothing,
}

/// A `ServerCutText`, after its kind.
pub(super) fn read<I: Incoming>(wire: &mut Wire<I>) -> Result<Heard, Ending> {
    wire.skip(3)?;
    let length = wire.i32()?;
    let body_length = length.unsigned_abs();
    if length < 0 && body_length < 4 {
        return Err(nonsense(format!("a clipboard message of {body_length} bytes")));
    }
    if body_length > if length < 0 { MOST_BODY } else { MOST_BYTES as u32 } {
        wire.skip(u64::from(body_length))?;
        return Ok(Heard::Nothing);
    }
    let mut body = vec![0; body_length as usize];
    wire.read(&mut body)?;
    if length >= 0 {
        let text: String = body.iter().map(|byte| char::from(*byte)).collect();
        return Ok(Heard::Text(from_wire(&text)));
    }
    Ok(extended(&body))
}

fn extended(body: &[u8]) -> Heard {
    let number = |at: usize| {
        let bytes = body.get(at..at + 4)?;
        bytes.try_into().ok().map(u32::from_be_bytes)
    };
    let flags = number(0).unwrap_or(0);
    let has_text = flags & TEXT != 0;
    if flags & CAPS != 0 {
        // The limits of all formats follow; text is the first of them.
        let most_unasked = if has_text { number(4).unwrap_or(0) } else { 0 };
        return Heard::Caps { flags, most_unasked };
    }
    match flags & (REQUEST | PEEK | NOTIFY | PROVIDE) {
        REQUEST if has_text => Heard::Request,
        PEEK => Heard::Peek,
        NOTIFY => Heard::Notify { has_text },
        PROVIDE if has_text => provided(&body[4..]).map_or(Heard::Nothing, Heard::Text),
        _ => Heard::Nothing,
    }
}

fn provided(packed: &[u8]) -> Option<Arc<str>> {
    let mut plain = ZlibDecoder::new(packed);
    let mut length = [0; 4];
    plain.read_exact(&mut length).ok()?;
    let length = u32::from_be_bytes(length) as usize;
    // The zero at the end is not counted.
    if length > MOST_BYTES + 1 {
        return None;
    }
    let mut text = vec![0; length];
    plain.read_exact(&mut text).ok()?;
    Some(from_wire(&String::from_utf8_lossy(&text)))
}

fn from_wire(text: &str) -> Arc<str> {
    let text = text.split('\0').next().unwrap_or_default();
    text.replace("\r\n", "\n").into()
}

/// Berth's side of it.
#[derive(Debug, Default)]
pub(super) struct Clipboard {
    /// What the server can do beyond Latin-1.
    caps: Option<(u32, u32)>,
    offered: Option<Arc<str>>,
    /// Hands text to the guest as it comes: there, a line must end and the text must stop as in the guest.
    pub(super) is_qemu: bool,
}

impl Clipboard {
    /// Answers a server; its text is for the window.
    pub(super) fn hear(&mut self, heard: Heard, out: &mut Messages) -> Option<Arc<str>> {
        match heard {
            Heard::Text(text) => return Some(text),
            Heard::Caps { flags, most_unasked } => {
                self.caps = Some((flags, most_unasked));
                let limit = (MOST_BYTES as u32).to_be_bytes();
                out.extended_cut_text(CAPS | REQUEST | PEEK | NOTIFY | PROVIDE | TEXT, &limit);
                if let Some(text) = self.offered.clone() {
                    self.offer(&text, out);
                }
            }
            Heard::Request => {
                if let Some(text) = &self.offered {
                    self.provide(text, out);
                }
            }
            Heard::Peek => out.extended_cut_text(NOTIFY | self.offered.as_ref().map_or(0, |_| TEXT), &[]),
            Heard::Notify { has_text: true } => out.extended_cut_text(REQUEST | TEXT, &[]),
            Heard::Notify { has_text: false } | Heard::Nothing => {}
        }
        None
    }

    /// Something was copied outside.
    pub(super) fn offer(&mut self, text: &Arc<str>, out: &mut Messages) {
        if text.len() > MOST_BYTES {
            return;
        }
        self.offered = Some(Arc::clone(text));
        match self.caps {
            Some((flags, _)) if flags & NOTIFY != 0 => out.extended_cut_text(NOTIFY | TEXT, &[]),
            Some((flags, most)) if flags & PROVIDE != 0 && text.len() <= most as usize => self.provide(text, out),
            _ => out.cut_text(&latin_1(text)),
        }
    }

    fn provide(&self, text: &str, out: &mut Messages) {
        let mut text = text.replace("\r\n", "\n");
        if !self.is_qemu {
            text = text.replace('\n', "\r\n");
            text.push('\0');
        }
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
        let written = packed
            .write_all(&(text.len() as u32).to_be_bytes())
            .and_then(|()| packed.write_all(text.as_bytes()))
            .and_then(|()| packed.finish());
        // Writing to memory does not fail; a server that gets no answer keeps what it had.
        if let Ok(body) = written {
            out.extended_cut_text(PROVIDE | TEXT, &body);
        }
    }
}

fn latin_1(text: &str) -> Vec<u8> {
    text.replace("\r\n", "\n")
        .chars()
        .map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(bytes: &[u8]) -> Result<Heard, Ending> {
        read(&mut Wire::new(bytes))
    }

    /// What Berth says is what it would understand: both sides write it alike.
    fn heard_back(out: &Messages) -> Heard {
        assert_eq!(out.as_bytes()[0], 6);
        heard(&out.as_bytes()[1..]).expect("a message")
    }

    const CAPABLE: Heard = Heard::Caps {
        flags: CAPS | NOTIFY | REQUEST | PROVIDE | TEXT,
        most_unasked: 1_000,
    };

    #[test]
    fn latin_text_arrives_and_leaves() {
        let message = [0, 0, 0, 0, 0, 0, 4, b'n', 0xe9, b'e', 0];
        assert_eq!(heard(&message), Ok(Heard::Text("née".into())));
        let mut out = Messages::default();
        Clipboard::default().offer(&"né→".into(), &mut out);
        assert_eq!(out.as_bytes(), [6, 0, 0, 0, 0, 0, 0, 3, b'n', 0xe9, b'?']);
    }

    #[test]
    fn any_text_reaches_a_capable_server_once_it_asks() {
        let (mut clipboard, mut out) = (Clipboard::default(), Messages::default());
        clipboard.hear(CAPABLE, &mut out);
        assert!(matches!(
            heard_back(&out),
            Heard::Caps {
                most_unasked: 1_048_576,
                ..
            }
        ));
        out.clear();
        clipboard.offer(&"你好\nwörld".into(), &mut out);
        assert_eq!(heard_back(&out), Heard::Notify { has_text: true });
        out.clear();
        clipboard.hear(Heard::Request, &mut out);
        assert_eq!(heard_back(&out), Heard::Text("你好\nwörld".into()));
    }

    #[test]
    fn what_the_server_has_is_asked_for() {
        let (mut clipboard, mut out) = (Clipboard::default(), Messages::default());
        assert_eq!(clipboard.hear(Heard::Notify { has_text: true }, &mut out), None);
        assert_eq!(heard_back(&out), Heard::Request);
        let text: Arc<str> = "text".into();
        assert_eq!(clipboard.hear(Heard::Text(Arc::clone(&text)), &mut out), Some(text));
    }

    #[test]
    fn a_bomb_stays_packed_and_a_lie_is_nothing() {
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
        packed.write_all(&(64_u32 << 20).to_be_bytes()).expect("memory");
        packed.write_all(&vec![b'x'; 64 << 20]).expect("memory");
        let bomb = packed.finish().expect("memory");
        let mut out = Messages::default();
        out.extended_cut_text(PROVIDE | TEXT, &bomb);
        assert_eq!(heard_back(&out), Heard::Nothing);
        out.clear();
        out.extended_cut_text(PROVIDE | TEXT, b"not zlib");
        assert_eq!(heard_back(&out), Heard::Nothing);
    }

    #[test]
    fn text_without_end_is_passed_over() {
        let mut bytes = vec![0; 3];
        bytes.extend((3_i32 << 20).to_be_bytes());
        bytes.extend(vec![b'x'; 3 << 20]);
        bytes.push(9);
        let mut wire = Wire::new(bytes.as_slice());
        assert_eq!(read(&mut wire), Ok(Heard::Nothing));
        assert_eq!(wire.u8(), Ok(9), "the next message is found");
        assert_eq!(heard(&[0, 0, 0, 0x80, 0, 0, 0]), Err(Ending::Closed));
        assert_eq!(
            heard(&[0, 0, 0, 0xff, 0xff, 0xff, 0xfd]),
            Err(nonsense("a clipboard message of 3 bytes"))
        );
    }
}
