//! The hosts of a run, by name.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc, sync::Arc};

use dht_fixtures::identities;
use dht_harness::{
    Sim, SimError, World,
    net::{HostId, RouterId},
};
use indexmap::IndexMap;
use libp2p::{PeerId, identity::Keypair};

use super::scripts;
use crate::{
    file::{HostGroup, ScenarioFile, members, members_for_report},
    host::{HostHandle, HostSpec},
    stacks::Stacks,
    syntax::{Hosts, Key, RouterName},
};

/// An acting host and the host that it acts on.
pub(super) type Pair = (Rc<dyn HostHandle>, Rc<dyn HostHandle>);

/// The hosts of a run.
pub(super) struct HostRegistry {
    file: Arc<ScenarioFile>,
    stacks: Stacks,
    /// The stack of the hosts that specify none.
    stack: String,
    groups: IndexMap<String, Vec<String>>,
    /// The numbers of the identities that are not searched for a bucket.
    identities: IndexMap<String, u64>,
    actors: RefCell<IndexMap<String, Rc<dyn HostHandle>>>,
    /// The numbers of hosts on which faults take effect before they are spawned.
    expected: RefCell<BTreeMap<String, HostId>>,
    /// Those of each entry of the file, in their order.
    routers: RefCell<Vec<Vec<RouterId>>>,
}

impl HostRegistry {
    pub(super) fn new(file: Arc<ScenarioFile>, stacks: Stacks, stack: String) -> Self {
        HostRegistry {
            stacks,
            stack,
            groups: file.members_of_groups(),
            identities: file.identities(),
            file,
            actors: RefCell::default(),
            expected: RefCell::default(),
            routers: RefCell::default(),
        }
    }

    /// Adds the routers of the file.
    pub(super) fn add_routers(&self, sim: &mut Sim) {
        for group in &self.file.routers {
            let routers = (0..group.size()).map(|number| {
                let outer = group.behind.as_ref();
                let router = match outer.and_then(|outer| self.router(outer, number)) {
                    Some(outer) => sim.add_router_behind(outer, group.nat()),
                    None => sim.add_router(group.nat()),
                };
                let name = match group.count {
                    Some(_) => format!("{}{number}", group.name),
                    None => group.name.clone(),
                };
                sim.name_router(router, name);
                router
            });
            let routers: Vec<RouterId> = routers.collect();
            self.routers.borrow_mut().push(routers);
        }
    }

    /// How many hosts of earlier groups are behind routers of the same name.
    fn hosts_before(&self, group: &HostGroup) -> usize {
        let earlier = self.file.hosts.iter();
        let earlier = earlier.take_while(|other| other.name != group.name);
        let same = earlier.filter(|other| other.behind == group.behind);
        same.map(HostGroup::size).sum()
    }

    /// The router for the thing with this number behind routers of a name, in turn.
    fn router(&self, name: &str, number: usize) -> Option<RouterId> {
        let routers = self.routers.borrow();
        let mut groups = self.file.routers.iter().zip(routers.iter());
        groups.find_map(|(group, routers)| match group.name == name {
            true => routers.get(number % routers.len().max(1)).copied(),
            false => {
                let number = name.strip_prefix(&group.name)?.parse::<usize>().ok()?;
                group.count.and_then(|_| routers.get(number).copied())
            }
        })
    }

    /// The router of this name.
    pub(super) fn router_named(&self, name: &str) -> Result<RouterId, SimError> {
        let router = self.router(name, 0);
        router.ok_or_else(|| SimError::Other(format!("no router is called {name}")))
    }

    /// The router in front of a network; `None` for the internet.
    pub(super) fn network(&self, name: &RouterName) -> Result<Option<RouterId>, SimError> {
        name.router()
            .map(|name| self.router_named(name))
            .transpose()
    }

