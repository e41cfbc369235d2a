//! What the author of a file can do about a table without usable entries, and about errors.
//!
//! The diagnosis or the error says what an application or a test in Rust can do; this says it in
//! the words of files.

use dht_harness::{
    SimError,
    diagnosis::{DialObstacle, TableCause},
    host::{DialReason, HostError},
    net::{NameError, NetError},
};

/// The remedy in a file. `None` if only the application can change it.
pub(crate) fn in_a_file(cause: &TableCause) -> Option<&'static str> {
    Some(match cause {
        TableCause::NoPeers => "add `bootstrap` to the host, or a step `add-address` or `connect`",
        TableCause::ClientMode { confirmed: false } => {
            "add a step `add-external` or `set-mode HOSTS server` for these peers"
        }
        TableCause::ClientMode { confirmed: true } => {
            "add a step `set-mode HOSTS auto` for these peers"
        }
        TableCause::ClientBehindRouter => {
            "add a step `map-port` for these peers, with port_mapping = true at their router, or \
             `listen HOSTS on=@RELAY/p2p-circuit`"
        }
        TableCause::NoIdentify | TableCause::IdentifyNotForwarded => {
            "use a stack with identify, such as `kad-identify`, or a step `add-address`"
        }
        TableCause::IdentifyFailed => "add a step `connect` after that, or a step `add-address`",
        TableCause::ProtocolNames { .. } => "set the same `protocol` for all hosts",
        TableCause::Undialable(
            DialObstacle::NoAddress
            | DialObstacle::NotSupported
            | DialObstacle::NoHost
            | DialObstacle::OtherAddress
            | DialObstacle::OtherPeer,
        ) => "add a step `add-address`, without `address` for that at which the peer listens",
        TableCause::Undialable(
            DialObstacle::NotMapped(_) | DialObstacle::Filtered(_) | DialObstacle::Private(_),
        ) => {
            "add a step `map-port` for the peer, with port_mapping = true at its router, or dial it \
             as `@RELAY/p2p-circuit/p2p/HOST`, with `dcutr` for a hole punch"
        }
        TableCause::Undialable(DialObstacle::NoHairpin(_)) => {
            "set hairpin = true at the router, or add the private address with `add-address`"
        }
        TableCause::Undialable(DialObstacle::HostDown) => "add a step `restart`",
        TableCause::Undialable(DialObstacle::NotListening) => {
            "add a step `listen`, or remove `dial_only` or `listen = false`"
        }
        TableCause::Undialable(DialObstacle::Fault(_)) => "add a step `heal` or `heal-all`",
        TableCause::Removed => "add a step `add-address` after the peer was removed or replaced",
        TableCause::ManualInserts => {
            "add a step `add-address`, or set `inserts = \"on-connected\"`"
        }
        TableCause::Undialable(DialObstacle::OtherNetwork) => {
            "name the private network under `interfaces` of the host, or add another address with \
             `add-address`"
        }
        TableCause::BucketFull => "set a greater `bucket_size`",
        TableCause::FullOrManual => {
            "set a greater `bucket_size`, or add a step `add-address`, or set \
             `inserts = \"on-connected\"`"
        }
        TableCause::TooEarly => "add a step `settle` or `run`",
        _ => return None,
    })
}

/// What the author of a file can do about an error that tells it in the terms of the library.
pub(super) fn of_an_error(error: &SimError) -> Option<&'static str> {
    match error {
        SimError::Net(NetError::PortMappingRefused { .. }) => {
            Some("set port_mapping = true at the router, unless a line has switched it off")
        }
        SimError::Net(NetError::SubstreamsInvisible { .. }) => {
            Some("set transports = [\"mux\"], or reset the connections with `reset`")
        }
        SimError::Host(HostError::Dial { reason, .. }) if names_no_name(reason) => {
            Some("declare the name under `names`, or add a step `set-name`")
        }
        _ => None,
    }
}

/// Whether a dial failed because an address has a name that is not set.
fn names_no_name(reason: &DialReason) -> bool {
    let mut addresses = reason.addresses().iter();
    addresses.any(|address| matches!(address.name, Some(NameError::NoSuchName(_))))
}

#[cfg(test)]
mod tests {
    use dht_harness::{
        host::AddressError,
        identity,
        net::{HostId, RouterId},
    };

    use super::*;

    #[test]
    fn errors_that_name_the_library_have_a_remedy_in_a_file() {
        let refused = NetError::PortMappingRefused {
            router: RouterId(0),
            name: None,
        };
        let invisible = NetError::SubstreamsInvisible {
            a: HostId(0),
            b: HostId(1),
        };
        let remedy = |error: NetError| of_an_error(&error.into());
        assert!(remedy(refused).is_some_and(|it| it.contains("port_mapping = true")));
        assert!(remedy(invisible).is_some_and(|it| it.contains("transports")));
        let peer = identity(1).public().to_peer_id();
        let dial = |name: Option<NameError>| {
            let address = AddressError {
                address: "/dns4/boot.example/tcp/4001".parse().unwrap(),
                reason: Some("Timeout has been reached".to_owned()),
                name,
                router: None,
            };
            SimError::from(HostError::Dial {
                peer,
                remote: None,
                reason: DialReason::Addresses(vec![address]),
            })
        };
        let unknown = NameError::NoSuchName("boot.example".to_owned());
        let named = of_an_error(&dial(Some(unknown)));
        assert!(named.is_some_and(|it| it.contains("set-name")));
        assert_eq!(of_an_error(&dial(None)), None);
    }
}
