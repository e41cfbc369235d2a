//! Search, keys, mouse and links do what they say.

use serde_json::Value;

use super::{Checked, Stop, Subject, applies, holds, same};
use crate::page::Page;

fn hash(page: &mut Page<'_>) -> Result<String, Stop> {
    page.value("new Promise((done) => setTimeout(done, 300))")?;
    let hash = page.value("location.hash")?;
    Ok(hash.as_str().unwrap_or_default().to_owned())
}

fn part(hash: &str, name: &str) -> Option<String> {
    let parts = hash.trim_start_matches('#').split('&');
    let mut found = parts.filter_map(|part| part.split_once('='));
    found
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

pub(super) fn search_finds(subject: &mut Subject<'_>) -> Checked {
    let hosts = subject.list("hosts");
    applies(!hosts.is_empty(), "there are no hosts")?;
    let last = hosts.len() - 1;
    // A peer id is in no other text of the page but the log.
    let peer = hosts[last]["peer"].as_str().unwrap_or_default().to_owned();
    let text = subject
        .list("log")
        .first()
        .and_then(|line| line[3].as_str())
        .map(str::to_owned);
    let mut page = subject.open("")?;
    page.press("/")?;
    page.type_text(&peer)?;
    page.wait("document.querySelector('#results b') !== null")?;
    same(
        "the first result",
        page.text("#results b")?,
        "host".to_owned(),
    )?;
    page.press("Enter")?;
    same(
        "the selection",
        part(&hash(&mut page)?, "s"),
        Some(format!("host:{last}")),
    )?;
    if let Some(text) = text {
        page.act(
            "(() => { const s = document.getElementById('search'); s.value = ''; s.focus(); })()",
        )?;
        page.type_text(&text)?;
        page.wait(
            "[...document.querySelectorAll('#results b')].some((b) => b.textContent === 'log')",
        )?;
    }
    page.act(
        "(() => { const s = document.getElementById('search'); s.value = ''; s.focus(); })()",
    )?;
    page.type_text("no such thing anywhere")?;
    page.wait("document.querySelector('#results .count').textContent === 'nothing found'")?;
    Ok(())
}

pub(super) fn keys_work(subject: &mut Subject<'_>) -> Checked {
    let end = subject.end();
    let start = subject.whole("");
    let mut page = subject.open(&start)?;
    page.press("?")?;
    same(
        "the help is open",
        page.value("document.getElementById('help').open")?,
        true.into(),
    )?;
    holds("the help lists keys", page.count("#keys kbd")? > 15)?;
    page.act("document.getElementById('help').close()")?;
    page.press("Home")?;
    same(
        "cursor at the start",
        part(&hash(&mut page)?, "t"),
        Some("0".into()),
    )?;
    page.press("End")?;
    same(
        "cursor at the end",
        part(&hash(&mut page)?, "t"),
        Some(end.to_string()),
    )?;
    page.press("+")?;
    let zoomed = part(&hash(&mut page)?, "w");
    holds("+ makes the window smaller", zoomed != part(&start, "w"))?;
    page.press("0")?;
    let whole = part(&hash(&mut page)?, "w").unwrap_or_default();
    let (from, to) = whole.split_once("..").unwrap_or_default();
    let (from, to) = (from.parse().unwrap_or(1), to.parse().unwrap_or(0));
    holds(
        &format!("0 shows the whole run: {whole}"),
        from <= 0_i64 && to >= end.cast_signed(),
    )?;
    page.press("ArrowDown")?;
    let picked = part(&hash(&mut page)?, "s").unwrap_or_default();
    holds("↓ selects a host", picked.starts_with("host:"))?;
    page.press("2")?;
    same(
        "2 opens the table",
        part(&hash(&mut page)?, "tab"),
        Some("table".into()),
    )?;
    page.press("t")?;
    holds(
        "t chooses a theme",
        page.value("Boolean(document.documentElement.dataset.theme)")? == true,
    )
}

pub(super) fn mouse_works(subject: &mut Subject<'_>) -> Checked {
    let start = subject.whole("&off=messages.connections.queries");
    let mut page = subject.open(&start)?;
    let place = page.value("(() => { const b = document.getElementById('plot').getBoundingClientRect(); return [b.x + b.width * 0.3, b.y + 3]; })()")?;
    let (x, y) = (
        place[0].as_f64().unwrap_or(0.0),
        place[1].as_f64().unwrap_or(0.0),
    );
    page.click_at(x, y)?;
    let now = part(&hash(&mut page)?, "t");
    holds("a click moves the cursor", now != part(&start, "t"))?;
    page.wheel(x, y, -400.0)?;
    let zoomed = part(&hash(&mut page)?, "w");
    holds("the wheel changes the window", zoomed != part(&start, "w"))?;
    page.show(&subject_hash(&start, "&off=messages.connections.faults"))?;
    if page.count("#marks .query rect")? == 0 {
        return Ok(());
    }
    page.click("#marks .query rect")?;
    let picked = part(&hash(&mut page)?, "s").unwrap_or_default();
    holds(
        &format!("a click on a query selects it: {picked:?}"),
        picked.starts_with("query:"),
    )
}

fn subject_hash(start: &str, off: &str) -> String {
    start.split("&off=").next().unwrap_or(start).to_owned() + off
}

pub(super) fn link_restores(subject: &mut Subject<'_>) -> Checked {
    let end = subject.end();
    let state = "[document.querySelectorAll('#marks .message').length, document.querySelectorAll('#marks .lane').length, \
         document.querySelector('#ruler-cursor text').textContent, document.getElementById('panel').innerHTML, \
         document.getElementById('note').textContent]";
    let (from, to) = (end / 4, end / 4 + end / 50);
    let link = {
        let mut page = subject.open(&format!("#t={from}&w={from}..{to}&fold=1"))?;
        page.press("ArrowDown")?;
        page.press("2")?;
        page.click("#kinds [data-layer]")?;
        page.press("ArrowRight")?;
        page.press("ArrowLeft")?;
        let seen = page.value(state)?;
        (hash(&mut page)?, seen)
    };
    let mut page = subject.load(&link.0)?;
    same::<Value>("what the link shows", page.value(state)?, link.1)
}

/// A link that names a panel and no moment opens that panel, and shows the rest as without it.
pub(super) fn link_names_a_panel(subject: &mut Subject<'_>) -> Checked {
    let state = "[document.querySelectorAll('#marks .message').length, document.getElementById('note').textContent, \
         document.querySelector('#ruler-cursor text')?.textContent]";
    let before = subject.open("")?.value(state)?;
    for tab in ["details", "table", "heat", "ring", "query", "stores"] {
        let mut page = subject.open(&format!("#tab={tab}"))?;
        let open = "document.querySelector('#tabs [aria-selected=true]').dataset.tab";
        same::<Value>("the panel of the link", page.value(open)?, tab.into())?;
        same("the rest of the page", page.value(state)?, before.clone())?;
    }
    let mut page = subject.open("#tab=ring")?;
    page.show("#tab=query")?;
    same(
        "the panel of the next link",
        page.count("#tab-query[aria-selected=true]")?,
        1,
    )
}

/// A link that names a moment alone keeps the host that is shown at first.
pub(super) fn link_keeps_the_host(subject: &mut Subject<'_>) -> Checked {
    applies(
        !subject.list("checks").is_empty(),
        "the first host is shown at first",
    )?;
    let before = subject.open("")?.text("#log-host")?;
    let at = subject.end() / 2;
    let mut page = subject.open(&format!("#t={at}"))?;
    same("the host that is shown", page.text("#log-host")?, before)?;
    let cursor = page.text("#ruler-cursor text")?;
    holds("the cursor is not in the window", !cursor.is_empty())
}
