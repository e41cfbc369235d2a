//! The page has a mark for each thing of its document, and opens quickly.

use serde_json::Value;

use super::{Checked, LIMIT, Subject, applies, holds, same};

/// How long the page may take to its first complete picture.
const OPENS_WITHIN_MS: u64 = 3000;

pub(super) fn loads_without_errors(subject: &mut Subject<'_>) -> Checked {
    let tabs = ["details", "table", "heat", "ring", "query", "stores"];
    let mut page = subject.load("")?;
    for tab in tabs {
        page.choose_tab(tab)?;
    }
    same("errors of the page", page.errors(), Vec::new())
}

pub(super) fn loads_nothing(subject: &mut Subject<'_>) -> Checked {
    let mut page = subject.load("")?;
    page.drawn()?;
    same("loaded from outside", page.requests(), Vec::new())
}

pub(super) fn opens_in_time(subject: &mut Subject<'_>) -> Checked {
    let mut page = subject.load("")?;
    let ready = page.value("Number(document.documentElement.dataset.ready)")?;
    let ready = ready.as_u64().unwrap_or(u64::MAX);
    holds(
        &format!("the first picture was complete after {ready} ms"),
        ready < OPENS_WITHIN_MS,
    )
}

pub(super) fn lane_for_each_host(subject: &mut Subject<'_>) -> Checked {
    let hosts = subject.list("hosts").len();
    let hash = subject.whole("");
    let mut page = subject.open(&hash)?;
    same("lanes", page.count("#marks .lane")?, hosts)?;
    same("names of lanes", page.count(".lane-name")?, hosts)
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or(-1)
}

pub(super) fn messages_are_drawn(subject: &mut Subject<'_>) -> Checked {
    let all = subject.list("messages");
    let messages = all.len();
    applies(messages > 0, "there are no messages")?;
    let streams = subject.streams();
    let told = all.iter().filter(|m| !streams.contains(&m[6])).count();
    let hash = subject.whole("");
    let mut page = subject.open(&hash)?;
    if messages <= LIMIT {
        return same("arrows", page.count("#marks .message")?, messages);
    }
    let note = page.text("#note")?;
    let digits: String = note
        .chars()
        .take_while(|c| *c != ' ')
        .filter(char::is_ascii_digit)
        .collect();
    same("messages that the note counts", digits, told.to_string())?;
    holds(
        &format!("the note asks to zoom in: {note}"),
        note.contains("zoom in to see each"),
    )?;
    same("arrows", page.count("#marks .message")?, 0)?;
    let drawn = "(() => { const c = document.getElementById('density'); if (c.hidden) return 0; \
         const d = c.getContext('2d').getImageData(0, 0, c.width, Math.min(c.height, 400)).data; \
         let n = 0; for (let i = 3; i < d.length; i += 4) if (d[i]) n++; return n; })()";
    let drawn = page.value(drawn)?.as_u64().unwrap_or(0);
    holds("the picture of the density is not empty", drawn > 500)
}

pub(super) fn zoomed_messages_are_drawn(subject: &mut Subject<'_>) -> Checked {
    let messages = subject.list("messages");
    applies(messages.len() > 10, "there are too few messages")?;
    let end = subject.end().cast_signed();
    // Around the middle message, as wide as at most 500 messages.
    let mut sent: Vec<_> = messages.iter().map(|m| number(&m[0])).collect();
    sent.sort_unstable();
    let middle = sent.len() / 2;
    let reach = 200.min(middle / 2);
    let (from, to) = (sent[middle - reach], sent[middle + reach].min(end));
    applies(from + 100 < to, "all messages are sent at one time")?;
    // A message that is under way or held back at the end is so until then.
    let arrived = |m: &Value| match number(&m[1]) {
        -2 | -3 => end,
        at => at,
    };
    let expected = messages
        .iter()
        .filter(|m| number(&m[0]) <= to && number(&m[0]).max(arrived(m)) >= from)
        .count();
    let hash = format!("#t={from}&w={from}..{to}&fold=0");
    let mut page = subject.open(&hash)?;
    same(
        "arrows in the window",
        page.count("#marks .message")?,
        expected,
    )
}

