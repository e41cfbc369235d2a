//! The generator as a proptest property. Each test run uses the same few cases, so
//! that no build fails by chance. `PROPTEST_CASES` sets their number,
//! `PROPTEST_RNG_SEED` draws others. Cases that once failed are run first.

use dht_fuzz::{Generator, assert_no_unknown_failures};
use dht_scenarios::Stacks;
use proptest::{prelude::*, test_runner::RngSeed};

/// The number of cases unless `PROPTEST_CASES` is set.
const CASES: u32 = 8;

fn config() -> ProptestConfig {
    let config = ProptestConfig::default();
    let is_set = std::env::var_os("PROPTEST_CASES").is_some();
    ProptestConfig {
        cases: if is_set { config.cases } else { CASES },
        rng_seed: match config.rng_seed {
            RngSeed::Random => RngSeed::Fixed(1),
            fixed => fixed,
        },
        // Each attempt at shrinking is a whole run.
        max_shrink_iters: 50,
        ..config
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn drawn_scenarios_show_no_unknown_failure(scenario in Generator::standard().strategy()) {
        assert_no_unknown_failures(&scenario, &Stacks::standard());
    }

    #[test]
    fn an_application_with_its_own_event_loop_shows_no_unknown_failure(
        scenario in Generator::standard().on_stack("file-sharing", &Stacks::standard()).expect("a stack").strategy()
    ) {
        assert_no_unknown_failures(&scenario, &Stacks::standard());
    }
}
