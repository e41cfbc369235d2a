//! The stacks of hosts, by name.

use std::{any::TypeId, rc::Rc, sync::Arc};

use dht_fixtures::{
    Dht, KadSettings, Stack,
    applications::file_sharing::Mistake,
    dual::DualGlue,
    faulty::{self, HostDefect},
    patterns::{Pattern, Variant},
    raw::{self, Script},
    reacting::Reaction,
};
use dht_harness::{App, Node, Sim, dht::DhtBehaviour};
use indexmap::IndexMap;
use libp2p::Swarm;

use crate::{
    application::{Application, file_sharing},
    capabilities::{HonouredSettings, StackCapabilities},
    host::{AppHandle, DhtHandle, HandleReach, HostHandle, HostSpec, RawHandle, Reach},
    known::KnownFailure,
};

type Spawn = Arc<dyn Fn(&mut Sim, HostSpec) -> Rc<dyn HostHandle> + Send + Sync>;

#[derive(Clone)]
struct StackEntry {
    spawn: Spawn,
    /// The application that accepts commands and reports numbers.
    application: Option<Vocabulary>,
    /// Whether steps can drop its messages and let it deny peers.
    filters: bool,
    /// Whether it has two DHTs in one swarm.
    dual: bool,
    /// `None` for scripted and broken hosts, which stand for nothing but themselves.
    capabilities: Option<StackCapabilities>,
}

/// The words of an application, as far as it states them.
#[derive(Clone, Copy)]
pub(crate) struct Vocabulary {
    /// The verbs of its commands.
    pub(crate) commands: &'static [&'static str],
    /// The names of its numbers.
    pub(crate) metrics: &'static [&'static str],
}

impl Vocabulary {
    const fn of<A: Application>() -> Self {
        Vocabulary {
            commands: A::COMMANDS,
            metrics: A::METRICS,
        }
    }
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
pub struct Stacks {
    entries: IndexMap<String, StackEntry>,
    known: Vec<KnownFailure>,
}

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
    /// - `file-sharing`, an application with its own event loop, and the same with a
    ///   mistake, for example `file-sharing-ends-when-a-query-fails`. They accept the
    ///   commands `dial @HOST`, `share NAME CONTENT` and `fetch NAME`, and report
    ///   `pending`, `done` and `failed`;
    /// - `dual`, with two DHTs in one swarm, and `dual-enters-everybody`, the same with a
    ///   mistake;
    /// - `closes-on-connect` and `dials-on-connect`, which act on each connection while
    ///   they are told of it;
    /// - broken hosts, for example `faulty-hides-disconnects`.
    pub fn standard() -> Self {
        let mut stacks = Stacks::default();
        for stack in Stack::ALL {
            let capabilities = StackCapabilities {
                identifies: stack.identifies(),
                evicts: stack.evicts(),
                ..StackCapabilities::KAD_IDENTIFY
            };
            let name = stack.to_string();
            stacks = stacks
                .with(&name, move |node, settings| {
                    stack.swarm_with(node, settings)
                })
                .capable(&name, capabilities);
        }
        stacks = stacks
            .scripted("raw", raw::swarm)
            .scripted("raw-announced", raw::announced);
        for pattern in Pattern::ALL {
            for sound in [false, true] {
                let variant = Variant { pattern, sound };
                let name = variant.to_string();
                stacks = stacks
                    .with_application(&name, move |node, settings| variant.swarm(node, settings));
                stacks = stacks.of_its_own(&name);
            }
        }
        stacks = stacks.file_sharing("file-sharing", None);
        for mistake in Mistake::ALL {
            stacks = stacks.file_sharing(&format!("file-sharing-{mistake}"), Some(mistake));
        }
        for (name, glue) in DualGlue::NAMED {
            stacks = stacks
                .with(name, move |node, settings| glue.swarm(node, settings))
                .with_lan(name)
                .of_its_own(name);
        }
        for (name, reaction) in Reaction::NAMED {
            stacks = stacks.with(name, move |node, settings| reaction.swarm(node, settings));
            stacks = stacks.of_its_own(name);
        }
        for (name, fault) in HostDefect::NAMED {
            let name = format!("faulty-{name}");
            stacks = stacks.with(&name, move |node, settings| {
                faulty::faulty(node, settings, Some(fault))
            });
            stacks = stacks.of_its_own(&name);
        }
        stacks
            .with("faulty-never-evicts", |node, _| {
                faulty::never_evicting(node)
            })
            .of_its_own("faulty-never-evicts")
    }

