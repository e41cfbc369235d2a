//! Each check accepts the page, and refuses one in which what it is about is broken.

use std::{fs, path::Path, thread};

use dht_view_browser_test::{
    browser::{Browser, BrowserError},
    check::{ALL, Check, Verdict},
    html,
    page::{MEDIUM, Page},
    plain, sample,
};
use serde_json::json;

/// A check, texts of the page, and what stands in their place in the broken one.
type Broken = (&'static str, &'static [(&'static str, &'static str)]);

/// The broken page of each check.
const BROKEN: &[Broken] = &[
    (
        "loads-without-errors",
        &[("Start.run();", "Start.run(); console.error('broken');")],
    ),
    (
        "loads-nothing",
        &[
            ("default-src 'none'", "default-src *"),
            ("img-src data:", "img-src * data:"),
            ("<header>", "<img src='http://127.0.0.1:9/x.png'><header>"),
        ],
    ),
    (
        "opens-in-time",
        &[(
            "Start.run();",
            "while (performance.now() < 3000); Start.run();",
        )],
    ),
    (
        "lane-for-each-host",
        &[(
            "<g class=\"lane${picked}",
            "<g class=\"${row.host ? 'lane' : ''}${picked}",
        )],
    ),
    (
        "messages-are-drawn",
        &[(
            "for (const n of list) {\nconst m = Model.message(n);",
            "for (const n of list.slice(1)) {\nconst m = Model.message(n);",
        )],
    ),
    (
        "zoomed-messages-are-drawn",
        &[(
            "if (sent[n] > to) return;",
            "if (sent[n] > from + (to - from) * 0.9) return;",
        )],
    ),
    (
        "lost-messages-are-marked",
        &[(
            "<path class=\"loss\" d=\"${Marks.cross(x, y",
            "<path d=\"${Marks.cross(x, y",
        )],
    ),
    (
        "connections-are-drawn",
        &[(
            "const failed = Model.dialFailed(c);",
            "const failed = false;",
        )],
    ),
    (
        "things-are-drawn",
        &[("<g class=\"step${failed}", "<g class=\"${failed}")],
    ),
    ("texts-are-no-markup", &[("(c) => ESCAPES[c]", "(c) => c")]),
    (
        "kind-filter",
        &[("if (!next.delete(n)) next.add(n);", "next.add(n);")],
    ),
    ("connection-filter", &[("row[4] === number", "true")]),
    ("query-filter", &[("row[12] === only.n", "true")]),
    ("host-filter", &[("all.filter(matcher(s.hosts))", "all")]),
    (
        "fold",
        &[(
            "const folded = State.state.folded;",
            "const folded = false;",
        )],
    ),
    (
        "left-out-is-told",
        &[("are left out: ${Dom.escape(l.why)}", "are left out")],
    ),
    (
        "idle-time-is-squeezed",
        &[("squeezed = on && gaps.length > 0;", "squeezed = false;")],
    ),
    (
        "heat-map-follows-cursor",
        &[(
            "Tables.all(cursor).forEach",
            "Tables.all(Model.end).forEach",
        )],
    ),
    ("heat-map-is-complete", &[("entries.delete(peer);", "")]),
    (
        "table-is-complete",
        &[(
            "for (const entry of table.entries.values()) put",
            "for (const entry of [...table.entries.values()].slice(1)) put",
        )],
    ),
    (
        "query-walk",
        &[(
            "const asked = list.map(",
            "const asked = list.slice(1).map(",
        )],
    ),
    (
        "stores",
        &[(
            "if (last < from || s.from > to) return",
            "if (last < from || s.from > to || s.host % 2) return",
        )],
    ),
    (
        "log-follows-cursor",
        &[("(i) => all[i][0] > cursor", "(i) => all[i][0] >= cursor")],
    ),
    ("search-finds", &[("h.name, h.peer,", "h.name,")]),
    (
        "keys-work",
        &[("[\"Home\", \"Home\"", "[\"House\", \"Home\"")],
    ),
    ("mouse-works", &[("else State.moveTo(at);", "")]),
    (
        "link-restores",
        &[("parts.set(\"fold\", s.folded ? 1 : 0);", "")],
    ),
    (
        "no-overflow",
        &[("</style>", "header { width: 3000px; }</style>")],
    ),
    (
        "labels-do-not-overlap",
        &[(
            "</style>",
            ".lane-name { height: 60px !important; }</style>",
        )],
    ),
    (
        "print-is-light",
        &[(
            "@media print { :root, :root[data-theme] { color-scheme: light; } }",
            "",
        )],
    ),
    (
        "themes-differ",
        &[("light-dark(#ffffff, #14171c)", "#ffffff")],
    ),
    (
        "controls-are-named",
        &[("aria-label=\"search hosts, keys and events\"", "")],
    ),
    (
        "outcome-is-told",
        &[("const { verdict } = outcome;", "const verdict = null;")],
    ),
    (
        "under-way-is-not-lost",
        &[
            ("lost: isLost(row),", "lost: to < 0,"),
            ("open: to === UNDER_WAY,", "open: false,"),
        ],
    ),
    (
        "modes-are-shown",
        &[("mode === \"client\"", "mode === \"none\"")],
    ),
    (
        "faults-are-named-once",
        &[("return f.id || (", "return `${f.id}: ` + (")],
    ),
    (
        "age-of-tables-is-told",
        &[("${Tables.allAgo(cursor)}</p>", "</p>")],
    ),
    ("requests-not-seen", &[("no request seen", "not asked")]),
    (
        "ends-begin-when-they-are-up",
        &[(
            "side === 1 && connection.accepted !== null ? connection.accepted : connection.up",
            "connection.up",
        )],
    ),
    (
        "unsure-requests-are-told",
        &[(", of this query or of ", ", of this query")],
    ),
    (
        "sums-are-told-apart",
        &[("if (m.lost) count.lost++;", "if (!m.came) count.lost++;")],
    ),
    (
        "panels-have-room",
        &[(
            "main, aside { display: block; }",
            "main { display: block; }",
        )],
    ),
    (
        "trace-has-no-tables",
        &[(
            "if (!held.length && !Doc.has_contents) return Tables.none();",
            "",
        )],
    ),
    (
        "link-names-a-panel",
        &[("State.set(Object.fromEntries(named));", "")],
    ),
    (
        "late-messages-are-marked",
        &[("if (!m.delay) return \"\";", "return \"\";")],
    ),
    (
        "relayed-connections-are-drawn",
        &[("<circle class=\"relay\"", "<circle class=\"\"")],
    ),
    (
        "routers-are-named",
        &[("host.routers.length && row.height >= 30", "false")],
    ),
    (
        "failed-dials-are-told",
        &[(
            ", Doc.dials.map(inVain)",
            ", Doc.dials.map(inVain).slice(1)",
        )],
    ),
    (
        "kinds-of-addresses-are-shown",
        &[(
            "const text = Model.addressKind(c.address);",
            "const text = \"\";",
        )],
    ),
    (
        "texts-keep-their-lines",
        &[(
            "dd { margin: 0; overflow-wrap: anywhere; white-space: pre-line; }",
            "dd { margin: 0; }",
        )],
    ),
    (
        "failures-keep-their-lines",
        &[(
            ".failures li { margin: 2px 0; overflow-wrap: anywhere; white-space: pre-line; }",
            "",
        )],
    ),
    (
        "failed-steps-are-told-once",
        &[("step.failed && !told.has(n)", "step.failed")],
    ),
    (
        "waited-hosts-are-named",
        &[("[...requests, ...dials].sort(", "[...requests].sort(")],
    ),
    (
        "log-tells-whole-texts",
        &[(
            "#log-lines span { overflow-wrap",
            "#log-lines span { overflow: hidden; max-height: 8px; overflow-wrap",
        )],
    ),
    (
        "check-labels-leave-ends",
        &[
            (
                "[0, -13, -26, 13, -39, 26, -52, 39, -65, 52, 65, 78, 91]",
                "[6]",
            ),
            ("free(px, y + down - 10, wide, 13)", "true"),
        ],
    ),
    (
        "hole-punches-are-easy-to-hit",
        &[("[\"punch-mark\", \"connection\"],", "")],
    ),
    (
        "idle-words-lie-below",
        &[
            ("idle,\nlinks,", "links,"),
            ("checks,\n'<g id", "checks,\nidle,\n'<g id"),
        ],
    ),
    (
        "flags-do-not-overlap",
        &[("const hasFlag = own >= flown;", "const hasFlag = true;")],
    ),
    (
        "ticks-are-whole",
        &[(
            "const half = tick.label.length * 3.1 + 2;",
            "const half = 0;",
        )],
    ),
    (
        "link-keeps-the-host",
        &[(
            "parts.has(\"t\") && parts.has(\"w\")",
            "parts.has(\"t\") || parts.has(\"w\")",
        )],
    ),
    (
        "steps-are-named",
        &[(
            "x=\"${f(left)}\" y=\"${AXIS + 13",
            "x=\"${f(left - 20)}\" y=\"${AXIS + 13",
        )],
    ),
    (
        "connections-are-named",
        &[("LABELLED = 13;", "LABELLED = 99;")],
    ),
    (
        "failures-come-first",
        &[("${failure()}<h2>The run", "<h2>The run")],
    ),
    (
        "ends-of-dials-are-told",
        &[("dial failed${failedAfter(c)}", "dial failed")],
    ),
    (
        "lists-say-what-is-left-out",
        &[(
            "const words = leftOut(name.toLowerCase());",
            "const words = \"\";",
        )],
    ),
    (
        "check-labels-are-beside-their-own",
        &[(
            "const last = { left: !sides.includes(false), y };",
            "const last = { left: false, y: others.length ? others[0].y + 4 : y }; return last;",
        )],
    ),
    (
        "outliving-connections-have-a-begin",
        &[(" from ${up}${until}", "${until}")],
    ),
    (
        "trace-is-drawn",
        &[(
            "for (const n of list) {\nconst m = Model.message(n);",
            "for (const n of list.filter((n) => !Model.message(n).role)) {\nconst m = Model.message(n);",
        )],
    ),
];

