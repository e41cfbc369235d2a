//! Stacks: which scenarios apply to them, and hosts that are applications with their
//! own event loop.

mod applicability;
mod event_loops;
mod replacing;

use std::path::Path;

use dht_fixtures::{
    KadSettings,
    applications::file_sharing::{self, Client, Config},
};
use dht_harness::{App, Node};
use dht_scenarios::{
    HonouredSettings, StackCapabilities, Stacks,
    file::{ScenarioFile, parse},
};
use libp2p::{Swarm, futures::StreamExt, kad};

/// A node with an event loop that honours all settings.
fn sharing(node: &Node, settings: &KadSettings) -> App<Client> {
    let (client, event_loop) = file_sharing::start(node, Config::from((node, settings)), None);
    App::new(client, event_loop).on_close(Client::shutdown)
}

/// A node with an event loop whose DHT the harness does not see.
fn hidden<H>(node: &Node, handle: H) -> App<H> {
    let id = node.peer_id();
    let mut kad = kad::Behaviour::new(id, kad::store::MemoryStore::new(id));
    kad.set_mode(Some(kad::Mode::Server));
    let mut swarm = Swarm::new(node.transport(), kad, id, node.swarm_config());
    swarm
        .listen_on(node.address())
        .expect("an address of the node");
    App::new(handle, async move {
        loop {
            swarm.select_next_some().await;
        }
    })
}

/// The capabilities of an application that honours all settings and does nothing of its
/// own accord.
const CAPABLE: StackCapabilities = StackCapabilities {
    is_quiet: true,
    settings: HonouredSettings::All,
    ..StackCapabilities::event_loop()
};

/// The standard stacks, and `mine` with these capabilities.
fn stacks(capabilities: StackCapabilities) -> Stacks {
    Stacks::standard().with_event_loop("mine", capabilities, sharing)
}

/// A scenario with these keys and steps.
fn scenario(stacks: &Stacks, keys: &str, steps: &[&str]) -> ScenarioFile {
    let mut text = format!("format = 1\nname = \"test\"\nabout = \"A test\"\n{keys}\nsteps = [\n");
    for step in steps {
        text.push_str(&format!("  '{step}',\n"));
    }
    text.push_str("]\n");
    parse(Path::new("test.toml"), &text, stacks).unwrap_or_else(|problems| panic!("{problems}"))
}