    fn file_sharing(self, name: &str, mistake: Option<Mistake>) -> Self {
        let capabilities = StackCapabilities {
            is_quiet: true,
            settings: HonouredSettings::AllBut(&["neighbours", "traversal"]),
            ..StackCapabilities::event_loop()
        };
        self.with_event_loop_application(name, capabilities, move |node, settings| {
            file_sharing(node, settings, mistake)
        })
    }

    /// Adds a stack with a DHT. Replaces a stack with the same name.
    pub fn with<B>(
        self,
        name: &str,
        build: impl Fn(&Node, &KadSettings) -> Swarm<B> + Send + Sync + Clone + 'static,
    ) -> Self
    where
        B: DhtBehaviour + Send,
        B::ToSwarm: Send,
    {
        self.driven(name, build, || None, None)
    }

    /// Adds a stack with a DHT and an application that steps can use. Replaces a
    /// stack with the same name. [`Application`] has an example.
    pub fn with_application<B>(
        self,
        name: &str,
        build: impl Fn(&Node, &KadSettings) -> Swarm<B> + Send + Sync + Clone + 'static,
    ) -> Self
    where
        B: DhtBehaviour + Application + Send,
        B::ToSwarm: Send,
    {
        self.driven(
            name,
            build,
            || Some(Reach::APPLICATION),
            Some(Vocabulary::of::<B>()),
        )
    }

    /// Adds a stack of swarms that the harness drives.
    fn driven<B>(
        mut self,
        name: &str,
        build: impl Fn(&Node, &KadSettings) -> Swarm<B> + Send + Sync + Clone + 'static,
        commands: fn() -> Option<Reach<B>>,
        application: Option<Vocabulary>,
    ) -> Self
    where
        B: DhtBehaviour + Send,
        B::ToSwarm: Send,
    {
        let filters = TypeId::of::<B>() == TypeId::of::<Dht>();
        self.insert(name, application, filters, move |sim, role| {
            Rc::new(DhtHandle::spawn(sim, role, build.clone(), commands()))
        });
        self
    }

