//! Applications that run their own event loop.

use std::{
    cell::RefCell,
    rc::Rc,
    sync::{Arc, Mutex},
    time::Duration,
};

use dht_harness::{
    App, AppHost, Node, Sim, SimError, TransportKind,
    host::HostError,
    sim::{Failure, Keep, Restart},
    trace::{TraceEntry, TraceEvent},
};
use futures::StreamExt as _;
use libp2p::{Multiaddr, multiaddr::Protocol, swarm::dummy};

use super::on;

mod unseen;

const SECOND: Duration = Duration::from_secs(1);

/// The application as its tests see it.
mod seen {
    use dht_harness::kad;

    include!("sharing.rs");
}

/// The same application without a change.
#[allow(dead_code, reason = "one test uses it, for one thing")]
mod plain {
    use libp2p::kad;

    include!("sharing.rs");
}

use seen::{Client, Command, Mistake};

fn sound(node: &Node) -> App<Client> {
    seen::start(node, Mistake::None)
}

/// Applications that all know the first one.
fn spawn(sim: &mut Sim, count: usize) -> Result<Vec<AppHost<Client>>, SimError> {
    let hosts: Vec<_> = (0..count)
        .map(|number| sim.spawn_app(format!("h{number}"), sound))
        .collect();
    for host in &hosts[1..] {
        let address = hosts[0].address().with(Protocol::P2p(hosts[0].peer_id()));
        host.handle().send(Command::Dial(address));
    }
    sim.run_for(5 * SECOND)?;
    Ok(hosts)
}

#[test]
fn an_application_answers_its_own_handle_in_virtual_time() {
    for transport in TransportKind::ALL {
        on(transport).test(|sim| {
            let hosts = spawn(sim, 10)?;
            let start = sim.now();
            let found = sim.block_on(hosts[3].handle().find(b"song"))?;
            assert_eq!(found.expect("an answer").len(), 9);
            assert!(sim.now().saturating_since(start) < SECOND);
            Ok(())
        });
    }
}

#[test]
fn tables_queries_and_modes_are_seen() {
    on(TransportKind::Mux).test(|sim| {
        let hosts = spawn(sim, 5)?;
        let world = sim.world();
        assert!(world.table(&hosts[1]).contains(&hosts[0].peer_id()));
        assert_eq!(world.mode(&hosts[1]), Some(libp2p::kad::Mode::Server));
        let connected = world.swarm(&hosts[0]).expect("it runs").connected;
        assert_eq!(connected.len(), 4);
        let before = world.swarm_log(&hosts[1], |log| log.queries.iter().count());
        let found = hosts[1].handle().find(b"song");
        sim.block_on(found)?;
        let after = sim
            .world()
            .swarm_log(&hosts[1], |log| log.queries.iter().count());
        assert_eq!(after, before + 1);
        Ok(())
    });
}

#[test]
fn a_crash_drops_the_future_and_peers_are_not_told() {
    on(TransportKind::Mux).test(|sim| {
        let hosts = spawn(sim, 5)?;
        sim.crash(&hosts[4])?;
        assert_eq!(sim.world().tasks(&hosts[4]), 0);

        sim.run_for(60 * SECOND)
    });
}

#[test]
fn a_close_is_the_shutdown_of_the_application() {
    for transport in TransportKind::ALL {
        on(transport).test(|sim| {
            let hosts = spawn(sim, 5)?;
            sim.close(&hosts[4])?;
            sim.run_for(60 * SECOND)?;
            let connected = sim.world().swarm(&hosts[0]).expect("it runs").connected;
            assert_eq!(connected.len(), 3);
            Ok(())
        });
    }
}

