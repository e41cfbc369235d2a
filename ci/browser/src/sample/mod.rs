//! Made-up documents, to test the page with. They are the same each
//! time, have every sort of thing that a document can have, and texts that a careless page
//! would take for markup.

mod contents;
mod draw;
mod traffic;
mod world;

use serde_json::Value;

use world::World;

/// How large a document is.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Hosts of the simulation.
    pub hosts: usize,
    /// Lookups, each with its requests.
    pub queries: usize,
    /// Messages in all; the ones beside those of the lookups are between random hosts.
    pub messages: usize,
    /// Lines of the log.
    pub log: usize,
    /// Seconds of virtual time in which something happens.
    pub seconds: u64,
    /// Seconds after them in which nothing does.
    pub idle: u64,
}

/// Three hosts and few messages: each has a mark.
pub const SMALL: Shape = Shape {
    hosts: 3,
    queries: 3,
    messages: 24,
    log: 120,
    seconds: 12,
    idle: 0,
};

/// A usual scenario.
pub const MEDIUM: Shape = Shape {
    hosts: 24,
    queries: 14,
    messages: 900,
    log: 1_500,
    seconds: 90,
    idle: 20,
};

/// As large as a document may be.
pub const LARGE: Shape = Shape {
    hosts: 200,
    queries: 400,
    messages: 100_000,
    log: 6_000,
    seconds: 600,
    idle: 0,
};

/// A document of this size, in the form that `dht-harness view` writes.
pub fn document(shape: Shape) -> Value {
    World::new(shape).document()
}

/// The same document as it is made of a trace: without tables and stores.
pub fn of_trace(shape: Shape) -> Value {
    let mut document = document(shape);
    document["has_contents"] = false.into();
    for list in ["tables", "stores", "reads"] {
        document[list] = Value::Array(Vec::new());
    }
    document
}
