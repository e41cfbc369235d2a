//! Lines of words: how steps and conditions are written.
//!
//! Responsible for cutting a line into words, for the parts that words stand
//! for, and for enums whose variants are written as lines. It must not know
//! what any word does.

mod line;
mod part;
pub(crate) mod text;
mod value;
mod vocabulary;

pub(crate) use line::nearest;
pub use line::{Complaint, Words, quoted};
pub use part::{Opt, Part};
pub(crate) use value::is_name;
pub use value::{
    Address, Bound, Compare, Groups, Hosts, Key, Kind, Mode, Name, Payload, Quorum, Term,
};
pub use vocabulary::Entry;
pub(crate) use vocabulary::vocabulary;
