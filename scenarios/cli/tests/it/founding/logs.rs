//! Log lines of hosts inside a simulation are captured by the test that runs it.

use std::time::Duration;

use dht_fixtures::Stack;
use dht_harness::Sim;
use tracing::callsite::rebuild_interest_cache;
use tracing_test::traced_test;

// Each test rebuilds the cache: a span that another test registers at the moment at
// which the subscriber is installed stays disabled for the whole process otherwise.

/// The close is logged in the closing host's span, so that the lines of
/// different hosts can be distinguished.
#[traced_test]
#[test]
fn a_close_is_logged_in_the_span_of_its_host() {
    rebuild_interest_cache();
    Sim::builder().test(|sim| {
        let a = sim.spawn("alpha", move |node| Stack::KadIdentify.swarm(node));
        let b = sim.spawn("beta", move |node| Stack::KadIdentify.swarm(node));
        sim.connect(&a, &b)?;
        sim.close(&b)?;
        sim.run_for(Duration::from_secs(1))
    });
    logs_assert(|lines| {
        let closed: Vec<_> = lines
            .iter()
            .filter(|line| line.contains("host closed"))
            .collect();
        match closed.as_slice() {
            [line] if line.contains("beta") => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
}

/// libp2p's own log lines include the host's span.
#[traced_test]
#[test]
fn libp2p_log_lines_contain_the_span_of_their_host() {
    rebuild_interest_cache();
    Sim::builder().test(|sim| {
        let a = sim.spawn("alpha", move |node| Stack::KadIdentify.swarm(node));
        let unassigned = "/ip4/10.9.9.9/tcp/1".parse::<libp2p::Multiaddr>().unwrap();
        sim.start_dial(&a, unassigned);
        sim.run_for(Duration::from_secs(200))
    });
    logs_assert(|lines| {
        let known = |line: &&&str| line.contains("libp2p_swarm") && line.contains("alpha");
        match lines.iter().filter(known).count() {
            0 => Err("libp2p-swarm logged nothing in the host's span".to_owned()),
            _ => Ok(()),
        }
    });
}
