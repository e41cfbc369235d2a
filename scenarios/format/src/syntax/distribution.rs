//! Distributions of times.

use std::time::Duration;

use dht_harness::net::{Latency, Probability, Samples};

use super::word::Word;

/// The forms of a distribution, for people.
const FORMS: &str = "write `20ms`, `uniform:5ms..50ms`, `exponential:5ms..20ms` (least and mean), \
                     `log-normal:20ms~0.5` (median and deviation), `weibull:20ms~0.8` (scale and \
                     shape), `pareto:10ms~3` (least and shape), `bimodal:10ms..200ms~0.1` (the \
                     second one with this probability) or `empirical:10ms,12ms,30ms` (measured ones)";

/// `20ms`, `uniform:5ms..50ms`, `exponential:5ms..20ms` (minimum and mean),
/// `log-normal:20ms~0.5` (median and deviation), `weibull:20ms~0.8` (scale and shape),
/// `pareto:10ms~3` (minimum and shape), `bimodal:10ms..200ms~0.1` or
/// `empirical:10ms,12ms,30ms`.
impl Word for Latency {
    const FORM: &'static str = "DISTRIBUTION";

    fn read(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a distribution: {FORMS}");
        let Some((kind, rest)) = text.split_once(':') else {
            return <Duration as Word>::read(text).map(Latency::Constant);
        };
        let time = <Duration as Word>::read;
        let number = <f64 as Word>::read;
        let two = |of: &str, sign: &str| -> Result<(String, String), String> {
            let (one, other) = of.split_once(sign).ok_or_else(wrong)?;
            Ok((one.to_owned(), other.to_owned()))
        };
        let ordered = || {
            let (low, high) = two(rest, "..")?;
            let (low, high) = (time(&low)?, time(&high)?);
            (low <= high).then_some((low, high)).ok_or_else(wrong)
        };
        match kind {
            "uniform" => ordered().map(|(min, max)| Latency::Uniform { min, max }),
            "exponential" => ordered().map(|(min, mean)| Latency::Exponential { min, mean }),
            "log-normal" => {
                let (median, sigma) = two(rest, "~")?;
                let sigma = number(&sigma)?;
                if sigma < 0.0 {
                    return Err(wrong());
                }
                time(&median).map(|median| Latency::LogNormal { median, sigma })
            }
            "weibull" => {
                let (scale, shape) = two(rest, "~")?;
                let (scale, shape) = (time(&scale)?, number(&shape)?);
                match shape > 0.0 {
                    true => Ok(Latency::Weibull { scale, shape }),
                    false => Err(format!("the shape of `{text}` has to be above 0")),
                }
            }
            "pareto" => {
                let (min, shape) = two(rest, "~")?;
                let (min, shape) = (time(&min)?, number(&shape)?);
                match shape > 1.0 {
                    true => Ok(Latency::Pareto { min, shape }),
                    false => Err(format!(
                        "the shape of `{text}` has to be above 1: otherwise it has no mean"
                    )),
                }
            }
            "bimodal" => {
                let (times, share) = two(rest, "~")?;
                let (usual, rare) = two(&times, "..")?;
                let (usual, rare) = (time(&usual)?, time(&rare)?);
                let share = <Probability as Word>::read(&share)?;
                let is_one = usual == rare || matches!(f64::from(share), 0.0 | 1.0);
                match is_one {
                    true => Err(format!(
                        "`{text}` is always the same: write two times, and a probability between 0 and 1"
                    )),
                    false => Ok(Latency::Bimodal { usual, rare, share }),
                }
            }
            "empirical" => {
                let values: Result<Vec<Duration>, String> = rest.split(',').map(time).collect();
                let samples = Samples::try_from(values?).map_err(|_| wrong())?;
                Ok(Latency::Empirical(samples))
            }
            _ => Err(wrong()),
        }
    }

    fn write(&self) -> String {
        let time = |duration: &Duration| Word::write(duration);
        match self {
            Latency::Constant(latency) => time(latency),
            Latency::Uniform { min, max } => format!("uniform:{}..{}", time(min), time(max)),
            Latency::Exponential { min, mean } => {
                format!("exponential:{}..{}", time(min), time(mean))
            }
            Latency::LogNormal { median, sigma } => format!("log-normal:{}~{sigma}", time(median)),
            Latency::Weibull { scale, shape } => format!("weibull:{}~{shape}", time(scale)),
            Latency::Pareto { min, shape } => format!("pareto:{}~{shape}", time(min)),
            Latency::Bimodal { usual, rare, share } => format!(
                "bimodal:{}..{}~{}",
                time(usual),
                time(rare),
                f64::from(*share)
            ),
            Latency::Empirical(samples) => {
                let values: Vec<String> = samples.values().iter().map(time).collect();
                format!("empirical:{}", values.join(","))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distributions_are_parsed_back() {
        for text in [
            "20ms",
            "uniform:5ms..50ms",
            "exponential:5ms..20ms",
            "log-normal:20ms~0.5",
            "weibull:20ms~0.8",
            "pareto:10ms~3",
            "bimodal:10ms..200ms~0.1",
            "empirical:10ms,12ms500us,30ms",
        ] {
            assert_eq!(Word::write(&<Latency as Word>::read(text).unwrap()), text);
        }
        for wrong in [
            "uniform:50ms..5ms",
            "weibull:20ms",
            "weibull:20ms~0",
            "weibull:20ms~-1",
            "pareto:10ms~1",
            "pareto:10ms~nan",
            "bimodal:10ms~0.1",
            "bimodal:10ms..200ms~1.1",
            "bimodal:10ms..200ms~0",
            "bimodal:10ms..200ms~1",
            "bimodal:10ms..10ms~0.5",
            "empirical:",
            "empirical:10ms,,12ms",
            "normal:10ms~1",
        ] {
            assert!(<Latency as Word>::read(wrong).is_err(), "{wrong}");
        }
    }
}
