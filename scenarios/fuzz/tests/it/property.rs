//! The generator under proptest: the same few cases each time the tests are run,
//! so that no build fails by chance; more of them by `PROPTEST_CASES`, others
//! by `PROPTEST_RNG_SEED`, and those that ever failed first.

use dht_fuzz::{Generator, assert_no_unknown_failures};
use dht_scenarios::Stacks;
use proptest::{prelude::*, test_runner::RngSeed};

/// How many cases, if `PROPTEST_CASES` says nothing.
const CASES: u32 = 8;

fn config() -> ProptestConfig {
    let config = ProptestConfig::default();
    let is_told = std::env::var_os("PROPTEST_CASES").is_some();
    ProptestConfig {
        cases: if is_told { config.cases } else { CASES },
        rng_seed: match config.rng_seed {
            RngSeed::Random => RngSeed::Fixed(1),
            told => told,
        },
        // Each attempt at something smaller is a whole run.
        max_shrink_iters: 50,
        ..config
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_drawn_holds(scenario in Generator::standard().strategy()) {
        assert_no_unknown_failures(&scenario, &Stacks::standard());
    }
}
