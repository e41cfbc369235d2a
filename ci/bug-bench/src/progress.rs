use crate::{control::Control, report::MutantReport};

/// Is told how far the bench is.
pub trait Progress: Sync {
    /// So many mutants are to be tried.
    fn begin(&self, mutants: usize);
    /// This is going on.
    fn says(&self, text: String);
    /// A control is done.
    fn control(&self, control: &Control);
    /// A mutant is done.
    fn done(&self, mutant: &MutantReport);
}
