//! What comes from a server, in whole values. Nothing here allocates by a length that the server named.

use std::io::{ErrorKind, Read};

use super::super::Ending;

/// Where bytes come from; `Ok(0)` is the end.
pub trait Incoming {
    fn receive(&mut self, buffer: &mut [u8]) -> Result<usize, Ending>;
}

impl<R: Read> Incoming for R {
    fn receive(&mut self, buffer: &mut [u8]) -> Result<usize, Ending> {
        loop {
            match self.read(buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => return other.map_err(Ending::from),
            }
        }
    }
}

/// As much as a socket hands over at once.
const BUFFER_BYTES: usize = 128 * 1024;

pub struct Wire<I> {
    source: I,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
}

impl<I: Incoming> Wire<I> {
    pub fn new(source: I) -> Self {
        Self {
            source,
            buffer: vec![0; BUFFER_BYTES].into_boxed_slice(),
            start: 0,
            end: 0,
        }
    }

    pub(super) fn source_mut(&mut self) -> &mut I {
        &mut self.source
    }

    /// What has arrived and was not consumed: waits until that is at least one byte.
    pub(super) fn fill(&mut self) -> Result<&[u8], Ending> {
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
            let received = self.source.receive(&mut self.buffer)?;
            if received == 0 {
                return Err(Ending::Closed);
            }
            self.end = received.min(self.buffer.len());
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// No more than [`Self::fill`] gave.
    pub(super) fn consume(&mut self, bytes: usize) {
        self.start = (self.start + bytes).min(self.end);
    }

    pub(super) fn read(&mut self, out: &mut [u8]) -> Result<(), Ending> {
        let mut done = 0;
        while done < out.len() {
            let chunk = self.fill()?;
            let taken = chunk.len().min(out.len() - done);
            out[done..done + taken].copy_from_slice(&chunk[..taken]);
            self.consume(taken);
            done += taken;
        }
        Ok(())
    }

    pub(super) fn skip(&mut self, bytes: u64) -> Result<(), Ending> {
        let mut left = bytes;
        while left > 0 {
            let taken = (self.fill()?.len() as u64).min(left);
            self.consume(taken as usize);
            left -= taken;
        }
        Ok(())
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Ending> {
        let mut bytes = [0; N];
        self.read(&mut bytes)?;
        Ok(bytes)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Ending> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Result<u16, Ending> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Ending> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn i32(&mut self) -> Result<i32, Ending> {
        self.array().map(i32::from_be_bytes)
    }

    /// Words of the server behind their length, of which it keeps what a person would read.
    pub(super) fn words(&mut self) -> Result<String, Ending> {
        const MOST_KEPT: usize = 4_096;
        const MOST: u32 = 1 << 20;
        let length = self.u32()?;
        if length > MOST {
            return Err(nonsense(format!("a text of {length} bytes")));
        }
        let mut kept = [0; MOST_KEPT];
        let kept = &mut kept[..MOST_KEPT.min(length as usize)];
        self.read(kept)?;
        self.skip(u64::from(length) - kept.len() as u64)?;
        let words = String::from_utf8_lossy(kept);
        let readable = |letter: char| if letter.is_control() { ' ' } else { letter };
        Ok(words.trim_matches(char::from(0)).chars().map(readable).collect())
    }
}

pub(super) fn nonsense(what: impl Into<String>) -> Ending {
    Ending::Nonsense { what: what.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_server_are_cut_and_made_readable() {
        let mut bytes = 5_000_u32.to_be_bytes().to_vec();
        bytes.extend([b'a'; 4_999]);
        bytes.extend(*b"zX");
        let mut wire = Wire::new(bytes.as_slice());
        assert_eq!(wire.words().expect("words").len(), 4_096);
        assert_eq!(wire.u8().expect("what follows"), b'X');

        let mut wire = Wire::new(b"\0\0\0\x05no\n\x1b!".as_slice());
        assert_eq!(wire.words().expect("words"), "no  !");
    }

    #[test]
    fn a_text_longer_than_any_is_refused_before_it_is_read() {
        let mut wire = Wire::new([0xff_u8; 8].as_slice());
        assert_eq!(wire.words(), Err(nonsense("a text of 4294967295 bytes")));
    }

    #[test]
    fn the_end_in_the_middle_of_a_value_is_a_closed_connection() {
        let mut wire = Wire::new([1_u8, 2].as_slice());
        assert_eq!(wire.u32(), Err(Ending::Closed));
    }
}
