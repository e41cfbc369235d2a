//! Measured latencies, from which others are drawn.

use std::sync::Arc;
use std::time::Duration;

use rand::Rng;
use serde::{Deserialize, Serialize};

/// Measured latencies, at least one: `Samples::try_from(values)`.
///
/// What is drawn from them lies between two neighbours of the sorted values, evenly, so that
/// each quantile of the draws is that of the values. Clones share the values.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<Duration>", into = "Vec<Duration>")]
pub struct Samples(Arc<[Duration]>);

/// There is no measured latency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing is drawn from no values: add at least one")]
pub struct NoSamples;

impl Samples {
    /// The values, sorted.
    pub fn values(&self) -> &[Duration] {
        &self.0
    }

    /// Draws one latency.
    pub(super) fn draw(&self, rng: &mut impl Rng) -> Duration {
        let uniform = (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        let position = uniform * (self.0.len() - 1) as f64;
        let below = position as usize;
        let low = self.0[below];
        let high = self.0.get(below + 1).copied().unwrap_or(low);
        low + (high - low).mul_f64(position - below as f64)
    }

    /// The mean of what is drawn.
    pub(super) fn mean(&self) -> Duration {
        let [first, .., last] = &*self.0 else {
            return self.0[0];
        };
        // The trapezoidal rule: the ends count half.
        let sum: f64 = self.0.iter().map(Duration::as_secs_f64).sum();
        let ends = (first.as_secs_f64() + last.as_secs_f64()) / 2.0;
        Duration::from_secs_f64((sum - ends) / (self.0.len() - 1) as f64)
    }
}

impl TryFrom<Vec<Duration>> for Samples {
    type Error = NoSamples;

    fn try_from(mut values: Vec<Duration>) -> Result<Self, Self::Error> {
        if values.is_empty() {
            return Err(NoSamples);
        }
        values.sort();
        Ok(Samples(values.into()))
    }
}

impl From<Samples> for Vec<Duration> {
    fn from(samples: Samples) -> Self {
        samples.0.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_value_at_least() {
        assert_eq!(Samples::try_from(Vec::new()), Err(NoSamples));
        assert!(serde_json::from_str::<Samples>("[]").is_err());
        let one = Samples::try_from(vec![Duration::from_secs(3)]).expect("a value");
        assert_eq!(one.mean(), Duration::from_secs(3));
    }
}
