//! How a campaign went on.

use std::time::Duration;

use crate::campaign::Progress;

/// The most samples that are kept.
const MOST: usize = 400;

/// The progress of a campaign at some times.
#[derive(Clone, Debug)]
pub struct Timeline {
    samples: Vec<Sample>,
    /// The least time between two samples.
    every: Duration,
}

/// The progress at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample {
    /// The real time since the start.
    pub(super) at: Duration,
    pub(super) progress: Progress,
}

impl Default for Timeline {
    fn default() -> Self {
        Timeline {
            samples: Vec::new(),
            every: Duration::from_millis(20),
        }
    }
}

impl Timeline {
    /// Adds the progress at a real time since the start. Some are left out, so that the
    /// number of samples is limited.
    pub fn add(&mut self, at: Duration, progress: Progress) {
        let is_near = |last: &Sample| at.saturating_sub(last.at) < self.every;
        // Two samples that are near are the latest one.
        if self.samples.len() > 1 && self.samples[self.samples.len() - 2..].iter().all(is_near) {
            self.samples.pop();
        }
        self.samples.push(Sample { at, progress });
        if self.samples.len() > MOST {
            let mut number = 0;
            self.samples.retain(|_| {
                number += 1;
                number % 2 == 1
            });
            self.every *= 2;
        }
    }

    pub(super) fn samples(&self) -> &[Sample] {
        &self.samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_samples_is_limited_and_the_last_is_kept() {
        let mut timeline = Timeline::default();
        for cases in 0..100_000 {
            let progress = Progress {
                cases,
                ..Progress::default()
            };
            timeline.add(Duration::from_millis(cases), progress);
        }
        let samples = timeline.samples();
        assert!(
            samples.len() <= MOST && samples.len() > MOST / 4,
            "{}",
            samples.len()
        );
        assert_eq!(samples[0].progress.cases, 0);
        assert_eq!(samples.last().unwrap().progress.cases, 99_999);
        assert!(samples.is_sorted_by_key(|sample| sample.at));
    }
}