/// The check of which the page is made of a trace.
const OF_TRACE: &str = "trace-has-no-tables";

/// The check that needs a page of few hosts.
const OF_FEW: &str = "connections-are-named";

/// The check that needs a trace of the same run beside the page.
const OF_BOTH: &str = "trace-is-drawn";

/// A run of which a page and a trace are made: nothing is left out of it.
fn of_both() -> (serde_json::Value, String) {
    let mut document = sample::document(sample::SMALL);
    document["left_out"] = json!([]);
    let list = |name: &str| document[name].as_array().cloned().unwrap_or_default();
    let mut entries = Vec::new();
    for host in 0..list("hosts").len() {
        entries.push(json!({ "host": host, "event": "spawned" }));
    }
    for connection in list("connections") {
        entries.push(json!({ "event": "net", "net": { "Dialled": { "conn": connection["n"] } } }));
    }
    let mut answers = 0;
    for row in list("messages")
        .iter()
        .filter(|row| row[1].as_i64() >= Some(0))
    {
        answers += u64::from(row[7] == 1);
        let delivered = json!({ "at": row[1], "conn": row[4], "from": row[2], "to": row[3] });
        entries.push(json!({ "event": "net", "net": { "Delivered": delivered } }));
    }
    let step = json!({
        "host": 0, "event": "query_step", "query": "0", "kind": "get", "successes": answers,
    });
    entries.push(step);
    document["events"] = entries.len().into();
    let head = json!({ "format": 2 }).to_string();
    let lines = entries.iter().map(ToString::to_string);
    let trace: Vec<_> = std::iter::once(head).chain(lines).collect();
    (document, trace.join("\n"))
}

