//! The panels show what the document says about the moment of the cursor.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Checked, Subject, applies, holds, same};

/// Whether a host lives at a moment.
fn alive(host: &Value, at: u64) -> bool {
    host["lives"].as_array().into_iter().flatten().any(|life| {
        life["from"].as_u64().is_some_and(|from| from <= at)
            && life["to"].as_u64().is_none_or(|to| at < to)
    })
}

/// The entries of a table at a moment, by peer: whether each is connected.
fn table(table: &Value, at: u64) -> BTreeMap<String, bool> {
    let mut entries = BTreeMap::new();
    for look in table["looks"].as_array().into_iter().flatten() {
        if look["at"].as_u64().is_none_or(|when| when > at) {
            continue;
        }
        if look["reset"] == true {
            entries.clear();
        }
        for peer in look["gone"].as_array().into_iter().flatten() {
            entries.remove(&peer.to_string());
        }
        for entry in look["put"].as_array().into_iter().flatten() {
            entries.insert(entry[0].to_string(), entry[2] == 1);
        }
    }
    entries
}

/// How many entries of hosts the tables of all live hosts have at a moment.
fn known(subject: &Subject<'_>, at: u64) -> usize {
    let hosts = subject.list("hosts");
    let of = |t: &Value| {
        let host = t["host"].as_u64().and_then(|h| usize::try_from(h).ok());
        if !host.is_some_and(|h| alive(&hosts[h], at)) {
            return 0;
        }
        table(t, at)
            .keys()
            .filter(|peer| !peer.starts_with('"'))
            .count()
    };
    subject.list("tables").iter().map(of).sum()
}

const HEAT: &str =
    "[...document.querySelectorAll('#heat path')].map((p) => p.getAttribute('d')).join(' ')";

pub(super) fn heat_map_follows_cursor(subject: &mut Subject<'_>) -> Checked {
    let end = subject.end();
    let times = [end / 10, end / 5, end / 2, end];
    let differ = times
        .windows(2)
        .find(|pair| known(subject, pair[0]) != known(subject, pair[1]));
    let Some(&[first, second]) = differ else {
        return applies(false, "the tables stay the same");
    };
    let mut page = subject.open(&format!("#t={first}&w=0..{end}&fold=0&tab=heat"))?;
    let before = page.value(HEAT)?;
    page.show(&format!("#t={second}&w=0..{end}&fold=0&tab=heat"))?;
    let after = page.value(HEAT)?;
    holds(
        &format!(
            "the heat map is the same at {first} ns and at {second} ns, where the tables differ"
        ),
        before != after,
    )
}

pub(super) fn heat_map_is_complete(subject: &mut Subject<'_>) -> Checked {
    applies(!subject.list("tables").is_empty(), "no tables are recorded")?;
    let end = subject.end();
    for at in [end / 3, end] {
        let expected = known(subject, at);
        let mut page = subject.open(&format!("#t={at}&w=0..{end}&fold=0&tab=heat"))?;
        let label = page.value("document.getElementById('heat').getAttribute('aria-label')")?;
        let label = label.as_str().unwrap_or_default();
        same(
            "the label of the heat map",
            label.split(", ").next(),
            Some(&*format!("all tables: {expected} entries")),
        )?;
        // A cell is a square or a cross, and each of them begins with one M or two.
        let cells = "[['known', 1], ['connected', 1], ['dead', document.querySelector('#heat .crossed') ? 2 : 1]] \
             .map(([name, n]) => (document.querySelector(`#heat path.${name}`).getAttribute('d').match(/[Mm]/g) || []).length / n) \
             .reduce((a, b) => a + b)";
        same("cells", page.value(cells)?, Value::from(expected))?;
    }
    Ok(())
}