#[test]
fn what_a_shutdown_leaves_is_a_violation() {
    let outcome = on(TransportKind::Mux).run(|sim| {
        let host = sim.spawn_app("h", |node: &Node| seen::start(node, Mistake::LeavesSwarm));
        sim.run_for(SECOND)?;
        sim.close(&host)?;
        sim.run_for(SECOND)
    });
    let Err(Failure::Violations { violations, .. }) = outcome else {
        panic!("{outcome:?}");
    };
    let kinds: Vec<_> = violations.iter().map(|it| it.kind).collect();
    for kind in ["swarm", "listeners", "foreign-tasks"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
}

#[test]
fn an_application_that_panics_is_reported() {
    let outcome = on(TransportKind::Mux).run(|sim| {
        let hosts = spawn(sim, 2)?;
        hosts[1].handle().send(Command::Panic);
        sim.run_for(SECOND)
    });
    let text = outcome.unwrap_err().to_string();
    assert!(text.contains("the application is broken"), "{text}");
}

#[test]
fn an_application_that_ends_by_itself_is_reported() {
    let outcome = on(TransportKind::Mux).run(|sim| {
        let hosts = spawn(sim, 2)?;
        hosts[1].handle().send(Command::Shutdown);
        sim.run_for(SECOND)
    });
    let text = outcome.unwrap_err().to_string();
    assert!(text.contains("applications-run"), "{text}");
}

#[test]
fn a_restart_builds_the_application_anew_with_what_it_wrote() {
    on(TransportKind::Mux).test(|sim| {
        let disk = Rc::new(RefCell::new(0));
        let written = Rc::clone(&disk);
        let host = sim.spawn_app("h", move |node: &Node| {
            *written.borrow_mut() += 1;
            sound(node)
        });
        let other = sim.spawn_app("other", sound);
        sim.crash(&host)?;
        sim.restart(&host, Restart::default())?;
        assert_eq!(*disk.borrow(), 2);
        let address = other.address().with(Protocol::P2p(other.peer_id()));
        host.handle().send(Command::Dial(address));
        sim.run_for(5 * SECOND)?;
        let connected = sim.world().swarm(&other).expect("it runs").connected;
        assert_eq!(connected, [host.peer_id()]);
        Ok(())
    });
}

#[test]
fn orders_of_the_test_are_carried_out_by_the_swarm() {
    for transport in TransportKind::ALL {
        on(transport).test(|sim| {
            let (a, b) = (sim.spawn_app("a", sound), sim.spawn_app("b", sound));
            sim.run_for(SECOND)?;
            sim.connect(&a, &b)?;
            sim.disconnect(&a, &b)?;
            sim.unlisten(&b)?;
            sim.run_for(SECOND)?;
            assert!(sim.world().swarm(&b).expect("it runs").listeners.is_empty());
            let nowhere: Multiaddr = "/ip4/10.9.9.9/tcp/1".parse().expect("an address");
            let failed = sim.dial(&a, nowhere);
            assert!(matches!(failed, Err(SimError::Host(_))), "{failed:?}");
            let elsewhere = "/ip4/10.9.9.9/tcp/1".parse().expect("an address");
            let failed = sim.listen(&b, elsewhere);
            assert!(
                matches!(failed, Err(SimError::Host(HostError::Listen { .. }))),
                "{failed:?}"
            );
            let address = sim.listen(&b, b.address())?;
            assert_eq!(address, b.address());
            sim.add_address(&a, &b)?;
            assert!(sim.world().table(&a).contains(&b.peer_id()));
            Ok(())
        });
    }
}

#[test]
fn a_dht_that_its_application_holds_keeps_its_latest_table() {
    on(TransportKind::Mux).test(|sim| {
        let hosts = spawn(sim, 3)?;
        let before = sim.world().table(&hosts[1]);
        hosts[1].handle().send(Command::Hold(10 * SECOND));
        sim.run_for(SECOND)?;
        assert_eq!(sim.world().table(&hosts[1]).len(), before.len());
        let refused = sim.add_address(&hosts[1], &hosts[2]);
        assert!(matches!(refused, Err(SimError::Host(_))), "{refused:?}");
        sim.run_for(20 * SECOND)?;
        sim.add_address(&hosts[1], &hosts[2])
    });
}

/// What happens in the network in a run of ten applications, of which the last part
/// is `steps` long steps. The tables are read after each step.
macro_rules! network_events {
    ($app:ident, $transport:expr, $steps:expr) => {{
        let events = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&events);
        let note = move |entry: &TraceEntry| {
            if let TraceEvent::Net { .. } = entry.event {
                let event = format!("{:?} {:?}", entry.host, entry.event);
                seen.lock().unwrap().push(event);
            }
        };
        let run = on($transport).on_event(note).run(|sim| {
            let hosts: Vec<_> = (0..10)
                .map(|number| {
                    sim.spawn_app(format!("h{number}"), |node: &Node| {
                        // One of the two has a DHT that the harness does not see.
                        $app::start(node, $app::Mistake::None).without_dht()
                    })
                })
                .collect();
            for host in &hosts[1..] {
                let address = hosts[0].address().with(Protocol::P2p(hosts[0].peer_id()));
                host.handle().send($app::Command::Dial(address));
            }
            for _ in 0..$steps {
                sim.run_for(5 * SECOND / $steps)?;
            }
            for host in &hosts {
                sim.block_on(host.handle().find(b"song"))?;
            }
            sim.crash(&hosts[9])?;
            for _ in 0..$steps {
                sim.run_for(300 * SECOND / $steps)?;
            }
            sim.close(&hosts[8])
        });
        run.unwrap_or_else(|failure| panic!("{failure}"));
        let events = std::mem::take(&mut *events.lock().unwrap());
        events
    }};
}

