//! The random choices that a scenario is composed of.
//!
//! Responsible for drawing the choices. Each choice is drawn independently of how it
//! will be used, so that proptest can remove any of them and the rest is still a
//! valid scenario.

use std::{ops::RangeInclusive, time::Duration};

use dht_fixtures::KadSettings;
use proptest::{collection::vec, prelude::*};

use super::{
    checks,
    model::{LARGE, Model},
    names, network,
    op::{FuzzOp, Kinds, kinds},
    population, recovery, settings, steps, surroundings,
    theme::Theme,
};
use crate::shrink::repaired;
use dht_harness::{Schedule, TransportKind};
use dht_scenarios::{
    StackCapabilities,
    file::{NetworkSettings, ScenarioFile},
};

/// The limits on the size of a case.
#[derive(Clone, Debug)]
pub(super) struct Sizes {
    pub(super) hosts: RangeInclusive<u32>,
    pub(super) time: RangeInclusive<Duration>,
}

/// A random number that selects one of several alternatives once their number is
/// known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pick(u16);

impl Pick {
    /// An index in `0..count`. A smaller number gives a smaller index.
    pub(super) fn of(self, count: usize) -> usize {
        (usize::from(self.0) * count) >> 16
    }

    /// One of `choices`.
    pub(super) fn among<T: Clone>(self, choices: &[T]) -> T {
        choices[self.of(choices.len())].clone()
    }

    /// True with a probability of `percent` percent.
    pub(super) fn chance(self, percent: usize) -> bool {
        // A choice that proptest has shrunk to zero is false.
        self.of(100) >= 100 - percent.min(100)
    }

    /// Another number, derived from this one and practically independent of it.
    pub(super) fn other(self) -> Pick {
        Pick(self.0.wrapping_mul(40503).wrapping_add(self.0 >> 7))
    }
}

pub(super) fn pick() -> impl Strategy<Value = Pick> {
    any::<u16>().prop_map(Pick)
}

/// When an operation starts, relative to the previous one.
#[derive(Clone, Copy, Debug)]
pub(super) enum Timing {
    /// At the same instant.
    Same,
    /// After this many milliseconds.
    Soon(u16),
    /// Close to the end of a timeout of the settings: which timeout, and the offset
    /// in milliseconds.
    Around(Pick, i16),
}

/// The choices for one operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpDraft {
    pub(super) op: Pick,
    /// The host that performs the operation.
    pub(super) host: Pick,
    /// The other host.
    pub(super) peer: Pick,
    /// All other choices.
    pub(super) how: Pick,
    pub(super) timing: Timing,
}

fn draft() -> BoxedStrategy<OpDraft> {
    let timing = prop_oneof![
        9 => Just(Timing::Same),
        4 => (1_u16..400).prop_map(Timing::Soon),
        4 => (400_u16..9000).prop_map(Timing::Soon),
        3 => (pick(), -300_i16..300).prop_map(|(which, offset)| Timing::Around(which, offset)),
        2 => (pick(), -4000_i16..4000).prop_map(|(which, offset)| Timing::Around(which, offset)),
    ];
    (pick(), pick(), pick(), pick(), timing)
        .prop_map(|(op, host, peer, how, timing)| OpDraft {
            op,
            host,
            peer,
            how,
            timing,
        })
        .boxed()
}

fn op_drafts() -> BoxedStrategy<Vec<OpDraft>> {
    prop_oneof![
        3 => vec(draft(), 3..12),
        4 => vec(draft(), 8..30),
        1 => vec(draft(), 20..60),
    ]
    .boxed()
}

/// All choices for one scenario.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    theme: Theme,
    seed: u32,
    hosts: u32,
    time: Duration,
    /// The choices about the hosts.
    shape: [Pick; 6],
    settings: KadSettings,
    network: NetworkSettings,
    kinds: Kinds,
    drafts: Vec<OpDraft>,
    /// The choices about the recovery.
    end: [Pick; 6],
    /// The choices about what hosts have beside a DHT.
    beside: [Pick; 5],
    schedule: Schedule,
}

fn picks() -> impl Strategy<Value = [Pick; 6]> {
    [pick(), pick(), pick(), pick(), pick(), pick()]
}

/// Draws the choices for a case of a theme.
pub(super) fn drafts(theme: Theme, sizes: Sizes) -> BoxedStrategy<Draft> {
    let (least, most) = (sizes.time.start().as_secs(), sizes.time.end().as_secs());
    let numbers = (any::<u32>(), sizes.hosts, least..=most, picks(), picks());
    let parts = (
        settings::settings(theme),
        network::network(),
        kinds(),
        op_drafts(),
        prop_oneof![3 => Just(Schedule::Arrival), 1 => Just(Schedule::Drawn)],
        [pick(), pick(), pick(), pick(), pick()],
    );
    (numbers, parts)
        .prop_map(
            move |(
                (seed, hosts, time, shape, end),
                (settings, network, kinds, drafts, schedule, beside),
            )| Draft {
                theme,
                seed,
                hosts,
                time: Duration::from_secs(time),
                shape,
                settings,
                network,
                kinds,
                drafts,
                end,
                beside,
                schedule,
            },
        )
        .boxed()
}

impl Draft {
    /// Composes the scenario of these choices.
    pub(super) fn compose(
        self,
        weights: &dyn Fn(&Kinds) -> Vec<(u32, FuzzOp)>,
        transport: TransportKind,
        (stack, capabilities): (String, StackCapabilities),
    ) -> ScenarioFile {
        let mut settings = self.settings;
        if self.hosts > LARGE {
            // In a large network each periodic bootstrap would cost more than the
            // rest of the case.
            settings.periodic_bootstrap = None;
        }
        let settings = settings::honoured(&settings, &capabilities);
        let mut hosts =
            population::population(self.theme, self.hosts, &self.shape, &settings, capabilities);
        let [home, protocol, limit, traversal, interface] = self.beside;
        let routers = surroundings::routers(home, &mut hosts);
        surroundings::protocols(self.theme, [protocol, limit], &capabilities, &mut hosts);
        surroundings::traversal(traversal, &capabilities, &mut hosts);
        surroundings::interfaces(interface, &capabilities, &mut hosts);
        let mut model = Model::new(
            (&hosts, &routers),
            &settings,
            &self.network,
            transport,
            capabilities,
        );
        let ops = weights(&self.kinds);
        let mut lines = steps::opening(&mut model, self.shape[5]);
        lines.extend(steps::fault_phase(
            &mut model,
            &ops,
            &self.drafts,
            self.time,
        ));
        let checks = checks::checks(&model, self.shape[5].other());
        lines.extend(recovery::recovery(&mut model, self.time, &self.end));
        let names = names::declared(&model, &mut hosts);
        let file = ScenarioFile {
            name: "generated".to_owned(),
            about: format!("Generated: {}", self.theme.label()),
            seed: self.seed.into(),
            schedule: self.schedule,
            transports: vec![transport],
            stacks: vec![stack],
            checks,
            network: self.network,
            names,
            routers,
            hosts,
            steps: lines.into(),
            ..ScenarioFile::default()
        };
        // Operations are drawn independently, so that one may undo another at the same instant.
        repaired(file.clone()).unwrap_or(file)
    }
}
