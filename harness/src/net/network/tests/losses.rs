use super::*;

fn lose(lab: &mut Lab, probability: f64, effect: LossEffect) -> FaultId {
    lab.inject(Fault::Loss {
        scope: LinkScope::OneWay { from: A, to: B },
        probability: Probability::try_from(probability).unwrap(),
        effect,
    })
}

#[test]
fn lost_segments_arrive_later_and_in_order() {
    let mut lab = Lab::new(ConnKind::Stream);
    let conn = lab.connect();
    let fault = lose(&mut lab, 1.0, LossEffect::Delay(ms(200)));
    assert_eq!(lab.write(conn, Dialer, b"one "), ready(4));
    lab.run_until(at_ms(30));
    lab.net.heal(fault);
    assert_eq!(lab.write(conn, Dialer, b"two"), ready(3));
    assert_eq!(lab.write(conn, Listener, b"back"), ready(4));
    lab.run_until(at_ms(229));
    assert_eq!(lab.read(conn, Dialer), ready(b"back".to_vec()));
    assert_eq!(lab.read(conn, Listener), Poll::Pending);
    lab.run();
    assert_eq!(lab.now(), at_ms(230));
    assert_eq!(lab.read(conn, Listener), ready(b"one two".to_vec()));
    assert_eq!(lab.net.faults()[0].hits, 1);
}

#[test]
fn a_resetting_loss_is_seen_at_both_ends_at_the_arrival_time() {
    let mut lab = Lab::new(ConnKind::Stream);
    let conn = lab.connect();
    lose(&mut lab, 1.0, LossEffect::Reset);
    assert_eq!(lab.write(conn, Listener, b"kept"), ready(4));
    assert_eq!(lab.write(conn, Dialer, b"lost"), ready(4));
    lab.run_until(at_ms(29));
    assert_eq!(lab.read(conn, Dialer), Poll::Pending);
    lab.run();
    assert_eq!(lab.now(), at_ms(30));
    assert_eq!(lab.read(conn, Listener), failed(ConnError::Reset));
    assert_eq!((lab.net.next_event(), lab.net.in_flight()), (None, 0));
    lab.net.drop_pipe(conn, Dialer);
    lab.net.drop_pipe(conn, Listener);
    assert!(lab.nothing_alive());
}

#[test]
fn a_dial_whose_syn_or_answer_is_lost_for_good_is_refused() {
    for scope in [
        LinkScope::OneWay { from: A, to: B },
        LinkScope::OneWay { from: B, to: A },
    ] {
        let mut lab = Lab::new(ConnKind::Mux);
        lab.inject(Fault::Loss {
            scope,
            probability: Probability::try_from(1.0).unwrap(),
            effect: LossEffect::Reset,
        });
        let conn = lab.dial();
        lab.run();
        assert_eq!(lab.outcome(conn), failed(ConnError::Refused));
        lab.net.drop_dial(conn);
        if let Some(accepted) = lab.accept() {
            lab.net.drop_mux(accepted, Listener);
        }
        assert!(lab.nothing_alive());
        assert_eq!((lab.net.next_event(), lab.net.in_flight()), (None, 0));
    }
}

/// The latencies of a hundred segments that are sent a second apart, in
/// milliseconds.
fn delays(lab: &mut Lab) -> Vec<u64> {
    let conn = lab.connect();
    let mut delays = Vec::new();
    for second in 1..=100 {
        lab.run_until(at_ms(second * 1_000));
        assert_eq!(lab.write(conn, Dialer, b"x"), ready(1));
        lab.run();
        let taken = lab.now().saturating_since(at_ms(second * 1_000));
        delays.push(taken.as_millis() as u64);
        let _ = lab.read(conn, Listener);
    }
    delays
}

#[test]
fn losses_follow_their_probability_and_the_seed() {
    let run = |also: Option<Latency>| {
        let mut lab = Lab::new(ConnKind::Stream);
        lose(&mut lab, 0.3, LossEffect::Delay(ms(200)));
        if let Some(latency) = also {
            lab.inject(Fault::Latency {
                scope: LinkScope::All,
                latency,
            });
        }
        delays(&mut lab)
    };
    let delays = run(None);
    assert!(delays.iter().all(|delay| [10, 210].contains(delay)));
    let lost = delays.iter().filter(|delay| **delay == 210).count();
    assert!((15..45).contains(&lost), "{lost}");
    assert_eq!(delays, run(None));
    // The draws of the latency do not affect the losses.
    let jitter = Latency::Uniform {
        min: ms(10),
        max: ms(20),
    };
    let jittered = run(Some(jitter));
    let lost_at = |delays: &[u64]| -> Vec<bool> { delays.iter().map(|d| *d >= 200).collect() };
    assert_eq!(lost_at(&jittered), lost_at(&delays));
}
