//! A network of hosts, what they do, and the document about it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Shape, draw::Draw};

pub(super) const SECOND: u64 = 1_000_000_000;
pub(super) const KINDS: [&str; 8] = [
    "find-node",
    "get-providers",
    "add-provider",
    "get-value",
    "put-value",
    "ping",
    "unopened stream",
    "refused stream",
];

pub(super) struct World {
    pub(super) draw: Draw,
    pub(super) shape: Shape,
    pub(super) end: u64,
    pub(super) ids: Vec<String>,
    /// When each host crashes and comes back.
    pub(super) crash: Vec<Option<(u64, u64)>>,
    pub(super) keys: Vec<String>,
    connections: Vec<Value>,
    /// The number of a connection between two hosts, the lower one first.
    pub(super) between: BTreeMap<(usize, usize), usize>,
    pub(super) messages: Vec<Value>,
    pub(super) streams: u64,
    pub(super) queries: Vec<Value>,
    pub(super) log: Vec<Value>,
}

impl World {
    pub(super) fn new(shape: Shape) -> Self {
        let mut draw = Draw::new(7);
        let end = shape.seconds * SECOND;
        let ids = (0..shape.hosts).map(|_| draw.id()).collect();
        let crash = (0..shape.hosts)
            .map(|host| (host % 7 == 2).then_some((end / 100 * 55, end / 100 * 85)))
            .collect();
        let keys = (0..5).map(|_| draw.id()).collect();
        let mut world = Self {
            draw,
            shape,
            end,
            ids,
            crash,
            keys,
            connections: Vec::new(),
            between: BTreeMap::new(),
            messages: Vec::new(),
            streams: 0,
            queries: Vec::new(),
            log: Vec::new(),
        };
        world.connect();
        world.end_after_the_failure();
        for n in 0..shape.queries {
            world.look_up(n);
        }
        world.wait_in_vain();
        world.talk();
        world.leave_open();
        world.come_late();
        world.messages.sort_by_key(|message| message[0].as_u64());
        world.log.sort_by_key(|line| line[0].as_u64());
        world.log.truncate(shape.log);
        world
    }

    pub(super) fn name(host: usize) -> String {
        match host {
            0 => "boot".into(),
            1 => "relay<b>1</b>".into(),
            n => format!("h{n}"),
        }
    }

    fn born(&self, host: usize) -> u64 {
        self.end / 400 * (host % 20) as u64
    }

    pub(super) fn alive(&self, host: usize, at: u64) -> bool {
        at >= self.born(host) && self.crash[host].is_none_or(|(from, to)| at < from || at >= to)
    }

    pub(super) fn say(&mut self, at: u64, host: Option<usize>, kind: &str, text: String) {
        let host = host.map_or(json!(-1), |host| json!(host));
        self.log.push(json!([at, host, kind, text]));
    }

    /// Each host dials the first one and some others.
    fn connect(&mut self) {
        for host in 1..self.shape.hosts {
            let others = 2 + self.shape.hosts.min(40) / 12;
            for n in 0..others {
                let to = if n == 0 {
                    0
                } else {
                    self.draw.below(self.shape.hosts)
                };
                if to != host {
                    self.dial(host, to, n);
                }
            }
        }
    }

    /// When the first check fails.
    fn failure(&self) -> u64 {
        self.end / 100 * 62
    }

    /// A connection of the host of the first failed check ends soon after that.
    fn end_after_the_failure(&mut self) {
        let (number, begun) = (self.connections.len() + 1, self.end / 10);
        let down = self.failure() + self.end / 100 * 4;
        self.connections.push(json!({
            "n": number, "from": 1, "to": 0, "address": "/ip6/fd00::a00:1/udp/4001/quic-v1", "dialled": begun,
            "accepted": begun + 10_000_000, "up": begun + 20_000_000, "down": [down, down], "end": "closed", "why": "",
        }));
    }

    /// The host of a query dials another in vain while the query runs.
    fn wait_in_vain(&mut self) {
        let Some(query) = self.queries.last() else {
            return;
        };
        let (from, begun) = (query["host"].clone(), query["from"].as_u64().unwrap_or(0));
        let to = if from == 0 { 1 } else { 0 };
        let (number, dialled) = (self.connections.len() + 1, begun + 1_000_000);
        self.connections.push(json!({
            "n": number, "from": from, "to": to, "address": "/ip4/10.0.0.9/tcp/4001", "dialled": dialled,
            "accepted": null, "up": null, "down": [dialled + 1_000_000, null], "end": "failed", "why": "connection refused",
        }));
    }

