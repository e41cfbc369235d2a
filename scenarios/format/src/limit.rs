//! What a line and a file may ask for.
//!
//! Responsible for the limits, each with its reason. What exceeds one is an error before the
//! run, with the limit. It must not know files.

use std::time::Duration;

/// As in `100years` of a duration: 365.25 days.
const YEAR: Duration = Duration::from_secs(31_557_600);

/// The longest text of a file, in bytes.
pub(crate) const FILE_BYTES: usize = 16 << 20;

/// The shortest interval of a setting. Each is an event.
pub(crate) const INTERVAL: Duration = Duration::from_millis(1);

/// The longest name of a file, in bytes. Names of traces and pages have it in them.
pub(crate) const NAME_BYTES: usize = 100;

/// The longest line, in bytes.
pub(crate) const LINE_BYTES: usize = 64 << 10;

/// The greatest number for a setting of the hosts, if it has a limit of its own.
pub(crate) fn of_setting(name: &str) -> Option<usize> {
    match name {
        "bucket_size" | "replication" | "parallelism" => Some(BUCKET_SIZE),
        "max_packet_size" => Some(PACKET_BYTES),
        _ => None,
    }
}

/// How often `not` and `start` may follow each other, and how often scripts may be
/// within each other. Each takes a part of the stack of the thread.
pub(crate) const DEPTH: usize = 16;

/// The longest single time. Virtual time ends after 584 years, and times are added to each
/// other.
pub(crate) const TIME: Duration = Duration::from_secs(200 * YEAR.as_secs());

/// The longest time of all steps together. Hosts that do nothing else refresh their tables a
/// million times in ten years.
pub(crate) const RUN: Duration = Duration::from_secs(10 * YEAR.as_secs());

/// The longest latency of a link. It is drawn for each packet and added to others.
pub(crate) const LATENCY: Duration = Duration::from_secs(24 * 60 * 60);

/// How many measured latencies a file of them has.
pub(crate) const SAMPLES: usize = 4096;

/// The greatest deviation of a log-normal latency.
pub(crate) const SIGMA: f64 = 10.0;

/// How far a wall clock may be off. It begins in 2026, and must not be before 1970.
pub(crate) const CLOCK_OFFSET: Duration = Duration::from_secs(50 * YEAR.as_secs());

/// By how many millionths a clock may gain or lose. One that loses more stands still.
pub(crate) const CLOCK_RATE: u64 = 900_000;

/// The greatest value of a record, in bytes.
pub(crate) const VALUE_BYTES: usize = 64 << 20;

/// The number of hosts of a file.
pub(crate) const HOSTS: usize = 20_000;

/// The number of pairs of hosts that one line or `bootstrap` is about.
pub(crate) const PAIRS: usize = 10_000_000;

/// The number of identities that are tried for all `ground` together: half of all fall
/// into bucket 255, a quarter into bucket 254, and so on.
pub(crate) const IDENTITIES: u64 = 1 << 22;

/// The number of steps that one repetition stands for.
pub(crate) const REPEATED: usize = 100_000;

/// The number of steps of one repetition, times the hosts of the file. Each step is checked
/// against the hosts before the run.
pub(crate) const REPEATED_HOSTS: usize = 2_000_000;

/// The greatest rate of a link, in bytes per second: 100 Gbit/s. A message of 16 KiB takes about
/// a microsecond over it.
pub(crate) const BANDWIDTH: u64 = 12_500_000_000;

/// The number of streams that a scripted host holds open with one line.
pub(crate) const STREAMS: u64 = 10_000;

/// The number of stops and starts of one `churn`.
pub(crate) const RESTARTS: u128 = 1_000_000;

/// The number of addresses that `move` assigns: 10.200.0.1 to 10.200.255.255.
pub(crate) const MOVES: usize = u16::MAX as usize;

/// The greatest `bucket_size`, `replication` and `parallelism`. libp2p allocates each bucket
/// in full.
pub(crate) const BUCKET_SIZE: usize = 1024;

/// The greatest `max_packet_size`, in bytes.
pub(crate) const PACKET_BYTES: usize = 64 << 20;

/// The longest name of a protocol, which is the longest that multistream-select reads.
pub(crate) const PROTOCOL_BYTES: usize = 140;

/// The limits for the reference: what is limited, and the limit.
pub(crate) fn table() -> Vec<(&'static str, String)> {
    let time = |time: Duration| format!("{} years", time.as_secs() / YEAR.as_secs());
    let mib = |bytes: usize| format!("{} MiB", bytes >> 20);
    vec![
        ("the text of a file", mib(FILE_BYTES)),
        ("a line", format!("{} KiB", LINE_BYTES >> 10)),
        (
            "`not`, `start` and scripts within each other",
            DEPTH.to_string(),
        ),
        (
            "a single time, also of a setting except `idle_timeout`",
            time(TIME),
        ),
        ("the time of all steps together, and of a fault", time(RUN)),
        ("a latency", "24 hours".to_owned()),
        ("the deviation of a log-normal latency", SIGMA.to_string()),
        ("the latencies of a file of `samples`", SAMPLES.to_string()),
        (
            "how far a wall clock is ahead or behind",
            time(CLOCK_OFFSET),
        ),
        (
            "how much a clock gains or loses, in millionths",
            CLOCK_RATE.to_string(),
        ),
        ("the value of a record", mib(VALUE_BYTES)),
        ("the hosts of a file", HOSTS.to_string()),
        (
            "the pairs of hosts of a line or of `bootstrap`",
            PAIRS.to_string(),
        ),
        (
            "the identities that are tried for all `ground` together",
            IDENTITIES.to_string(),
        ),
        (
            "the steps that a repetition stands for",
            REPEATED.to_string(),
        ),
        (
            "the steps of a repetition, times the hosts of the file",
            REPEATED_HOSTS.to_string(),
        ),
        (
            "the rate of a link, in bytes per second",
            BANDWIDTH.to_string(),
        ),
        ("the streams of `hold-streams`", STREAMS.to_string()),
        ("the stops and starts of a `churn`", RESTARTS.to_string()),
        ("the moves of a file without `to`", MOVES.to_string()),
        (
            "`bucket_size`, `replication` and `parallelism`",
            BUCKET_SIZE.to_string(),
        ),
        ("`max_packet_size`", mib(PACKET_BYTES)),
        ("`protocol`, in bytes", PROTOCOL_BYTES.to_string()),
    ]
}
