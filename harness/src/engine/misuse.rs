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

impl fmt::Display for Stall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stall::Livelock { at, hosts } => {
                write!(f, "livelock: virtual time stands still at {at} while ")?;
                if hosts.is_empty() {
                    write!(f, "events happen without end")?;
                }
                for (position, host) in hosts.iter().enumerate() {
                    let comma = if position > 0 { ", " } else { "" };
                    write!(f, "{comma}host {}", host.0)?;
                }
                write!(
                    f,
                    " is busy without end; look for a behaviour that wakes itself \
                     on every poll, or a timer of zero length that is always reset"
                )
            }
            Stall::RealSleep { at, duration, host } => {
                write!(f, "real sleep inside a simulation: ")?;
                match host {
                    Some(host) => write!(f, "host {}", host.0)?,
                    None => write!(f, "a task")?,
                }
                write!(
                    f,
                    " called a blocking sleep of {duration:?} at {at} (it was skipped); \
                     use tokio::time::sleep or futures_timer::Delay, which follow virtual time"
                )
            }
            Stall::Blocked => write!(
                f,
                "the simulation waited for something real (a spawned thread, a blocking task, \
                 a socket); everything inside it has to run on its one thread and on virtual time"
            ),
        }
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
