//! The cost of a host that polls its own swarm, compared with one that the harness
//! polls.
//!
//! 20 kad hosts over mux join one network and refresh their tables every half minute for ten
//! minutes of virtual time. The work is the same in all three cases:
//!
//! - `driven`: the harness polls the swarms;
//! - `application`: a future polls the swarm, and the harness sees its DHT;
//! - `hidden`: a future polls the swarm, and the harness does not see its DHT.
//!
//! `cargo bench -p dht-harness --bench applications` shows ratios of times. For
//! instructions run the binary under callgrind with one of the names.

use std::{
    env,
    time::{Duration, Instant},
};

use dht_harness::{App, DeterministicOrder, Node, Sim, SimError, kad};
use futures::StreamExt;
use libp2p::{Multiaddr, PeerId, Swarm, swarm::NetworkBehaviour};

const HOSTS: usize = 20;
const SAMPLES: usize = 11;
const TIME: Duration = Duration::from_secs(600);
const REFRESH: Duration = Duration::from_secs(30);
const STEP: Duration = Duration::from_millis(100);

type Plain = DeterministicOrder<libp2p::kad::Behaviour<kad::store::MemoryStore>>;
type Seen = kad::Behaviour<kad::store::MemoryStore>;

/// A name, and a run that returns the number of events.
type Case = (&'static str, fn() -> u64);

#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn main() {
    // cargo adds `--bench`.
    let only = env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let cases: [Case; 3] = [
        ("driven", driven),
        ("application", application),
        ("hidden", hidden),
    ];
    if let Some(only) = only {
        let case = cases.iter().find(|(name, _)| *name == only);
        let (name, run) = case.expect("driven, application or hidden");
        println!("{name}: {} events", run());
        return;
    }
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..SAMPLES {
        for ((_, run), times) in cases.iter().zip(&mut times) {
            let start = Instant::now();
            run();
            times.push(start.elapsed());
        }
    }
    let medians = times.map(|mut times| {
        times.sort();
        times[SAMPLES / 2].as_secs_f64()
    });
    for ((name, _), median) in cases.iter().zip(medians) {
        let ratio = median / medians[0];
        println!("{name}: {:.1} ms, {ratio:.3} of driven", median * 1e3);
    }
}

fn driven() -> u64 {
    Sim::builder().test(|sim| {
        let mut known: Vec<(PeerId, Multiaddr)> = Vec::new();
        for number in 0..HOSTS {
            let host = sim.spawn(format!("h{number}"), |node: &Node| {
                swarm(node, plain(node.peer_id()))
            });
            sim.run_for(STEP)?;
            host.with(|swarm| {
                for (peer, address) in &known {
                    swarm.behaviour_mut().add_address(peer, address.clone());
                }
            })?;
            known.push((host.peer_id(), host.address()));
        }
        sim.run_for(TIME)?;
        Ok(sim.world().events())
    })
}

fn application() -> u64 {
    Sim::builder().test(|sim| {
        applications(sim, seen, |kad, peer, address| {
            kad.add_address(peer, address);
        })
    })
}

fn hidden() -> u64 {
    Sim::builder().test(|sim| {
        applications(sim, plain, |kad, peer, address| {
            kad.add_address(peer, address);
        })
    })
}

fn applications<B: NetworkBehaviour<ToSwarm: Send> + Send>(
    sim: &mut Sim,
    behaviour: fn(PeerId) -> B,
    add: fn(&mut B, &PeerId, Multiaddr),
) -> Result<u64, SimError> {
    let mut known: Vec<(PeerId, Multiaddr)> = Vec::new();
    for number in 0..HOSTS {
        let contacts = known.clone();
        let host = sim.spawn_app(format!("h{number}"), move |node: &Node| {
            let mut swarm = swarm(node, behaviour(node.peer_id()));
            let listens = swarm.listen_on(node.address());
            listens.expect("an address of the node");
            let contacts = contacts.clone();
            let app = App::new((), async move {
                let mut start = Box::pin(tokio::time::sleep(STEP));
                let mut is_started = false;
                loop {
                    tokio::select! {
                        _ = swarm.select_next_some() => {}
                        () = &mut start, if !is_started => {
                            is_started = true;
                            for (peer, address) in &contacts {
                                add(swarm.behaviour_mut(), peer, address.clone());
                            }
                        }
                    }
                }
            });
            // One of the two is about a DHT that the harness does not see.
            app.without_dht()
        });
        sim.run_for(STEP)?;
        known.push((host.peer_id(), host.address()));
    }
    sim.run_for(TIME)?;
    Ok(sim.world().events())
}

fn swarm<B: NetworkBehaviour>(node: &Node, behaviour: B) -> Swarm<B> {
    Swarm::new(
        node.transport(),
        behaviour,
        node.peer_id(),
        node.swarm_config(),
    )
}

fn config() -> kad::Config {
    let mut config = kad::Config::new(kad::PROTOCOL_NAME);
    config.set_periodic_bootstrap_interval(Some(REFRESH));
    config
}

fn plain(id: PeerId) -> Plain {
    let store = kad::store::MemoryStore::new(id);
    let mut kad = libp2p::kad::Behaviour::with_config(id, store, config());
    kad.set_mode(Some(kad::Mode::Server));
    kad.into()
}

fn seen(id: PeerId) -> Seen {
    let store = kad::store::MemoryStore::new(id);
    let mut kad = kad::Behaviour::with_config(id, store, config());
    kad.set_mode(Some(kad::Mode::Server));
    kad
}
