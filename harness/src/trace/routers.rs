//! Routers in a trace.

use serde::{Deserialize, Serialize};

use crate::net::{Nat, NatDependence};

/// A router in front of a host.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RouterTag {
    /// Its number, from 0 per simulation.
    pub router: u32,
    /// What the test calls it, if it does.
    pub name: Option<String>,
    /// What it does with addresses.
    pub nat: Nat,
}

impl RouterTag {
    /// Its name, or its number.
    pub fn label(&self) -> String {
        match &self.name {
            Some(name) => name.clone(),
            None => format!("router {}", self.router),
        }
    }

    /// The kind of its address translation, by the terms of RFC 3489 (section 5) where these
    /// exist, with what it grants in addition.
    pub fn kind(&self) -> String {
        use NatDependence::{AddressAndPortDependent, AddressDependent, EndpointIndependent};
        let nat = &self.nat;
        let mut kind = match (nat.mapping, nat.filtering) {
            (EndpointIndependent, EndpointIndependent) => "full cone".to_owned(),
            (EndpointIndependent, AddressDependent) => "restricted cone".to_owned(),
            (EndpointIndependent, AddressAndPortDependent) => "port-restricted cone".to_owned(),
            (AddressAndPortDependent, AddressAndPortDependent) => "symmetric".to_owned(),
            (mapping, filtering) => {
                format!("{} mapping, {} filtering", word(mapping), word(filtering))
            }
        };
        for (has, what) in [
            (nat.carrier_grade, "carrier-grade"),
            (nat.hairpin, "hairpin"),
            (nat.port_mapping, "maps ports"),
        ] {
            if has {
                kind.push_str(", ");
                kind.push_str(what);
            }
        }
        kind
    }
}

fn word(dependence: NatDependence) -> &'static str {
    match dependence {
        NatDependence::EndpointIndependent => "endpoint-independent",
        NatDependence::AddressDependent => "address-dependent",
        NatDependence::AddressAndPortDependent => "address and port-dependent",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_a_router_is_told_by_its_usual_name() {
        let tag = |nat| RouterTag {
            router: 3,
            name: None,
            nat,
        };
        let usual = tag(Nat::default());
        assert_eq!(
            (usual.label(), usual.kind()),
            ("router 3".to_owned(), "port-restricted cone".to_owned())
        );
        let dependence = NatDependence::AddressAndPortDependent;
        let symmetric = Nat {
            mapping: dependence,
            carrier_grade: true,
            ..Nat::default()
        };
        assert_eq!(tag(symmetric).kind(), "symmetric, carrier-grade");
        let odd = Nat {
            mapping: NatDependence::AddressDependent,
            filtering: NatDependence::EndpointIndependent,
            ..Nat::default()
        };
        assert_eq!(
            tag(odd).kind(),
            "address-dependent mapping, endpoint-independent filtering"
        );
    }
}
