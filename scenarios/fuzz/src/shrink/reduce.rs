//! Removes elements from a list.

/// Removes ranges of elements from a list of length `len`, long ranges first.
/// `without` tries to remove the elements at these positions of the remaining list,
/// and returns whether it did. `len` is called again after each success.
///
/// This is the complement half of delta debugging: Zeller and Hildebrandt,
/// "Simplifying and Isolating Failure-Inducing Input", 2002.
pub(super) fn reduce<S>(
    search: &mut S,
    len: impl Fn(&S) -> usize,
    mut without: impl FnMut(&mut S, std::ops::Range<usize>) -> bool,
) {
    let mut run = len(search);
    while run > 0 {
        // Start at the end, because later elements depend on earlier ones.
        let mut end = len(search);
        while end > 0 {
            let start = end.saturating_sub(run);
            without(search, start..end);
            end = start.min(len(search));
        }
        run /= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_needed_elements_remain() {
        let mut list: Vec<u32> = (0..40).collect();
        let needed = [3, 17, 18];
        reduce(&mut list, Vec::len, |list, range| {
            let mut shorter = list.clone();
            shorter.drain(range);
            let holds = needed.iter().all(|item| shorter.contains(item));
            if holds {
                *list = shorter;
            }
            holds
        });
        assert_eq!(list, needed);
    }
}
