//! Draws follow their distributions.

use super::*;
use rand_pcg::Pcg64Mcg;

fn rng() -> Pcg64Mcg {
    Pcg64Mcg::new(0xcafe_f00d_d15e_a5e5)
}

fn mean_of(latency: &Latency, draws: u32) -> f64 {
    let mut rng = rng();
    let sum: f64 = (0..draws)
        .map(|_| latency.draw(&mut rng).as_secs_f64())
        .sum();
    sum / f64::from(draws)
}

#[test]
fn distributions_have_the_documented_mean_and_bounds() {
    let ms = Duration::from_millis;
    let uniform = Latency::Uniform {
        min: ms(10),
        max: ms(30),
    };
    assert!((mean_of(&uniform, 20_000) - 0.020).abs() < 0.0002);
    let mut rng = rng();
    for _ in 0..1_000 {
        assert!((ms(10)..=ms(30)).contains(&uniform.draw(&mut rng)));
    }
    let exponential = Latency::Exponential {
        min: ms(10),
        mean: ms(30),
    };
    assert!((mean_of(&exponential, 20_000) - 0.030).abs() < 0.001);
    let normal = Latency::LogNormal {
        median: ms(50),
        sigma: 0.5,
    };
    // The mean of a log-normal is median * exp(sigma^2 / 2).
    assert!((mean_of(&normal, 20_000) - 0.05 * 0.125_f64.exp()).abs() < 0.001);
}

#[test]
fn draws_are_pinned() {
    let mut rng = rng();
    let drawn: Vec<u64> = [
        Latency::Uniform {
            min: Duration::ZERO,
            max: Duration::from_secs(1),
        },
        Latency::Exponential {
            min: Duration::ZERO,
            mean: Duration::from_secs(1),
        },
        Latency::LogNormal {
            median: Duration::from_secs(1),
            sigma: 1.0,
        },
    ]
    .iter()
    .map(|latency| latency.draw(&mut rng).as_nanos() as u64)
    .collect();
    assert_eq!(drawn, PINNED);
}

const PINNED: [u64; 3] = [3_520_133, 176_666_976, 3_316_575_571];

/// Draws of a distribution, sorted.
fn sorted(latency: &Latency) -> Vec<Duration> {
    let mut rng = rng();
    let mut drawn: Vec<_> = (0..400_000).map(|_| latency.draw(&mut rng)).collect();
    drawn.sort();
    drawn
}

/// Requires that the quantiles and the mean are those of the theory, within 3 %.
#[track_caller]
fn agrees(latency: &Latency, quantile: impl Fn(f64) -> f64, mean: f64) {
    let drawn = sorted(latency);
    for share in [0.25, 0.5, 0.75, 0.95] {
        let seen = drawn[(share * drawn.len() as f64) as usize].as_secs_f64();
        let wanted = quantile(share);
        assert!(
            (seen / wanted - 1.0).abs() < 0.03,
            "{latency}: {share} is {seen}, not {wanted}"
        );
    }
    let stated = latency.mean().as_secs_f64();
    assert!((stated / mean - 1.0).abs() < 1e-6, "{latency}: {stated}");
    let seen = mean_of(latency, 400_000);
    assert!((seen / mean - 1.0).abs() < 0.03, "{latency}: {seen}");
    assert!(drawn[0] >= latency.least(), "{latency}");
}

#[test]
fn distributions_agree_with_the_theory() {
    let ms = Duration::from_millis;
    // The quantile of a Weibull distribution is scale (-ln(1 - p))^(1 / shape), and its
    // mean scale gamma(1 + 1 / shape). Gamma(3) is 2, and gamma(1.5) half the root of pi.
    for (shape, mean) in [
        (0.5, 2.0),
        (1.0, 1.0),
        (2.0, std::f64::consts::PI.sqrt() / 2.0),
    ] {
        let scale = ms(40);
        let weibull = Latency::Weibull { scale, shape };
        agrees(
            &weibull,
            |share| 0.04 * (-(1.0 - share).ln()).powf(1.0 / shape),
            0.04 * mean,
        );
    }
    // The quantile of a Pareto distribution is min (1 - p)^(-1 / shape).
    let pareto = Latency::Pareto {
        min: ms(10),
        shape: 4.0,
    };
    agrees(
        &pareto,
        |share| 0.01 * (1.0 - share).powf(-0.25),
        0.01 * 4.0 / 3.0,
    );
    assert_eq!(pareto.least(), ms(10));
    let endless = Latency::Pareto {
        min: ms(10),
        shape: 1.0,
    };
    assert_eq!(endless.mean(), Duration::MAX);
    let share = Probability::try_from(0.2).expect("a share");
    let bimodal = Latency::Bimodal {
        usual: ms(10),
        rare: ms(100),
        share,
    };
    agrees(
        &bimodal,
        |at| if at < 0.8 { 0.01 } else { 0.1 },
        0.01 * 0.8 + 0.1 * 0.2,
    );
    // Between measured values it is even.
    let measured = [40, 10, 20].map(ms).to_vec();
    let empirical = Latency::Empirical(measured.try_into().expect("values"));
    let between = |at: f64| match at < 0.5 {
        true => 0.01 + 0.02 * at,
        false => 0.02 + 0.04 * (at - 0.5),
    };
    agrees(&empirical, between, (0.015 + 0.03) / 2.0);
}

#[test]
fn a_heavy_tail_ends_at_the_longest_time() {
    let endless = Latency::Pareto {
        min: Duration::from_secs(1 << 40),
        shape: 0.01,
    };
    let drawn = sorted(&endless);
    assert_eq!(drawn.last(), Some(&Duration::from_nanos(u64::MAX)));
}

#[test]
fn one_value_is_drawn_for_each_packet_of_the_new_kinds() {
    let ms = Duration::from_millis;
    let share = Probability::try_from(0.5).expect("a share");
    for latency in [
        Latency::Weibull {
            scale: ms(1),
            shape: 0.5,
        },
        Latency::Pareto {
            min: ms(1),
            shape: 2.0,
        },
        Latency::Bimodal {
            usual: ms(1),
            rare: ms(2),
            share,
        },
        Latency::Empirical(vec![ms(1), ms(2)].try_into().expect("values")),
        Latency::Empirical(vec![ms(1)].try_into().expect("a value")),
    ] {
        let (mut used, mut other) = (rng(), rng());
        latency.draw(&mut used);
        other.next_u64();
        assert_eq!(used, other, "{latency}");
    }
}
