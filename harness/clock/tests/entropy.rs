//! Every source of entropy a program may link is seeded inside a simulation,
//! and random outside. Each observation is made on a fresh thread, as the
//! thread generators seed themselves once per thread.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the sources of entropy to be tested"
)]

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    thread,
};

use dht_harness_clock::Session;
use rand08::Rng as _;
use rand09::Rng as _;

type Source = fn() -> Vec<u8>;

const SOURCES: [(&str, Source); 8] = [
    ("getrandom 0.2", || {
        filled(|out| getrandom02::getrandom(out).unwrap())
    }),
    ("getrandom 0.3", || {
        filled(|out| getrandom03::fill(out).unwrap())
    }),
    ("getrandom 0.4", || {
        filled(|out| getrandom04::fill(out).unwrap())
    }),
    ("rand 0.8", || {
        rand08::thread_rng().r#gen::<[u8; 32]>().to_vec()
    }),
    ("rand 0.9", || rand09::rng().random::<[u8; 32]>().to_vec()),
    ("rand 0.10", || rand010::random::<[u8; 32]>().to_vec()),
    ("RandomState", || {
        RandomState::new().hash_one(1_u64).to_le_bytes().to_vec()
    }),
    ("HashMap", || {
        (0..=u8::MAX)
            .map(|key| (key, ()))
            .collect::<HashMap<_, _>>()
            .into_keys()
            .collect()
    }),
];

fn filled(fill: fn(&mut [u8])) -> Vec<u8> {
    let mut bytes = vec![0; 100];
    fill(&mut bytes);
    bytes
}

/// What a source yields twice in a row on a fresh thread, in a simulation or not.
fn observe(seed: Option<u64>, source: Source) -> [Vec<u8>; 2] {
    thread::spawn(move || {
        let _session = seed.map(|seed| Session::enter(seed).unwrap());
        [source(), source()]
    })
    .join()
    .unwrap()
}

#[test]
fn equal_seeds_give_equal_entropy() {
    for (name, source) in SOURCES {
        assert_eq!(observe(Some(1), source), observe(Some(1), source), "{name}");
    }
}

#[test]
fn different_seeds_give_different_entropy() {
    for (name, source) in SOURCES {
        assert_ne!(observe(Some(1), source), observe(Some(2), source), "{name}");
    }
}

#[test]
fn entropy_does_not_repeat_within_a_simulation() {
    for (name, source) in SOURCES {
        let [first, second] = observe(Some(1), source);
        assert_ne!(first, second, "{name}");
    }
}

#[test]
fn entropy_outside_is_random() {
    for (name, source) in SOURCES {
        assert_ne!(observe(None, source), observe(None, source), "{name}");
        assert_ne!(observe(None, source), observe(Some(1), source), "{name}");
    }
}

#[test]
fn one_stream_feeds_all_sources_in_call_order() {
    let all = || {
        SOURCES
            .iter()
            .flat_map(|(_, source)| source())
            .collect::<Vec<u8>>()
    };
    assert_eq!(observe(Some(7), all), observe(Some(7), all));
}

#[test]
fn simulations_in_parallel_have_streams_of_their_own() {
    let all: Source = || SOURCES.iter().flat_map(|(_, source)| source()).collect();
    let alone = observe(Some(7), all);
    let threads: Vec<_> = (0..8)
        .map(|_| thread::spawn(move || observe(Some(7), all)))
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), alone);
    }
}
