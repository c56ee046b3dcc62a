//! From a machine's samples to what graphs draw, and to the sentences that say the same.

use libvirt_backend::model::{History, Sample};

use crate::t;
use crate::text::units;

/// A rate that was measured stays for this many samples: disks and networks are read less often than processors.
const HELD_SAMPLES: usize = 5;
/// More than this between two samples is a gap in what is known.
const GAP_MILLIS: i64 = 2_500;

/// One value a second over the newest `seconds`, newest last; `None` where nothing is known.
pub fn series(
    history: &History,
    now_millis: i64,
    seconds: usize,
    value: impl Fn(&Sample) -> Option<f32>,
) -> Vec<Option<f32>> {
    let since = now_millis - i64::try_from(seconds).unwrap_or(i64::MAX / 1_000) * 1_000;
    let mut values: Vec<Option<f32>> = Vec::with_capacity(seconds);
    let mut before: Option<i64> = None;
    for sample in history.since(since) {
        if let Some(before) = before {
            push_gap(&mut values, sample.time_millis - before);
        }
        before = Some(sample.time_millis);
        values.push(value(sample));
    }
    // Where measuring stopped the line stops too, and moves left with time.
    if let Some(newest) = before {
        push_gap(&mut values, now_millis - newest);
    }
    hold(&mut values);
    values.split_off(values.len().saturating_sub(seconds))
}

fn push_gap(values: &mut Vec<Option<f32>>, millis: i64) {
    if millis > GAP_MILLIS {
        let missing = (millis / 1_000 - 1).clamp(0, 600) as usize;
        let first = values.len();
        values.extend(std::iter::repeat_n(None, missing));
        // Nothing is held across a gap: its first value is marked.
        if let Some(marked) = values.get_mut(first) {
            *marked = Some(f32::NAN);
        }
    }
}

fn hold(values: &mut [Option<f32>]) {
    let mut held: Option<(f32, usize)> = None;
    for value in values {
        match (*value, held) {
            (Some(known), _) if known.is_nan() => {
                *value = None;
                held = None;
            }
            (Some(known), _) => held = Some((known, 0)),
            (None, Some((known, age))) if age < HELD_SAMPLES => {
                *value = Some(known);
                held = Some((known, age + 1));
            }
            (None, _) => held = None,
        }
    }
}

pub fn peak(values: &[Option<f32>]) -> Option<f32> {
    values.iter().flatten().copied().reduce(f32::max)
}

/// "CPU 12 %, peak 40 % in the last minute".
pub fn cpu_sentence(values: &[Option<f32>]) -> String {
    match (values.last().copied().flatten(), peak(values)) {
        (Some(now), Some(peak)) => t!(
            "cpu-sentence",
            now = units::percent(now.round()),
            peak = units::percent(peak.round())
        ),
        _ => t!("cpu-unknown"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(samples: &[(i64, Option<f32>)]) -> History {
        let mut history = History::default();
        for (seconds, cpu_percent) in samples {
            history.push(Sample {
                time_millis: seconds * 1_000,
                cpu_percent: *cpu_percent,
                ..Sample::default()
            });
        }
        history
    }

    fn cpu(history: &History, now: i64) -> Vec<Option<f32>> {
        series(history, now * 1_000, 60, |sample| sample.cpu_percent)
    }

    #[test]
    fn a_figure_read_less_often_draws_one_line() {
        let history = history(&[(1, Some(5.0)), (2, None), (3, None), (4, Some(7.0))]);
        assert_eq!(cpu(&history, 4), [Some(5.0), Some(5.0), Some(5.0), Some(7.0)]);
    }

    #[test]
    fn where_nothing_was_measured_the_line_breaks() {
        let history = history(&[(1, Some(5.0)), (5, Some(6.0))]);
        assert_eq!(cpu(&history, 5), [Some(5.0), None, None, None, Some(6.0)]);
    }

    #[test]
    fn a_line_that_ended_moves_left() {
        let history = history(&[(1, Some(5.0)), (2, Some(6.0))]);
        let values = cpu(&history, 12);
        assert_eq!(values.len(), 11);
        assert_eq!(values.last(), Some(&None));
    }
}
