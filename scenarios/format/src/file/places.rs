//! Where the parts of a scenario are in its text.

use std::ops::Range;

use indexmap::IndexMap;

/// The locations of the parts of a scenario in its text, as byte ranges.
#[derive(Debug, Default)]
pub(super) struct Places {
    pub(super) keys: IndexMap<String, Range<usize>>,
    pub(super) hosts: Vec<Range<usize>>,
    pub(super) faults: Vec<Range<usize>>,
    pub(super) allow: Vec<Range<usize>>,
    pub(super) known: Vec<Range<usize>>,
    pub(super) routers: Vec<Range<usize>>,
    pub(super) names: Vec<Range<usize>>,
    pub(super) steps: Vec<Range<usize>>,
    /// The hosts, faults and steps of which something could not be read, which has been reported.
    pub(super) unread: Vec<Range<usize>>,
    pub(super) end: usize,
}

impl Places {
    pub(super) fn note_unread(&mut self, at: Range<usize>, is_unread: bool) {
        self.unread.extend(is_unread.then_some(at));
    }

    /// Whether something of the part there could not be read.
    pub(super) fn is_unread(&self, at: &Range<usize>) -> bool {
        self.unread.contains(at)
    }

    pub(super) fn key(&self, key: &str) -> Range<usize> {
        self.keys.get(key).cloned().unwrap_or(self.end..self.end)
    }
}
