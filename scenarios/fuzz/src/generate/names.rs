//! Operations on the name of a server.

use std::{net::Ipv4Addr, time::Duration};

use dht_harness::net::AddressKinds;
use libp2p::{Multiaddr, multiaddr::Protocol};

use super::{
    draft::OpDraft,
    model::{HostKind, Model},
    op::FuzzOp,
    population::SCRIPTED,
    steps::may_fail,
};
use dht_scenarios::{
    action::Action,
    file::{HostGroup, HostName},
    step::{Fails, Step},
    syntax::{Address, DomainName, Hosts},
};

/// The name.
const NAME: &str = "boot.example";

/// What the error of a dial says if there is no such name.
const NO_SUCH_NAME: &str = "there is no name";

/// How long the resolver takes, at times too long (10 s).
const ANSWERS: [Option<u64>; 5] = [None, Some(30), Some(2_000), Some(9_000), Some(11_000)];

/// A host dials a server by its name, for which the name may stand just since now, or which may
/// have been removed.
pub(super) fn names(model: &mut Model, _: FuzzOp, draft: &OpDraft) -> Option<Vec<Step>> {
    let servers = model.live_of(HostKind::Server);
    let named = match draft.how.of(5) {
        0 | 1 => model.named_host(),
        _ => model.one(&servers, draft.peer)?,
    };
    let mut others = model.live();
    others.retain(|other| *other != named);
    let from = model.one(&others, draft.host)?;
    let dial = |address: Multiaddr| Action::Dial {
        from: model.host(from),
        address: Some(Address::Literal(address)),
        peer: None,
        new_port: false,
    };
    let address = match draft.how.other().chance(50) {
        true => Multiaddr::empty().with(Protocol::Dnsaddr(NAME.into())),
        false => by_name(&model.kinds),
    };
    let set = |to: usize, after: Option<u64>| Action::SetName {
        name: DomainName(NAME.to_owned()),
        hosts: model.host(to),
        after: after.map(Duration::from_millis),
    };
    let steps = match draft.how.of(5) {
        0 | 1 => vec![may_fail(dial(address))],
        2 | 3 => vec![
            Step::from(set(named, draft.how.other().other().among(&ANSWERS))),
            may_fail(dial(address)),
        ],
        _ => vec![
            Step::from(Action::RemoveName {
                name: DomainName(NAME.to_owned()),
            }),
            Step {
                action: dial(address),
                fails: Fails::With(NO_SUCH_NAME.to_owned()),
            },
            Step::from(set(named, None)),
        ],
    };
    model.name_target = Some(named);
    model.connect(from, named);
    Some(steps)
}

/// The first address of a host of these kinds, with the name in place of the IP address.
fn by_name(kinds: &AddressKinds) -> Multiaddr {
    let home = kinds.listen_addresses(Ipv4Addr::LOCALHOST).swap_remove(0);
    let parts = home.iter().map(|part| match part {
        Protocol::Ip4(_) => Protocol::Dns4(NAME.into()),
        Protocol::Ip6(_) => Protocol::Dns6(NAME.into()),
        part => part,
    });
    parts.collect()
}

/// The names of a file, and the hosts that resolve them, if a step dials one.
pub(super) fn declared(model: &Model, hosts: &mut [HostGroup]) -> Vec<HostName> {
    if model.name_target.is_none() {
        return Vec::new();
    }
    for group in hosts.iter_mut().filter(|group| group.name != SCRIPTED) {
        group.addresses = Some(model.kinds.clone().with_names());
    }
    vec![HostName {
        name: DomainName(NAME.to_owned()),
        hosts: Hosts::named(model.name(model.first_server())),
        after: None,
    }]
}
