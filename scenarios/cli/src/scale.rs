//! The cost of a simulation.

use std::time::{Duration, Instant};

use dht_fixtures::{KadSettings, Stack, networks};
use dht_harness::{Sim, SimError, TransportKind, sim::Failure, trace::Digest};
use serde::{Serialize, Serializer};

/// A network of kad hosts that fills its tables by itself.
///
/// Each host knows only host 0, like a bootnode, and no query is started
/// explicitly. The load is what libp2p does by itself: half a second after its
/// first entry a host looks up its own id and refreshes its buckets, does so
/// once more for the entries found, and then every five minutes. So a network
/// of N hosts costs about N times as much as one host, in addition to host 0,
/// which answers all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Number of hosts.
    pub hosts: usize,
    /// Virtual time of the run.
    pub virtual_time: Duration,
    /// The transport under the hosts.
    pub transport: TransportKind,
    /// Seed of all random draws.
    pub seed: u64,
    /// Whether the hosts know no peer and stay idle.
    pub idle: bool,
    /// Whether the standard invariants are checked.
    pub checked: bool,
}

/// The measured cost.
#[derive(Clone, Debug, Serialize)]
pub struct ScaleReport {
    /// The version of this format.
    pub format: u32,
    /// Number of hosts.
    pub hosts: usize,
    /// The virtual time, in seconds.
    #[serde(rename = "virtual_s", serialize_with = "seconds")]
    pub virtual_time: Duration,
    /// The real time, in seconds.
    #[serde(rename = "wall_s", serialize_with = "seconds")]
    pub wall: Duration,
    /// Virtual over real time.
    pub speedup: f64,
    /// Network deliveries and timers.
    pub events: u64,
    /// Real time per event, in microseconds.
    pub us_per_event: f64,
    /// The process's resident memory at the end, in bytes.
    pub rss_bytes: u64,
    /// The memory that each host added to it, in bytes.
    pub rss_per_host_bytes: u64,
    /// The digest of the run.
    pub digest: Digest,
}

impl Scale {
    /// Runs the network.
    ///
    /// # Errors
    /// Fails if an invariant is violated or the simulation cannot run.
    #[expect(clippy::disallowed_methods, reason = "the real time that a run takes")]
    pub fn run(&self) -> Result<ScaleReport, Failure> {
        let before = resident_bytes();
        let start = Instant::now();
        let mut sim = Sim::builder().seed(self.seed).transport(self.transport);
        if !self.checked {
            sim = sim.without_standard_checks();
        }
        let scale = self.clone();
        let report = sim.run(move |sim| scale.steps(sim))?;
        let wall = start.elapsed();
        let rss_bytes = report.value;
        Ok(ScaleReport {
            format: 1,
            hosts: self.hosts,
            virtual_time: report.end.virtual_time,
            wall,
            speedup: report.end.virtual_time.as_secs_f64() / wall.as_secs_f64(),
            events: report.end.deliveries,
            us_per_event: wall.as_secs_f64() * 1e6 / report.end.deliveries.max(1) as f64,
            rss_bytes,
            rss_per_host_bytes: rss_bytes.saturating_sub(before) / self.hosts.max(1) as u64,
            digest: report.end.digest,
        })
    }

    /// Returns the resident memory while all hosts are alive.
    fn steps(&self, sim: &mut Sim) -> Result<u64, SimError> {
        let settings = KadSettings::default();
        let hosts = networks::isolated_hosts_with(sim, self.hosts, Stack::KadIdentify, &settings);
        if !self.idle {
            for host in hosts.iter().skip(1) {
                sim.add_address(host, &hosts[0])?;
            }
        }
        sim.run_for(self.virtual_time)?;
        Ok(resident_bytes())
    }
}

/// The resident memory of this process in bytes; 0 if the system does not
/// report it.
fn resident_bytes() -> u64 {
    let kib = std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        });
    kib.unwrap_or(0) * 1024
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}
