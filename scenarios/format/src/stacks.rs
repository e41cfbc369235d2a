//! The stacks of hosts, by name.

use std::{rc::Rc, sync::Arc};

use dht_fixtures::{
    KadSettings, Stack,
    faulty::{self, HostDefect},
    patterns::{Pattern, Variant},
    raw::{self, Script},
};
use dht_harness::{Node, Sim, dht::DhtBehaviour};
use indexmap::IndexMap;
use libp2p::Swarm;

use crate::{
    application::Application,
    host::{DhtHandle, HostHandle, HostSpec, RawHandle, Reach},
};

type Spawn = Arc<dyn Fn(&mut Sim, HostSpec) -> Rc<dyn HostHandle> + Send + Sync>;

#[derive(Clone)]
struct StackEntry {
    spawn: Spawn,
    /// Whether it accepts commands and reports numbers.
    application: bool,
}

/// The stack of hosts that specify none.
pub(crate) const DEFAULT_STACK: &str = "kad-identify";

/// The stacks that scenario files may use.
///
/// ```
/// use dht_fixtures::{KadSettings, Stack};
/// use dht_scenarios::Stacks;
///
/// let stacks = Stacks::standard().with("mine", |node, settings: &KadSettings| {
///     Stack::KadIdentify.swarm_with(node, settings)
/// });
/// # let _ = stacks;
/// ```
#[derive(Clone, Default)]
pub struct Stacks(IndexMap<String, StackEntry>);

impl Stacks {
    /// The stacks of this project:
    ///
    /// - `kad`, `kad-identify`, `evicting` and `tokio`;
    /// - the scripted hosts `raw` and `raw-announced`;
    /// - the mistakes of applications, each with and without the mistake, for example
    ///   `own-address-bug` and `own-address-sound`. They are
    ///   [applications](Application) that accept the commands `bootnode @HOST
    ///   [TEXT]`, `fetch KEY [COUNT]` and `message @HOST`, and report `ready`,
    ///   `pending` and `done`;
    /// - broken hosts, for example `faulty-hides-disconnects`.
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
                stacks = stacks.with_application(&variant.to_string(), move |node, settings| {
                    variant.swarm(node, settings)
                });
            }
        }
        for (name, fault) in HostDefect::NAMED {
            stacks = stacks.with(&format!("faulty-{name}"), move |node, settings| {
                faulty::faulty(node, settings, Some(fault))
            });
        }
        stacks.with("faulty-never-evicts", |node, _| {
            faulty::never_evicting(node)
        })
    }

    /// Adds a stack with a DHT. Replaces a stack with the same name.
    pub fn with<B>(
        mut self,
        name: &str,
        build: impl Fn(&Node, &KadSettings) -> Swarm<B> + Send + Sync + Clone + 'static,
    ) -> Self
    where
        B: DhtBehaviour + Send,
        B::ToSwarm: Send,
    {
        self.insert(name, false, move |sim, role| {
            Rc::new(DhtHandle::spawn(sim, role, build.clone(), None))
        });
        self
    }

    /// Adds a stack with a DHT and an application that steps can use. Replaces a
    /// stack with the same name. [`Application`] has an example.
    pub fn with_application<B>(
        mut self,
        name: &str,
        build: impl Fn(&Node, &KadSettings) -> Swarm<B> + Send + Sync + Clone + 'static,
    ) -> Self
    where
        B: DhtBehaviour + Application + Send,
        B::ToSwarm: Send,
    {
        self.insert(name, true, move |sim, role| {
            let reach = Some(Reach::APPLICATION);
            Rc::new(DhtHandle::spawn(sim, role, build.clone(), reach))
        });
        self
    }

    fn scripted(mut self, name: &str, build: fn(&Node, Script) -> Swarm<raw::RawPeer>) -> Self {
        self.insert(name, false, move |sim, role| {
            Rc::new(RawHandle::spawn(sim, role, build))
        });
        self
    }

    fn insert(
        &mut self,
        name: &str,
        application: bool,
        spawn: impl Fn(&mut Sim, HostSpec) -> Rc<dyn HostHandle> + Send + Sync + 'static,
    ) {
        let spawn: Spawn = Arc::new(spawn);
        self.0
            .insert(name.to_owned(), StackEntry { spawn, application });
    }

    /// The names of the stacks, in the order in which they were added.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The names of the stacks with an application, in the same order.
    pub(crate) fn applications(&self) -> impl Iterator<Item = &str> {
        let entries = self.0.iter().filter(|(_, entry)| entry.application);
        entries.map(|(name, _)| name.as_str())
    }

    /// Spawns a host of this stack. Returns `None` if there is no such stack.
    pub(crate) fn spawn(
        &self,
        stack: &str,
        sim: &mut Sim,
        role: HostSpec,
    ) -> Option<Rc<dyn HostHandle>> {
        self.0.get(stack).map(|entry| (entry.spawn)(sim, role))
    }
}