fn page() -> (String, serde_json::Value) {
    page_of(sample::document(sample::MEDIUM))
}

fn page_of(document: serde_json::Value) -> (String, serde_json::Value) {
    let parts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../harness/src/view/page");
    let html = html::join(&parts, &document).expect("the parts of the page are there");
    (html, document)
}

#[test]
fn every_check_has_a_broken_page() {
    let mut broken: Vec<_> = BROKEN.iter().map(|(name, _)| *name).collect();
    let mut checks: Vec<_> = ALL.iter().map(|check| check.name).collect();
    broken.sort_unstable();
    checks.sort_unstable();
    assert_eq!(broken, checks);
}

#[test]
fn checks_accept_the_page_and_refuse_broken_ones() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let write = |name: &str, text: &str| {
        let file = folder.join(name);
        fs::write(&file, text).expect("the file is written");
        file
    };
    let (run_of_both, trace) = of_both();
    write("both.jsonl", &trace);
    write(&format!("{OF_BOTH}.jsonl"), &trace);
    let sound = |name: &str, (html, document): (String, serde_json::Value)| {
        (write(&format!("{name}.html"), &html), html, document)
    };
    let of_trace = sound("trace", page_of(sample::of_trace(sample::MEDIUM)));
    let of_both = sound("both", page_of(run_of_both));
    let of_few = sound("few", page_of(sample::document(sample::SMALL)));
    let of_many = sound("many", page());
    let judge = |browser: &mut Browser, check: &Check, (name, changes): &Broken| {
        let (file, html, document) = match *name {
            OF_TRACE => &of_trace,
            OF_BOTH => &of_both,
            OF_FEW => &of_few,
            _ => &of_many,
        };
        let verdict = check.apply(browser, file, document);
        assert!(matches!(verdict, Verdict::Passed), "{name}: {verdict:?}");
        let mut broken = html.clone();
        for (from, to) in *changes {
            assert!(broken.contains(from), "{name}: the page has no {from}");
            broken = broken.replace(from, to);
        }
        let file = write(&format!("{name}.html"), &broken);
        let verdict = check.apply(browser, &file, document);
        assert!(matches!(verdict, Verdict::Failed(_)), "{name}: {verdict:?}");
        println!("{name}: {verdict:?}");
    };
    let broken_of = |check: &Check| BROKEN.iter().find(|(name, _)| *name == check.name);
    let cases = ALL.iter().map(|check| Some((check, broken_of(check)?)));
    let cases: Vec<_> = cases
        .collect::<Option<_>>()
        .expect("each check has a broken page");
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for cases in cases.chunks(cases.len().div_ceil(workers)) {
            let judge = &judge;
            scope.spawn(move || {
                let mut browser = Browser::start().expect("Chromium starts");
                for (check, broken) in cases {
                    judge(&mut browser, check, broken);
                }
            });
        }
    });
}

