//! kameo in simulations. `FINDINGS.md` explains what `findings` shows.

mod churn;
mod close;
mod crash;
mod findings;
mod nodes;
mod partition;
mod registration;
mod two;
mod unchecked;
