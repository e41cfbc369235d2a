//! The causes of a table without usable entries, and their remedies.

use std::fmt;

use libp2p::StreamProtocol;

use crate::net::{FaultId, RouterDrop, RouterId, labelled};

/// The reason why a routing table lacks a usable entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TableCause {
    /// No address was ever added, and no connection was ever established or
    /// attempted.
    NoPeers,
    /// The peers are in kad's client mode: they do not offer the protocol, so no
    /// table contains them.
    ClientMode {
        /// Whether they have a confirmed external address, which means that the
        /// application has set the mode.
        confirmed: bool,
    },
    /// The peers are in kad's client mode, and behind a router: their swarms have no
    /// confirmed external address, as no port of the router leads to them.
    ClientBehindRouter,
    /// A connection was established, but no identify exchange took place: one of the
    /// two hosts has no `identify::Behaviour`.
    NoIdentify,
    /// A connection was established, and the identify exchange on it failed.
    IdentifyFailed,
    /// identify has reported addresses of the peers, but no behaviour has passed them
    /// to kad.
    IdentifyNotForwarded,
    /// The hosts have no kad protocol name in common.
    ProtocolNames {
        /// The protocol names of the host whose table is diagnosed.
        here: Vec<StreamProtocol>,
        /// The protocol names of the peers.
        there: Vec<StreamProtocol>,
    },
    /// No address of the peers can be dialled.
    Undialable(DialObstacle),
    /// kad had entries for the peers, but the application removed them, or other
    /// peers replaced them.
    Removed,
    /// kad is configured to leave insertions to the application:
    /// `BucketInserts::Manual`.
    ManualInserts,
    /// kad has no room for the peers: their buckets contain as many other peers as the
    /// [limits](crate::check::Limits::bucket_size) of the test allow.
    BucketFull,
    /// kad has not inserted the peers: their buckets contain other peers and are full,
    /// although the limits of the test allow more, or `BucketInserts::Manual` is set.
    FullOrManual,
    /// It is too early to tell: operations are still in progress.
    TooEarly,
}

/// The reason why an address cannot be dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DialObstacle {
    /// No address is known.
    NoAddress,
    /// The simulated network only supports `/ip4/../tcp/..` addresses.
    NotSupported,
    /// No host has this IP address.
    NoHost,
    /// The address is of a private network in which the host has no interface.
    OtherNetwork,
    /// The host with this IP address was closed or has crashed.
    HostDown,
    /// The host with this IP address does not listen.
    NotListening,
    /// The host with this IP address listens on other addresses.
    OtherAddress,
    /// Another peer listens on the address.
    OtherPeer,
    /// The address is that of a router, which has not mapped the port.
    NotMapped(RouterId),
    /// The router has mapped the port, and its filter drops dials from this host.
    Filtered(RouterId),
    /// The address is that of the router in front of the host itself, and this router leads
    /// nothing back inside.
    NoHairpin(RouterId),
    /// The address is one of the private network behind this router, in which the host is
    /// not.
    Private(RouterId),
    /// A fault blocks packets or dials.
    Fault(FaultId),
}

impl TableCause {
    /// The router that it is about.
    pub(super) fn router(&self) -> Option<RouterId> {
        match self {
            TableCause::Undialable(obstacle) => obstacle.router(),
            _ => None,
        }
    }

