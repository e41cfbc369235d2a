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
                if let Some(rest) = text.strip_prefix("!=") {
                    return Err(format!(
                        "`{text}` is not a bound: write `={rest}`, and `not` before the condition"
                    ));
                }
                let Some((sign, compare)) = found else {
                    return Err(format!(
                        "`{text}` is not a bound: start with =, >=, <=, > or <, for example `>=3`"
                    ));
                };
                let value = &text[sign.len()..];
                if let Some(rest) = value.strip_prefix(['=', '<', '>']) {
                    let meant = match &text[..2] {
                        "=>" => ">=",
                        "=<" => "<=",
                        _ => sign,
                    };
                    return Err(format!("`{text}` is not a bound: write `{meant}{rest}`"));
                }
                if value.is_empty() {
                    return Err(format!(
                        "`{sign}` lacks its number: write it right behind, without a space, for \
                         example `{sign}{}`",
                        <$quantity as Quantity>::EXAMPLE
                    ));
                }
                let value = <$quantity as Word>::read(value)?;
                let bound = Bound {
                    compare: *compare,
                    value,
                };
                match decided(&bound) {
                    Some(decided) => Err(format!(
                        "`{text}` is {} true: {}",
                        if decided { "always" } else { "never" },
                        <$quantity as Quantity>::RANGE,
                    )),
                    None => Ok(bound),
                }
            }

            fn write(&self) -> String {
                let sign = COMPARISONS.iter().find(|(_, compare)| *compare == self.compare);
                format!("{}{}", sign.map_or("=", |(sign, _)| sign), Word::write(&self.value))
            }
        })+
    };
}

/// What can be counted or measured, from zero.
trait Quantity: PartialOrd + Default {
    /// The possible values, for an error.
    const RANGE: &'static str;

    /// A value, for an error.
    const EXAMPLE: &'static str;

    /// The greatest value that is possible.
    const GREATEST: Option<Self>;
}

impl Quantity for u64 {
    const RANGE: &'static str = "no number is below 0";
    const EXAMPLE: &'static str = "3";
    const GREATEST: Option<u64> = None;
}

impl Quantity for Duration {
    const RANGE: &'static str = "no time is below 0s";
    const EXAMPLE: &'static str = "11s";
    const GREATEST: Option<Duration> = None;
}

/// Only shares are measured with fractions.
impl Quantity for f64 {
    const RANGE: &'static str = "a share is a number from 0 to 1";
    const EXAMPLE: &'static str = "0.9";
    const GREATEST: Option<f64> = Some(1.0);
}

/// Whether every possible value satisfies a bound, or none does. `None` if it depends on
/// the value.
fn decided<T: Quantity>(bound: &Bound<T>) -> Option<bool> {
    let least = T::default();
    let above = T::GREATEST.is_some_and(|greatest| bound.value > greatest);
    let greatest = T::GREATEST.is_some_and(|greatest| bound.value >= greatest);
    match bound.compare {
        Compare::Equal => (bound.value < least || above).then_some(false),
        Compare::AtLeast if bound.value <= least => Some(true),
        Compare::AtLeast => above.then_some(false),
        Compare::AtMost if bound.value < least => Some(false),
        Compare::AtMost => greatest.then_some(true),
        Compare::More if bound.value < least => Some(true),
        Compare::More => greatest.then_some(false),
        Compare::Less if bound.value <= least => Some(false),
        Compare::Less => above.then_some(true),
    }
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

    #[test]
    fn bounds_that_every_value_or_none_satisfies_are_errors() {
        for wrong in [">=0", "<0"] {
            assert!(<Bound<u64> as Word>::read(wrong).is_err(), "{wrong}");
        }
        for wrong in [">=0", "<0", "=2", ">1", ">=1.5", "<=1", "<1.1", "=-1"] {
            assert!(<Bound<f64> as Word>::read(wrong).is_err(), "{wrong}");
        }
        for wrong in [">=0s", "<0s"] {
            assert!(<Bound<Duration> as Word>::read(wrong).is_err(), "{wrong}");
        }
        for right in ["=0", ">0", "<=0", "<1", ">=1", "=1"] {
            assert!(<Bound<u64> as Word>::read(right).is_ok(), "{right}");
            assert!(<Bound<f64> as Word>::read(right).is_ok(), "{right}");
        }
    }
}
