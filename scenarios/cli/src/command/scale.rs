//! `scale`: measures the cost of a network.

use std::{fs, path::PathBuf, process, time::Duration};

use clap::Args;
use dht_harness::{TransportKind, noun};

use super::{
    CliError,
    destinations::Destinations,
    duration, interrupt,
    json::{self, JsonFile},
    output,
};

#[derive(Args)]
pub(super) struct Scale {
    /// Number of hosts, from 1 to 100000
    #[arg(long, value_name = "N", value_parser = hosts)]
    hosts: usize,
    /// Virtual time of the run: 600s, 10m
    #[arg(long = "virtual", value_name = "DURATION", value_parser = virtual_time)]
    virtual_time: Duration,
    /// Transport: mux or stream
    #[arg(long, value_name = "TRANSPORT", default_value_t = TransportKind::Mux)]
    transport: TransportKind,
    /// Seed of all random draws
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Start the hosts without any known peer, so that they stay idle
    #[arg(long)]
    idle: bool,
    /// Do not check invariants
    #[arg(long)]
    unchecked: bool,
    /// Also write a report as JSON; `-` is standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Scale {
    pub(super) fn execute(&self) -> Result<bool, CliError> {
        let json = JsonFile::open(self.json.as_deref(), &mut Destinations::default())?;
        let unwritten = json.as_ref().and_then(JsonFile::new_file);
        interrupt::on_signal(move || {
            output::note("stopped: there is no measurement of a part of the time");
            if let Some(file) = &unwritten {
                // It is empty.
                let _ = fs::remove_file(file);
            }
            process::exit(interrupt::INTERRUPTED.into());
        });
        let report = crate::scale::Scale {
            hosts: self.hosts,
            virtual_time: self.virtual_time,
            transport: self.transport,
            seed: self.seed,
            idle: self.idle,
            checked: !self.unchecked,
        }
        .run()
        .map_err(Box::new)?;
        if !json::takes_stdout(self.json.as_deref()) {
            output::line(format_args!(
                "{} {}, {} s virtual in {:.2} s: {:.0}x; {} events, {:.1} us each; \
                 {} MiB resident, {} KiB per host; digest {}",
                report.hosts,
                noun(report.hosts, "host", "hosts"),
                report.virtual_time.as_secs_f64(),
                report.wall.as_secs_f64(),
                report.speedup,
                report.events,
                report.us_per_event,
                report.rss_bytes >> 20,
                report.rss_per_host_bytes >> 10,
                report.digest
            ))?;
        }
        if let Some(json) = json {
            json.write(&report)?;
        }
        Ok(true)
    }
}

/// The most hosts; each takes more than 100 kB.
const MOST_HOSTS: usize = 100_000;

/// The longest virtual time, as that of a scenario file.
const LONGEST: Duration = Duration::from_secs(10 * 31_557_600);

fn virtual_time(text: &str) -> Result<Duration, String> {
    match duration(text) {
        Ok(Duration::ZERO) => {
            Err("a network costs nothing in no time; write 1s or more".to_owned())
        }
        Ok(duration) if duration > LONGEST => Err("at most 10years".to_owned()),
        others => others,
    }
}

fn hosts(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("a network of 0 hosts costs nothing; write 1 or more".to_owned()),
        Ok(hosts) if hosts > MOST_HOSTS => Err(format!("at most {MOST_HOSTS}")),
        Ok(hosts) => Ok(hosts),
        Err(error) => Err(format!("{error}")),
    }
}
