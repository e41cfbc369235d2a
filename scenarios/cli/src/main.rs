//! The `dht-harness` program over the scenarios of this project.

use std::process::ExitCode;

use dht_harness_cli::{Program, command};

/// Hosts reserve large tables and touch little of them. jemalloc does not touch
/// what it hands out, which the memory of thousands of idle hosts depends on.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    command::main(Program::standard)
}
