//! Dialling of names.
//!
//! As libp2p-dns 0.45 does, whose resolver cannot be replaced: names are resolved one after
//! another, and what they stand for is dialled one after another, the last one first.

use std::error::Error;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures::FutureExt;
use futures::future::BoxFuture;
use libp2p::Multiaddr;
use libp2p::core::Transport;
use libp2p::core::transport::{DialOpts, ListenerId, TransportError, TransportEvent};
use libp2p::multiaddr::Protocol;

use crate::net::{
    fabric::Fabric,
    names::{Resolved, name_of},
};

/// How many names are resolved for one dial, of libp2p-dns.
const MAX_LOOKUPS: usize = 32;

/// How many addresses are dialled for one dial, of libp2p-dns.
const MAX_ATTEMPTS: usize = 16;

/// How many addresses of one `/dnsaddr/…` are considered, of libp2p-dns.
const MAX_TEXTS: usize = 16;

/// A transport that resolves the names of the simulation before it dials.
pub(crate) struct Resolving<T> {
    inner: Arc<Mutex<T>>,
    fabric: Fabric,
}

impl<T> Resolving<T> {
    pub(in crate::net) fn new(fabric: Fabric, inner: T) -> Self {
        Resolving {
            inner: Arc::new(Mutex::new(inner)),
            fabric,
        }
    }

    fn with<R>(&self, call: impl FnOnce(&mut T) -> R) -> R {
        call(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T> Transport for Resolving<T>
where
    T: Transport<Error = io::Error, Dial: Send> + Send + Unpin + 'static,
{
    type Output = T::Output;
    type Error = io::Error;
    type ListenerUpgrade = T::ListenerUpgrade;
    type Dial = BoxFuture<'static, io::Result<T::Output>>;

    fn listen_on(
        &mut self,
        id: ListenerId,
        address: Multiaddr,
    ) -> Result<(), TransportError<io::Error>> {
        self.with(|inner| inner.listen_on(id, address))
    }

    fn remove_listener(&mut self, id: ListenerId) -> bool {
        self.with(|inner| inner.remove_listener(id))
    }

    fn dial(
        &mut self,
        address: Multiaddr,
        options: DialOpts,
    ) -> Result<Self::Dial, TransportError<io::Error>> {
        let inner = Arc::clone(&self.inner);
        Ok(dial(inner, self.fabric.clone(), address, options).boxed())
    }

    fn poll(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<TransportEvent<Self::ListenerUpgrade, io::Error>> {
        self.with(|inner| Pin::new(inner).poll(cx))
    }
}

async fn dial<T>(
    inner: Arc<Mutex<T>>,
    fabric: Fabric,
    address: Multiaddr,
    options: DialOpts,
) -> io::Result<T::Output>
where
    T: Transport<Error = io::Error, Dial: Send> + Send + Unpin + 'static,
{
    let mut unresolved = vec![address];
    let mut errors: Vec<io::Error> = Vec::new();
    let (mut lookups, mut attempts) = (0, 0);
    while let Some(address) = unresolved.pop() {
        let Some(position) = address.iter().position(|part| name_of(&part).is_some()) else {
            let dial = inner
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .dial(address, options);
            attempts += usize::from(dial.is_ok());
            let outcome = match dial {
                Ok(dial) => dial.await,
                Err(TransportError::Other(error)) => Err(error),
                Err(unsupported @ TransportError::MultiaddrNotSupported(_)) => {
                    Err(io::Error::other(unsupported))
                }
            };
            match outcome {
                Ok(output) => return Ok(output),
                Err(error) => errors.push(error),
            }
            if attempts == MAX_ATTEMPTS {
                break;
            }
            continue;
        };
        if lookups == MAX_LOOKUPS {
            errors.push(io::Error::other("too many names had to be resolved"));
            continue;
        }
        lookups += 1;
        match resolve(&fabric, &address, position).await {
            Ok(resolved) => unresolved.extend(resolved),
            Err(error) => errors.push(error),
        }
    }
    Err(one_of(errors))
}

/// The addresses that an address stands for whose part at this position is a name.
async fn resolve(
    fabric: &Fabric,
    address: &Multiaddr,
    position: usize,
) -> io::Result<Vec<Multiaddr>> {
    let name = address.iter().nth(position);
    let asked = name.and_then(|name| fabric.resolve(&name));
    let Some((after, resolved)) = asked else {
        return Ok(Vec::new());
    };
    if !after.is_zero() {
        tokio::time::sleep(after).await;
    }
    let before = || address.iter().take(position);
    let behind: Multiaddr = address.iter().skip(position + 1).collect();
    Ok(match resolved.map_err(io::Error::other)? {
        Resolved::Ips(ips) => ips
            .into_iter()
            .map(|ip| {
                before()
                    .chain([Protocol::from(ip)])
                    .chain(&behind)
                    .collect()
            })
            .collect(),
        Resolved::Addresses(addresses) => addresses
            .iter()
            .filter(|found| found.ends_with(&behind))
            .take(MAX_TEXTS)
            .map(|found| before().chain(found).collect())
            .collect(),
    })
}

/// The error of a dial whose attempts ended with these.
fn one_of(mut errors: Vec<io::Error>) -> io::Error {
    match errors.len() {
        0 => io::Error::new(io::ErrorKind::NotFound, "no record fits the address"),
        1 => errors.remove(0),
        _ => io::Error::other(Attempts(errors)),
    }
}

/// The errors of all attempts of a dial.
#[derive(Debug)]
pub(crate) struct Attempts(pub(crate) Vec<io::Error>);

impl fmt::Display for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        write!(f, "every attempt failed: {}", texts.join("; "))
    }
}

impl Error for Attempts {}