    /// Spawns the hosts of a group, or only those in `only`.
    pub(super) fn enter(
        &self,
        sim: &mut Sim,
        group: &HostGroup,
        only: Option<&[String]>,
    ) -> Result<(), SimError> {
        let members = group.members();
        let keypairs = self.keypairs(group, &members)?;
        let first_turn = self.hosts_before(group);
        for (number, (name, keypair)) in members.into_iter().zip(keypairs).enumerate() {
            if only.is_some_and(|only| !only.contains(&name)) {
                continue;
            }
            if self.actors.borrow().contains_key(&name) {
                return Err(SimError::Other(format!(
                    "{name} was spawned already: `restart {name}` starts it again"
                )));
            }
            let stack = group.stack.as_deref().unwrap_or(&self.stack);
            // A host that a script names may be spawned later, see `Runner::enter`.
            let script = group.script.as_ref();
            let script = script.map(|script| scripts::behaviour(script, Vec::new()));
            let mut settings = group.settings.clone();
            // A host that does not listen must not announce an address, and that of a host
            // behind a router is private.
            settings.announce_address &= !group.dial_only && group.behind.is_none();
            let behind = group.behind.as_ref();
            let role = HostSpec {
                name: name.clone(),
                keypair,
                settings,
                behind: behind.and_then(|router| self.router(router, first_turn + number)),
                kinds: group.kinds(),
                interfaces: group.interfaces(),
                dial_only: group.dial_only,
                script,
            };
            let handle = self.stacks.spawn(stack, sim, role).ok_or_else(|| {
                let known: Vec<_> = self.stacks.names().collect();
                SimError::Other(format!(
                    "{name}: no stack is called {stack:?}; there are {}",
                    known.join(", ")
                ))
            })?;
            if let Some(region) = &group.region {
                sim.place(handle.id(), region)?;
            }
            self.actors.borrow_mut().insert(name, handle);
        }
        Ok(())
    }

    /// The identities of a group: those with its numbers or, for a bucket, those that
    /// no earlier group uses.
    fn keypairs(&self, group: &HostGroup, members: &[String]) -> Result<Vec<Keypair>, SimError> {
        let Some(ground) = &group.ground else {
            let numbers = members.iter().map(|name| self.identities[name]);
            return Ok(numbers.map(identities::identity).collect());
        };
        let taken: usize = self
            .file
            .hosts
            .iter()
            .take_while(|other| other.name != group.name)
            .filter(|other| other.ground.as_ref() == Some(ground))
            .map(|other| other.members().len())
            .sum();
        let of = self.peer_of(group, &ground.of)?;
        let found = identities::ground_many(of, ground.bucket.into(), taken + members.len());
        Ok(found.into_iter().skip(taken).collect())
    }

    /// The peer id of the host that the identities of a group are near to. It need not be
    /// up yet.
    fn peer_of(&self, group: &HostGroup, host: &str) -> Result<PeerId, SimError> {
        if let Some(handle) = self.actors.borrow().get(host) {
            return Ok(handle.peer());
        }
        // Groups before this one are those before its name; a search among these ends.
        let before = self
            .file
            .hosts
            .iter()
            .take_while(|other| other.name != group.name);
        let plain = self
            .file
            .hosts
            .iter()
            .filter(|other| other.ground.is_none());
        let found = before.chain(plain).find_map(|other| {
            let members = other.members();
            let position = members.iter().position(|member| member == host)?;
            Some((other, members, position))
        });
        match found {
            Some((other, members, position)) => {
                let keypairs = self.keypairs(other, &members)?;
                Ok(keypairs[position].public().to_peer_id())
            }
            None => Err(SimError::Other(format!(
                "`{}` has its identities near `{host}`, which has its own near another host: \
                 declare `{host}` first",
                group.name
            ))),
        }
    }

    /// A host that is up or was up.
    pub(super) fn handle(&self, name: &str) -> Result<Rc<dyn HostHandle>, SimError> {
        self.actors.borrow().get(name).cloned().ok_or_else(|| {
            SimError::Other(format!(
                "{name} is not up yet: add `spawn {name}` before this step"
            ))
        })
    }

