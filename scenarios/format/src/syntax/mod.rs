//! The syntax of lines: how steps and conditions are written.
//!
//! Responsible for splitting a line into words, for the arguments that the words
//! represent, and for enums whose variants are written as lines. It must not know the
//! meaning of any word.

mod address;
mod as_text;
mod bound;
mod choice;
mod command;
mod distribution;
mod domain_name;
mod former;
mod hidden;
mod hosts;
mod interfaces;
mod kinds;
mod line;
mod name;
mod part;
mod record;
mod router_name;
mod script;
pub(crate) mod text;
mod vocabulary;
mod word;

pub use address::{Address, RelayAt};
pub(crate) use as_text::as_text;
pub use bound::{Bound, Compare};
pub use choice::{
    Bucket, CauseKind, DhtMode, DhtName, HostState, Kind, Mode, Outcome, Pick, Quorum,
    Reachability, ReplyKind,
};
pub use command::Command;
pub(crate) use command::CommandWord;
pub use domain_name::DomainName;
pub(crate) use former::present;
pub(crate) use hidden::is_invisible;
pub use hosts::{Groups, Hosts, Term};
pub use line::ParseError;
pub(crate) use line::{TokenCursor, hint, nearest, quoted};
pub use name::Name;
pub(crate) use name::is_name;
pub use part::Slot;
pub(crate) use part::{Argument, OptionalArgument};
pub use record::{Key, Payload};
pub use router_name::{INTERNET, RouterName};
pub use script::Script;
pub(crate) use script::ScriptKind;
pub(crate) use vocabulary::{ReferenceEntry, vocabulary};
pub(crate) use word::Word;
