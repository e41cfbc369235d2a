//! The page claims what its document says, and no more.

use serde_json::Value;

use super::{Checked, Subject, applies, holds, same};

/// What stands for the arrival of a message that was under way at the end.
const UNDER_WAY: i64 = -2;

pub(super) fn outcome(subject: &mut Subject<'_>) -> Checked {
    let outcome = &subject.document["outcome"];
    let (word, name) = match (&outcome["verdict"]["says"], &outcome["passed"]) {
        (Value::String(says), _) if outcome["verdict"]["ok"] == true => (&**says, "expected"),
        (Value::String(says), _) => (&**says, "failed"),
        (_, Value::Bool(true)) => ("passed", "passed"),
        (_, Value::Bool(false)) => ("failed", "failed"),
        _ => ("recorded", "recorded"),
    };
    let (word, name) = (word.to_owned(), name.to_owned());
    let mut page = subject.open("")?;
    let badge = page.text("#badge")?;
    let told = badge.split_once(' ').map_or("", |(_, words)| words);
    same("the badge", told, &*word)?;
    same(
        "the badge of this sort",
        page.count(&format!("#badge.{name}"))?,
        1,
    )
}

pub(super) fn under_way(subject: &mut Subject<'_>) -> Checked {
    let messages = subject.list("messages");
    let is_open = |m: &&Value| m[1].as_i64() == Some(UNDER_WAY);
    let open = messages.iter().filter(is_open).count();
    applies(open > 0, "no message is under way at the end")?;
    let mut page = subject.each_message()?;
    same(
        "messages under way",
        page.count("#marks .message.open .going")?,
        open,
    )?;
    same(
        "lost messages among them",
        page.count("#marks .message.open .loss")?,
        0,
    )
}

pub(super) fn modes(subject: &mut Subject<'_>) -> Checked {
    let of = |host: &Value| {
        let modes = host["modes"].as_array().into_iter().flatten();
        modes.filter(|mode| mode[1] == "client").count()
    };
    let hosts = subject.list("hosts");
    let index = hosts.iter().position(|host| of(host) > 0);
    let Some(index) = index else {
        return applies(false, "no host is seen in client mode");
    };
    let modes = hosts[index]["modes"].as_array().map_or(0, Vec::len);
    let hash = subject.whole(&format!("&s=host:{index}&tab=details"));
    let mut page = subject.open(&hash)?;
    let drawn = page.count(&format!("#marks .lane[data-n='{index}'] .client"))?;
    holds("no time in client mode is drawn", drawn > 0)?;
    let told = "[...document.querySelectorAll('#panel dt')] \
         .filter((dt) => dt.textContent === 'Mode') \
         .map((dt) => dt.nextElementSibling.querySelectorAll('.link').length)[0]";
    same("modes in the details", page.value(told)?, modes.into())
}

pub(super) fn faults(subject: &mut Subject<'_>) -> Checked {
    let faults = subject.list("faults");
    let named = faults.iter().position(|fault| {
        let id = fault["id"].as_str().unwrap_or_default();
        !id.is_empty() && id.len() < 12
    });
    let Some(index) = named else {
        return applies(false, "no fault has a short name");
    };
    let name = faults[index]["id"].clone();
    let hash = subject.whole(&format!("&s=fault:{index}&tab=details"));
    let mut page = subject.open(&hash)?;
    let seen = page.text(&format!("#ruler .fault-name[data-n='{index}'] text"))?;
    same("the name of the fault", Value::from(seen), name.clone())?;
    let title = page.text("#panel h2")?;
    same("its name in the details", Value::from(title), name)
}

pub(super) fn ages(subject: &mut Subject<'_>) -> Checked {
    applies(!subject.list("tables").is_empty(), "no tables are recorded")?;
    let end = subject.end();
    for tab in ["table", "heat", "ring"] {
        let mut page = subject.open(&format!("#t={end}&w=0..{end}&fold=0&tab={tab}"))?;
        let text = page.text("#panel")?;
        holds(
            &format!("the panel {tab} does not say when the tables were last read"),
            text.contains("last read"),
        )?;
    }
    Ok(())
}

