//! Invariants of DHT messages, which are read from the network.

mod answers;
mod exchange;
mod messages;
mod requests;

pub(super) use answers::{AnswersMatchTable, AnswersWellFormed};
pub(super) use messages::MessagesWellFormed;
pub(super) use requests::{OwnAddressesOffered, RequestsAnswered, RequestsBounded};
