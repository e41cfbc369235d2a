//! Distributions of times.

use std::time::Duration;

use dht_harness::net::Latency;

use super::word::Word;

/// `20ms`, `uniform:5ms..50ms`, `exponential:5ms..20ms` (minimum and mean) or
/// `log-normal:20ms~0.5` (median and deviation).
impl Word for Latency {
    const FORM: &'static str = "DISTRIBUTION";

    fn read(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is not a distribution: write `20ms`, `uniform:5ms..50ms`, \
                 `exponential:5ms..20ms` (least and mean) or `log-normal:20ms~0.5` \
                 (median and deviation)"
            )
        };
        let Some((kind, rest)) = text.split_once(':') else {
            return <Duration as Word>::read(text).map(Latency::Constant);
        };
        let two = |sign: &str| rest.split_once(sign).ok_or_else(wrong);
        let ordered = || {
            let (low, high) = two("..")?;
            let (low, high) = (
                <Duration as Word>::read(low)?,
                <Duration as Word>::read(high)?,
            );
            (low <= high).then_some((low, high)).ok_or_else(wrong)
        };
        match kind {
            "uniform" => ordered().map(|(min, max)| Latency::Uniform { min, max }),
            "exponential" => ordered().map(|(min, mean)| Latency::Exponential { min, mean }),
            "log-normal" => {
                let (median, sigma) = two("~")?;
                let sigma = <f64 as Word>::read(sigma)?;
                if sigma < 0.0 {
                    return Err(wrong());
                }
                <Duration as Word>::read(median).map(|median| Latency::LogNormal { median, sigma })
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
        ] {
            assert_eq!(Word::write(&<Latency as Word>::read(text).unwrap()), text);
        }
        assert!(<Latency as Word>::read("uniform:50ms..5ms").is_err());
    }
}
