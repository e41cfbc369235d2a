//! The invariants that a case is held to beside the standard ones.
//!
//! As many as libp2p keeps with these settings and with what is done: they are
//! what finds something. Where a condition stands here, the invariant's own
//! statement excludes the rest, or libp2p is known to break it there so often
//! that nothing else would be seen (the id of the defect stands beside it).

use std::time::Duration;

use dht_harness::invariants::catalog;

use super::{
    draft::Pick,
    model::{HostKind, Model},
    op::FuzzOp,
};

/// An idle timeout above the time for which queries leave connections alone.
/// Below it what follows a lookup goes to peers that are no longer connected (B1,
/// B7).
const LONG_IDLE: Duration = Duration::from_secs(60);

/// No case lasts as long.
const LONGEST_CASE: Duration = Duration::from_secs(3600);

/// Those that hold for a case in which this was done.
pub(super) fn checks(model: &Model, pick: Pick) -> Vec<String> {
    let taps = |name: &str| {
        catalog()
            .iter()
            .any(|entry| entry.name == name && entry.reads_messages())
    };
    // Reading every message costs as much as all the rest.
    let reads = pick.chance(50);
    candidates(model)
        .into_iter()
        .filter(|(name, holds)| *holds && (reads || !taps(name)))
        .map(|(name, _)| name.to_owned())
        .collect()
}

fn candidates(model: &Model) -> Vec<(&'static str, bool)> {
    use FuzzOp::*;

    let settings = &model.settings;
    let scripted = model.has(HostKind::Scripted);
    let disturbed = scripted || model.done.iter().any(|op| op.disturbs());
    let removes = model.did(&[RemovePeer, RemoveAddress]) || model.capabilities.evicts;
    let changes_modes = model.did(&[SetMode]);
    let fixed_modes = model.mode.is_some() && !changes_modes;
    let recovers = model.heals_by_itself();
    let lasting = settings.record_ttl.is_none_or(|life| life > LONGEST_CASE);
    let writes_stores = model.did(&[StoreLocal, StoreProviderLocal, RemoveLocal, Skew]);
    // Everybody knows everybody from the start, and loses nobody.
    let whole = model.all_known && !disturbed && !removes && fixed_modes;
    // While connections close for idleness a request may meet one that the other
    // side is closing (B15).
    let none_idle = model.now < settings.idle_timeout;
    let certain =
        whole && none_idle && settings.idle_timeout >= LONG_IDLE && !model.did(&[FuzzOp::Stop]);
    vec![
        ("one-dial-per-peer", true),
        ("query-stats-add-up", true),
        ("running-queries-end", true),
        // A byte pipe or dial from a former address breaks without a word.
        ("connections-are-mutual", !model.did(&[Move])),
        ("idle-connections-close", true),
        ("addresses-bounded", true),
        // Who was somebody else at this address is dialled there (B26).
        ("no-self-dial", !model.did(&[Move]) && !model.identity_lost),
        // A peer that is once not reached leaves the tables of that stack.
        ("tables-cover-live-servers", recovers),
        ("table-graph-connected", recovers),
        ("entries-leave-announced", !removes),
        ("answers-match-table", !removes),
        (
            "requests-answered",
            // A store that takes no more resets the stream.
            model.has_room()
                && !model.did(&[DropMessages, DelayMessages, Slow, Pause, Latency, Bandwidth]),
        ),
        (
            "bootstrap-recurs",
            settings.periodic_bootstrap.is_some() && !model.did(&[Pause, Slow]),
        ),
        (
            "clients-not-connected",
            model.identifies() && fixed_modes && !scripted,
        ),
        (
            "connection-means-status",
            // Who is told nothing is told again after minutes.
            model.identifies()
                && fixed_modes
                && !scripted
                && !removes
                && !model.did(&[ResetStreams]),
        ),
        (
            "mode-as-announced",
            model.mode.is_none() && !changes_modes && !model.did(&[Crash, Close, Churn]),
        ),
        (
            "mode-follows-address",
            model.mode.is_none() && !changes_modes && !model.has(HostKind::Client),
        ),
        (
            "expiry-bounded",
            settings.record_ttl.is_some() && !writes_stores,
        ),
        // Who stores a record over another's publishes it no longer: with short
        // lives, each key has to be stored once.
        (
            "records-survive",
            !writes_stores && !scripted && model.has_room() && (lasting || model.stores_once()),
        ),
        ("put-reaches-quorum", !writes_stores && !disturbed),
        ("lookup-finds-closest", certain),
        ("stored-is-found", certain && !writes_stores),
        (
            "providers-at-closest",
            certain && !writes_stores && model.has_room_for_providers(),
        ),
    ]
}
