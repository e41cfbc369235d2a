//! The generator under proptest: a few cases each time the tests are run, more by
//! `PROPTEST_CASES`, and those that ever failed first.

use dht_scenarios::{Stacks, assert_sound, explore::Generator};
use proptest::prelude::*;

/// How many cases, if `PROPTEST_CASES` says nothing.
const CASES: u32 = 12;

fn config() -> ProptestConfig {
    let config = ProptestConfig::default();
    let is_told = std::env::var_os("PROPTEST_CASES").is_some();
    ProptestConfig {
        cases: if is_told { config.cases } else { CASES },
        // Each attempt at something smaller is a whole run.
        max_shrink_iters: 200,
        ..config
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_drawn_holds(scenario in Generator::standard().strategy()) {
        assert_sound(&scenario, &Stacks::standard());
    }
}
