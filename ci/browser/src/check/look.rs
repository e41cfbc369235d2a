//! The page fits into its window, is readable, and can be printed.

use serde_json::Value;

use super::{Checked, Subject, applies, holds, same};
use crate::page::{MEDIUM, Page, Size};

const WIDTHS: [u32; 5] = [400, 620, 1000, 1440, 2500];

/// In windows of these widths the script lists nothing.
fn none(page: &mut Page<'_>, widths: &[u32], what: &str, script: &str) -> Checked {
    for width in widths.iter().copied() {
        page.resize(Size { width, height: 900 })?;
        page.drawn()?;
        same::<Value>(
            &format!("{what} in a window of {width}"),
            page.value(script)?,
            Value::Array(Vec::new()),
        )?;
    }
    Ok(())
}

pub(super) fn no_overflow(subject: &mut Subject<'_>) -> Checked {
    let hash = subject.whole("");
    let mut page = subject.open(&hash)?;
    for width in WIDTHS {
        page.resize(Size { width, height: 900 })?;
        page.drawn()?;
        for tab in ["details", "table", "heat", "ring", "query", "stores"] {
            page.choose_tab(tab)?;
            let wide = page.value("document.documentElement.scrollWidth")?;
            let wide = wide.as_u64().unwrap_or(u64::MAX);
            holds(
                &format!(
                    "the page with the panel {tab} is {wide} pixels wide in a window of {width}"
                ),
                wide <= u64::from(width),
            )?;
        }
        let plot = page.value("document.getElementById('plot').clientWidth")?;
        let plot = plot.as_u64().unwrap_or(0);
        holds(
            &format!("the diagram has {plot} of {width} pixels"),
            plot * 3 > u64::from(width),
        )?;
    }
    Ok(())
}

/// On a narrow page a panel is as high as its content, and nothing lies over it.
pub(super) fn panels_have_room(subject: &mut Subject<'_>) -> Checked {
    let hash = subject.whole("");
    let mut page = subject.open(&hash)?;
    for width in [400, 620, 900] {
        page.resize(Size { width, height: 900 })?;
        for tab in ["details", "table", "heat", "ring", "query", "stores"] {
            page.choose_tab(tab)?;
            let hidden = "(() => { const p = document.getElementById('panel'); \
                 return Math.max(p.scrollHeight - p.clientHeight, p.getBoundingClientRect().bottom - document.getElementById('log').getBoundingClientRect().top); })()";
            let hidden = page.value(hidden)?.as_f64().unwrap_or(f64::MAX);
            holds(
                &format!("{hidden} pixels of the panel {tab} are hidden in a window of {width}"),
                hidden < 2.0,
            )?;
        }
    }
    Ok(())
}

pub(super) fn labels_do_not_overlap(subject: &mut Subject<'_>) -> Checked {
    let middle = subject.end() / 2;
    let hash = subject
        .whole("")
        .replacen("#t=", &format!("#t={middle}&end="), 1);
    let mut page = subject.open(&hash)?;
    let overlaps = "(() => { const hits = []; const lists = ['.lane-name', '#ring .name', '.message-label, .connection-name, .punch-name, .outliving-name, .query-name.halo', '.left-out text', '#ruler .step text', '#walk text', '.stores text', \
         '#ruler .tick:not([style*=hidden]), #ruler .cursor-text', '#overview text']; for (const list of lists) { \
         const boxes = [...document.querySelectorAll(list)].map((e) => [e.getBoundingClientRect(), e.textContent]); \
         boxes.forEach(([a, t], i) => boxes.slice(i + 1).forEach(([b, u]) => { \
           if (a.left < b.right - 3 && b.left < a.right - 3 && a.top < b.bottom - 4 && b.top < a.bottom - 4) hits.push(`${list}: ${t} / ${u}`); })); \
         } return hits.slice(0, 5); })()";
    for width in [400, 1000, 1440] {
        page.resize(Size { width, height: 900 })?;
        for tab in ["ring", "query", "stores"] {
            page.choose_tab(tab)?;
            same::<Value>(
                &format!("labels that cover each other in a window of {width}"),
                page.value(overlaps)?,
                Value::Array(Vec::new()),
            )?;
        }
    }
    Ok(())
}