    /// The remedy.
    pub(crate) fn remedy(&self) -> &'static str {
        match self {
            TableCause::NoPeers => {
                "call `kad.add_address(&peer, address)` with a bootstrap node, or connect the hosts"
            }
            TableCause::ClientMode { confirmed: false } => {
                "on these peers call `swarm.add_external_address(address)` or \
                 `kad.set_mode(Some(kad::Mode::Server))`, or add AutoNAT"
            }
            TableCause::ClientMode { confirmed: true } => {
                "on these peers call `kad.set_mode(None)` or `kad.set_mode(Some(kad::Mode::Server))`"
            }
            TableCause::ClientBehindRouter => {
                "none is needed if they are to stay clients; as servers they need an address that \
                 others can dial: have the router map a port (`sim.map_port(..)`, as UPnP does) and \
                 confirm it with `swarm.add_external_address(address)`, or listen by a relay"
            }
            TableCause::NoIdentify => {
                "add `identify::Behaviour` to both sides and pass on to kad what it learns, or call \
                 `kad.add_address(&peer, address)`"
            }
            TableCause::IdentifyFailed => {
                "connect the hosts again, by a connection that lasts until identify has run, or call \
                 `kad.add_address(&peer, address)`"
            }
            TableCause::IdentifyNotForwarded => {
                "on `identify::Event::Received { peer_id, info, .. }` call \
                 `kad.add_address(&peer_id, address)` for each of `info.listen_addrs`"
            }
            TableCause::ProtocolNames { .. } => {
                "give all hosts of one DHT the same protocol name in `kad::Config::new(name)`"
            }
            TableCause::Undialable(obstacle) => obstacle.remedy(),
            TableCause::Removed => {
                "look for `kad.remove_peer` and `kad.remove_address`, or add the peers again"
            }
            TableCause::ManualInserts => {
                "on `kad::Event::RoutablePeer { peer, address }` call \
                 `kad.add_address(&peer, address)`, or set `BucketInserts::OnConnected`"
            }
            TableCause::BucketFull | TableCause::FullOrManual => {
                "none is needed for a full bucket, as a bucket keeps the peers that it has; \
                 `kad::Config::set_kbucket_size` makes it larger"
            }
            TableCause::TooEarly => "let virtual time pass, for example with `sim.settle(..)`",
        }
    }
}

impl fmt::Display for TableCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, None)
    }
}

impl TableCause {
    /// Writes the cause, with what the test calls its router, if it does.
    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>, router: Option<&str>) -> fmt::Result {
        match self {
            TableCause::NoPeers => {
                f.write_str("no address was ever added, and no connection was ever made")
            }
            TableCause::ClientMode { confirmed: false } => f.write_str(
                "the peers are in kad's client mode, as their swarms have no confirmed external address",
            ),
            TableCause::ClientMode { confirmed: true } => f.write_str(
                "the peers are in kad's client mode, set by the application although an external \
                 address is confirmed",
            ),
            TableCause::ClientBehindRouter => f.write_str(
                "the peers are behind a router and in kad's client mode, as no address of theirs is \
                 confirmed that others can dial",
            ),
            TableCause::NoIdentify => f.write_str(
                "a connection came up and no identify exchange followed, so kad does not learn that \
                 the peer supports its protocol, nor where it listens",
            ),
            TableCause::IdentifyFailed => f.write_str(
                "a connection came up and the identify exchange on it failed, so kad does not learn \
                 that the peer supports its protocol, nor where it listens",
            ),
            TableCause::IdentifyNotForwarded => f.write_str(
                "identify has learnt where the peers listen, and no behaviour has told kad (kad \
                 reported `UnroutablePeer`)",
            ),
            TableCause::ProtocolNames { here, there } => write!(
                f,
                "the names of the kad protocol differ: {} here, {} there",
                list(here),
                list(there)
            ),
            TableCause::Undialable(obstacle) => obstacle.write(f, router),
            TableCause::Removed => f.write_str(
                "kad had entries for the peers, which the application removed or other peers replaced",
            ),
            TableCause::ManualInserts => f.write_str(
                "kad reported `RoutablePeer` and left the insertion to the application \
                 (`BucketInserts::Manual`)",
            ),
            TableCause::BucketFull => f.write_str(
                "the bucket is full: it holds as many other peers as it can, and kad refuses another",
            ),
            TableCause::FullOrManual => f.write_str(
                "kad reported the peers as routable and did not insert them: the bucket holds other \
                 peers and is full, or `BucketInserts::Manual` is set",
            ),
            TableCause::TooEarly => f.write_str(
                "dials, handshakes or identify exchanges are under way, or have had no time",
            ),
        }
    }
}

