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

use libm::{exp, log as ln, pow, tgamma as gamma};
use rand::Rng;
use serde::{Deserialize, Serialize};

use super::probability::Probability;
use super::samples::Samples;

/// The one-way latency of a link: a distribution, drawn once per packet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// A Weibull distribution. With a shape below 1 its tail is heavier than that of an
    /// exponential one, with a shape above 1 it is lighter.
    Weibull {
        /// The scale: 63 of 100 latencies are below it.
        scale: Duration,
        /// The shape, above 0.
        shape: f64,
    },
    /// A Pareto distribution, whose tail is a power: a latency above `x` has the probability
    /// `(min / x)^shape`.
    Pareto {
        /// The minimum.
        min: Duration,
        /// The shape. There is a mean only if it is above 1.
        shape: f64,
    },
    /// One of two latencies, such as those of a link with a cache or with a second route.
    Bimodal {
        /// The one latency.
        usual: Duration,
        /// The other one.
        rare: Duration,
        /// The share of the other one.
        share: Probability,
    },
    /// That of measured latencies.
    Empirical(Samples),
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
            Latency::Weibull { scale, shape } => times(scale, pow(-ln(unit(rng)), 1.0 / shape)),
            Latency::Pareto { min, shape } => times(min, pow(unit(rng), -1.0 / shape)),
            Latency::Bimodal { usual, rare, share } => match share.happens(rng) {
                true => rare,
                false => usual,
            },
            Latency::Empirical(ref samples) => samples.draw(rng),
        }
    }

    /// The least latency that is drawn.
    pub fn least(&self) -> Duration {
        match *self {
            Latency::Constant(latency) => latency,
            Latency::Uniform { min, .. }
            | Latency::Exponential { min, .. }
            | Latency::Pareto { min, .. } => min,
            Latency::LogNormal { .. } | Latency::Weibull { .. } => Duration::ZERO,
            Latency::Bimodal { usual, rare, .. } => usual.min(rare),
            Latency::Empirical(ref samples) => samples.values()[0],
        }
    }

    /// The mean; [`Duration::MAX`] if there is none.
    pub fn mean(&self) -> Duration {
        match *self {
            Latency::Constant(latency) => latency,
            Latency::Uniform { min, max } => min / 2 + max / 2,
            Latency::Exponential { mean, .. } => mean,
            Latency::LogNormal { median, sigma } => times(median, exp(sigma * sigma / 2.0)),
            Latency::Weibull { scale, shape } => times(scale, gamma(1.0 + 1.0 / shape)),
            Latency::Pareto { shape, .. } if shape <= 1.0 => Duration::MAX,
            Latency::Pareto { min, shape } => times(min, shape / (shape - 1.0)),
            Latency::Bimodal { usual, rare, share } => {
                let share = f64::from(share);
                times(usual, 1.0 - share).saturating_add(times(rare, share))
            }
            Latency::Empirical(ref samples) => samples.mean(),
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
            Latency::Empirical(ref samples) => return (7_u8, samples).hash(state),
            Latency::Bimodal { usual, rare, share } => {
                return (6_u8, usual, nanos(rare), share).hash(state);
            }
            Latency::Weibull { scale, shape } => (4, scale, shape.to_bits()),
            Latency::Pareto { min, shape } => (5, min, shape.to_bits()),
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
            Latency::Weibull { scale, shape } => {
                write!(f, "Weibull, scale {scale:?}, shape {shape}")
            }
            Latency::Pareto { min, shape } => write!(f, "Pareto from {min:?}, shape {shape}"),
            Latency::Bimodal { usual, rare, share } => {
                let percent = 100.0 * f64::from(*share);
                write!(f, "{usual:?}, and {rare:?} for {percent} % of packets")
            }
            Latency::Empirical(samples) => {
                let values = samples.values();
                write!(f, "as {} measured ones from {:?}", values.len(), values[0])
            }
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// A duration times a number; the longest one if that is too long.
fn times(duration: Duration, factor: f64) -> Duration {
    Duration::from_nanos((nanos(duration) as f64 * factor) as u64)
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
mod tests;