pub(super) fn requests_not_seen(subject: &mut Subject<'_>) -> Checked {
    let asked = |query: usize| {
        let requests = subject.list("messages").iter();
        let requests = requests.filter(move |m| m[12] == query && m[7] == 0);
        requests.map(|m| m[3].clone()).collect::<Vec<_>>()
    };
    let queries = subject.list("queries");
    // Dials in vain are told apart, and a host that has made none has none.
    let dialled = |query: &Value| {
        let mut dials = subject.list("connections").iter();
        dials.any(|c| c["from"] == query["host"] && c["up"].is_null())
    };
    let unseen = |index: usize| {
        let asked = asked(index);
        let truth = queries[index]["truth"].as_array().into_iter().flatten();
        let found = queries[index]["found"].as_array().into_iter().flatten();
        let truth = truth.chain(found.filter(|peer| peer.is_string()));
        truth.filter(|host| !asked.contains(host)).count()
    };
    let index = (0..queries.len().min(20)).find(|q| unseen(*q) > 0 && !dialled(&queries[*q]));
    let Some(index) = index else {
        return applies(false, "each query has asked all that it had to find");
    };
    let expected = unseen(index);
    let end = subject.end();
    let mut page = subject.open(&format!(
        "#t={end}&w=0..{end}&fold=0&tab=query&query={index}"
    ))?;
    let told = "[...document.querySelectorAll('#panel td .hint')] \
         .filter((hint) => hint.textContent === 'no request seen').length";
    same(
        "hosts without a request",
        page.value(told)?,
        expected.into(),
    )
}

/// Each end of a connection begins in the lane of its host when it is up.
pub(super) fn ends(subject: &mut Subject<'_>) -> Checked {
    let all = subject.list("connections");
    let index = all.iter().position(|c| {
        let (Some(accepted), Some(up)) = (c["accepted"].as_u64(), c["up"].as_u64()) else {
            return false;
        };
        accepted < up && c["from"] != c["to"]
    });
    let Some(index) = index else {
        return applies(false, "no connection has two ends that came up");
    };
    let (dialled, up) = (all[index]["dialled"].as_u64(), all[index]["up"].as_u64());
    let (from, to) = (dialled.unwrap_or(0), up.unwrap_or(0));
    let margin = (to - from) / 2;
    let (from, to) = (from.saturating_sub(margin), to + margin);
    let hash = format!("#t={from}&w={from}..{to}&fold=0&s=connection:{index}&tab=details");
    let mut page = subject.open(&hash)?;
    let begins = format!(
        "(() => {{ const x = [...document.querySelectorAll('#marks .connection[data-n=\"{index}\"] .track')] \
         .map((e) => Number(e.getAttribute('x'))); return x.length === 2 && x[1] < x[0] - 5; }})()"
    );
    same(
        "the end that accepts begins before the one that dials",
        page.value(&begins)?,
        true.into(),
    )?;
    let text = page.text("#panel")?;
    same(
        "ends of which the details say when they came up",
        text.matches("Up at ").count(),
        2,
    )
}

/// What can be of several queries is told to be so in the panel of each of them.
pub(super) fn unsure(subject: &mut Subject<'_>) -> Checked {
    let mut messages = subject.list("messages").iter();
    let Some(row) = messages.find(|m| m[12].is_array() && m[7] == 0) else {
        return applies(false, "it is known of each request which query has sent it");
    };
    let end = subject.end();
    for query in row[12].as_array().into_iter().flatten() {
        let mut page = subject.open(&format!(
            "#t={end}&w=0..{end}&fold=0&tab=query&query={query}"
        ))?;
        let text = page.text("#panel")?;
        holds(
            &format!("the panel of query {query} does not say that a request can be of another"),
            text.contains("of this query or of"),
        )?;
    }
    Ok(())
}