    /// A name that is not resolved, a dial that a limit denies, and one through a relay.
    fn dials(&self) -> Value {
        let (begun, second) = (self.end / 8, self.end / 3);
        json!([
            {
                "from": 0, "peer": null, "relay": null, "address": "/dns4/boot.example/tcp/4001", "dialled": begun,
                "failed": begun + SECOND, "why": "there is no name <b>boot.example</b>",
            },
            {
                "from": 1, "peer": "12D3KooWStrangerThatIsNoHostOfThisRun", "relay": null, "address": "",
                "dialled": second, "failed": second, "why": "connection limit exceeded",
            },
            {
                "from": 0, "peer": 2, "relay": 1, "address": "/ip4/10.0.0.2/tcp/4001/p2p/12D3/p2p-circuit",
                "dialled": second, "failed": second + SECOND, "why": "the relay refuses",
            },
        ])
    }

    fn dial(&mut self, from: usize, to: usize, n: usize) {
        let number = self.connections.len() + 1;
        let at = self.born(from).max(self.born(to))
            + self.draw.millis(20, 400)
            + n as u64 * (self.end / 30);
        let address = format!("/ip4/10.0.{}.{}/tcp/4001", to / 250, to % 250 + 1);
        self.say(
            at,
            Some(from),
            "dial",
            format!("dials {} at {address}", Self::name(to)),
        );
        let mut connection = json!({
            "n": number, "from": from, "to": to, "address": address, "dialled": at, "why": "",
        });
        let crash = [from, to]
            .into_iter()
            .filter_map(|host| self.crash[host])
            .min();
        if !self.alive(to, at) || self.draw.one_in(17) {
            connection["up"] = Value::Null;
            connection["down"] = json!([null, null]);
            connection["end"] = "failed".into();
            connection["why"] = "connection refused".into();
            self.say(
                at + SECOND / 20,
                Some(from),
                "dial failed",
                "connection refused".into(),
            );
        } else {
            let up = at + self.draw.millis(30, 160);
            connection["accepted"] = (at + (up - at) / 2).into();
            connection["up"] = up.into();
            let (down, end) = match crash {
                Some((when, _)) if when > up => (json!([when, when + SECOND / 10]), json!("lost")),
                _ if self.draw.one_in(6) => {
                    let when = up + self.end / 5;
                    (json!([when, when + SECOND / 25]), json!("closed"))
                }
                _ => (json!([null, null]), Value::Null),
            };
            connection["down"] = down;
            connection["end"] = end;
            self.say(
                up,
                Some(to),
                "connection",
                format!("#{number} from {} is up", Self::name(from)),
            );
        }
        self.between.insert((from.min(to), from.max(to)), number);
        self.connections.push(connection);
    }

    fn hosts(&self) -> Vec<Value> {
        (0..self.shape.hosts)
            .map(|host| {
                let born = self.born(host);
                let lives = match self.crash[host] {
                    Some((crash, back)) => json!([
                        { "from": born, "closing": null, "to": crash, "end": "crashed" },
                        { "from": back, "closing": null, "to": null, "end": null },
                    ]),
                    None if host % 11 == 5 => json!([
                        { "from": born, "closing": self.end / 100 * 90, "to": self.end / 100 * 93, "end": "closed" },
                    ]),
                    None => json!([{ "from": born, "closing": null, "to": null, "end": null }]),
                };
                json!({
                    "name": Self::name(host), "peer": format!("12D3KooWSample{host:038}"),
                    "id": self.ids[host], "address": format!("10.0.{}.{}", host / 250, host % 250 + 1),
                    "routers": Self::routers(host), "lives": lives, "was": [], "modes": self.modes(host),
                })
            })
            .collect()
    }

    /// Some hosts are behind a router, and some of these behind a second one.
    fn routers(host: usize) -> Value {
        let home = json!({ "name": "home<b>0</b>", "kind": "port-restricted cone" });
        let provider = json!({ "name": "isp", "kind": "symmetric, carrier-grade" });
        match host % 4 {
            0 => json!([home]),
            2 => json!([home, provider]),
            _ => json!([]),
        }
    }

    /// Two connections through the second host: one that a direct one replaces, and one that
    /// stays, because a hole punch fails.
    fn relayed(&self) -> Value {
        let (first, second) = (self.end / 10, self.end / 4);
        let after = |at: u64, millis: u64| at + millis * (SECOND / 1000);
        json!([
            {
                "from": 2, "to": 0, "relay": 1, "dialled": first, "why": "",
                "up": [after(first, 60), after(first, 40)], "down": [self.end / 5, after(self.end / 5, 20)],
                "direct": after(first, 300),
                "punches": [{ "at": after(first, 320), "host": 2, "ok": true, "says": "" }],
            },
            {
                "from": 0, "to": 2, "relay": 1, "dialled": null, "why": "",
                "up": [after(second, 60), after(second, 40)], "down": [null, self.end / 100 * 55],
                "direct": null,
                "punches": [{ "at": after(second, 900), "host": 0, "ok": false, "says": "gave <b>up</b>" }],
            },
        ])
    }