/// How light a colour is, 0 to 255, as an expression over the name of an element and a property.
fn lightness(selector: &str, property: &str) -> String {
    format!(
        "(() => {{ const p = getComputedStyle(document.querySelector('{selector}')).{property}.match(/[\\d.]+/g).map(Number); \
         return (p[0] + p[1] + p[2]) / 3; }})()"
    )
}

pub(super) fn print_is_light(subject: &mut Subject<'_>) -> Checked {
    let mut page = subject.open("")?;
    for theme in ["dark", "light"] {
        page.act(&format!(
            "document.documentElement.dataset.theme = '{theme}'"
        ))?;
        page.media("print", "dark")?;
        let back = page
            .value(&lightness("body", "backgroundColor"))?
            .as_f64()
            .unwrap_or(0.0);
        let text = page
            .value(&lightness("body", "color"))?
            .as_f64()
            .unwrap_or(255.0);
        holds(&format!("{theme}: printed on {back} of 255"), back > 240.0)?;
        holds(&format!("{theme}: printed in {text} of 255"), text < 90.0)?;
        let bar = page.value("getComputedStyle(document.getElementById('bar')).display")?;
        same::<Value>("the controls are not printed", bar, "none".into())?;
    }
    Ok(())
}

pub(super) fn themes_differ(subject: &mut Subject<'_>) -> Checked {
    let mut page = subject.open("")?;
    let mut seen = Vec::new();
    for colours in ["light", "dark"] {
        page.media("screen", colours)?;
        for (selector, property) in [("body", "backgroundColor"), ("#title", "color")] {
            seen.push(
                page.value(&lightness(selector, property))?
                    .as_f64()
                    .unwrap_or(0.0),
            );
        }
    }
    let [back, text, dark_back, dark_text] = seen[..] else {
        unreachable!("two themes with two colours each");
    };
    holds(&format!("light: {text} on {back}"), back - text > 150.0)?;
    holds(
        &format!("dark: {dark_text} on {dark_back}"),
        dark_text - dark_back > 150.0,
    )
}

pub(super) fn controls_are_named(subject: &mut Subject<'_>) -> Checked {
    let hash = subject.whole("");
    let mut page = subject.open(&hash)?;
    let nameless = "[...document.querySelectorAll('button, input, select, [role=img], [role=tabpanel]')].filter((e) => \
         !(e.textContent.trim() && e.matches('button')) && !e.getAttribute('aria-label') && !e.getAttribute('aria-labelledby') && !e.closest('label')) \
         .map((e) => e.outerHTML.slice(0, 80))";
    for tab in ["details", "table", "heat", "ring", "query", "stores"] {
        page.choose_tab(tab)?;
        same::<Value>(
            "controls without a name",
            page.value(nameless)?,
            Value::Array(Vec::new()),
        )?;
    }
    Ok(())
}

/// Nothing of a line of the log is cut off.
pub(super) fn log_is_whole(subject: &mut Subject<'_>) -> Checked {
    applies(!subject.list("log").is_empty(), "the log is empty")?;
    let hash = subject.whole("");
    let mut page = subject.open(&hash)?;
    let cut = "[...document.querySelectorAll('#log-lines span')].filter((e) => \
         e.scrollHeight > e.clientHeight + 2 || e.scrollWidth > e.clientWidth + 1 || getComputedStyle(e).textOverflow === 'ellipsis') \
         .map((e) => e.textContent).slice(0, 3)";
    none(
        &mut page,
        &[400, 1440],
        "lines of the log that are cut off",
        cut,
    )
}