/// The sums of the run tell lost messages from dropped ones and from streams.
pub(super) fn sums(subject: &mut Subject<'_>) -> Checked {
    let messages = subject.list("messages");
    applies(!messages.is_empty(), "there are no messages")?;
    let streams = subject.streams();
    let is_dropped = |m: &&Value| m[13].as_i64().is_some_and(|host| host >= 0);
    let lost = messages
        .iter()
        .filter(|m| m[1] == -1 && !streams.contains(&m[6]));
    let lost = lost.filter(|m| !is_dropped(m)).count();
    let dropped = messages.iter().filter(is_dropped).count();
    let left_out = subject.list("left_out").iter();
    let left_out = left_out.filter(|left| left["what"] == "messages").count();
    let hash = subject.whole("&tab=details&s=");
    let mut page = subject.open(&hash)?;
    let told = "[...document.querySelectorAll('#panel dt')] \
         .filter((dt) => dt.textContent === 'Messages').map((dt) => dt.nextElementSibling.textContent)[0]";
    let told = page.value(told)?;
    let told = told.as_str().unwrap_or_default().replace(',', "");
    for (count, word) in [(lost, "lost"), (dropped, "dropped by hosts")] {
        let is_told = told.contains(&format!("{count} {word}"));
        same(&format!("{count} {word} in `{told}`"), is_told, count > 0)?;
    }
    same(
        "what is left out is told",
        told.contains("left out"),
        left_out > 0,
    )
}

/// Late messages have an hourglass, those that a host holds back also the time of that, and the
/// details say why.
pub(super) fn late(subject: &mut Subject<'_>) -> Checked {
    let because = |m: &Value| m[15].as_i64().filter(|_| m[14] != 0 && !m[14].is_null());
    let all = subject.list("messages");
    let late = all.iter().filter(|m| because(m).is_some()).count();
    applies(late > 0, "no message is late")?;
    let held = all
        .iter()
        .filter(|m| because(m) < Some(0) && because(m).is_some());
    let held = held.count();
    {
        let mut page = subject.each_message()?;
        let drawn = "#marks .message.late";
        same(
            "late messages",
            page.count(&format!("{drawn} .glass"))?,
            late,
        )?;
        same(
            "messages held back",
            page.count(&format!("{drawn} .hold"))?,
            held,
        )?;
    }
    let late = all.iter().enumerate();
    let late = late.filter_map(|(index, message)| Some((index, because(message)?)));
    for (index, because) in late.take(20) {
        let word = match because {
            -1 => "before it was sent",
            -2 => "after it had arrived",
            _ => "by the fault",
        };
        let hash = subject.whole(&format!("&s=message:{index}&tab=details"));
        let text = subject.open(&hash)?.text("#panel")?;
        let is_told = text.contains("Delayed") && text.contains(word);
        holds(
            &format!("message {index} is not said to be late {word}"),
            is_told,
        )?;
    }
    Ok(())
}

