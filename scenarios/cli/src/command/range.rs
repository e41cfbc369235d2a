//! Ranges as command-line values.

use std::{error::Error, ops::RangeInclusive, str::FromStr};

use thiserror::Error;

/// Why a text is not a range.
#[derive(Debug, PartialEq, Eq, Error)]
pub(super) enum RangeError<E> {
    /// One of its ends is not a value.
    #[error(transparent)]
    Value(E),
    /// The range would be empty.
    #[error("write the lower bound first: `{least}..{most}`")]
    Reversed { least: String, most: String },
}

/// A value, or the lower and upper bound of a range: `16`, `3..9`.
pub(super) fn range<T>(text: &str) -> Result<RangeInclusive<T>, RangeError<T::Err>>
where
    T: FromStr<Err: Error> + PartialOrd,
{
    let (least, most) = text.split_once("..").unwrap_or((text, text));
    let value = |text: &str| text.parse().map_err(RangeError::Value);
    let range = value(least)?..=value(most)?;
    if range.is_empty() {
        return Err(RangeError::Reversed {
            least: most.to_owned(),
            most: least.to_owned(),
        });
    }
    Ok(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_value_is_a_range() {
        assert_eq!(range("16"), Ok(16..=16));
        assert_eq!(range("3..9"), Ok(3..=9));
        assert!(range::<u32>("3..").is_err());
    }

    #[test]
    fn a_reversed_range_is_an_error_with_the_remedy() {
        let error = range::<u32>("9..3").unwrap_err();
        assert_eq!(error.to_string(), "write the lower bound first: `3..9`");
    }
}
