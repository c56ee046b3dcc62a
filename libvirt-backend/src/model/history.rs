//! A ring of samples in shared chunks: publishing a tick copies at most one chunk, whatever the length.

use std::sync::Arc;

use super::Sample;

/// Samples kept for one machine: ten minutes at one a second.
pub const CAPACITY: usize = 600;
const CHUNK: usize = 60;

/// The newest [`CAPACITY`] samples, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    full: Vec<Arc<[Sample]>>,
    open: Vec<Sample>,
}

impl History {
    pub fn push(&mut self, sample: Sample) {
        self.open.push(sample);
        if self.open.len() == CHUNK {
            self.full.push(Arc::from(std::mem::take(&mut self.open)));
        }
        // One chunk more than the capacity is kept so that a full ring never shrinks below it.
        if self.full.len() > CAPACITY / CHUNK {
            self.full.remove(0);
        }
    }

    pub fn len(&self) -> usize {
        (self.full.len() * CHUNK + self.open.len()).min(CAPACITY)
    }

    pub fn is_empty(&self) -> bool {
        self.full.is_empty() && self.open.is_empty()
    }

    /// Oldest first, [`CAPACITY`] at most.
    pub fn iter(&self) -> impl Iterator<Item = &Sample> + '_ {
        let surplus = (self.full.len() * CHUNK + self.open.len()).saturating_sub(CAPACITY);
        self.full
            .iter()
            .flat_map(|chunk| chunk.iter())
            .chain(&self.open)
            .skip(surplus)
    }

    /// The samples not older than `since_millis`, oldest first.
    pub fn since(&self, since_millis: i64) -> impl Iterator<Item = &Sample> + '_ {
        let older = self
            .iter()
            .take_while(|sample| sample.time_millis < since_millis)
            .count();
        self.iter().skip(older)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time_millis: i64) -> Sample {
        Sample {
            time_millis,
            ..Sample::default()
        }
    }

    #[test]
    fn keeps_the_newest_samples_in_order() {
        let mut history = History::default();
        for time in 0..1_000 {
            history.push(at(time));
            assert!(history.len() <= CAPACITY);
        }
        let times: Vec<i64> = history.iter().map(|sample| sample.time_millis).collect();
        assert_eq!(times, (400..1_000).collect::<Vec<_>>());
        assert_eq!(history.len(), CAPACITY);
        assert_eq!(history.since(990).count(), 10);
    }

    #[test]
    fn a_full_ring_never_shrinks() {
        let mut history = History::default();
        for time in 0..600 {
            history.push(at(time));
        }
        for time in 0..200 {
            history.push(at(time));
            assert_eq!(history.iter().count(), CAPACITY);
        }
    }
}
