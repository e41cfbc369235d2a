//! Faults in words, with the names of their hosts.

use super::{
    fault::{CutScope, DialFault, DialTarget, Fault, LinkScope, LossEffect, ResetScope, Which},
    host::HostId,
};

/// What a fault does, in words.
pub(crate) fn described(fault: &Fault, name: &dyn Fn(HostId) -> String) -> String {
    let list = |hosts: &[HostId]| -> String {
        let names: Vec<_> = hosts.iter().map(|host| name(*host)).collect();
        names.join(", ")
    };
    match fault {
        Fault::Partition { groups } => {
            let groups: Vec<_> = groups.iter().map(|group| list(group)).collect();
            format!("partition of {}", groups.join(" | "))
        }
        Fault::Cut { from, to, scope } => {
            let what = match scope {
                CutScope::All => "packets",
                CutScope::DialsOnly => "dials",
            };
            format!("{what} from {} to {} are dropped", list(from), list(to))
        }
        Fault::Blackhole { a, b } => {
            format!("no packets pass between {} and {}", name(*a), name(*b))
        }
        Fault::Stall { a, b } => {
            format!(
                "the connections between {} and {} carry nothing",
                name(*a),
                name(*b)
            )
        }
        Fault::StallOne { a, b, which } => format!(
            "the {} connection between {} and {} carries nothing",
            adjective(*which),
            name(*a),
            name(*b)
        ),
        Fault::Offline { host } => format!("the network interface of {} is away", name(*host)),
        Fault::DropUdp { host } => {
            format!("packets of UDP to and from {} are dropped", name(*host))
        }
        Fault::Dial {
            from,
            target,
            outcome,
        } => {
            let from = from.map_or(String::new(), |from| format!(" from {}", name(from)));
            let target = match target {
                DialTarget::Host(host) => name(*host),
                DialTarget::Address(address) => address.to_string(),
            };
            let outcome = match outcome {
                DialFault::Refuse => "are refused",
                DialFault::Hang => "are never answered",
                DialFault::ResetAfterAccept => "are accepted and then reset",
            };
            format!("dials{from} to {target} {outcome}")
        }
        Fault::Latency { scope, latency } => {
            format!("latency {latency} {}", links(*scope, name))
        }
        Fault::Bandwidth { host, bandwidth } => {
            let whose = host.map_or_else(|| "all hosts".to_owned(), name);
            match bandwidth {
                Some(rate) => format!(
                    "bandwidth of {whose}: {} bytes/s up, {} bytes/s down",
                    rate.up, rate.down
                ),
                None => format!("bandwidth of {whose}: unlimited"),
            }
        }
        Fault::Loss {
            scope,
            probability,
            effect,
        } => {
            let effect = match effect {
                LossEffect::Delay(delay) => format!("sent again after {delay:?}"),
                LossEffect::Reset => "their connection is reset".to_owned(),
            };
            let share = 100.0 * f64::from(*probability);
            format!(
                "{share}% of the segments are lost ({effect}) {}",
                links(*scope, name)
            )
        }
        Fault::Reset { scope } => match scope {
            ResetScope::Between(a, b) => {
                format!(
                    "reset of the connections between {} and {}",
                    name(*a),
                    name(*b)
                )
            }
            ResetScope::Host(host) => format!("reset of the connections of {}", name(*host)),
            ResetScope::One(a, b, which) => format!(
                "reset of the {} connection between {} and {}",
                adjective(*which),
                name(*a),
                name(*b)
            ),
            ResetScope::Substreams(a, b) => {
                format!(
                    "reset of the substreams between {} and {}",
                    name(*a),
                    name(*b)
                )
            }
        },
    }
}

fn adjective(which: Which) -> &'static str {
    match which {
        Which::Oldest => "oldest",
        Which::Newest => "newest",
    }
}

fn links(scope: LinkScope, name: &dyn Fn(HostId) -> String) -> String {
    match scope {
        LinkScope::All => "on all links".to_owned(),
        LinkScope::Between(a, b) => format!("between {} and {}", name(a), name(b)),
        LinkScope::OneWay { from, to } => format!("from {} to {}", name(from), name(to)),
        LinkScope::Host(host) => format!("on the links of {}", name(host)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Latency;
    use std::time::Duration;

    #[test]
    fn a_fault_is_described_with_the_names_of_its_hosts() {
        let name = |host: HostId| ["a", "b", "c"][host.0 as usize].to_owned();
        let (a, b, c) = (HostId(0), HostId(1), HostId(2));
        for (fault, text) in [
            (
                Fault::Partition {
                    groups: vec![vec![a], vec![b, c]],
                },
                "partition of a | b, c",
            ),
            (
                Fault::Cut {
                    from: vec![a, b],
                    to: vec![c],
                    scope: CutScope::DialsOnly,
                },
                "dials from a, b to c are dropped",
            ),
            (
                Fault::Dial {
                    from: Some(b),
                    target: a.into(),
                    outcome: DialFault::Hang,
                },
                "dials from b to a are never answered",
            ),
            (
                Fault::Latency {
                    scope: LinkScope::OneWay { from: c, to: a },
                    latency: Latency::Constant(Duration::from_millis(5)),
                },
                "latency 5ms from c to a",
            ),
        ] {
            assert_eq!(described(&fault, &name), text);
        }
    }
}