/// A page keeps nothing of what a check has done to another, or to the page before.
#[test]
fn a_page_is_not_shown_as_another_check_has_left_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut browser = Browser::start().expect("Chromium starts");
    let (html, _) = page();
    let file = folder.path().join("page.html");
    fs::write(&file, &html).expect("the page is written");
    let state = "[document.querySelectorAll('#marks .lane').length, \
         document.querySelectorAll('#marks .message').length, \
         document.querySelector('#tabs [aria-selected=true]').dataset.tab, \
         document.documentElement.dataset.theme, document.getElementById('panel').textContent]";
    let link = "#t=1000000&w=0..9000000000&fold=0&s=host:1";
    let seen = |browser: &mut Browser, hash: &str| {
        let mut page = Page::open_or_show(browser, &file, hash, MEDIUM).expect("the page opens");
        page.value(state).expect("the page has a state")
    };
    let first = seen(&mut browser, link);
    let plain = seen(&mut browser, "");
    assert_ne!(first, plain);
    type Deed = fn(&mut Page<'_>) -> Result<(), BrowserError>;
    let deeds: [Deed; 7] = [
        |page| page.press("t"),
        |page| page.choose_tab("ring"),
        |page| page.press("o"),
        |page| page.click("#kinds [data-layer]"),
        |page| page.show("#t=5&w=0..10&fold=1&tab=query&query=0&off=messages"),
        |page| page.act("document.getElementById('panel').textContent = ''"),
        |page| page.media("print", "dark"),
    ];
    for (number, deed) in deeds.into_iter().enumerate() {
        {
            let page = Page::open_or_show(&mut browser, &file, link, MEDIUM);
            deed(&mut page.expect("the page opens")).expect("the page can be changed");
        }
        assert_eq!(seen(&mut browser, link), first, "after deed {number}");
        assert_eq!(seen(&mut browser, ""), plain, "after deed {number}");
    }
    fs::write(
        &file,
        html.replace("class=\"lane${picked}", "class=\"row${picked}"),
    )
    .expect("the page is written");
    assert_ne!(seen(&mut browser, link), first, "the file has changed");
}