    /// The only host of a list.
    pub(super) fn one(&self, hosts: &Hosts) -> Result<Rc<dyn HostHandle>, SimError> {
        match <[_; 1]>::try_from(self.all(hosts)?) {
            Ok([one]) => Ok(one),
            Err(many) => Err(SimError::Other(format!(
                "exactly one host has to be named here, not {}",
                many.len()
            ))),
        }
    }

    /// The hosts of a list.
    pub(super) fn all(&self, hosts: &Hosts) -> Result<Vec<Rc<dyn HostHandle>>, SimError> {
        members(hosts, &self.groups)
            .iter()
            .map(|name| self.handle(name))
            .collect()
    }

    /// The names of a list of hosts, whether or not they are up.
    pub(super) fn names(&self, hosts: &Hosts) -> Vec<String> {
        members(hosts, &self.groups)
    }

    /// The numbers of a list of hosts that are up, were up, or are spawned next.
    pub(super) fn ids(&self, hosts: &Hosts) -> Result<Vec<HostId>, SimError> {
        let names = members(hosts, &self.groups);
        let expected = self.expected.borrow();
        let ids = names.iter().map(|name| match expected.get(name) {
            Some(id) => Ok(*id),
            None => Ok(self.handle(name)?.id()),
        });
        ids.collect()
    }

    /// Whether all hosts of a list have a number. No hash keys are drawn for it.
    pub(super) fn are_known(&self, hosts: &Hosts) -> bool {
        let (actors, expected) = (self.actors.borrow(), self.expected.borrow());
        let names = members_for_report(hosts, &self.groups);
        let mut names = names.iter();
        names.all(|name| actors.contains_key(name) || expected.contains_key(name))
    }

    /// All pairs of the numbers of different hosts, one of each list.
    pub(super) fn id_pairs(
        &self,
        hosts: &Hosts,
        peers: &Hosts,
    ) -> Result<Vec<(HostId, HostId)>, SimError> {
        let (hosts, peers) = (self.ids(hosts)?, self.ids(peers)?);
        let pairs = hosts
            .iter()
            .flat_map(|host| peers.iter().map(|peer| (*host, *peer)));
        Ok(pairs.filter(|(host, peer)| host != peer).collect())
    }

    /// Some of the hosts of a group, in the order in which they are spawned.
    pub(super) fn in_order(&self, group: &HostGroup, wanted: &[String]) -> Vec<String> {
        let mut members = group.members();
        members.retain(|member| wanted.contains(member));
        members
    }

    /// Gives hosts that are spawned next, in this order, the numbers that they will have.
    pub(super) fn expect(&self, world: &World, hosts: &[String]) {
        let first = world.hosts().count() as u32;
        let numbered = hosts.iter().cloned().zip((first..).map(HostId));
        self.expected.borrow_mut().extend(numbered);
    }

    /// The hosts of a list that are up or were up, for a report.
    pub(super) fn reported(&self, hosts: &Hosts) -> Vec<Rc<dyn HostHandle>> {
        members_for_report(hosts, &self.groups)
            .iter()
            .filter_map(|name| self.handle(name).ok())
            .collect()
    }

    /// All pairs of a host of one list and a host of the other, without pairs of a
    /// host with itself.
    pub(super) fn pairs(&self, hosts: &Hosts, peers: &Hosts) -> Result<Vec<Pair>, SimError> {
        let peers = self.all(peers)?;
        let mut pairs = Vec::new();
        for host in self.all(hosts)? {
            for other in &peers {
                if host.id() != other.id() {
                    pairs.push((Rc::clone(&host), Rc::clone(other)));
                }
            }
        }
        Ok(pairs)
    }

    /// The stacks that hosts may use.
    pub(super) fn stacks(&self) -> &Stacks {
        &self.stacks
    }

    pub(super) fn key(&self, key: &Key) -> Result<Vec<u8>, SimError> {
        match key {
            Key::Text(text) => Ok(text.clone().into_bytes()),
            Key::Peer(host) => Ok(self.handle(host)?.peer().to_bytes()),
            Key::Hex(bytes) => Ok(bytes.clone()),
        }
    }
}
