//! Cost of whole networks, and whether it grows linearly.
//!
//! `busy_mux` and `busy_stream`: hosts that know only host 0 fill their tables,
//! see `Scale`, with the standard checks. An item is an event: a delivery or a
//! timer. Read the second line of each row, items per second: its inverse is
//! the time per event, nearly all of it libp2p's. The rows of `busy_mux` should
//! differ only as much as the tables that libp2p searches for each answer; any
//! further difference is a cost of the harness that grows with the network.
//!
//! `idle`: hosts that know no peer are started and run for a minute. An item is
//! a host: the same figure in all rows means that the start is linear. The
//! memory of a host is shown by `dht-harness scale --idle`.
//!
//! `cargo bench -p dht-harness-cli --features jemalloc`

use std::time::Duration;

use dht_harness::TransportKind;
use dht_harness_cli::{Scale, ScaleReport};
use divan::{Bencher, counter::ItemsCount};

/// The allocator of the program, see `main.rs`.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// The first refresh starts after half a second; all of it would take minutes
/// with 1,000 hosts.
const BUSY: Duration = Duration::from_millis(700);
const IDLE: Duration = Duration::from_secs(60);

fn main() {
    divan::main();
}

#[divan::bench(args = [20, 200, 1000], sample_count = 3, sample_size = 1)]
fn busy_mux(bencher: Bencher<'_, '_>, hosts: usize) {
    busy(bencher, hosts, TransportKind::Mux, BUSY);
}

/// Real encryption and multiplexing; a whole refresh, because there are few
/// hosts.
#[divan::bench(args = [20], sample_count = 3, sample_size = 1)]
fn busy_stream(bencher: Bencher<'_, '_>, hosts: usize) {
    busy(
        bencher,
        hosts,
        TransportKind::Stream,
        Duration::from_secs(5),
    );
}

#[divan::bench(args = [100, 1000, 3000], sample_count = 3, sample_size = 1)]
fn idle(bencher: Bencher<'_, '_>, hosts: usize) {
    let network = Scale {
        idle: true,
        ..scale(hosts, TransportKind::Mux, IDLE)
    };
    bencher
        .counter(ItemsCount::new(hosts))
        .bench_local(|| run(&network));
}

fn busy(bencher: Bencher<'_, '_>, hosts: usize, transport: TransportKind, virtual_time: Duration) {
    let network = scale(hosts, transport, virtual_time);
    // Every run has the same events, so one run before the measurement counts
    // them.
    let events = run(&network).events;
    bencher
        .counter(ItemsCount::new(events))
        .bench_local(|| run(&network));
}

fn scale(hosts: usize, transport: TransportKind, virtual_time: Duration) -> Scale {
    Scale {
        hosts,
        virtual_time,
        transport,
        seed: 1,
        idle: false,
        checked: true,
    }
}

fn run(network: &Scale) -> ScaleReport {
    match network.run() {
        Ok(report) => report,
        Err(failure) => panic!("{failure}"),
    }
}
