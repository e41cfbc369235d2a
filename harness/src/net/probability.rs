//! Probabilities, drawn with the same result on every machine.

use std::hash::{Hash, Hasher};

use rand::Rng;
use serde::{Deserialize, Serialize};

/// A probability, from 0 (never) to 1 (always): `Probability::try_from(0.5)`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Probability(f64);

/// The number is not a probability.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("{0} is not a probability: use a number from 0 to 1")]
pub struct NotAProbability(pub f64);

impl Probability {
    /// Draws whether the event happens.
    pub(super) fn happens(self, rng: &mut impl Rng) -> bool {
        let uniform = (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        uniform < self.0
    }
}

impl TryFrom<f64> for Probability {
    type Error = NotAProbability;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        match (0.0..=1.0).contains(&value) {
            true => Ok(Probability(value)),
            false => Err(NotAProbability(value)),
        }
    }
}

impl From<Probability> for f64 {
    fn from(probability: Probability) -> f64 {
        probability.0
    }
}

impl Hash for Probability {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_pcg::Pcg64Mcg;

    #[test]
    fn only_zero_to_one_are_probabilities() {
        for value in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(Probability::try_from(value).is_err(), "{value}");
            assert!(serde_json::from_str::<Probability>(&format!("{value}")).is_err());
        }
        for value in [0.0, 0.25, 1.0] {
            assert_eq!(Probability::try_from(value).map(f64::from), Ok(value));
        }
    }

    #[test]
    fn draws_follow_the_probability() {
        let mut rng = Pcg64Mcg::new(0xcafe_f00d_d15e_a5e5);
        let mut of_ten_thousand = |value| {
            let probability = Probability::try_from(value).unwrap();
            (0..10_000)
                .filter(|_| probability.happens(&mut rng))
                .count()
        };
        assert_eq!(of_ten_thousand(0.0), 0);
        assert_eq!(of_ten_thousand(1.0), 10_000);
        assert!((2_800..3_200).contains(&of_ten_thousand(0.3)));
    }
}