    /// Some hosts are clients at first.
    fn modes(&self, host: usize) -> Value {
        let born = self.born(host);
        match host % 3 {
            0 => json!([[born, "client"], [born + self.end / 4, "server"]]),
            _ => json!([[born, "server"]]),
        }
    }

    pub(super) fn document(mut self) -> Value {
        let end = self.end;
        let focus: Vec<usize> = match self.shape.hosts {
            0..10 => Vec::new(),
            n => vec![1, 2, 5, n / 2],
        };
        let failure = self.failure();
        let names = [
            "song",
            "<img src=x onerror=stop()>",
            "peer:boot",
            "film",
            "0badc0de",
        ];
        let keys: Vec<_> = self
            .keys
            .iter()
            .zip(names)
            .map(|(id, text)| json!({ "text": text, "id": id }))
            .collect();
        let hosts = self.hosts();
        let tables = self.tables();
        let stores = self.stores();
        let relayed = self.relayed();
        let dials = self.dials();
        let half = self.shape.hosts / 2;
        json!({
            "format": 1, "harness": "0.1.0", "title": "sample/dead-peer/kad/mux",
            "about": "A peer that crashes leaves the tables of the others",
            "seed": 7, "transport": "mux", "digest": "8f14e45fceea167a5a36dedd4bea2543",
            "end": end + self.shape.idle * SECOND, "events": self.messages.len() * 3,
            "outcome": {
                "passed": false,
                "verdict": (self.shape.hosts > 9).then(|| json!({ "ok": true, "says": "fails as expected: D1" })),
                "says": "dead-peers-leave: h2 is in the table of relay<b>1</b> 5 s after a failed query",
                "report": "dead-peers-leave violated\n  host      relay<b>1</b>\n  expected  h2 to be gone\n  seen      h2 in bucket 255\n",
            },
            "focus": { "at": failure, "hosts": focus },
            "left_out": [{ "what": "messages", "count": 1234, "from": end / 100 * 96, "to": end, "why": "far from the failure" }, { "what": "events", "count": 77, "from": 0, "to": end / 2, "why": "far from the failure" }, { "what": "queries", "count": 78, "from": 0, "to": end / 2, "why": "far from the failure" }],
            "reproduce": "dht-harness run sample/dead-peer --seed 7",
            "hosts": hosts, "connections": self.connections, "relayed": relayed, "dials": dials, "kinds": KINDS, "keys": keys,
            "messages": self.messages, "queries": self.queries,
            "faults": [
                { "id": "split", "kind": "partition", "says": "partition boot | others", "from": end / 100 * 30, "to": end / 100 * 45, "first_effect": end / 100 * 31, "hits": 3, "hosts": (0..half.max(1)).collect::<Vec<_>>() },
                { "id": "", "kind": "loss", "says": "loss 2 % everywhere", "from": end / 100 * 40, "to": null, "first_effect": null, "hits": 0, "hosts": [] },
                { "id": "", "kind": "pause", "says": "paused", "from": end / 100 * 50, "to": end / 100 * 60, "first_effect": null, "hits": null, "hosts": [0] },
            ],
            "steps": [
                { "at": end / 20, "says": "bootstrap h", "failed": "" },
                { "at": end / 100 * 55, "says": "crash h2", "failed": "" },
                { "at": end / 100 * 55 + end / 250, "says": "run 5s", "failed": "" },
                { "at": failure, "says": "expect not table relay h2", "failed": "h2 is in the table" },
            ],
            "checks": [
                { "at": failure, "invariant": "dead-peers-leave", "kind": "still-there", "hosts": [1, 2], "expected": "h2 to be gone", "seen": "h2 in bucket 255,\nconnected" },
                { "at": end / 100 * 80, "invariant": "queries-end", "kind": "timeout", "hosts": [0], "expected": "an end within 60 s", "seen": "none" },
                { "at": failure + end / 100, "since": failure, "step": 3, "invariant": "step 4: expect not table relay h2", "kind": "", "hosts": [1, 2], "expected": "`not table relay h2`, now", "seen": "h2 is in the table" },
            ],
            "has_contents": true, "reads": (1..60).map(|n| end / 60 * n).collect::<Vec<_>>(),
            "tables": tables, "stores": stores, "log": self.log,
        })
    }
}
