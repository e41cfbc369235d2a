//! Nouns of counted things.

/// The noun for a number of things, so that a report says `1 case` and `2 cases`.
///
/// ```
/// use dht_harness::noun;
///
/// assert_eq!(format!("1 {}", noun(1, "entry", "entries")), "1 entry");
/// assert_eq!(format!("0 {}", noun(0, "entry", "entries")), "0 entries");
/// ```
pub fn noun(count: usize, one: &'static str, many: &'static str) -> &'static str {
    match count {
        1 => one,
        _ => many,
    }
}

/// A number with its noun, such as `2 cases`.
pub(crate) fn counted(count: usize, one: &'static str, many: &'static str) -> String {
    format!("{count} {}", noun(count, one, many))
}
