//! The simulated network.
//!
//! Hosts, the links between them, and the two transports through which unforked
//! libp2p swarms use them. The stream transport carries bytes, for the user's
//! own encryption and multiplexing. The mux transport carries substreams between
//! known identities and costs far less. Both behave as TCP does on Linux,
//! including what a peer sees when the other one crashes, and that a connection
//! does not survive a change of the host's IP address. Connections to addresses of
//! QUIC follow the rules of libp2p-quic instead.
//!
//! Everything that happens goes through one `Fabric`, in virtual time, in an
//! order that depends only on the seed and on the actions of the hosts. This
//! module must not know about swarms, tasks or the driver of the network.

mod address;
mod address_kinds;
mod config;
mod connection;
mod direction;
mod endpoint;
mod error;
mod event;
mod fabric;
mod fault;
mod fault_text;
mod hash;
mod heap;
mod host;
mod interfaces;
mod latency;
mod link;
mod mappings;
mod names;
mod nat;
mod network;
mod outbox;
mod probability;
mod regions;
mod release;
mod router;
mod rules;
mod samples;
mod shared_link;
mod side;
mod substream;
mod transport;
mod transport_kind;
mod wire;

pub(crate) use address::{Dialability, RELAY, relay_in, transport_of, without_peer};
pub use address::{FIRST_EPHEMERAL_PORT, numbered_ip};
pub use address_kinds::{AddressKinds, KindsError};
pub use config::{Bandwidth, NetworkConfig, Sharing};
pub use endpoint::{Carrier, Endpoint, IpVersion, LISTEN_PORT};
pub(crate) use error::labelled;
pub use error::{ConnError, NetError};
pub use event::{CloseKind, ConnId, ConnKind, NetEvent};
pub(crate) use fabric::Fabric;
pub use fault::{
    CutScope, DialFault, DialTarget, Fault, FaultId, FaultRecord, LinkScope, LossEffect,
    ResetScope, Which,
};
pub(crate) use fault_text::described;
pub(crate) use hash::IdHash;
pub use host::{Counter, HostId, HostResources, TrafficStats};
pub use interfaces::{Interfaces, InterfacesError, PRIVATE_NETWORKS};
pub use latency::Latency;
pub use mappings::QUIC_KEEP_ALIVE;
pub use names::{NameError, NameRecords, name_in};
pub use nat::{Nat, NatDependence};
pub(crate) use network::{Reach, RouterDrop};
pub use probability::{NotAProbability, Probability};
pub use regions::{Region, Regions, RegionsError};
pub use router::RouterId;
pub use samples::{NoSamples, Samples};
pub(crate) use transport::Attempts;
pub use transport_kind::TransportKind;
pub(crate) use wire::WireEvent;