/// The words of a failed check cover no end of a connection or of a life.
pub(super) fn check_labels_leave_ends(subject: &mut Subject<'_>) -> Checked {
    applies(!subject.list("checks").is_empty(), "no check has failed")?;
    let hosts = subject.list("hosts").len();
    applies(hosts <= 40, "there are too many lanes for ends")?;
    let hash = subject.whole("&off=messages.queries");
    let mut page = subject.open(&hash)?;
    let covered = "(() => { const box = (e) => e.getBoundingClientRect(); \
         const ends = [...document.querySelectorAll('#marks .connection .end, #marks .lane .death')].map(box); \
         return [...document.querySelectorAll('#marks .check text')].filter((label) => { const a = box(label); \
           return ends.some((b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top + 2 < b.bottom && b.top < a.bottom - 3); }) \
         .map((label) => label.textContent); })()";
    none(&mut page, &[1000, 1440], "labels over ends", covered)
}

/// The words of a failed check are beside no diamond of another one.
pub(super) fn check_labels_are_beside_their_own(subject: &mut Subject<'_>) -> Checked {
    applies(!subject.list("checks").is_empty(), "no check has failed")?;
    let hash = subject.whole("");
    let mut page = subject.open(&hash)?;
    let wrong = "(() => { const box = (e) => e.getBoundingClientRect(); const middle = (b) => (b.top + b.bottom) / 2; \
         const diamonds = [...document.querySelectorAll('#marks .check .diamond')]; \
         return [...document.querySelectorAll('#marks .check text')].filter((label) => { const a = box(label); \
           const own = [...label.parentElement.querySelectorAll('.diamond')].map((e) => middle(box(e))); \
           return diamonds.some((e) => { const b = box(e); return !own.includes(middle(b)) && \
             Math.abs(middle(a) - middle(b)) < 9 && a.left < b.right + 9 && b.left < a.right + 9; }); }) \
         .map((label) => label.textContent); })()";
    none(
        &mut page,
        &[500, 1440],
        "labels beside another diamond",
        wrong,
    )
}

/// A connection that outlives a host is listed with the time from which it is up.
pub(super) fn outliving_connections_have_a_begin(subject: &mut Subject<'_>) -> Checked {
    applies(!subject.list("checks").is_empty(), "no check has failed")?;
    let mut page = subject.open("")?;
    let all = "[...document.querySelectorAll('#failure .failures li')] \
         .filter((line) => line.querySelector('[data-pick^=\"connection:\"]')).map((line) => line.textContent)";
    let told = page.value(all)?;
    let told: Vec<_> = told.as_array().into_iter().flatten().collect();
    applies(!told.is_empty(), "no connection outlives a host")?;
    let without = told.iter().find(|line| {
        let line = line.as_str().unwrap_or_default();
        !line.contains(" from ")
    });
    holds(&format!("no begin is told: {without:?}"), without.is_none())
}

/// A click near the mark of a hole punch selects its connection.
pub(super) fn punches_are_large(subject: &mut Subject<'_>) -> Checked {
    let has = |c: &Value| c["punches"].as_array().is_some_and(|list| !list.is_empty());
    let any = subject.list("relayed").iter().any(has);
    applies(any, "there is no hole punch")?;
    let hash = subject.whole("&off=messages.queries&s=&tab=details");
    let mut page = subject.open(&hash)?;
    let size = "(() => { const b = document.querySelector('#marks .punch-mark').getBoundingClientRect(); \
         return [b.x, b.y, b.width, b.height]; })()";
    let place = page.value(size)?;
    let number = |index: usize| place[index].as_f64().unwrap_or(0.0);
    let (wide, tall) = (number(2), number(3));
    holds(
        &format!("the mark of a hole punch can be hit on {wide} by {tall} pixels"),
        wide >= 24.0 && tall >= 20.0,
    )?;
    page.click_at(number(0) + 3.0, number(1) + 3.0)?;
    let title = page.text("#panel h2")?;
    holds(
        &format!("a click at its corner selects {title}"),
        title.starts_with("Relayed connection"),
    )
}

