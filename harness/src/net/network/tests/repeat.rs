use super::*;

const JITTER: Latency = Latency::LogNormal {
    median: Duration::from_millis(50),
    sigma: 0.6,
};

/// The events of some traffic among a few hosts, with a crash.
fn events_of(seed: u64, extra_traffic: bool) -> Vec<NetEvent> {
    let config = NetworkConfig {
        latency: JITTER,
        ..NetworkConfig::default()
    };
    let mut lab = Lab::with(ConnKind::Stream, config.clone());
    lab.net = Network::new(seed, config);
    let hosts: Vec<HostId> = (0..4)
        .map(|_| lab.net.add_host(None, AddressKinds::default()))
        .collect();
    lab.listener = lab.listen(B);
    lab.listen(hosts[3]);
    if extra_traffic {
        let request = lab.request(hosts[2], hosts[3]);
        lab.net.dial(request).unwrap();
    }
    let conn = lab.connect();
    for round in 0..20_u8 {
        lab.write(conn, Dialer, &[round; 30]).is_ready();
        if extra_traffic {
            let request = lab.request(hosts[2], hosts[3]);
            lab.net.dial(request).unwrap();
        }
        lab.run();
        lab.read(conn, Listener).is_ready();
    }
    lab.net.crash(A);
    lab.run();
    lab.events()
}

#[test]
fn the_same_calls_give_the_same_events() {
    assert_eq!(events_of(5, true), events_of(5, true));
    assert_ne!(events_of(5, true), events_of(6, true));
}

#[test]
fn draws_do_not_depend_on_other_links() {
    let latencies = |busy: bool| -> Vec<Duration> {
        let config = NetworkConfig {
            latency: JITTER,
            ..NetworkConfig::default()
        };
        let mut lab = Lab::with(ConnKind::Stream, config);
        let (c, d) = (
            lab.net.add_host(None, AddressKinds::default()),
            lab.net.add_host(None, AddressKinds::default()),
        );
        let mut drawn = Vec::new();
        let link = lab.net.links.between(A, B, &lab.net.rules);
        let other = lab.net.links.between(c, d, &lab.net.rules);
        for _ in 0..100 {
            let Network {
                links, rules, log, ..
            } = &mut lab.net;
            if busy {
                links.draw(other, rules, at_ms(0), log);
            }
            drawn.push(links.draw(link, rules, at_ms(0), log).latency);
        }
        drawn
    };
    assert_eq!(latencies(false), latencies(true));
}

#[test]
fn idle_hosts_use_no_links() {
    let mut net: Network<u32> = Network::new(1, NetworkConfig::default());
    for _ in 0..3_000 {
        net.add_host(None, AddressKinds::default());
    }
    assert_eq!((net.links(), net.next_event()), (0, None));
    let mut lab = Lab::new(ConnKind::Stream);
    lab.connect();
    assert_eq!(lab.net.links(), 2);
}
