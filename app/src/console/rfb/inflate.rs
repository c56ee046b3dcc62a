//! A zlib stream that goes on over many rectangles. It inflates only what is asked for, so a bomb stays packed.

use flate2::{Decompress, FlushDecompress};

use super::super::Ending;
use super::wire::{Incoming, Wire, nonsense};

const PLAIN_BYTES: usize = 32 * 1024;

/// Bytes of pixels, wherever they come from.
pub(super) trait Plain {
    fn read(&mut self, out: &mut [u8]) -> Result<(), Ending>;

    fn u8(&mut self) -> Result<u8, Ending> {
        let mut byte = [0];
        self.read(&mut byte)?;
        Ok(byte[0])
    }
}

/// The state that lasts.
pub(super) struct Inflater {
    stream: Decompress,
    plain: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Default for Inflater {
    fn default() -> Self {
        Self {
            stream: Decompress::new(true),
            plain: vec![0; PLAIN_BYTES].into_boxed_slice(),
            start: 0,
            end: 0,
        }
    }
}

impl Inflater {
    pub(super) fn reset(&mut self) {
        self.stream.reset(true);
        self.start = 0;
        self.end = 0;
    }

    /// The next `compressed_bytes` of the wire belong to this stream.
    pub(super) fn read_from<'a, I: Incoming>(
        &'a mut self,
        wire: &'a mut Wire<I>,
        compressed_bytes: u64,
    ) -> Inflating<'a, I> {
        Inflating {
            inflater: self,
            wire,
            left: compressed_bytes,
        }
    }
}

/// One rectangle's part of a stream.
pub(super) struct Inflating<'a, I> {
    inflater: &'a mut Inflater,
    wire: &'a mut Wire<I>,
    left: u64,
}

impl<I: Incoming> Inflating<'_, I> {
    /// Takes what the rectangle did not need: the mark that ends its part, but no pixels.
    pub(super) fn finish(mut self) -> Result<(), Ending> {
        while self.left > 0 && self.has_nothing_left() {
            self.inflate()?;
        }
        if self.has_nothing_left() {
            Ok(())
        } else {
            Err(nonsense("more compressed pixels than the rectangle holds"))
        }
    }

    const fn has_nothing_left(&self) -> bool {
        self.inflater.start == self.inflater.end
    }

    /// One step; whether there is anything new to read afterwards is for the caller to see.
    fn inflate(&mut self) -> Result<(), Ending> {
        let Self { inflater, wire, left } = self;
        let chunk: &[u8] = if *left > 0 { wire.fill()? } else { &[] };
        let chunk = &chunk[..chunk.len().min(usize::try_from(*left).unwrap_or(usize::MAX))];
        let (taken_before, given_before) = (inflater.stream.total_in(), inflater.stream.total_out());
        inflater
            .stream
            .decompress(chunk, &mut inflater.plain, FlushDecompress::Sync)
            .map_err(|error| nonsense(format!("compressed pixels: {error}")))?;
        let taken = inflater.stream.total_in() - taken_before;
        let given = inflater.stream.total_out() - given_before;
        wire.consume(taken as usize);
        *left = left.saturating_sub(taken);
        inflater.start = 0;
        inflater.end = given as usize;
        if taken == 0 && given == 0 {
            return Err(nonsense("compressed pixels that end too early"));
        }
        Ok(())
    }
}

impl<I: Incoming> Plain for Inflating<'_, I> {
    fn read(&mut self, out: &mut [u8]) -> Result<(), Ending> {
        let mut done = 0;
        while done < out.len() {
            while self.has_nothing_left() {
                self.inflate()?;
            }
            let Inflater { plain, start, end, .. } = &mut *self.inflater;
            let taken = (*end - *start).min(out.len() - done);
            out[done..done + taken].copy_from_slice(&plain[*start..*start + taken]);
            *start += taken;
            done += taken;
        }
        Ok(())
    }

    fn u8(&mut self) -> Result<u8, Ending> {
        while self.has_nothing_left() {
            self.inflate()?;
        }
        let byte = self.inflater.plain[self.inflater.start];
        self.inflater.start += 1;
        Ok(byte)
    }
}

/// Pixels that were too few to be compressed.
impl Plain for &[u8] {
    fn read(&mut self, out: &mut [u8]) -> Result<(), Ending> {
        let (taken, rest) = self
            .split_at_checked(out.len())
            .ok_or_else(|| nonsense("too few pixels"))?;
        out.copy_from_slice(taken);
        *self = rest;
        Ok(())
    }
}
