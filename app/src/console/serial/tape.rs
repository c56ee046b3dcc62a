//! Joins what libvirt wrote down while nobody was attached with what comes over the line, so that nothing is missing and
//! nothing is told twice.

use std::time::Duration;

use libvirt_backend::command::{ConsoleLog, ConsoleStream, Heard, LogPlace};

/// A guest that says nothing for so long when the line was opened has said all that it said meanwhile.
const SETTLED: Duration = Duration::from_millis(300);
/// The end of a log that is longer than this; a terminal keeps no more lines of it anyway.
const MOST_HISTORY: u64 = 1 << 20;
/// Less than libvirt writes down before it puts a log away.
const SETTLED_EACH: u64 = 512 << 10;

/// A serial line from its history on.
pub struct Tape {
    stream: ConsoleStream,
    /// Where in the log everything was told up to.
    position: Option<LogPlace>,
    /// Since the place was looked for in the log.
    unsettled_bytes: u64,
    /// Of what the log tells next: an earlier tape heard it before it was written down.
    num_heard: u64,
    is_joined: bool,
}

impl Tape {
    pub fn new(stream: ConsoleStream) -> Self {
        let position = stream.log().map(ConsoleLog::opened_at);
        Self {
            is_joined: position.is_none(),
            stream,
            position,
            unsettled_bytes: 0,
            num_heard: 0,
        }
    }

    /// What was said before the line was opened, since `position` of an earlier tape, else all that is kept.
    pub fn history(&mut self, position: Option<&LogPlace>) -> Vec<u8> {
        let Some(log) = self.stream.log() else {
            return Vec::new();
        };
        if let Some(position) = position {
            self.num_heard = log.written_later(position);
            if self.num_heard > 0 {
                self.position = Some(position.clone());
            }
        }
        log.before_opening(position, MOST_HISTORY).unwrap_or_else(|error| {
            tracing::info!(%error, "no history of a serial line");
            Vec::new()
        })
    }

    /// The next of what is said; waits up to `patience`, or as long as it takes.
    pub fn read(&mut self, patience: Option<Duration>) -> Heard {
        if self.is_joined {
            let heard = self.stream.read(patience);
            self.count(&heard);
            return heard;
        }
        let heard = self.stream.read(Some(SETTLED));
        self.is_joined = true;
        let missed = self.missed(&heard);
        let heard = match heard {
            Heard::Bytes { bytes, skipped_bytes } => Heard::Bytes {
                bytes: [missed, bytes].concat(),
                skipped_bytes,
            },
            Heard::Nothing if missed.is_empty() => return self.read(patience),
            Heard::Nothing => Heard::Bytes {
                bytes: missed,
                skipped_bytes: 0,
            },
            Heard::Ended(ending) => Heard::Ended(ending),
        };
        self.count(&heard);
        heard
    }

    /// Where a later tape of the same line goes on.
    pub const fn position(&self) -> Option<&LogPlace> {
        self.position.as_ref()
    }

    fn missed(&self, heard: &Heard) -> Vec<u8> {
        let first = match heard {
            Heard::Bytes {
                bytes,
                skipped_bytes: 0,
            } => Some(bytes.as_slice()),
            Heard::Bytes { .. } | Heard::Ended(_) => return Vec::new(),
            Heard::Nothing => None,
        };
        let missed = self.stream.log().map(|log| log.missed(self.num_heard, first));
        missed.and_then(Result::ok).unwrap_or_default()
    }

    fn count(&mut self, heard: &Heard) {
        let (Some(position), Heard::Bytes { bytes, skipped_bytes }) = (&mut self.position, heard) else {
            return;
        };
        position.advance(bytes, *skipped_bytes);
        self.unsettled_bytes += bytes.len() as u64 + skipped_bytes;
        if self.unsettled_bytes >= SETTLED_EACH
            && let Some(log) = self.stream.log()
        {
            *position = log.settled(position);
            self.unsettled_bytes = 0;
        }
    }
}
