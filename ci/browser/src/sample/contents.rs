//! What the hosts of a sample know and store.

use serde_json::{Value, json};

use super::world::World;

impl World {
    /// Tables that grow, with a dead host that stays in them for a while.
    pub(super) fn tables(&mut self) -> Vec<Value> {
        let mut tables = Vec::new();
        for host in 0..self.shape.hosts {
            let mut looks = Vec::new();
            let mut known: Vec<usize> = Vec::new();
            for look in 0..12_u64 {
                let at = self.end / 13 * (look + 1);
                let mut put = Vec::new();
                for _ in 0..1 + self.shape.hosts.min(60) / 12 {
                    let other = self.draw.below(self.shape.hosts);
                    if other != host && !known.contains(&other) {
                        known.push(other);
                        put.push(self.entry(host, other, at));
                    }
                }
                let gone: Vec<usize> = match known.len() {
                    n if n > 4 && self.draw.one_in(3) => vec![known.remove(self.draw.below(n))],
                    _ => Vec::new(),
                };
                put.retain(|entry| !gone.iter().any(|peer| entry[0] == *peer));
                let pending: &[u8] = if look % 5 == 3 { &[255] } else { &[] };
                looks.push(json!({ "at": at, "put": put, "gone": gone, "pending": pending }));
            }
            tables.push(json!({ "host": host, "looks": looks }));
        }
        tables
    }

    fn entry(&mut self, host: usize, other: usize, at: u64) -> Value {
        let bits = |id: &str| u32::from_str_radix(&id[..8], 16).unwrap_or(0);
        let bucket = 255 - (bits(&self.ids[host]) ^ bits(&self.ids[other])).leading_zeros();
        let connected = u8::from(self.alive(other, at) && !self.draw.one_in(3));
        // Of some kad has announced when they were entered.
        let entered = (!other.is_multiple_of(3)).then(|| at - self.end / 50);
        json!([other, bucket, connected, 1 + self.draw.below(3), entered])
    }

    pub(super) fn stores(&mut self) -> Vec<Value> {
        let mut stores = Vec::new();
        for key in 0..self.keys.len().min(1 + self.shape.hosts / 3) {
            let from = self.end / 6 * (key as u64 % 4 + 1);
            for host in self.closest(key, from).into_iter().take(5) {
                let from = from + self.draw.millis(40, 300);
                let to = self.crash[host]
                    .map(|(crash, _)| crash)
                    .filter(|crash| *crash > from);
                let provider = (key % 2 == 1).then(|| (host + 1) % self.shape.hosts);
                let what = if provider.is_some() {
                    "provider"
                } else {
                    "record"
                };
                stores.push(json!({
                    "host": host, "key": key, "what": what, "value": format!("value of {key}"),
                    "provider": provider, "from": from, "first_seen": host % 2 == 0, "to": to,
                }));
            }
        }
        stores
    }
}