    /// Adds a stack of hosts that are applications with their own event loop, see
    /// [`Sim::spawn_app`]. Replaces a stack with the same name.
    ///
    /// `build` makes the application of a host, at its start and at each restart. The
    /// steps of a scenario work on it as on other hosts: queries, dials, addresses and
    /// modes are carried out by its swarm as if one of its behaviours had asked. The
    /// capabilities say what it cannot do, and decide which scenarios apply to it.
    ///
    /// It has to listen on [`Node::address`], unless it honours the setting `listen`
    /// and that is false.
    pub fn with_event_loop<H: 'static>(
        self,
        name: &str,
        capabilities: StackCapabilities,
        build: impl Fn(&Node, &KadSettings) -> App<H> + Send + Sync + Clone + 'static,
    ) -> Self {
        self.event_loop(name, capabilities, build, || None, None)
    }

    /// As [`with_event_loop`](Self::with_event_loop), for an application whose handle
    /// steps can use: it implements [`Application`], and each step takes a clone of it.
    pub fn with_event_loop_application<H: Application + Clone + 'static>(
        self,
        name: &str,
        capabilities: StackCapabilities,
        build: impl Fn(&Node, &KadSettings) -> App<H> + Send + Sync + Clone + 'static,
    ) -> Self {
        self.event_loop(
            name,
            capabilities,
            build,
            || Some(HandleReach::APPLICATION),
            Some(Vocabulary::of::<H>()),
        )
    }

    /// Adds a stack of applications that drive their own swarms.
    fn event_loop<H: 'static>(
        mut self,
        name: &str,
        capabilities: StackCapabilities,
        build: impl Fn(&Node, &KadSettings) -> App<H> + Send + Sync + Clone + 'static,
        commands: fn() -> Option<HandleReach<H>>,
        application: Option<Vocabulary>,
    ) -> Self {
        let shows = capabilities.shows_dht;
        self.insert(name, application, false, move |sim, role| {
            Rc::new(AppHandle::spawn(
                sim,
                role,
                build.clone(),
                shows,
                commands(),
            ))
        });
        self.capable(name, capabilities)
    }

    /// States the capabilities of a stack. Without this call those of
    /// [`StackCapabilities::driven`] are assumed of a swarm that the harness drives.
    ///
    /// # Panics
    /// Panics if there is no such stack.
    pub fn capable(mut self, name: &str, capabilities: StackCapabilities) -> Self {
        self.entry(name).capabilities = Some(capabilities);
        self
    }

    /// States that the hosts of a stack have a second DHT,
    /// [`DhtBehaviour::lan_kad`](dht_harness::dht::DhtBehaviour::lan_kad), so that lines with
    /// `in=lan` can be about it.
    ///
    /// # Panics
    /// Panics if there is no such stack.
    pub fn with_lan(mut self, name: &str) -> Self {
        self.entry(name).dual = true;
        self
    }

    /// Declares that scenarios which do not name this stack cannot run on it.
    fn of_its_own(mut self, name: &str) -> Self {
        self.entry(name).capabilities = None;
        self
    }

    fn entry(&mut self, name: &str) -> &mut StackEntry {
        let entry = self.entries.get_mut(name);
        entry.unwrap_or_else(|| panic!("no stack is called {name:?}: add it first"))
    }

    /// The capabilities of a stack. `None` if there is no such stack, or if its hosts
    /// are scripted or broken on purpose, so that only scenarios that name it can run
    /// on it.
    pub fn capabilities(&self, name: &str) -> Option<StackCapabilities> {
        let entry = self.entries.get(name)?;
        entry.capabilities.map(|capabilities| StackCapabilities {
            has_lan: entry.dual,
            ..capabilities
        })
    }

    fn scripted(mut self, name: &str, build: fn(&Node, Script) -> Swarm<raw::RawPeer>) -> Self {
        self.insert(name, None, false, move |sim, role| {
            Rc::new(RawHandle::spawn(sim, role, build))
        });
        self.of_its_own(name)
    }

    fn insert(
        &mut self,
        name: &str,
        application: Option<Vocabulary>,
        filters: bool,
        spawn: impl Fn(&mut Sim, HostSpec) -> Rc<dyn HostHandle> + Send + Sync + 'static,
    ) {
        let spawn: Spawn = Arc::new(spawn);
        let entry = StackEntry {
            spawn,
            application,
            filters,
            dual: false,
            capabilities: Some(StackCapabilities::driven()),
        };
        self.entries.insert(name.to_owned(), entry);
    }

    /// Declares a failure that the scenario files of a project may expect with `allow`, in
    /// addition to those of this program.
    pub fn with_known(mut self, known: KnownFailure) -> Self {
        self.known.push(known);
        self
    }

    /// The failures that were declared.
    pub(crate) fn known(&self) -> &[KnownFailure] {
        &self.known
    }

    /// The names of the stacks, in the order in which they were added.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// The names of the stacks with an application, in the same order.
    pub(crate) fn applications(&self) -> impl Iterator<Item = &str> {
        let entries = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.application.is_some());
        entries.map(|(name, _)| name.as_str())
    }

    /// The words of the application of a stack.
    pub(crate) fn vocabulary(&self, stack: &str) -> Option<Vocabulary> {
        self.entries.get(stack)?.application
    }

    /// The names of the stacks whose messages steps can drop, in the same order.
    pub(crate) fn filtering(&self) -> impl Iterator<Item = &str> {
        let entries = self.entries.iter().filter(|(_, entry)| entry.filters);
        entries.map(|(name, _)| name.as_str())
    }

    /// The names of the stacks with a second DHT, in the same order.
    pub(crate) fn dual(&self) -> impl Iterator<Item = &str> {
        let entries = self.entries.iter().filter(|(_, entry)| entry.dual);
        entries.map(|(name, _)| name.as_str())
    }

    /// Spawns a host of this stack. Returns `None` if there is no such stack.
    pub(crate) fn spawn(
        &self,
        stack: &str,
        sim: &mut Sim,
        role: HostSpec,
    ) -> Option<Rc<dyn HostHandle>> {
        self.entries
            .get(stack)
            .map(|entry| (entry.spawn)(sim, role))
    }
}
