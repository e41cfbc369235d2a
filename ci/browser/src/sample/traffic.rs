//! What the hosts of a sample ask each other.

use serde_json::{Value, json};

use super::world::{KINDS, SECOND, World};

impl World {
    /// A request and its answer. `None`: it was never answered.
    fn exchange(
        &mut self,
        at: u64,
        hosts: (usize, usize),
        kind: usize,
        query: Option<usize>,
    ) -> Option<u64> {
        let (from, to) = hosts;
        self.streams += 1;
        let pair = (from.min(to), from.max(to));
        let connection = self.between.get(&pair).copied().unwrap_or(1);
        let key = query.map_or_else(
            || json!(self.draw.below(self.keys.len())),
            |q| json!(q % self.keys.len()),
        );
        let stream = self.streams;
        let lost = !self.alive(to, at) || self.draw.one_in(60);
        let arrived = at + self.draw.millis(15, 90);
        let query = query.map_or(Value::Null, |query| json!(query));
        let bytes = 60 + self.draw.below(60);
        let there = if lost { json!(-1) } else { json!(arrived) };
        self.messages.push(json!([
            at,
            there,
            from,
            to,
            connection,
            stream,
            kind,
            0,
            key,
            bytes,
            0,
            u8::from(kind == 4),
            query
        ]));
        if lost {
            return None;
        }
        let sent = arrived + self.draw.millis(1, 4);
        let back = sent + self.draw.millis(15, 90);
        let named = 1 + self.draw.below(20);
        self.messages.push(json!([
            sent,
            back,
            to,
            from,
            connection,
            stream,
            kind,
            1,
            key,
            80 + named * 70,
            named,
            0,
            query
        ]));
        Some(back)
    }

    fn far(&self, host: usize, key: usize) -> [u8; 8] {
        let bytes = |id: &str| -> [u8; 8] {
            u64::from_str_radix(&id[..16], 16)
                .unwrap_or(0)
                .to_be_bytes()
        };
        let (a, b) = (bytes(&self.ids[host]), bytes(&self.keys[key]));
        std::array::from_fn(|i| a[i] ^ b[i])
    }

    pub(super) fn closest(&self, key: usize, at: u64) -> Vec<usize> {
        let mut hosts: Vec<_> = (0..self.shape.hosts)
            .filter(|host| self.alive(*host, at))
            .collect();
        hosts.sort_by_key(|host| self.far(*host, key));
        hosts
    }

    /// A lookup that asks hosts from far to near.
    pub(super) fn look_up(&mut self, n: usize) {
        let key = n % self.keys.len();
        let host = (n * 5 + 1) % self.shape.hosts;
        let from = self.end / 10 + (self.end / 10 * 8) / self.shape.queries as u64 * n as u64;
        let mut ways = self.closest(key, from / 2);
        ways.retain(|other| *other != host);
        ways.truncate(24);
        let mut at = from + 1_000_000;
        let (mut requests, mut successes) = (0, 0);
        let mut steps = Vec::new();
        let mut found = Vec::new();
        for far in (0..ways.len()).rev().step_by(3) {
            let round: Vec<_> = (far.saturating_sub(2)..=far).map(|i| ways[i]).collect();
            let mut last = at;
            for (i, to) in round.into_iter().enumerate() {
                requests += 1;
                if let Some(back) =
                    self.exchange(at + i as u64 * 200_000, (host, to), n % 4, Some(n))
                {
                    successes += 1;
                    last = last.max(back);
                    found.insert(0, to);
                }
            }
            at = last + 2_000_000;
            steps.push(json!({
                "at": at, "ok": true, "last": false, "says": format!("{} peers known", requests * 3),
                "requests": requests, "successes": successes, "failures": requests - successes,
            }));
        }
        let ok = n % 4 != 1;
        let to = if n + 1 == self.shape.queries {
            None
        } else {
            Some(at + if ok { 0 } else { SECOND })
        };
        let mut truth = self.closest(key, to.unwrap_or(self.end));
        truth.retain(|other| *other != host);
        truth.truncate(8);
        if let Some(to) = to {
            let says = if ok { "8 closest peers" } else { "timed out" };
            steps.push(json!({
                "at": to, "ok": ok, "last": true, "says": says,
                "requests": requests, "successes": successes, "failures": requests - successes,
            }));
            self.say(to, Some(host), "query", format!("#{n}: {says}"));
        }
        found.truncate(8);
        let mut found: Vec<_> = found.into_iter().map(|host| json!(host)).collect();
        found.push(json!("12D3KooWStrangerThatIsNoHostOfThisRun"));
        let kind = ["find-node", "get-providers", "put-record", "get-record"][n % 4];
        let name = if n.is_multiple_of(3) {
            format!("q{n}")
        } else {
            String::new()
        };
        self.queries.push(json!({
            "host": host, "n": n + 1, "name": name, "number": n / 4 + 1, "kind": kind, "key": key, "from": from, "to": to,
            "steps": steps, "found": found, "truth": truth,
        }));
    }

    /// A message that is under way at the end, one that its host drops, a stream that a query
    /// could not open, and one that is refused and can be of two queries.
    pub(super) fn leave_open(&mut self) {
        let (late, early) = (self.end - 5_000_000, self.end / 10 + 2_000_000);
        for (at, arrived, kind, query, dropped) in [
            (late, json!(-2), 0, Value::Null, -1),
            (late / 2, json!(late / 2 + 30_000_000), 0, Value::Null, 1),
            (early, json!(-1), 6, json!(0), -1),
            (early, json!(early + 20_000_000), 7, json!([0, 1]), -1),
        ] {
            self.streams += 1;
            let bytes = if kind == 0 { 60 } else { 0 };
            let from = if kind == 0 { 0 } else { 1 };
            let stream = self.streams;
            let to = 1 - from;
            self.messages.push(json!([
                at, arrived, from, to, 1, stream, kind, 0, -1, bytes, 0, 0, query, dropped
            ]));
        }
    }

    /// A message that a fault delays, and three that are held back by their hosts: before one is
    /// sent, after another has arrived, and to the end of the run.
    pub(super) fn come_late(&mut self) {
        let (slow, quick) = (self.end / 100 * 42, self.end / 100 * 20);
        for (at, took, late) in [
            (slow, Some(400), 1),
            (quick, Some(30), -1),
            (quick * 2, Some(30), -2),
            (quick * 3, None, -1),
        ] {
            self.streams += 1;
            let stream = self.streams;
            let arrived = took.map_or(json!(-3), |took| json!(at + took * (SECOND / 1000)));
            let by = took.map_or(self.end - at, |_| SECOND / 4);
            self.messages.push(json!([
                at, arrived, 0, 1, 1, stream, 0, 0, 0, 60, 0, 0, null, -1, by, late
            ]));
        }
    }

    /// Messages between random hosts, until there are as many as asked for.
    pub(super) fn talk(&mut self) {
        while self.messages.len() + 1 < self.shape.messages {
            let (from, to) = (
                self.draw.below(self.shape.hosts),
                self.draw.below(self.shape.hosts),
            );
            let at = self.end / 20 + self.draw.millis(0, self.end / 10 * 9 / 1_000_000);
            if from != to && self.alive(from, at) {
                let kind = [0, 0, 0, 1, 2, 3, 4, 5][self.draw.below(8)];
                self.exchange(at, (from, to), kind, None);
                if self.log.len() < self.shape.log {
                    self.say(
                        at,
                        Some(from),
                        "request",
                        format!("{} to {}", KINDS[kind], Self::name(to)),
                    );
                }
            }
        }
    }
}