#[test]
fn looking_changes_nothing_in_the_network() {
    for transport in TransportKind::ALL {
        let often = network_events!(seen, transport, 100);
        let seldom = network_events!(seen, transport, 1);
        let never = network_events!(plain, transport, 1);
        assert!(often.len() > 500, "{}", often.len());
        for other in [&seldom, &never] {
            let differs = often.iter().zip(other).position(|(a, b)| a != b);
            assert_eq!(differs.map(|at| (&often[at], &other[at])), None);
            assert_eq!(often.len(), other.len());
        }
    }
}

#[test]
fn the_state_of_an_application_is_kept_by_its_closure_alone() {
    on(TransportKind::Mux).test(|sim| {
        let host = sim.spawn_app("h", sound);
        sim.run_for(SECOND)?;
        sim.crash(&host)?;
        let refused = sim.restart(
            &host,
            Restart {
                table: Keep::Kept,
                ..Restart::default()
            },
        );
        let text = refused.unwrap_err().to_string();
        assert!(text.contains("let the closure"), "{text}");
        sim.restart(&host, Restart::default())
    });
}

/// A node that is built as applications build theirs, and whose DHT is not wrapped.
fn hidden(node: &Node) -> App<()> {
    // What `SwarmBuilder::with_tokio` chooses; `harness/libp2p` says why it is missing.
    #[cfg(feature = "libp2p-0-55")]
    let mut swarm = libp2p::Swarm::new(
        node.transport(),
        dummy::Behaviour,
        node.peer_id(),
        libp2p::swarm::Config::with_tokio_executor(),
    );
    #[cfg(not(feature = "libp2p-0-55"))]
    let mut swarm = libp2p::SwarmBuilder::with_existing_identity(node.keypair().clone())
        .with_tokio()
        .with_other_transport(|_| node.transport())
        .expect("the transport is built")
        .with_behaviour(|_| dummy::Behaviour)
        .expect("the behaviour is built")
        .build();
    let listens = swarm.listen_on(node.address());
    listens.expect("an address of the node");
    App::new((), async move {
        loop {
            swarm.select_next_some().await;
        }
    })
}

#[test]
fn a_swarm_on_the_executor_of_tokio_runs() {
    for transport in TransportKind::ALL {
        on(transport).test(|sim| {
            let host = sim.spawn_app("h", sound);
            let hidden = sim.spawn_app("hidden", |node| hidden(node).without_dht());
            sim.run_for(SECOND)?;
            sim.connect(&host, &hidden)?;
            sim.close(&hidden)?;
            sim.run_for(20 * SECOND)?;
            let connected = sim.world().swarm(&host).expect("it runs").connected;
            assert!(connected.is_empty(), "{connected:?}");
            Ok(())
        });
    }
}

#[test]
fn a_report_says_what_is_not_checked() {
    let told = |build: fn(&Node) -> App<()>| {
        let outcome = on(TransportKind::Mux).run(move |sim| {
            sim.spawn_app("h", build);
            sim.run_for(SECOND)?;
            Err::<(), _>("it failed".into())
        });
        outcome.unwrap_err().to_string()
    };
    let note = "note: tables, queries, modes, stores and connection counts of h are not checked";
    let text = told(hidden);
    assert!(text.contains(note), "{text}");
    assert!(
        text.contains("\n  h: open, its table is not seen\n"),
        "{text}"
    );
    let outcome = on(TransportKind::Mux).run(|sim| {
        sim.spawn_app("h", sound);
        Err::<(), _>("it failed".into())
    });
    let text = outcome.unwrap_err().to_string();
    assert!(!text.contains("are not checked"), "{text}");
    assert!(!text.contains("not seen"), "{text}");
}

#[test]
fn faults_apply_to_applications() {
    for transport in TransportKind::ALL {
        on(transport).test(|sim| {
            let hosts = spawn(sim, 4)?;
            // A paused application answers nothing until it is resumed.
            sim.pause(&hosts[0]);
            let (asked, start) = (hosts[0].handle().find(b"song"), sim.now());
            sim.at(20 * SECOND, "resume", {
                let host = hosts[0].id();
                move |sim| {
                    sim.resume(host);
                    Ok(())
                }
            });
            assert!(sim.block_on(asked)?.is_some());
            assert!(sim.now().saturating_since(start) >= 10 * SECOND);
            // Over a partition no connection comes up.
            let split = sim.partition(&[&hosts[..2], &hosts[2..]]);
            sim.run_for(60 * SECOND)?;
            let refused = sim.connect(&hosts[0], &hosts[3]);
            assert!(refused.is_err());
            split.heal();
            sim.run_for(60 * SECOND)?;
            sim.connect(&hosts[0], &hosts[3])
        });
    }
}