pub(super) fn table_is_complete(subject: &mut Subject<'_>) -> Checked {
    let end = subject.end();
    let tables = subject.list("tables");
    let Some(largest) = tables.iter().max_by_key(|t| table(t, end).len()) else {
        return applies(false, "no tables are recorded");
    };
    let (host, expected) = (largest["host"].clone(), table(largest, end));
    let connected = expected.values().filter(|connected| **connected).count();
    let mut page = subject.open(&format!("#t={end}&w=0..{end}&fold=0&tab=table&host={host}"))?;
    same(
        "entries",
        page.count(".buckets .entry:not(.gone)")?,
        expected.len(),
    )?;
    let all_known = largest["looks"]
        .as_array()
        .into_iter()
        .flatten()
        .all(|look| {
            let put = look["put"].as_array().into_iter().flatten();
            put.into_iter().all(|entry| entry[4].is_u64())
        });
    let ages = "[...document.querySelectorAll('.buckets .entry:not(.gone) small')].filter((e) => e.textContent.startsWith('≥')).length";
    let at_least = page.value(ages)?.as_u64().unwrap_or(0);
    same("all ages are exact", at_least == 0, all_known)?;
    let seen = page.count(".buckets .entry.connected:not(.gone)")?;
    holds(
        &format!("{seen} entries are shown as connected, of {connected}"),
        seen <= connected,
    )
}

pub(super) fn query_walk(subject: &mut Subject<'_>) -> Checked {
    let end = subject.end();
    let requests = |query: usize| {
        let can_be = |m: &Value| {
            m[12]
                .as_array()
                .is_some_and(|all| all.contains(&query.into()))
        };
        let of_query = |m: &&Value| (m[12] == query || can_be(m)) && m[7] == 0;
        subject.list("messages").iter().filter(of_query).count()
    };
    let queries = subject.list("queries");
    let busiest = (0..queries.len().min(20))
        .filter(|q| queries[*q]["key"].is_u64())
        .max_by_key(|q| requests(*q));
    let Some(query) = busiest.filter(|q| requests(*q) > 0) else {
        return applies(false, "no query has requests");
    };
    let expected = requests(query);
    let truth = queries[query]["truth"].as_array().map_or(0, Vec::len);
    let mut page = subject.open(&format!(
        "#t={end}&w=0..{end}&fold=0&tab=query&query={query}"
    ))?;
    same(
        "requests of the walk",
        page.count("#walk .request")?,
        expected,
    )?;
    same("true closest hosts", page.count("#walk .truth")?, truth)
}

pub(super) fn stores(subject: &mut Subject<'_>) -> Checked {
    let stores = subject.list("stores");
    applies(!stores.is_empty(), "nothing is stored")?;
    let key = stores[0]["key"].clone();
    let expected = stores.iter().filter(|s| s["key"] == key).count();
    let hash = subject.whole(&format!("&tab=stores&key={key}"));
    let mut page = subject.open(&hash)?;
    same(
        "stores of the key",
        page.count("#panel .stores .store")?,
        expected,
    )?;
    let seen = stores
        .iter()
        .filter(|s| s["key"] == key && s["first_seen"] == true);
    same(
        "stores of which the begin is not known",
        page.count("#panel .stores .store .seen")?,
        seen.count(),
    )
}

pub(super) fn log_follows_cursor(subject: &mut Subject<'_>) -> Checked {
    let log = subject.list("log");
    applies(log.len() > 1, "the log is empty")?;
    let end = subject.end();
    let mut times: Vec<_> = log.iter().filter_map(|line| line[0].as_u64()).collect();
    times.sort_unstable();
    let at = times[times.len() / 3];
    let until = times.iter().filter(|time| **time <= at).count();
    let mut page = subject.open(&format!("#t={at}&w=0..{end}&fold=0"))?;
    let last = "(() => { const now = document.querySelector('#log-lines .now'); \
         return now.previousElementSibling ? Number(now.previousElementSibling.dataset.at) : -1; })()";
    same(
        "the line before the cursor",
        page.value(last)?,
        Value::from(at),
    )?;
    let seen = "(() => { const a = document.querySelector('#log-lines .now').getBoundingClientRect(), \
         b = document.getElementById('log-lines').getBoundingClientRect(); return a.top >= b.top && a.bottom <= b.bottom; })()";
    same(
        "the cursor is in view in the log",
        page.value(seen)?,
        true.into(),
    )?;
    page.press("ArrowRight")?;
    let next = times.get(until).copied().unwrap_or(at);
    same(
        "the line before the next event",
        page.value(last)?,
        Value::from(next),
    )
}
