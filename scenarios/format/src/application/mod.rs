//! Access to the application around a DHT from scenario files.
//!
//! Responsible for the interface through which steps send commands to an application
//! and read numbers from it. It must not know steps or stacks.

mod contact;
mod pattern;
mod refusal;
mod sharing;

pub(crate) use sharing::app as file_sharing;

/// An application around a DHT that accepts commands and reports numbers.
///
/// Scenario files use it through the step `app-command HOSTS COMMAND` and the
/// condition `app-metric HOSTS NAME BOUND`. Implement the trait for the behaviour of
/// your swarm, and register the stack with
/// [`Stacks::with_application`](crate::Stacks::with_application); or, for an application
/// with its own event loop, for its handle, and register it with
/// [`Stacks::with_event_loop_application`](crate::Stacks::with_event_loop_application).
///
/// ```
/// use dht_fixtures::KadSettings;
/// use dht_harness::{Node, dht::DhtBehaviour};
/// use dht_scenarios::{Application, Scenario, Stacks, Verdict, file};
/// use libp2p::{
///     Multiaddr, Swarm, allow_block_list, kad, multiaddr::Protocol, swarm::NetworkBehaviour,
/// };
///
/// #[derive(NetworkBehaviour)]
/// struct Mine {
///     kad: kad::Behaviour<kad::store::MemoryStore>,
///     banned: allow_block_list::Behaviour<allow_block_list::BlockedPeers>,
/// }
///
/// impl DhtBehaviour for Mine {
///     type Store = kad::store::MemoryStore;
///     fn kad(&mut self) -> &mut kad::Behaviour<Self::Store> { &mut self.kad }
///     fn kad_event(event: &MineEvent) -> Option<&kad::Event> {
///         match event { MineEvent::Kad(event) => Some(event), _ => None }
///     }
/// }
///
/// impl Application for Mine {
///     fn command(&mut self, words: &[&str]) -> Result<(), String> {
///         let ["ban", host] = words else {
///             return Err(format!("`{}` is not `ban @HOST`", words.join(" ")));
///         };
///         let address: Multiaddr = host.parse().map_err(|error| format!("{host}: {error}"))?;
///         let Some(Protocol::P2p(peer)) = address.iter().last() else {
///             return Err(format!("{host} names no peer"));
///         };
///         self.banned.block_peer(peer);
///         Ok(())
///     }
///
///     fn readings(&self) -> Vec<(&'static str, u64)> {
///         vec![("banned", self.banned.blocked_peers().len() as u64)]
///     }
/// }
///
/// fn mine(node: &Node, _: &KadSettings) -> Swarm<Mine> {
///     let id = node.peer_id();
///     let kad = kad::Behaviour::new(id, kad::store::MemoryStore::new(id));
///     let mine = Mine { kad, banned: Default::default() };
///     Swarm::new(node.transport(), mine, id, node.swarm_config())
/// }
///
/// let stacks = Stacks::standard().with_application("mine", mine);
/// let text = r#"format = 1
/// name = "banned"
/// about = "A banned peer cannot connect"
/// stacks = ["mine"]
/// hosts = [{ name = "a" }, { name = "b" }]
/// steps = [
///   'app-command a "ban @b"',
///   "expect app-metric a banned =1",
///   "connect a b fails",
///   'app-command a "forgive @b" fails="is not `ban @HOST`"',
/// ]
/// "#;
/// let file = file::parse("banned.toml".as_ref(), text, &stacks)?;
/// for case in Scenario::of_file("mine", file, &stacks).cases() {
///     let verdict = case.run(0).verdict;
///     assert!(matches!(verdict, Verdict::Passed), "{verdict:?}");
/// }
/// # Ok::<(), file::Problems>(())
/// ```
pub trait Application {
    /// The verbs of all commands. If they are stated, a step with another one is refused
    /// before the run; it would fail, and pass if it has to fail.
    const COMMANDS: &'static [&'static str] = &[];

    /// The names of all numbers. If they are stated, a condition on another one is refused
    /// before the run.
    const METRICS: &'static [&'static str] = &[];

    /// Executes a command, as far as that is possible without waiting. `words` are
    /// the words of the step, at least one. A word that names a host, such as `@b`,
    /// is replaced by the address of that host with its peer id at the end:
    /// `/ip4/../tcp/../p2p/..`.
    ///
    /// # Errors
    /// Returns an error if the command is unknown or malformed. The step fails with
    /// this text, which should say what is wrong and how to correct it.
    fn command(&mut self, words: &[&str]) -> Result<(), String>;

    /// The numbers that the application reports, with their names. A name consists of
    /// lowercase letters, digits and `-`, and starts with a letter. The numbers are
    /// read after each event while a step waits for one, so this should be cheap.
    fn readings(&self) -> Vec<(&'static str, u64)>;
}
