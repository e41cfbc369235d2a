//! The argument of the closure that builds a swarm.

use std::{fmt, future::Future, io, time::Duration};

use futures::{AsyncRead, AsyncWrite};
use libp2p::{
    Multiaddr, PeerId, Transport,
    core::{
        muxing::{StreamMuxer, StreamMuxerBox},
        transport::{Boxed, timeout::TransportTimeout},
        upgrade::Version,
    },
    identity::Keypair,
    noise, swarm, yamux,
};

use super::control::Sim;
use crate::{
    engine::Tasks,
    net::{Carrier, Fabric, HostId, TransportKind},
};

/// The time limit for establishing a connection, including handshakes: the default of
/// libp2p's `SwarmBuilder`.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(10);

/// A host in the simulated network, with everything that is needed to build its
/// swarm.
#[derive(Clone)]
pub struct Node {
    pub(super) id: HostId,
    pub(super) name: String,
    pub(super) keypair: Keypair,
    pub(super) kind: TransportKind,
    pub(super) fabric: Fabric,
    pub(super) tasks: Tasks,
}

impl Node {
    /// The place of a host in a simulation.
    pub(super) fn new(sim: &Sim, id: HostId, name: &str, keypair: Keypair) -> Self {
        let engine = &sim.world.engine;
        Node {
            id,
            name: name.to_owned(),
            keypair,
            kind: sim.transport(),
            fabric: engine.fabric().clone(),
            tasks: engine.tasks().clone(),
        }
    }

    /// The name of the host.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The host's identity.
    pub fn keypair(&self) -> &Keypair {
        &self.keypair
    }

    /// The host's peer id.
    pub fn peer_id(&self) -> PeerId {
        self.keypair.public().to_peer_id()
    }

    /// The first of the default listen addresses of the host: usually its IP address with
    /// port 4001 of TCP.
    pub fn address(&self) -> Multiaddr {
        self.fabric.home(self.id)
    }

    /// The addresses by which all others reach the host, on which it listens by default: one of
    /// each of its [kinds](crate::net::AddressKinds).
    pub fn addresses(&self) -> Vec<Multiaddr> {
        self.fabric.homes(self.id)
    }

    /// All addresses on which the host listens by default: these, and those of its
    /// [interfaces](crate::net::Interfaces) beside, which not all others can dial.
    pub fn listen_addresses(&self) -> Vec<Multiaddr> {
        let mut all = self.fabric.homes(self.id);
        all.extend(self.fabric.homes_beside(self.id));
        all
    }

    /// The transport of this run, ready for a swarm: mux, or stream with noise and
    /// yamux. The timeout for establishing a connection is 10 s of virtual time.
    ///
    /// It carries addresses of all [kinds](crate::net::AddressKinds) of the host. Connections
    /// of QUIC are muxed ones in either case, since QUIC authenticates and multiplexes itself.
    ///
    /// To use it with `SwarmBuilder`: `.with_other_transport(|_| node.transport())`.
    pub fn transport(&self) -> Boxed<(PeerId, StreamMuxerBox)> {
        let kinds = self.fabric.kinds(self.id);
        let carried = match self.kind {
            TransportKind::Mux => muxed(self.mux_transport()),
            TransportKind::Stream if kinds.has_carrier(Carrier::Quic) => {
                let quic = muxed(self.fabric.quic_transport(self.id, self.peer_id()));
                self.upgraded(self.stream_transport())
                    .or_transport(quic)
                    .map(|either, _| either.into_inner())
                    .boxed()
            }
            TransportKind::Stream => self.upgraded(self.stream_transport()),
        };
        match kinds.resolves_names() {
            true => self.fabric.resolving(carried).boxed(),
            false => carried,
        }
    }

    /// A transport of byte streams with noise and yamux on it, as that of
    /// [`transport`](Self::transport) on stream. The timeout for establishing a connection is
    /// 10 s of virtual time.
    ///
    /// # Panics
    /// Panics if the identity cannot sign the key of noise, which each of libp2p can.
    pub fn upgraded<T>(&self, streams: T) -> Boxed<(PeerId, StreamMuxerBox)>
    where
        T: Transport<
                Output: AsyncRead + AsyncWrite + Send + Unpin + 'static,
                Error: Send + Sync + 'static,
                Dial: Send + 'static,
                ListenerUpgrade: Send + 'static,
            > + Send
            + Unpin
            + 'static,
    {
        let noise = noise::Config::new(&self.keypair)
            .expect("a noise key can be signed with any libp2p identity");
        streams
            .upgrade(Version::V1Lazy)
            .authenticate(noise)
            .multiplex(yamux::Config::default())
            .timeout(CONNECTION_TIMEOUT)
            .boxed()
    }

    /// Ordered byte streams, for a custom security and muxer stack, independently of
    /// the transport of the run.
    pub fn stream_transport(
        &self,
    ) -> impl Transport<
        Output = impl AsyncRead + AsyncWrite + Send + Unpin + 'static + use<>,
        Error = io::Error,
        Dial: Send,
        ListenerUpgrade: Send,
    > + Send
    + Unpin
    + use<> {
        self.fabric.stream_transport(self.id)
    }

    /// Muxed connections without encryption, independently of the transport of the
    /// run.
    pub fn mux_transport(
        &self,
    ) -> impl Transport<
        Output = (
            PeerId,
            impl StreamMuxer<Substream: Send + 'static, Error: Send + Sync>
            + Send
            + Unpin
            + 'static
            + use<>,
        ),
        Error = io::Error,
        Dial: Send,
        ListenerUpgrade: Send,
    > + Send
    + Unpin
    + use<> {
        self.fabric.mux_transport(self.id, self.peer_id())
    }

    /// A swarm configuration whose tasks are spawned on behalf of this host and
    /// counted for it. `SwarmBuilder::with_tokio()` works as well, but its tasks can
    /// only be counted together.
    pub fn swarm_config(&self) -> swarm::Config {
        swarm::Config::with_executor(self.tasks.executor(self.id))
    }

    /// Spawns a task on behalf of this host.
    ///
    /// # Panics
    /// Panics outside the simulation.
    pub fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(self.id, future);
    }
}

/// A transport of muxed connections, ready for a swarm.
fn muxed<T, M>(transport: T) -> Boxed<(PeerId, StreamMuxerBox)>
where
    T: Transport<
            Output = (PeerId, M),
            Error = io::Error,
            Dial: Send + 'static,
            ListenerUpgrade: Send + 'static,
        > + Send
        + Unpin
        + 'static,
    M: StreamMuxer<Substream: Send + 'static, Error: Send + Sync + 'static> + Send + 'static,
{
    let boxed = transport.map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));
    TransportTimeout::new(boxed, CONNECTION_TIMEOUT).boxed()
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("peer", &self.peer_id())
            .finish()
    }
}
