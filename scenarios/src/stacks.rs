//! What hosts consist of, by name.

use std::{rc::Rc, sync::Arc};

use dht_fixtures::{
    KadSettings, Stack,
    patterns::{Pattern, Variant},
    raw::{self, Script},
    twins::{self, Fault},
};
use dht_harness::{Node, Sim, dht::DhtBehaviour};
use indexmap::IndexMap;
use libp2p::{Swarm, identity::Keypair, swarm::NetworkBehaviour};

use crate::stage::{Actor, DhtActor, RawActor};

/// A host that is to come up.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Its identity; that of its number, if nothing is said.
    pub keypair: Option<Keypair>,
    /// The settings of its DHT.
    pub settings: KadSettings,
    /// Whether it listens on no address.
    pub dial_only: bool,
    /// How it answers, if it is scripted.
    pub script: Option<Script>,
}

type Spawn = Arc<dyn Fn(&mut Sim, Role) -> Rc<dyn Actor> + Send + Sync>;

/// The stacks that scenario files can name.
///
/// ```
/// use dht_fixtures::{KadSettings, Stack};
/// use dht_scenarios::Stacks;
///
/// let stacks = Stacks::standard().with("mine", |node, settings: &KadSettings| {
///     Stack::KadIdentify.swarm_with(node, settings)
/// });
/// assert!(stacks.names().any(|name| name == "mine"));
/// ```
#[derive(Clone, Default)]
pub struct Stacks(IndexMap<String, Spawn>);

impl Stacks {
    /// Those of this project: `kad`, `kad-identify`, `evicting` and `tokio`;
    /// the scripted hosts `raw` and `raw-announced`; what applications got wrong,
    /// each with the mistake and without, as `own-address-bug` and
    /// `own-address-sound`; and broken hosts, as `twin-hides-disconnects`.
    pub fn standard() -> Self {
        let mut stacks = Stacks::default();
        for stack in Stack::ALL {
            stacks = stacks.with(&stack.to_string(), move |node, settings| {
                stack.swarm_with(node, settings)
            });
        }
        stacks = stacks
            .scripted("raw", raw::swarm)
            .scripted("raw-announced", raw::announced);
        for pattern in Pattern::ALL {
            for sound in [false, true] {
                let variant = Variant { pattern, sound };
                stacks = stacks.with(&variant.to_string(), move |node, settings| {
                    variant.swarm(node, settings)
                });
            }
        }
        for (name, fault) in Fault::NAMED {
            stacks = stacks.with(&format!("twin-{name}"), move |node, settings| {
                twins::faulty(node, settings, Some(fault))
            });
        }
        stacks.with("twin-evicts-nobody", |node, _| twins::evicting_nobody(node))
    }

    /// Adds a stack with a DHT, in place of one of the same name.
    pub fn with<B>(
        mut self,
        name: &str,
        build: impl Fn(&Node, &KadSettings) -> Swarm<B> + Send + Sync + Clone + 'static,
    ) -> Self
    where
        B: DhtBehaviour + Send,
        B::ToSwarm: Send,
    {
        let spawn: Spawn = Arc::new(move |sim, role| {
            let build = build.clone();
            Rc::new(DhtActor::spawn(sim, role, build))
        });
        self.0.insert(name.to_owned(), spawn);
        self
    }

    fn scripted(mut self, name: &str, build: fn(&Node, Script) -> Swarm<raw::RawPeer>) -> Self {
        let spawn: Spawn = Arc::new(move |sim, role| Rc::new(RawActor::spawn(sim, role, build)));
        self.0.insert(name.to_owned(), spawn);
        self
    }

    /// The names, in the order in which they were added.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Brings a host of this stack up; `None` if there is no such stack.
    pub(crate) fn spawn(&self, stack: &str, sim: &mut Sim, role: Role) -> Option<Rc<dyn Actor>> {
        self.0.get(stack).map(|spawn| spawn(sim, role))
    }
}

/// What a swarm has to be so that scenario files can have hosts of it.
pub(crate) trait Behaviour: NetworkBehaviour<ToSwarm: Send> + Send {}

impl<B: NetworkBehaviour<ToSwarm: Send> + Send> Behaviour for B {}
