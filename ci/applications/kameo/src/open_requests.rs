//! Requests that have no answer yet.

use std::collections::HashMap;

use kameo::remote::{messaging, registry};
use libp2p::{kad::QueryId, swarm::ConnectionId};
use tokio::sync::oneshot;

use crate::{Actor, Found};

type Done = oneshot::Sender<Result<(), String>>;

/// Requests that have no answer yet. Dropping them tells all callers.
#[derive(Default)]
pub(crate) struct OpenRequests {
    pub(crate) dials: HashMap<ConnectionId, Done>,
    pub(crate) registrations: HashMap<QueryId, Done>,
    pub(crate) lookups: HashMap<QueryId, (Found, oneshot::Sender<Found>)>,
    pub(crate) asks: HashMap<messaging::RequestId, Done>,
}

impl OpenRequests {
    pub(crate) fn dialled(&mut self, connection: ConnectionId, outcome: Result<(), String>) {
        if let Some(answer) = self.dials.remove(&connection) {
            let _ = answer.send(outcome);
        }
    }

    pub(crate) fn on_registry(&mut self, event: registry::Event) {
        match event {
            registry::Event::RegisteredActor {
                provider_query_id, ..
            } => self.registered(provider_query_id, Ok(())),
            registry::Event::RegistrationFailed {
                provider_query_id,
                error,
            } => self.registered(provider_query_id, Err(error.to_string())),
            registry::Event::LookupProgressed {
                provider_query_id,
                result,
                ..
            } => {
                let Some((found, _)) = self.lookups.get_mut(&provider_query_id) else {
                    return;
                };
                match result {
                    Ok(registration) => {
                        let id = registration.actor_id;
                        found.actors.extend(id.peer_id().map(|node| Actor {
                            number: id.sequence_id(),
                            node: *node,
                        }));
                    }
                    Err(error) => found.errors.push(error.to_string()),
                }
            }
            registry::Event::LookupTimeout { provider_query_id } => {
                if let Some((found, _)) = self.lookups.get_mut(&provider_query_id) {
                    found.errors.push("the lookup has timed out".to_owned());
                }
            }
            registry::Event::LookupCompleted { provider_query_id } => {
                if let Some((mut found, answer)) = self.lookups.remove(&provider_query_id) {
                    found.actors.sort();
                    let _ = answer.send(found);
                }
            }
            _ => {}
        }
    }

    pub(crate) fn on_messaging(&mut self, event: messaging::Event) {
        let (request, outcome) = match event {
            messaging::Event::AskResult {
                request_id, result, ..
            } => {
                let outcome = result.map(drop).map_err(|error| format!("{error:?}"));
                (request_id, outcome)
            }
            messaging::Event::OutboundFailure {
                request_id, error, ..
            } => {
                let request = messaging::RequestId::Outbound(request_id);
                (request, Err(error.to_string()))
            }
            _ => return,
        };
        if let Some(answer) = self.asks.remove(&request) {
            let _ = answer.send(outcome);
        }
    }

    fn registered(&mut self, query: QueryId, outcome: Result<(), String>) {
        if let Some(answer) = self.registrations.remove(&query) {
            let _ = answer.send(outcome);
        }
    }
}
