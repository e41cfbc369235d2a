//! A member of a DHT that is built on connexa, as its authors would write it: a main
//! function that owns the `Connexa` and carries out what its client asks for.
//!
//! connexa is used as it comes from crates.io. Its own task polls the swarm; this main
//! function talks to that task through connexa's command channel.

use std::io;

use connexa::{
    handle::Connexa,
    prelude::{DefaultConnexaBuilder, identity::Keypair},
};
use futures::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use libp2p::{
    Multiaddr, PeerId,
    core::{muxing::StreamMuxerBox, transport::Boxed},
    kad, swarm,
};
use tokio::sync::{mpsc, oneshot};

/// What a member is built from.
pub struct Settings {
    pub keypair: Keypair,
    pub transport: Boxed<(PeerId, StreamMuxerBox)>,
    pub swarm: swarm::Config,
    pub address: Multiaddr,
    /// Which records of others it keeps without having been asked.
    pub filtering: kad::StoreInserts,
}

type Call = Box<dyn FnOnce(Connexa) -> BoxFuture<'static, ()> + Send>;

enum Order {
    Call(Call),
    Shutdown,
}

/// Lets a member do something.
#[derive(Clone)]
pub struct Client {
    orders: mpsc::UnboundedSender<Order>,
}

impl Client {
    /// Starts a call of connexa. The answer is an error if the member ends before the
    /// call does.
    pub fn call<T, F>(
        &self,
        call: impl FnOnce(Connexa) -> F + Send + 'static,
    ) -> oneshot::Receiver<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let call: Call = Box::new(move |connexa| {
            let called = call(connexa);
            async move {
                // A client that no longer waits is no error.
                let _ = answer.send(called.await);
            }
            .boxed()
        });
        // If the member has ended, `answered` says so.
        let _ = self.orders.send(Order::Call(call));
        answered
    }

    /// Asks the member to shut down.
    pub fn shut_down(&self) {
        let _ = self.orders.send(Order::Shutdown);
    }
}

/// Builds a member. It runs as long as the returned future is polled.
///
/// The future that `ConnexaBuilder::build` returns is not `Send`, so it cannot be
/// awaited in a task. With a given key pair it is ready at once.
///
/// # Errors
/// connexa cannot be built.
///
/// # Panics
/// Panics outside a tokio runtime.
pub fn start(settings: Settings) -> io::Result<(Client, BoxFuture<'static, ()>)> {
    let Settings {
        keypair,
        transport,
        swarm,
        address,
        filtering,
    } = settings;
    let connexa = DefaultConnexaBuilder::with_existing_identity(keypair)
        .map_err(io::Error::other)?
        .set_swarm_config(|_| swarm)
        .with_custom_transport(move |_| transport)
        .with_identify()
        .with_ping()
        .with_kademlia_with_config("/connexa-test/kad/1", move |mut config| {
            config.set_record_filtering(filtering);
            config
        })
        .build()
        .now_or_never()
        .expect("nothing to wait for with a given key pair")
        .map_err(io::Error::other)?;
    let (orders, received) = mpsc::unbounded_channel();
    let main = run(connexa, address, received).boxed();
    Ok((Client { orders }, main))
}

/// The main function.
async fn run(connexa: Connexa, address: Multiaddr, mut orders: mpsc::UnboundedReceiver<Order>) {
    let mut calls = FuturesUnordered::new();
    connexa
        .swarm()
        .listen_on(&address)
        .await
        .expect("an address to listen on");
    // A member that others can reach serves the DHT.
    connexa
        .swarm()
        .add_external_address(&address)
        .await
        .expect("connexa runs");
    loop {
        tokio::select! {
            biased;
            order = orders.recv() => match order {
                Some(Order::Call(call)) => calls.push(call(connexa.clone())),
                Some(Order::Shutdown) | None => break,
            },
            Some(()) = calls.next() => {}
        }
    }
    connexa.shutdown();
    // Every caller gets an answer.
    while calls.next().await.is_some() {}
}
