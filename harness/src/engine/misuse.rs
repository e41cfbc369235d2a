//! The reasons why a simulation cannot continue.

use std::{fmt, time::Duration};

use dht_harness_clock::{self as clock, MisuseKind, VirtualInstant};

use crate::net::HostId;

/// The reason why a run was stopped; its `Display` text includes the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stall {
    /// An unlimited number of events or polls at one instant.
    Livelock {
        /// The instant.
        at: VirtualInstant,
        /// The hosts that were polled at that instant.
        hosts: Vec<HostId>,
    },
    /// Code inside the simulation requested a real sleep from the system.
    RealSleep {
        /// The virtual time of the call.
        at: VirtualInstant,
        /// The requested duration.
        duration: Duration,
        /// The host on whose behalf it ran, if any.
        host: Option<HostId>,
    },
    /// The simulation waited for something real: a thread, a socket, a
    /// blocking task.
    Blocked,
}

impl Stall {
    /// The hosts that it concerns.
    pub(crate) fn hosts(&self) -> &[HostId] {
        match self {
            Stall::Livelock { hosts, .. } => hosts,
            Stall::RealSleep { host, .. } => host.as_slice(),
            Stall::Blocked => &[],
        }
    }

    /// The text, with the names of hosts where they are known.
    pub(crate) fn told(&self, name: &dyn Fn(HostId) -> Option<String>) -> String {
        let called = |host: HostId| name(host).unwrap_or_else(|| format!("host {}", host.0));
        match self {
            Stall::Livelock { at, hosts } => {
                let names: Vec<_> = hosts.iter().map(|host| called(*host)).collect();
                let what = match names.as_slice() {
                    [] => "events happen".to_owned(),
                    [one] => format!("{one} is busy"),
                    [firsts @ .., last] => format!("{} and {last} are busy", firsts.join(", ")),
                };
                format!(
                    "livelock: virtual time stands still at {at} while {what} without end; look \
                     for a behaviour that wakes itself on every poll, or a timer of zero length \
                     that is always reset"
                )
            }
            Stall::RealSleep { at, duration, host } => {
                let (caller, remedy) = match host {
                    Some(host) => (
                        called(*host),
                        "use tokio::time::sleep or futures_timer::Delay, which follow virtual time",
                    ),
                    None => (
                        "the test, or a task of no host,".to_owned(),
                        "use `sim.run_for` in the test and tokio::time::sleep in a task, which \
                         follow virtual time",
                    ),
                };
                format!(
                    "real sleep inside a simulation: {caller} called a blocking sleep of \
                     {duration:?} at {at} (it was skipped); {remedy}"
                )
            }
            Stall::Blocked => "the simulation waited for something real (a spawned thread, a \
                               blocking task, a socket); everything inside it has to run on its \
                               one thread and on virtual time"
                .to_owned(),
        }
    }
}

impl fmt::Display for Stall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told(&|_| None))
    }
}

/// The first misuse that the clock has recorded since the last call.
pub(super) fn collect() -> Option<Stall> {
    let misuse = clock::take_misuses().into_iter().next()?;
    let host = misuse.owner.map(|owner| HostId(owner.0));
    match misuse.kind {
        MisuseKind::Sleep(duration) => Some(Stall::RealSleep {
            at: misuse.at,
            duration,
            host,
        }),
        _ => Some(Stall::Blocked),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caller_and_the_busy_hosts_are_named() {
        let at = VirtualInstant::ZERO;
        let sleep = |host| Stall::RealSleep {
            at,
            duration: Duration::from_secs(1),
            host,
        };
        let text = sleep(None).to_string();
        assert!(
            text.starts_with("real sleep inside a simulation: the test, or")
                && text.contains("`sim.run_for`"),
            "{text}"
        );
        let text = sleep(Some(HostId(1))).told(&|_| Some("b".to_owned()));
        assert!(
            text.contains("b called") && text.contains("tokio::time::sleep"),
            "{text}"
        );
        let hosts = vec![HostId(0), HostId(1)];
        let text = Stall::Livelock { at, hosts }.to_string();
        assert!(
            text.contains("host 0 and host 1 are busy without end"),
            "{text}"
        );
    }
}
