//! The `dht-harness` program over the scenarios of this project.

use std::process::ExitCode;

use dht_harness_cli::{Program, command};

/// Hosts reserve large tables and use little of them. jemalloc does not touch memory
/// when it allocates it, so thousands of idle hosts need little memory.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    command::main(Program::standard)
}
