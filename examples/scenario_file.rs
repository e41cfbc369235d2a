//! Runs a scenario file on a custom stack.

use std::path::Path;

use dht_fixtures::Stack;
use dht_scenarios::{Stacks, assert_scenario_passes};

fn main() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("crashed-peer.toml");
    let stacks = Stacks::standard().with("mine", |node, settings| {
        Stack::KadIdentify.swarm_with(node, settings)
    });
    assert_scenario_passes(&file, &stacks);
    println!("{} passes on mux and stream", file.display());
}
