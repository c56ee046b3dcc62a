//! What the running program tells of itself: its log, where `BERTH_LOG` asks for frames and pictures.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::Answer;

/// What makes it tell.
pub(super) const FILTER: &str = "berth::app=trace,berth::display=trace";
/// Logs that were put aside, the oldest first, and the newest.
const FILES: [&str; 5] = ["berth.log.4", "berth.log.3", "berth.log.2", "berth.log.1", "berth.log"];

/// Times are seconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(super) enum Told {
    /// The window was drawn.
    Frame { at: f64, ui_ms: f64 },
    /// New pixels of the guest were taken into a frame.
    Picture {
        at: f64,
        /// Changes received so far.
        updates: u64,
        /// When the oldest of the changes in it was heard of.
        changed_at: f64,
    },
}

impl Told {
    pub(super) const fn at(&self) -> f64 {
        match self {
            Self::Frame { at, .. } | Self::Picture { at, .. } => *at,
        }
    }
}

pub(super) fn now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs_f64()
}

/// All that was told from `from` on.
pub(super) fn since(home: &Path, from: f64) -> Answer<Vec<Told>> {
    let folder = home.join(".local/state/berth");
    let mut told = Vec::new();
    for name in FILES {
        match std::fs::read_to_string(folder.join(name)) {
            Ok(text) => told.extend(text.lines().filter_map(parse).filter(|told| told.at() >= from)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(told)
}

fn parse(line: &str) -> Option<Told> {
    let mut words = line.split_whitespace();
    let at = chrono::DateTime::parse_from_rfc3339(words.next()?).ok()?;
    let at = at.timestamp_micros() as f64 / 1e6;
    let what = words.nth(2)?;
    let fields: Vec<(&str, &str)> = words.filter_map(|word| word.split_once('=')).collect();
    let field = |name: &str| -> Option<f64> {
        let found = fields.iter().find(|(known, _)| *known == name);
        found.and_then(|(_, value)| value.parse().ok())
    };
    match what {
        "frame" => Some(Told::Frame {
            at,
            ui_ms: field("ui_us")? / 1e3,
        }),
        "picture" => Some(Told::Picture {
            at,
            updates: field("updates")? as u64,
            changed_at: at - field("waited_us")? / 1e6,
        }),
        _ => None,
    }
}
