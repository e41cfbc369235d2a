//! The `dht-harness` program over the scenarios of this project.

use std::process::ExitCode;

use dht_harness_cli::{Program, command};

/// Hosts reserve large tables and touch little of them. jemalloc does not touch
/// memory that it allocates, which keeps thousands of idle hosts small.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    command::main(Program::standard)
}