#[test]
fn pages_without_a_diagram_are_checked() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut browser = Browser::start().expect("Chromium starts");
    let file = folder.path().join("campaign.html");
    let report = json!({ "findings": [], "known": { "B1": 2 }, "drawn": { "connect": 1 } });
    fs::write(file.with_extension("json"), report.to_string()).expect("the report is written");
    let sound = "<!DOCTYPE html><h1 id=top>Campaign</h1><h2>Known defects met</h2><table>\
                 <tr><th>Defect</th></tr><tr><td><a href=\"https://github.com/dht-harness/\
                 dht-harness/blob/main/scenarios/UPSTREAM.md#b1\">B1</a></td></tr></table>\
                 <h2>Drawn</h2><p>How many</p><table><tr><td><a href=\"#top\">connect</a></td></tr></table>";
    let broken = [
        (
            "</table>",
            "</table><script>throw new Error('broken')</script>",
        ),
        ("</h1>", "</h1><img src='http://127.0.0.1:9/x.png'>"),
        ("UPSTREAM.md#b1", "UPSTREAM.md#b1000"),
        ("<td>", "<td></td></tr><tr><td>"),
    ];
    let mut verdicts = |html: &str| {
        fs::write(&file, html).expect("the page is written");
        plain::check(&mut browser, &file).expect("the browser is reached")
    };
    for verdict in verdicts(sound) {
        assert!(matches!(verdict, Verdict::Passed), "{verdict:?}");
    }
    for (number, (from, to)) in broken.into_iter().enumerate() {
        let verdict = &verdicts(&sound.replacen(from, to, 1))[number];
        assert!(matches!(verdict, Verdict::Failed(_)), "{to}: {verdict:?}");
    }
}

#[test]
fn the_matrix_of_the_bug_bench_is_that_of_its_report() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut browser = Browser::start().expect("Chromium starts");
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let file = folder.path().join("bugs.html");
    fs::copy(samples.join("bugs.json"), file.with_extension("json")).expect("there is a report");
    let html = fs::read_to_string(samples.join("bugs.html")).expect("there is a page");
    let mut rows = |html: &str| {
        fs::write(&file, html).expect("the page is written");
        let verdicts = plain::check(&mut browser, &file).expect("the browser is reached");
        verdicts
            .into_iter()
            .next_back()
            .expect("there are verdicts")
    };
    assert!(matches!(rows(&html), Verdict::Passed));
    for (from, to) in [
        ("<td class=\"yes\">● yes</td>", "<td class=\"no\">○ no</td>"),
        (">m2<", ">m1<"),
        ("is not valid", "not run"),
        ("</tbody>", "<tr><th>m5</th></tr></tbody>"),
    ] {
        assert!(html.contains(from), "the page has no {from}");
        let verdict = rows(&html.replacen(from, to, 1));
        assert!(matches!(verdict, Verdict::Failed(_)), "{to}: {verdict:?}");
    }
}

#[test]
fn the_document_of_a_page_is_read_back() {
    let (html, document) = page();
    assert_eq!(html::document(&html), Ok(document));
    assert!(html::document("<html></html>").is_err());
}
