//! Filters change what is drawn, by as much as the document says.

use serde_json::Value;

use super::{Checked, LIMIT, Subject, applies, holds, same};

/// The number of messages and of streams without one that the page shows, by its note.
const SHOWN: &str = "[...document.getElementById('note').textContent.replace(/,/g, '').split(/ shown|:/)[0].matchAll(/\\d+/g)] \
     .reduce((sum, [count]) => sum + Number(count), 0)";

/// The name of the first lane, without that of its router.
const NAME: &str = "document.querySelector('.lane-name').firstChild.textContent";

fn count(subject: &Subject<'_>, test: impl Fn(&Value) -> bool) -> usize {
    subject.list("messages").iter().filter(|m| test(m)).count()
}

fn shown(page: &mut crate::page::Page<'_>) -> Result<usize, crate::browser::BrowserError> {
    let count = page.value(SHOWN)?.as_u64().unwrap_or(0);
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

pub(super) fn kind(subject: &mut Subject<'_>) -> Checked {
    let all = subject.list("messages").len();
    applies(all > 0, "there are no messages")?;
    let kind = subject.list("messages")[0][6].clone();
    let left = count(subject, |m| m[6] != kind);
    let hash = subject.whole("");
    let mut page = subject.open(&hash)?;
    same("messages before", shown(&mut page)?, all)?;
    page.click(&format!("[data-kind='{kind}']"))?;
    same("messages without the kind", shown(&mut page)?, left)?;
    if left <= LIMIT {
        same(
            "arrows without the kind",
            page.count("#marks .message")?,
            left,
        )?;
    }
    page.click(&format!("[data-kind='{kind}']"))?;
    same("messages with the kind again", shown(&mut page)?, all)
}

pub(super) fn connection(subject: &mut Subject<'_>) -> Checked {
    applies(
        !subject.list("messages").is_empty(),
        "there are no messages",
    )?;
    let number = subject.list("messages")[0][4].clone();
    let at = subject
        .list("connections")
        .iter()
        .position(|c| c["n"] == number);
    let Some(index) = at else {
        return applies(false, "the connection of the first message is left out");
    };
    let expected = count(subject, |m| m[4] == number);
    let hash = subject.whole(&format!("&s=connection:{index}"));
    let mut page = subject.open(&hash)?;
    page.click("#only .link")?;
    same("messages of the connection", shown(&mut page)?, expected)?;
    page.click("#only .link")?;
    same(
        "all messages",
        shown(&mut page)?,
        subject_messages(page.value("document.getElementById('data').textContent")?),
    )
}

fn subject_messages(document: Value) -> usize {
    let text = document.as_str().unwrap_or_default();
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    document["messages"].as_array().map_or(0, Vec::len)
}

pub(super) fn query(subject: &mut Subject<'_>) -> Checked {
    let of_query = subject.list("messages").iter().find(|m| m[12].is_u64());
    let Some(query) = of_query.map(|m| m[12].clone()) else {
        return applies(false, "no message belongs to a query");
    };
    let can_be = |m: &Value| m[12].as_array().is_some_and(|all| all.contains(&query));
    let expected = count(subject, |m| m[12] == query || can_be(m));
    let end = subject.end();
    let index = query.as_u64().and_then(|n| usize::try_from(n).ok());
    let of = &subject.list("queries")[index.unwrap_or(0)];
    let lasts = of["to"].as_u64().unwrap_or(end) - of["from"].as_u64().unwrap_or(0);
    let hash = subject.whole(&format!("&only=query:{query}&s=query:{query}"));
    let mut page = subject.open(&hash)?;
    same("messages of the query", shown(&mut page)?, expected)?;
    if expected <= LIMIT {
        same(
            "arrows of the query",
            page.count("#marks .message")?,
            expected,
        )?;
    }
    if lasts > end / 2 {
        // Its window is nearly the whole run.
        return Ok(());
    }
    let grid = "document.querySelector('#marks .grid').getAttribute('d')";
    let before = page.value(grid)?;
    page.press("z")?;
    let after = page.value(grid)?;
    holds("z shows another window", before != after)?;
    holds("in which the query sends messages", shown(&mut page)? > 0)
}

pub(super) fn hosts(subject: &mut Subject<'_>) -> Checked {
    let hosts = subject.list("hosts");
    applies(hosts.len() > 1, "there is one host")?;
    let name = hosts[hosts.len() - 1]["name"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let hash = subject.whole("");
    let mut page = subject.open(&hash)?;
    page.click("#hosts")?;
    page.type_text(&name)?;
    page.drawn()?;
    same("lanes", page.count("#marks .lane")?, 1)?;
    same("name of the lane", page.value(NAME)?, name.into())?;
    same("lane of the others", page.count(".fold-name")?, 1)
}

pub(super) fn fold(subject: &mut Subject<'_>) -> Checked {
    let all = subject.list("hosts").len();
    let focus = subject.document["focus"]["hosts"]
        .as_array()
        .map_or(0, Vec::len);
    applies(focus > 0 && focus < all, "no hosts are before the others")?;
    let hash = subject.whole("");
    let mut page = subject.open(&hash)?;
    same("lanes", page.count("#marks .lane")?, all)?;
    page.press("o")?;
    same(
        "lanes that are not folded",
        page.count("#marks .lane")?,
        focus,
    )?;
    page.click(".fold-name")?;
    same("lanes that are unfolded", page.count("#marks .lane")?, all)
}

pub(super) fn left_out(subject: &mut Subject<'_>) -> Checked {
    let left = subject.list("left_out");
    applies(!left.is_empty(), "nothing is left out")?;
    let count = left.len();
    let why = left[0]["why"].as_str().unwrap_or_default().to_owned();
    let hash = subject.whole("");
    let mut page = subject.open(&hash)?;
    same(
        "ranges that are left out",
        page.count("#marks .left-out")?,
        count,
    )?;
    same("rows of the list", page.count("#left-out tbody tr")?, count)?;
    let note = page.text("#note")?;
    holds(&format!("the note says why: {note}"), note.contains(&why))
}

/// The last moment of which a part of the document speaks, besides the end of the run.
fn last_moment(part: &Value) -> u64 {
    match part {
        Value::Array(parts) => parts.iter().map(last_moment).max().unwrap_or(0),
        Value::Object(parts) => parts.values().map(last_moment).max().unwrap_or(0),
        number => number.as_u64().unwrap_or(0),
    }
}

pub(super) fn idle(subject: &mut Subject<'_>) -> Checked {
    let end = subject.end();
    // Other numbers of these parts are small beside nanoseconds.
    let parts = [
        "messages",
        "connections",
        "queries",
        "faults",
        "steps",
        "checks",
        "stores",
        "log",
        "hosts",
        "left_out",
    ];
    let last = parts.map(|part| last_moment(&subject.document[part]));
    let last = last.into_iter().max().unwrap_or(0);
    applies(
        end - last.min(end) > end / 10,
        "the end of the run is not idle",
    )?;
    let hash = subject.whole("&squeeze=0");
    let mut page = subject.open(&hash)?;
    let messages = page.count("#marks .message")?;
    same(
        "idle times that are as long as they are",
        page.count("#marks .idle")?,
        0,
    )?;
    page.press("i")?;
    let squeezed = page.count("#marks .idle")?;
    holds("an idle time is squeezed", squeezed > 0)?;
    same("arrows beside it", page.count("#marks .message")?, messages)?;
    let wide = "(() => { const all = [...document.querySelectorAll('#marks .idle')]; \
         return all.at(-1).getBoundingClientRect().width / document.getElementById('plot').clientWidth; })()";
    let wide = page.value(wide)?.as_f64().unwrap_or(1.0);
    holds(
        &format!("the idle end takes {wide} of the width"),
        wide < 0.09,
    )?;
    page.click("#idle")?;
    same("idle times after that", page.count("#marks .idle")?, 0)
}