fn list(names: &[StreamProtocol]) -> String {
    let names: Vec<_> = names.iter().map(|name| name.to_string()).collect();
    names.join(", ")
}

impl DialObstacle {
    fn remedy(self) -> &'static str {
        match self {
            DialObstacle::NoAddress => {
                "call `kad.add_address(&peer, address)`, or name an address in `DialOpts`"
            }
            DialObstacle::NotSupported => {
                "add an address of the peer of a kind that the host dials (`HostBuilder::addresses`); \
                 by default hosts have and dial `/ip4/../tcp/..`, as `SimHost::address` gives it"
            }
            DialObstacle::NoHost
            | DialObstacle::OtherNetwork
            | DialObstacle::OtherAddress
            | DialObstacle::OtherPeer => {
                "add the address at which the peer listens, as `SimHost::address` gives it"
            }
            DialObstacle::HostDown => "restart the host, or add the address of another peer",
            DialObstacle::NotListening => {
                "make the host listen (`sim.listen(..)`; a `dial_only` host does not), or add the \
                 address of another peer"
            }
            DialObstacle::NotMapped(_) | DialObstacle::Filtered(_) | DialObstacle::Private(_) => {
                "have the router map a port of the peer (`sim.map_port(..)`, as UPnP does) and add \
                 that address, or reach the peer by a relay, with DCUtR for a hole punch"
            }
            DialObstacle::NoHairpin(_) => {
                "add the address that the peer has in the network of the host, or set `Nat::hairpin`"
            }
            DialObstacle::Fault(_) => "heal the fault",
        }
    }
}

impl From<RouterDrop> for DialObstacle {
    fn from(drop: RouterDrop) -> Self {
        match drop {
            RouterDrop::NotMapped(router) => DialObstacle::NotMapped(router),
            RouterDrop::Filtered(router) => DialObstacle::Filtered(router),
            RouterDrop::NoHairpin(router) => DialObstacle::NoHairpin(router),
        }
    }
}

impl DialObstacle {
    /// The router that it is about.
    pub(super) fn router(self) -> Option<RouterId> {
        match self {
            DialObstacle::NotMapped(router)
            | DialObstacle::Filtered(router)
            | DialObstacle::NoHairpin(router)
            | DialObstacle::Private(router) => Some(router),
            _ => None,
        }
    }
}

impl fmt::Display for DialObstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, None)
    }
}

impl DialObstacle {
    /// Writes the obstacle, with what the test calls its router, if it does.
    fn write(self, f: &mut fmt::Formatter<'_>, name: Option<&str>) -> fmt::Result {
        f.write_str(match self {
            DialObstacle::NoAddress => "no address of the peers is known",
            DialObstacle::NotSupported => "the host does not dial addresses of this kind",
            DialObstacle::NoHost => "no host has the ip of the address",
            DialObstacle::OtherNetwork => {
                "the address is of a private network in which the host has no interface"
            }
            DialObstacle::HostDown => "the host of the address is down",
            DialObstacle::NotListening => "the host of the address does not listen",
            DialObstacle::OtherAddress => "the host of the ip listens on another address",
            DialObstacle::OtherPeer => "another peer listens on the address",
            DialObstacle::NotMapped(router) => {
                return f.write_str(&RouterDrop::NotMapped(router).told(name));
            }
            DialObstacle::Filtered(router) => {
                return f.write_str(&RouterDrop::Filtered(router).told(name));
            }
            DialObstacle::NoHairpin(router) => {
                return f.write_str(&RouterDrop::NoHairpin(router).told(name));
            }
            DialObstacle::Private(router) => {
                return write!(
                    f,
                    "the address is private to the network behind {}, in which the host is not",
                    labelled(router, name)
                );
            }
            DialObstacle::Fault(fault) => {
                return write!(f, "{fault} keeps packets or dials from arriving");
            }
        })
    }
}
