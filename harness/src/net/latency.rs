//! Distributions of the one-way latency of a link.
//!
//! Responsible for the distributions and for drawing from them with the same
//! result on every machine. It must not know about links, faults or time.
//!
//! The platform's `exp` and `ln` differ between machines, and any crate in the
//! dependency graph can enable a feature that makes `rand_distr` use them. The
//! functions of `libm` are the same everywhere.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use libm::{exp, log as ln};
use rand::Rng;
use serde::{Deserialize, Serialize};

/// The one-way latency of a link: a distribution, drawn once per packet.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Latency {
    /// Always the same.
    Constant(Duration),
    /// Uniformly distributed between two bounds.
    Uniform {
        /// The smallest latency.
        min: Duration,
        /// The largest latency.
        max: Duration,
    },
    /// An exponential distribution above a minimum, as caused by queueing.
    Exponential {
        /// The minimum.
        min: Duration,
        /// The mean, including the minimum.
        mean: Duration,
    },
    /// Log-normal, the usual fit of measured round trips.
    LogNormal {
        /// The median.
        median: Duration,
        /// Standard deviation of the logarithm: 0 is constant, 0.5 is a wide
        /// spread.
        sigma: f64,
    },
}

impl Latency {
    /// Ten milliseconds, constant.
    pub(crate) const DEFAULT: Latency = Latency::Constant(Duration::from_millis(10));

    /// Draws one latency.
    pub fn draw(&self, rng: &mut impl Rng) -> Duration {
        match *self {
            Latency::Constant(latency) => latency,
            Latency::Uniform { min, max } => {
                let span = nanos(max.saturating_sub(min));
                // Multiply-shift uses one draw per packet, whatever the span.
                let offset = (u128::from(rng.next_u64()) * (u128::from(span) + 1)) >> 64;
                min.saturating_add(Duration::from_nanos(offset as u64))
            }
            Latency::Exponential { min, mean } => {
                let tail = nanos(mean.saturating_sub(min)) as f64 * -ln(unit(rng));
                min.saturating_add(Duration::from_nanos(tail as u64))
            }
            Latency::LogNormal { median, sigma } => {
                Duration::from_nanos((nanos(median) as f64 * exp(sigma * normal(rng))) as u64)
            }
        }
    }
}

impl Default for Latency {
    fn default() -> Self {
        Latency::DEFAULT
    }
}

impl Hash for Latency {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let (tag, first, second) = match *self {
            Latency::Constant(latency) => (0_u8, latency, 0),
            Latency::Uniform { min, max } => (1, min, nanos(max)),
            Latency::Exponential { min, mean } => (2, min, nanos(mean)),
            Latency::LogNormal { median, sigma } => (3, median, sigma.to_bits()),
        };
        (tag, first, second).hash(state);
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Latency::Constant(latency) => write!(f, "{latency:?}"),
            Latency::Uniform { min, max } => write!(f, "uniform {min:?} to {max:?}"),
            Latency::Exponential { min, mean } => {
                write!(f, "exponential from {min:?}, mean {mean:?}")
            }
            Latency::LogNormal { median, sigma } => {
                write!(f, "log-normal, median {median:?}, sigma {sigma}")
            }
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Uniform in (0, 1]: never zero, so that the logarithm is finite.
fn unit(rng: &mut impl Rng) -> f64 {
    ((rng.next_u64() >> 11) + 1) as f64 / (1_u64 << 53) as f64
}

/// Standard normal by the polar method, which needs only `ln` and `sqrt`.
fn normal(rng: &mut impl Rng) -> f64 {
    loop {
        let x = 2.0 * unit(rng) - 1.0;
        let y = 2.0 * unit(rng) - 1.0;
        let square = x * x + y * y;
        if square > 0.0 && square < 1.0 {
            return x * (-2.0 * ln(square) / square).sqrt();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_pcg::Pcg64Mcg;

    fn rng() -> Pcg64Mcg {
        Pcg64Mcg::new(0xcafe_f00d_d15e_a5e5)
    }

    fn mean_of(latency: Latency, draws: u32) -> f64 {
        let mut rng = rng();
        let sum: f64 = (0..draws)
            .map(|_| latency.draw(&mut rng).as_secs_f64())
            .sum();
        sum / f64::from(draws)
    }

    #[test]
    fn distributions_have_the_documented_mean_and_bounds() {
        let ms = Duration::from_millis;
        let uniform = Latency::Uniform {
            min: ms(10),
            max: ms(30),
        };
        assert!((mean_of(uniform, 20_000) - 0.020).abs() < 0.0002);
        let mut rng = rng();
        for _ in 0..1_000 {
            assert!((ms(10)..=ms(30)).contains(&uniform.draw(&mut rng)));
        }
        let exponential = Latency::Exponential {
            min: ms(10),
            mean: ms(30),
        };
        assert!((mean_of(exponential, 20_000) - 0.030).abs() < 0.001);
        let normal = Latency::LogNormal {
            median: ms(50),
            sigma: 0.5,
        };
        // The mean of a log-normal is median * exp(sigma^2 / 2).
        assert!((mean_of(normal, 20_000) - 0.05 * 0.125_f64.exp()).abs() < 0.001);
    }

    #[test]
    fn draws_are_pinned() {
        let mut rng = rng();
        let drawn: Vec<u64> = [
            Latency::Uniform {
                min: Duration::ZERO,
                max: Duration::from_secs(1),
            },
            Latency::Exponential {
                min: Duration::ZERO,
                mean: Duration::from_secs(1),
            },
            Latency::LogNormal {
                median: Duration::from_secs(1),
                sigma: 1.0,
            },
        ]
        .iter()
        .map(|latency| latency.draw(&mut rng).as_nanos() as u64)
        .collect();
        assert_eq!(drawn, PINNED);
    }

    const PINNED: [u64; 3] = [3_520_133, 176_666_976, 3_316_575_571];
}