pub(super) fn lost_messages_are_marked(subject: &mut Subject<'_>) -> Checked {
    let messages = subject.list("messages");
    let streams = subject.streams();
    let is_dropped = |m: &Value| m[13].as_i64().is_some_and(|host| host >= 0);
    let sort = |m: &&Value| match (streams.contains(&m[6]), is_dropped(m), number(&m[1])) {
        (false, false, -1) => "lost",
        (false, true, _) => "dropped",
        (true, _, -1) => "unopened",
        (true, _, 0..) => "refused",
        _ => "",
    };
    applies(
        messages.iter().any(|m| !sort(&m).is_empty()),
        "each message has arrived",
    )?;
    let mut page = subject.each_message()?;
    for (name, mark) in [
        ("lost", "loss"),
        ("dropped", "drop:first-of-type"),
        ("unopened", "none"),
        ("refused", "refusal"),
    ] {
        let expected = messages.iter().filter(|m| sort(m) == name).count();
        let marks = format!("#marks .message.{name} .{mark}");
        same(
            &format!("{name} messages"),
            page.count(&format!("#marks .message.{name}"))?,
            expected,
        )?;
        holds(
            &format!("not each {name} message has its mark"),
            page.count(&marks)? >= expected,
        )?;
    }
    Ok(())
}

pub(super) fn connections_are_drawn(subject: &mut Subject<'_>) -> Checked {
    let all = subject.list("connections");
    applies(!all.is_empty(), "there are no connections")?;
    applies(
        all.len() <= LIMIT,
        "there are too many connections to draw each",
    )?;
    let unsent = subject.list("dials").len();
    let count = all.len() + unsent;
    let failed = all
        .iter()
        .filter(|c| c["up"].is_null() && !c["end"].is_null() && c["end"] != "merged")
        .count();
    let hash = subject.whole("");
    let mut page = subject.open(&hash)?;
    same(
        "connections",
        page.count("#marks .connection:not(.relayed)")?,
        count,
    )?;
    same("dials", page.count("#marks .dial")?, count)?;
    same(
        "failed dials",
        page.count("#marks .dial.failed")?,
        failed + unsent,
    )
}

pub(super) fn things_are_drawn(subject: &mut Subject<'_>) -> Checked {
    let with_hosts = |c: &&Value| c["hosts"].as_array().is_some_and(|hosts| !hosts.is_empty());
    let checks = subject.list("checks").iter().filter(with_hosts).count();
    let things = [
        ("#marks .query", subject.list("queries").len()),
        ("#marks .fault", subject.list("faults").len()),
        ("#ruler .fault-name", subject.list("faults").len()),
        ("#ruler .step", subject.list("steps").len()),
        ("#marks .check", checks),
    ];
    let crashes = subject
        .list("hosts")
        .iter()
        .flat_map(|host| host["lives"].as_array().into_iter().flatten())
        .filter(|life| !life["end"].is_null() && life["end"] != "closed")
        .count();
    let hash = subject.whole("");
    let mut page = subject.open(&hash)?;
    for (selector, count) in things {
        if count <= LIMIT {
            same(selector, page.count(selector)?, count)?;
        }
    }
    same("crashes", page.count("#marks .death.bad")?, crashes)
}

pub(super) fn texts_are_no_markup(subject: &mut Subject<'_>) -> Checked {
    let hash = subject.whole("");
    let mut page = subject.open(&hash)?;
    let mut found = 0;
    for tab in ["details", "table", "heat", "ring", "query", "stores"] {
        page.choose_tab(tab)?;
        found +=
            page.count("img, iframe, .lane-name :not(.behind), .behind *, .entry b, #panel svg b")?;
    }
    same("elements that the texts of the document made", found, 0)
}