/// Messages are drawn over the words of idle times, and not below them.
pub(super) fn idle_words_lie_below(subject: &mut Subject<'_>) -> Checked {
    let hash = subject.whole("&squeeze=1");
    let mut page = subject.open(&hash)?;
    applies(
        page.count("#marks .idle-words")? > 0 && page.count("#marks .message")? > 0,
        "there is no idle time, or no message",
    )?;
    let above = "[...document.querySelectorAll('#marks .idle-words')].filter((words) => \
         document.querySelector('#marks .message').compareDocumentPosition(words) & Node.DOCUMENT_POSITION_FOLLOWING).length";
    same("words over messages", page.value(above)?, 0.into())
}

/// No flag of a step covers another one.
pub(super) fn flags_do_not_overlap(subject: &mut Subject<'_>) -> Checked {
    applies(subject.list("steps").len() > 1, "there are no two steps")?;
    let hash = subject.whole("");
    let mut page = subject.open(&hash)?;
    let overlaps = "(() => { const boxes = [...document.querySelectorAll('#ruler .step .flag')].map((e) => e.getBBox()).filter((b) => b.width > 3); \
         return boxes.filter((a, i) => boxes.some((b, k) => k > i && a.x < b.x + b.width - 0.5 && b.x < a.x + a.width - 0.5)).length; })()";
    for width in WIDTHS {
        page.resize(Size { width, height: 900 })?;
        page.drawn()?;
        same(
            &format!("flags over others in a window of {width}"),
            page.value(overlaps)?,
            0.into(),
        )?;
    }
    Ok(())
}

/// The text of a step is crossed by no pole and cut by no edge, and each flag has one where there
/// are few.
pub(super) fn steps_are_named(subject: &mut Subject<'_>) -> Checked {
    let count = subject.list("steps").len();
    applies(count > 0, "there are no steps")?;
    let hash = subject.whole("");
    let mut page = subject.open(&hash)?;
    let wrong = "(() => { const ruler = document.getElementById('ruler').getBoundingClientRect(), box = (e) => e.getBoundingClientRect(); \
         const texts = [...document.querySelectorAll('#ruler .step text')], poles = [...document.querySelectorAll('#ruler .step .flag')]; \
         return texts.filter((text) => { const t = box(text); \
           return t.left < ruler.left - 1 || t.right > ruler.right + 1 || t.bottom > ruler.bottom + 1 || \
             poles.some((pole) => { const p = box(pole); return p.left > t.left + 1 && p.left + 1 < t.right && p.bottom > t.top + 3; }); \
         }).map((text) => text.textContent); })()";
    none(
        &mut page,
        &WIDTHS,
        "texts of steps that are crossed or cut",
        wrong,
    )?;
    if count > 3 {
        return Ok(());
    }
    page.resize(MEDIUM)?;
    page.drawn()?;
    let flags = "[...document.querySelectorAll('#ruler .step .flag, #ruler .step .cross')].map((e) => Math.round(e.getBBox().x)) \
         .filter((x, i, all) => i === 0 || x - all[i - 1] > 8).length";
    let flags = page.value(flags)?.as_u64().unwrap_or(u64::MAX);
    let texts = page.count("#ruler .step text")? as u64;
    holds(&format!("{flags} flags have {texts} texts"), texts >= flags)
}

