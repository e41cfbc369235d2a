use crate::{control::Control, report::MutantReport};

/// Receives the progress of the bench.
pub trait Progress: Sync {
    /// The bench starts to run this many mutants.
    fn begin(&self, mutants: usize);
    /// Describes the current activity.
    fn says(&self, text: String);
    /// A control has finished.
    fn control(&self, control: &Control);
    /// A mutant has finished.
    fn done(&self, mutant: &MutantReport);
}
