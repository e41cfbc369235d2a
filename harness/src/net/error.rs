//! The errors of the network.
//!
//! Responsible for the errors and for the [`io::ErrorKind`] that each one shows
//! to the code under test. It must not know how they come about.

use std::io;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::endpoint::Endpoint;
use super::fault::FaultId;
use super::host::HostId;
use super::router::RouterId;

/// The error of a call to the network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetError {
    /// There is no such host.
    #[error("there is no {host}; make it with `Fabric::add_host` first")]
    NoSuchHost {
        /// The missing host.
        host: HostId,
    },
    /// The host is down, or has crashed since the transport was created.
    #[error("{host} is down or has restarted; revive it and make a new transport")]
    HostDown {
        /// The host.
        host: HostId,
    },
    /// Another host has the address, and something is alive on it.
    #[error("{ip} belongs to {owner}, on which something is alive; close or crash it first")]
    IpInUse {
        /// The requested address.
        ip: Ipv4Addr,
        /// The host that has it.
        owner: HostId,
    },
    /// A router has the address.
    #[error("{ip} belongs to {}; choose another address", labelled(*.router, .name.as_deref()))]
    IpOfRouter {
        /// The requested address.
        ip: Ipv4Addr,
        /// The router that has it.
        router: RouterId,
        /// What the test calls it, if it does.
        name: Option<String>,
    },
    /// Another listener of the host has the port.
    #[error("{host} already listens on port {port}; choose another or 0")]
    PortInUse {
        /// The host.
        host: HostId,
        /// The port.
        port: u16,
    },
    /// The host does not have the ip on which it should listen.
    #[error(
        "{host} does not have the address {address}; listen on 0.0.0.0, on ::, or on its own ip"
    )]
    AddressNotLocal {
        /// The host.
        host: HostId,
        /// The requested address.
        address: Endpoint,
    },
    /// The ip is one of a private network, in which a host has an address beside its own.
    #[error("{ip} is an address of a private network: name one outside 172.16.0.0/12")]
    IpOfNetwork {
        /// The ip.
        ip: Ipv4Addr,
    },
    /// The host asks for a port of a router, and is behind none.
    #[error("{host} is behind no router that could map a port")]
    NotBehindRouter {
        /// The host.
        host: HostId,
    },
    /// The router maps no ports on request.
    #[error(
        "{} refuses to map the port: set `Nat::port_mapping`",
        labelled(*.router, .name.as_deref())
    )]
    PortMappingRefused {
        /// The router.
        router: RouterId,
        /// What the test calls it, if it does.
        name: Option<String>,
    },
    /// The router has mapped the port for another host behind it.
    #[error(
        "{} has mapped the port for another host already: let one host behind it ask for a port",
        labelled(*.router, .name.as_deref())
    )]
    PortMapped {
        /// The router.
        router: RouterId,
        /// What the test calls it, if it does.
        name: Option<String>,
    },
    /// The fault was healed before, or was never installed.
    #[error("{fault} is not in force")]
    NotInForce {
        /// The fault.
        fault: FaultId,
    },
    /// Substreams cannot be reset because the network cannot tell them apart.
    #[error(
        "{a} and {b} are connected by byte pipes, in which substreams cannot be told apart; \
         run on the mux transport, or reset their connections with `ResetScope::Between`"
    )]
    SubstreamsInvisible {
        /// One host.
        a: HostId,
        /// The other.
        b: HostId,
    },
}

/// A router by its name, or by its number.
pub(crate) fn labelled(router: RouterId, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("router {name}"),
        None => router.to_string(),
    }
}

impl NetError {
    /// The error with what the test calls its router.
    pub(crate) fn naming(mut self, named: impl Fn(RouterId) -> Option<String>) -> Self {
        if let NetError::IpOfRouter { router, name, .. }
        | NetError::PortMappingRefused { router, name }
        | NetError::PortMapped { router, name } = &mut self
        {
            *name = named(*router);
        }
        self
    }
}

impl From<NetError> for io::Error {
    fn from(error: NetError) -> Self {
        let kind = match error {
            NetError::NoSuchHost { .. } | NetError::NotInForce { .. } => io::ErrorKind::NotFound,
            NetError::HostDown { .. } => io::ErrorKind::NetworkDown,
            NetError::IpInUse { .. }
            | NetError::IpOfRouter { .. }
            | NetError::PortInUse { .. }
            | NetError::PortMapped { .. } => io::ErrorKind::AddrInUse,
            NetError::AddressNotLocal { .. } => io::ErrorKind::AddrNotAvailable,
            NetError::SubstreamsInvisible { .. }
            | NetError::IpOfNetwork { .. }
            | NetError::NotBehindRouter { .. }
            | NetError::PortMappingRefused { .. } => io::ErrorKind::Unsupported,
        };
        io::Error::new(kind, error)
    }
}

/// The error of a dial, a connection or a substream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error, Serialize, Deserialize)]
pub enum ConnError {
    /// The dialled address has no listener.
    #[error("connection refused")]
    Refused,
    /// The dial was not answered, or data not acknowledged, within the timeout.
    #[error("timed out")]
    TimedOut,
    /// The remote, or a fault, reset the connection or substream.
    #[error("reset by the remote or by a fault")]
    Reset,
    /// Data was written after the remote, or this side, had closed.
    #[error("written after close")]
    BrokenPipe,
    /// The remote closed the muxed connection in an orderly way.
    #[error("closed by the remote")]
    ClosedByRemote,
    /// This side closed the connection.
    #[error("closed by this side")]
    ClosedLocally,
    /// The host no longer has the connection's local address.
    #[error("the local address is gone")]
    AddressGone,
    /// The host crashed.
    #[error("the host has crashed")]
    HostDown,
    // Digests depend on the order of the variants: new ones stand at the end.
    /// The dial has met a dial of the other side, and both began the handshake.
    #[error("both sides dialled at once and began the handshake")]
    SimultaneousOpen,
}

impl From<ConnError> for io::Error {
    fn from(error: ConnError) -> Self {
        let kind = match error {
            ConnError::Refused => io::ErrorKind::ConnectionRefused,
            ConnError::TimedOut => io::ErrorKind::TimedOut,
            ConnError::Reset | ConnError::AddressGone | ConnError::SimultaneousOpen => {
                io::ErrorKind::ConnectionReset
            }
            ConnError::BrokenPipe => io::ErrorKind::BrokenPipe,
            ConnError::ClosedByRemote | ConnError::ClosedLocally => {
                io::ErrorKind::ConnectionAborted
            }
            ConnError::HostDown => io::ErrorKind::NetworkDown,
        };
        io::Error::new(kind, error)
    }
}