/// Connections have their numbers in the diagram, and the ends of hole punches say what they are.
pub(super) fn connections_are_named(subject: &mut Subject<'_>) -> Checked {
    let (connections, relayed) = (subject.list("connections"), subject.list("relayed"));
    let is_up = |c: &&Value| !c["up"].is_null();
    applies(
        subject.list("hosts").len() <= 3
            && connections.iter().any(|c| is_up(&c))
            && connections.len() + relayed.len() <= 10,
        "there is no room for the name of each connection",
    )?;
    let number = |c: &Value| format!("#{}", c["n"]);
    let punches = relayed.iter().filter_map(|c| c["punches"].as_array());
    let punches: usize = punches.map(Vec::len).sum();
    let hash = subject.whole("");
    let mut page = subject.open(&hash)?;
    let named =
        "[...document.querySelectorAll('#marks .connection-name')].map((e) => e.textContent)";
    let named = page.value(named)?;
    let named: Vec<_> = named.as_array().into_iter().flatten().collect();
    for name in &named {
        let is_known = *name == "relayed" || connections.iter().any(|c| **name == number(c));
        holds(&format!("no connection is called {name}"), is_known)?;
    }
    for connection in connections.iter().filter(is_up) {
        let name = Value::from(number(connection));
        holds(
            &format!("connection {name} has no name in the diagram"),
            named.contains(&&name),
        )?;
    }
    same(
        "hole punches with a name",
        page.count("#marks .punch-name")?,
        punches,
    )
}

/// What failed is the first that is told, with the connections that outlive a host before the
/// checks.
pub(super) fn failures_come_first(subject: &mut Subject<'_>) -> Checked {
    let checks = subject.list("checks").len();
    applies(checks > 0, "no check has failed")?;
    let hosts = subject.list("hosts");
    // When a host of one life has ended.
    let ended = |host: &Value| {
        let lives = hosts[host.as_u64()? as usize]["lives"].as_array()?;
        lives[0]["to"].as_u64().filter(|_| lives.len() == 1)
    };
    let outlives = |c: &&Value| {
        let listener = match c["accepted"].is_null() {
            true => &c["up"],
            false => &c["accepted"],
        };
        let sides = [("from", &c["up"], 0), ("to", listener, 1)];
        sides.into_iter().any(|(host, up, side)| {
            let end = ended(&c[host]);
            let down = &c["down"][side];
            end.is_some_and(|end| {
                !up.is_null() && (down.is_null() || down.as_u64().is_some_and(|down| down > end))
            })
        })
    };
    let outliving = subject.list("connections").iter().filter(outlives).count();
    let is_simple = hosts
        .iter()
        .all(|host| host["lives"].as_array().is_some_and(|all| all.len() == 1));
    let is_simple = is_simple && subject.list("relayed").is_empty();
    let mut page = subject.open("")?;
    same(
        "the first heading",
        page.text("#panel h2")?,
        "What failed".to_owned(),
    )?;
    let listed = |kind: &str| format!("#failure .failures .link[data-pick^='{kind}:']");
    same(
        "failed checks in the list",
        page.count(&listed("check"))?,
        checks.min(12),
    )?;
    if is_simple {
        same(
            "connections in the list",
            page.count(&listed("connection"))?,
            outliving.min(12),
        )?;
    }
    page.click(&listed("check"))?;
    let title = page.text("#panel h2")?;
    holds(
        &format!("a click on a failed check shows {title}"),
        title.starts_with('✕'),
    )
}

/// The time of each tick is readable, also at the edges.
pub(super) fn ticks_are_whole(subject: &mut Subject<'_>) -> Checked {
    let end = subject.end();
    let cut = "['ruler', 'overview'].flatMap((id) => { const svg = document.getElementById(id), wide = svg.clientWidth; \
         return [...svg.querySelectorAll('text:not(.cursor-text)')].filter((e) => { const b = e.getBBox(); \
           return b.width && (b.x < -0.5 || b.x + b.width > wide + 0.5); }).map((e) => `${id}: ${e.textContent}`); })";
    // Windows that begin shortly before a tick of each second, and end shortly after one.
    for step in [1, 10] {
        let unit = 1_000_000_000 * step;
        let (from, to) = (unit - unit / 100, unit * 6 + unit / 100);
        if to > end {
            continue;
        }
        let mut page = subject.open(&format!("#t=0&w={from}..{to}&fold=0&squeeze=0"))?;
        same::<Value>(
            "words that are cut off",
            page.value(cut)?,
            Value::Array(Vec::new()),
        )?;
    }
    let hash = subject.whole("");
    let mut page = subject.open(&hash)?;
    none(&mut page, &WIDTHS, "words that are cut off", cut)
}
