//! Overhead of the harness: the same work with it and without it.
//!
//! 20 hosts, each of which knows host 0, refresh their tables as libp2p does by
//! itself. `bare`: swarms on tokio and libp2p's memory transport under noise
//! and yamux, in real time, without the harness. `stream` and `mux`: the same
//! swarms in a simulation, with the standard checks.
//!
//! The unit of work is an answered kad request, because the number of network
//! events is not known without the harness. The figures are CPU time of the
//! process, so that waiting costs nothing; each is the minimum of several runs.
//! `stream` does the same work as `bare`; `mux` has no encryption and no yamux,
//! so it may cost less. Where the ratio is near 1 or below, simulations run at
//! the speed of libp2p. `bare` runs in real time, so measure on an idle
//! machine: without enough CPU its connections time out, and the ratio means
//! nothing.
//!
//! `cargo bench -p dht-harness-cli --features jemalloc --bench bare`

use std::{
    fmt, fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use dht_fixtures::{Dht, DhtEvent, KadSettings, Stack, networks};
use dht_harness::{Sim, SimBuilder, TransportKind, identity};
use futures::StreamExt;
use libp2p::{
    Multiaddr, Swarm, Transport,
    core::{transport::MemoryTransport, upgrade::Version},
    identify,
    identity::Keypair,
    kad::{self, store::MemoryStore},
    noise,
    swarm::{self, SwarmEvent},
    yamux,
};
use rustix::time::{ClockId, clock_gettime};

/// The allocator of the program, see `main.rs`.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const HOSTS: usize = 20;

/// Long enough for the first refreshes of all hosts; the next ones are much
/// later.
const PERIOD: Duration = Duration::from_secs(8);

/// A run without the harness ends after a period of this length without
/// requests.
const PAUSE: Duration = Duration::from_secs(2);

const RUNS: usize = 3;

fn main() {
    println!("{HOSTS} hosts, {PERIOD:?}, minimum of {RUNS} runs");
    let bare = least(bare);
    println!("bare:   {bare}");
    for transport in [TransportKind::Stream, TransportKind::Mux] {
        let requests = simulated_requests(transport);
        let simulated = least(|_| Work {
            cpu: simulate(Sim::builder().transport(transport)),
            requests,
        });
        let ratio = simulated.micros_per_request() / bare.micros_per_request();
        let name = format!("{transport}:");
        println!("{name:<7} {simulated}, {ratio:.2} times bare");
    }
}

/// The work of a run.
struct Work {
    cpu: Duration,
    requests: u64,
}

impl Work {
    fn micros_per_request(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.requests as f64
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.0} us of CPU per request ({} requests)",
            self.micros_per_request(),
            self.requests
        )
    }
}

/// The run with the lowest cost per request.
fn least(run: impl Fn(usize) -> Work) -> Work {
    (0..RUNS)
        .map(run)
        .min_by(|one, other| {
            let (one, other) = (one.micros_per_request(), other.micros_per_request());
            one.total_cmp(&other)
        })
        .expect("there is at least one run")
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The memory transport has one set of addresses for the process and does not
/// release them, so each run uses different ones.
fn bare(run: usize) -> Work {
    let requests = Arc::new(AtomicU64::new(0));
    let before = cpu_time();
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime without io cannot fail to build")
        .block_on(async {
            let address = |number| memory_address(run * HOSTS + number);
            let mut swarms: Vec<_> = (0..HOSTS)
                .map(|number| swarm(number, address(number)))
                .collect();
            let first = *swarms[0].local_peer_id();
            for swarm in &mut swarms[1..] {
                let kad = dht_harness::dht::DhtBehaviour::kad(swarm.behaviour_mut());
                kad.add_address(&first, address(0));
            }
            for swarm in swarms {
                tokio::spawn(drive(swarm, Arc::clone(&requests)));
            }
            tokio::time::sleep(PERIOD).await;
            // On a busy machine the same work takes longer.
            let mut seen = 0;
            while seen != requests.load(Ordering::Relaxed) {
                seen = requests.load(Ordering::Relaxed);
                tokio::time::sleep(PAUSE).await;
            }
        });
    Work {
        cpu: cpu_time() - before,
        requests: requests.load(Ordering::Relaxed),
    }
}

async fn drive(mut swarm: Swarm<Dht>, requests: Arc<AtomicU64>) {
    loop {
        if let SwarmEvent::Behaviour(DhtEvent::Kad(event)) = swarm.select_next_some().await
            && matches!(*event, kad::Event::InboundRequest { .. })
        {
            requests.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn memory_address(number: usize) -> Multiaddr {
    format!("/memory/{}", number + 1)
        .parse()
        .expect("a memory address is a number")
}

/// The same swarm as `Stack::KadIdentify` in a simulation.
fn swarm(number: usize, address: Multiaddr) -> Swarm<Dht> {
    let keypair = identity(number as u64);
    let transport = MemoryTransport::new()
        .upgrade(Version::V1Lazy)
        .authenticate(noise::Config::new(&keypair).expect("any identity signs a noise key"))
        .multiplex(yamux::Config::default())
        .timeout(Duration::from_secs(10))
        .boxed();
    let settings = KadSettings::default();
    let config =
        swarm::Config::with_tokio_executor().with_idle_connection_timeout(settings.idle_timeout);
    let peer = keypair.public().to_peer_id();
    let mut swarm = Swarm::new(transport, behaviour(&keypair, &settings), peer, config);
    swarm
        .listen_on(address.clone())
        .expect("the address is unused");
    swarm.add_external_address(address);
    swarm
}

fn behaviour(keypair: &Keypair, settings: &KadSettings) -> Dht {
    let peer = keypair.public().to_peer_id();
    let mut kad = kad::Behaviour::with_config(peer, MemoryStore::new(peer), settings.config());
    kad.set_mode(settings.mode);
    let config = identify::Config::new("/dht-fixtures/1.0.0".to_owned(), keypair.public());
    Dht::new(kad).with_identify(identify::Behaviour::new(config))
}

/// The CPU time of a simulation.
fn simulate(sim: SimBuilder) -> Duration {
    let before = cpu_time();
    sim.test(|sim| {
        let hosts = networks::isolated_hosts(sim, HOSTS, Stack::KadIdentify);
        for host in &hosts[1..] {
            sim.add_address(host, &hosts[0])?;
        }
        sim.run_for(PERIOD)
    });
    cpu_time() - before
}

/// The number of answered requests in the simulation, which is the same in each
/// run.
fn simulated_requests(transport: TransportKind) -> u64 {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bare-{transport}.jsonl"));
    simulate(Sim::builder().transport(transport).trace(&path));
    let trace = fs::read_to_string(&path).expect("the simulation has written its trace");
    trace
        .lines()
        .filter(|line| line.contains("kad::InboundRequest"))
        .count() as u64
}
