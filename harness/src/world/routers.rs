//! The routers of a simulation, and the hosts behind them.

use std::net::Ipv4Addr;

use indexmap::IndexMap;
use libp2p::Multiaddr;

use super::World;
use crate::{
    net::{Endpoint, HostId, IdHash, Nat, RouterId, labelled},
    trace::RouterTag,
};

/// The routers, and which is in front of which host.
#[derive(Debug, Default)]
pub(super) struct Routers {
    /// By number.
    all: Vec<Router>,
    /// The router in front of each host that is behind one.
    in_front: IndexMap<HostId, RouterId, IdHash>,
}

#[derive(Debug)]
struct Router {
    nat: Nat,
    /// The router in front of it.
    outer: Option<RouterId>,
    name: Option<String>,
}

impl World {
    /// Notes a router that was added: ids count from 0.
    pub(crate) fn note_router(&self, id: RouterId, nat: Nat, outer: Option<RouterId>) {
        let mut routers = self.routers.borrow_mut();
        debug_assert_eq!(routers.all.len(), id.0 as usize);
        routers.all.push(Router {
            nat,
            outer,
            name: None,
        });
    }

    pub(crate) fn name_router(&self, id: RouterId, name: String) {
        self.engine
            .journal(|journal| journal.name_router(id, name.clone()));
        let mut routers = self.routers.borrow_mut();
        let router = routers.all.get_mut(id.0 as usize);
        router
            .unwrap_or_else(|| panic!("there is no {id}; create it with `Sim::add_router`"))
            .name = Some(name);
    }

    /// What the test calls a router; `None` if it has no name.
    pub(crate) fn router_name(&self, id: RouterId) -> Option<String> {
        let routers = self.routers.borrow();
        routers.all.get(id.0 as usize)?.name.clone()
    }

    /// The router that has this address outside, by its name or its number.
    pub(crate) fn router_at(&self, ip: Ipv4Addr) -> Option<String> {
        let count = self.routers.borrow().all.len() as u32;
        let mut all = (0..count).map(RouterId);
        let router = all.find(|router| self.fabric().router_ip(*router) == ip)?;
        Some(labelled(router, self.router_name(router).as_deref()))
    }

    /// Which router has dropped the last dial of a host to an address, and why, if one has.
    pub(crate) fn drop_told(&self, host: HostId, address: &Multiaddr) -> Option<String> {
        let drop = self.fabric().dropped(host, &Endpoint::of(address)?)?;
        Some(drop.told(self.router_name(drop.router()).as_deref()))
    }

    /// Notes the router in front of a host, if there is one.
    pub(crate) fn note_behind(&self, host: HostId, router: Option<RouterId>) {
        let in_front = &mut self.routers.borrow_mut().in_front;
        match router {
            Some(router) => {
                in_front.insert(host, router);
            }
            None => {
                in_front.swap_remove(&host);
            }
        }
    }

    /// The routers in front of a host, from the nearest one on.
    pub(crate) fn routers_of(&self, host: HostId) -> Vec<RouterTag> {
        let routers = self.routers.borrow();
        let mut next = routers.in_front.get(&host).copied();
        let mut found = Vec::new();
        while let Some(id) = next
            && let Some(router) = routers.all.get(id.0 as usize)
        {
            found.push(RouterTag {
                router: id.0,
                name: router.name.clone(),
                nat: router.nat,
            });
            next = router.outer;
        }
        found
    }
}
