//! What applications build around a DHT, as far as scenario files reach it.
//!
//! Responsible for what an application has to be so that steps can tell it
//! something and read numbers of it. It must not know steps or stacks.

mod pattern;

/// An application around a DHT that takes commands and shows numbers.
///
/// The step `app-command HOSTS COMMAND` and the condition `app-metric HOSTS NAME BOUND` of
/// scenario files reach it. Implement it for the behaviour of your own swarm,
/// and register that by [`Stacks::with_application`](crate::Stacks::with_application).
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
/// about = "Who is banned cannot connect"
/// stacks = ["mine"]
/// hosts = [{ name = "a" }, { name = "b" }]
/// steps = [
///   'app-command a "ban @b"',
///   "expect app-metric a banned =1",
///   "connect a b fails",
///   'app-command a "forgive @b" fails="is not `ban @HOST`"',
/// ]
/// "#;
/// let file = file::parse_on("banned.toml".as_ref(), text, &stacks)?;
/// for case in Scenario::of_file("mine", file, &stacks).cases() {
///     let verdict = case.run(0, None).verdict;
///     assert!(matches!(verdict, Verdict::Passed), "{verdict:?}");
/// }
/// # Ok::<(), file::Problems>(())
/// ```
pub trait Application {
    /// Does what a command says, as far as that is possible at once. The words
    /// are those of the step, at least one; where one names a host, as `@b`, it
    /// is the address of that host with its peer id at the end:
    /// `/ip4/../tcp/../p2p/..`.
    ///
    /// # Errors
    /// There is no such command, or it is written otherwise. The step fails
    /// with this text, which should say what is wrong and what would be right.
    fn command(&mut self, words: &[&str]) -> Result<(), String>;

    /// The numbers that it shows, each with its name: small letters, digits and
    /// `-`, a letter first. They are read after each event while a step waits
    /// for one, so that this should cost little.
    fn readings(&self) -> Vec<(&'static str, u64)>;
}
