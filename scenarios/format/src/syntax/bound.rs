//! Bounds on quantities.

use std::time::Duration;

use super::word::Word;

/// A bound on a quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound<T> {
    /// The comparison.
    pub compare: Compare,
    /// The value to compare with.
    pub value: T,
}

/// How two quantities compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compare {
    /// `=`
    Equal,
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `<`
    Less,
}

const COMPARISONS: [(&str, Compare); 5] = [
    (">=", Compare::AtLeast),
    ("<=", Compare::AtMost),
    ("=", Compare::Equal),
    (">", Compare::More),
    ("<", Compare::Less),
];

impl<T: PartialOrd> Bound<T> {
    /// Whether a quantity satisfies the bound.
    pub(crate) fn holds(&self, seen: &T) -> bool {
        match self.compare {
            Compare::Equal => *seen == self.value,
            Compare::AtLeast => *seen >= self.value,
            Compare::AtMost => *seen <= self.value,
            Compare::More => *seen > self.value,
            Compare::Less => *seen < self.value,
        }
    }
}

macro_rules! bounds {
    ($($quantity:ty => $form:literal),+ $(,)?) => {
        $(impl Word for Bound<$quantity> {
            const FORM: &'static str = $form;

            fn read(text: &str) -> Result<Self, String> {
                let found = COMPARISONS.iter().find(|(sign, _)| text.starts_with(sign));
                let Some((sign, compare)) = found else {
                    return Err(format!(
                        "`{text}` is not a bound: start with =, >=, <=, > or <, for example `>=3`"
                    ));
                };
                <$quantity as Word>::read(&text[sign.len()..]).map(|value| Bound {
                    compare: *compare,
                    value,
                })
            }

            fn write(&self) -> String {
                let sign = COMPARISONS.iter().find(|(_, compare)| *compare == self.compare);
                format!("{}{}", sign.map_or("=", |(sign, _)| sign), Word::write(&self.value))
            }
        })+
    };
}

bounds!(u64 => "BOUND", f64 => "BOUND", Duration => "BOUND");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_parsed_and_compared() {
        let bound = <Bound<u64> as Word>::read(">=3").unwrap();
        assert!(bound.holds(&3) && !bound.holds(&2));
        let bound = <Bound<Duration> as Word>::read("<1m").unwrap();
        assert!(bound.holds(&Duration::from_secs(59)) && !bound.holds(&Duration::from_secs(60)));
        assert!(<Bound<u64> as Word>::read("3").is_err());
    }
}
