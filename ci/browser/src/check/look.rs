//! The page fits into its window, is readable, and can be printed.

use serde_json::Value;

use super::{Checked, Subject, holds, same};
use crate::page::Size;

const WIDTHS: [u32; 5] = [400, 620, 1000, 1440, 2500];

pub(super) fn no_overflow(subject: &mut Subject<'_>) -> Checked {
    let hash = subject.whole("");
    let mut page = subject.open(&hash)?;
    for width in WIDTHS {
        page.resize(Size { width, height: 900 })?;
        page.drawn()?;
        for tab in ["details", "table", "heat", "ring", "query", "stores"] {
            page.value(&format!("document.getElementById('tab-{tab}').click()"))?;
            page.drawn()?;
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
            page.value(&format!("document.getElementById('tab-{tab}').click()"))?;
            page.drawn()?;
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
    let overlaps = "(() => { const hits = []; const lists = ['.lane-name', '#ring .name', '.message-label', '#ruler .step text', '#walk text', '.stores text', \
         '#ruler .tick:not([style*=hidden]), #ruler .cursor-text', '#overview text']; for (const list of lists) { \
         const boxes = [...document.querySelectorAll(list)].map((e) => [e.getBoundingClientRect(), e.textContent]); \
         boxes.forEach(([a, t], i) => boxes.slice(i + 1).forEach(([b, u]) => { \
           if (a.left < b.right - 3 && b.left < a.right - 3 && a.top < b.bottom - 4 && b.top < a.bottom - 4) hits.push(`${list}: ${t} / ${u}`); })); \
         } return hits.slice(0, 5); })()";
    for width in [400, 1000, 1440] {
        page.resize(Size { width, height: 900 })?;
        for tab in ["ring", "query", "stores"] {
            page.value(&format!("document.getElementById('tab-{tab}').click()"))?;
            page.drawn()?;
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
        page.value(&format!(
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
        page.click(&format!("#tab-{tab}"))?;
        same::<Value>(
            "controls without a name",
            page.value(nameless)?,
            Value::Array(Vec::new()),
        )?;
    }
    Ok(())
}