/// A connection through a relay is drawn by the lane of the relay, and the details name the relay
/// and what came of hole punches.
pub(super) fn relayed(subject: &mut Subject<'_>) -> Checked {
    let all = subject.list("relayed");
    applies(!all.is_empty(), "no connection leads through a relay")?;
    let punches = |c: &Value| c["punches"].as_array().map_or(0, Vec::len);
    let ends = |c: &Value| {
        let ups = c["up"].as_array().into_iter().flatten();
        ups.filter(|at| !at.is_null()).count()
    };
    let hosts = subject.list("hosts");
    let before = subject.list("connections").len();
    let hash = subject.whole("&off=messages.queries");
    let drawn = "#marks .connection.relayed";
    {
        let mut page = subject.open(&hash)?;
        same("relayed connections", page.count(drawn)?, all.len())?;
        same(
            "rings at relays",
            page.count(&format!("{drawn} .relay"))?,
            all.len(),
        )?;
        let expected = all.iter().map(punches).sum::<usize>();
        same(
            "ends of hole punches",
            page.count(&format!("{drawn} .punch"))?,
            expected,
        )?;
    }
    for (index, connection) in all.iter().enumerate().take(20) {
        let number = before + index;
        let hash = subject.whole(&format!(
            "&off=messages.queries&s=connection:{number}&tab=details"
        ));
        let mut page = subject.open(&hash)?;
        let selected = format!("{drawn}.selected .track");
        same(
            "ends of the selected one",
            page.count(&selected)?,
            ends(connection),
        )?;
        let told = "[...document.querySelectorAll('#panel dt')] \
             .map((dt) => [dt.textContent, dt.nextElementSibling.textContent])";
        let told = page.value(told)?;
        let of = |name: &str| {
            let rows = told.as_array().into_iter().flatten();
            rows.filter(|row| row[0] == name)
                .map(|row| row[1].as_str().unwrap_or_default().to_owned())
                .collect::<Vec<_>>()
        };
        let relay = connection["relay"]
            .as_u64()
            .and_then(|host| hosts.get(usize::try_from(host).ok()?));
        if let Some(relay) = relay.and_then(|relay| relay["name"].as_str()) {
            same(
                "the relay in the details",
                of("Relay"),
                vec![relay.to_owned()],
            )?;
        }
        same(
            "hole punches in the details",
            of("Hole punch").len(),
            punches(connection),
        )?;
        let direct = of("Direct connection").concat();
        same(
            &format!("the direct connection in the details: {direct}"),
            direct.starts_with("up beside it"),
            !connection["direct"].is_null(),
        )?;
    }
    Ok(())
}

/// The lane and the details of a host behind a router name the router.
pub(super) fn routers(subject: &mut Subject<'_>) -> Checked {
    let of = |host: &Value| host["routers"].as_array().cloned().unwrap_or_default();
    let hosts = subject.list("hosts");
    let Some(index) = hosts.iter().position(|host| !of(host).is_empty()) else {
        return applies(false, "no host is behind a router");
    };
    let routers = of(&hosts[index]);
    let name = hosts[index]["name"].as_str().unwrap_or_default();
    let hash = subject.whole(&format!("&hosts={name}&s=host:{index}&tab=details"));
    let hash = hash.replacen("fold=0", "fold=1", 1);
    let mut page = subject.open(&hash)?;
    let label = page.text(".lane-name .behind")?;
    let nearest = routers[0]["name"].as_str().unwrap_or_default();
    same(
        "the router in the lane",
        label.trim_start_matches("⌂ "),
        nearest,
    )?;
    let text = page.text("#panel dl")?;
    for router in routers {
        for part in ["name", "kind"] {
            let part = router[part].as_str().unwrap_or_default();
            holds(
                &format!("the details do not say {part}"),
                text.contains(part),
            )?;
        }
    }
    Ok(())
}

pub(super) fn trace(subject: &mut Subject<'_>) -> Checked {
    applies(
        subject.document["has_contents"] == false,
        "the page is not made of a trace",
    )?;
    for tab in ["table", "heat", "ring", "stores"] {
        let hash = subject.whole(&format!("&tab={tab}"));
        let mut page = subject.open(&hash)?;
        let text = page.text("#panel")?;
        holds(
            &format!("the panel {tab} does not say that a trace has no tables and stores"),
            text.contains("made of a trace"),
        )?;
    }
    let hash = subject.whole("");
    let note = subject.open(&hash)?.text("#note")?;
    holds(
        &format!("the note does not say what a trace lacks, and what to do: {note}"),
        note.contains("no messages, tables and stores") && note.contains("dht-harness view"),
    )
}
