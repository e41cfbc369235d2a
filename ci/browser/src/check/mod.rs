//! What is checked of a page. No check sees what another one has done to the page.

mod claims;
mod content;
mod details;
mod filters;
mod input;
mod look;
mod panels;
mod trace;

use std::{fmt, fs, path::Path};

use serde_json::Value;

use crate::{
    browser::{Browser, BrowserError},
    page::{MEDIUM, Page},
};

/// What came of a check.
#[derive(Debug)]
pub enum Verdict {
    /// The page is as it should be.
    Passed,
    /// The page does not have what this check is about.
    DoesNotApply(&'static str),
    /// What is wrong.
    Failed(String),
}

/// Why a check did not pass.
enum Stop {
    DoesNotApply(&'static str),
    Failed(String),
}

impl From<BrowserError> for Stop {
    fn from(error: BrowserError) -> Self {
        Self::Failed(error.to_string())
    }
}

type Checked = Result<(), Stop>;

/// The page draws as many marks of one sort, and says how many there are if there are more.
const LIMIT: usize = 3000;

/// A page under test: the file, and the document that it contains.
struct Subject<'a> {
    browser: &'a mut Browser,
    file: &'a Path,
    document: &'a Value,
}

impl<'a> Subject<'a> {
    /// The page at the moment of a hash, as a link to it opens it.
    fn open(&mut self, hash: &str) -> Result<Page<'_>, BrowserError> {
        Page::open_or_show(self.browser, self.file, hash, MEDIUM)
    }

    /// The page, loaded anew with a hash.
    fn load(&mut self, hash: &str) -> Result<Page<'_>, BrowserError> {
        Page::open(self.browser, self.file, hash, MEDIUM)
    }

    /// The entries of the trace beside the page, if there is one.
    fn trace(&self) -> Result<Option<Vec<Value>>, Stop> {
        let file = self.file.with_extension("jsonl");
        let Ok(text) = fs::read_to_string(&file) else {
            return Ok(None);
        };
        // The first line is the head.
        let entries = text.lines().skip(1).map(serde_json::from_str);
        let entries = entries.collect::<Result<_, _>>();
        entries
            .map(Some)
            .map_err(|error| Stop::Failed(format!("{} is no trace: {error}", file.display())))
    }

    fn list(&self, name: &str) -> &'a [Value] {
        let document: &'a Value = self.document;
        document[name].as_array().map_or(&[], Vec::as_slice)
    }

    /// The kinds that are no messages, but streams on which none was sent.
    fn streams(&self) -> Vec<Value> {
        let kinds = self.list("kinds").iter().enumerate();
        let streams =
            kinds.filter(|(_, kind)| kind.as_str().is_some_and(|k| k.ends_with(" stream")));
        streams.map(|(number, _)| number.into()).collect()
    }

    fn end(&self) -> u64 {
        self.document["end"].as_u64().unwrap_or(1).max(1)
    }

    /// The whole run, if the page draws each of its messages.
    fn each_message(&mut self) -> Result<Page<'_>, Stop> {
        applies(
            self.list("messages").len() <= LIMIT,
            "there are too many messages to draw each",
        )?;
        let hash = self.whole("");
        Ok(self.open(&hash)?)
    }

    /// A hash that shows the whole run with a lane for each host, and `more`.
    fn whole(&self, more: &str) -> String {
        let end = self.end();
        let margin = end / 50;
        format!("#t={end}&w=-{margin}..{}&fold=0{more}", end + margin)
    }
}

/// A check of a page.
#[derive(Clone, Copy)]
pub struct Check {
    /// How it is called in what the program prints.
    pub name: &'static str,
    run: fn(&mut Subject<'_>) -> Checked,
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Check {
    /// Checks the page in a file, which contains this document.
    pub fn apply(&self, browser: &mut Browser, file: &Path, document: &Value) -> Verdict {
        let mut subject = Subject {
            browser,
            file,
            document,
        };
        match (self.run)(&mut subject) {
            Ok(()) => Verdict::Passed,
            Err(Stop::DoesNotApply(why)) => Verdict::DoesNotApply(why),
            Err(Stop::Failed(what)) => Verdict::Failed(what),
        }
    }
}

/// All checks, in an order in which few pages are loaded.
pub const ALL: &[Check] = &[
    // These load the page without a link.
    check("loads-without-errors", content::loads_without_errors),
    check("loads-nothing", content::loads_nothing),
    check("opens-in-time", content::opens_in_time),
    check("outcome-is-told", claims::outcome),
    check(
        "outliving-connections-have-a-begin",
        look::outliving_connections_have_a_begin,
    ),
    // These only look, so one page can be shown at the moment of each.
    check("lane-for-each-host", content::lane_for_each_host),
    check("messages-are-drawn", content::messages_are_drawn),
    check(
        "zoomed-messages-are-drawn",
        content::zoomed_messages_are_drawn,
    ),
    check(
        "lost-messages-are-marked",
        content::lost_messages_are_marked,
    ),
    check("connections-are-drawn", content::connections_are_drawn),
    check("things-are-drawn", content::things_are_drawn),
    check("texts-are-no-markup", content::texts_are_no_markup),
    check("left-out-is-told", filters::left_out),
    check("heat-map-follows-cursor", panels::heat_map_follows_cursor),
    check("heat-map-is-complete", panels::heat_map_is_complete),
    check("table-is-complete", panels::table_is_complete),
    check("query-walk", panels::query_walk),
    check("stores", panels::stores),
    check("no-overflow", look::no_overflow),
    check("labels-do-not-overlap", look::labels_do_not_overlap),
    check("controls-are-named", look::controls_are_named),
    check("under-way-is-not-lost", claims::under_way),
    check("modes-are-shown", claims::modes),
    check("faults-are-named-once", claims::faults),
    check("age-of-tables-is-told", claims::ages),
    check("requests-not-seen", claims::requests_not_seen),
    check("ends-begin-when-they-are-up", claims::ends),
    check("unsure-requests-are-told", claims::unsure),
    check("sums-are-told-apart", claims::sums),
    check("panels-have-room", look::panels_have_room),
    check("trace-has-no-tables", claims::trace),
    check("late-messages-are-marked", claims::late),
    check("relayed-connections-are-drawn", claims::relayed),
    check("routers-are-named", claims::routers),
    check("failed-dials-are-told", details::dials),
    check("kinds-of-addresses-are-shown", details::address_kinds),
    check("texts-keep-their-lines", details::lines),
    check("failures-keep-their-lines", details::failure_lines),
    check("failed-steps-are-told-once", details::failed_steps),
    check("waited-hosts-are-named", details::waited_hosts),
    check("log-tells-whole-texts", look::log_is_whole),
    check("check-labels-leave-ends", look::check_labels_leave_ends),
    check("idle-words-lie-below", look::idle_words_lie_below),
    check("flags-do-not-overlap", look::flags_do_not_overlap),
    check("ticks-are-whole", look::ticks_are_whole),
    check("steps-are-named", look::steps_are_named),
    check("connections-are-named", look::connections_are_named),
    check("ends-of-dials-are-told", details::ends_of_dials),
    check("lists-say-what-is-left-out", details::lists_are_whole),
    check(
        "check-labels-are-beside-their-own",
        look::check_labels_are_beside_their_own,
    ),
    check("trace-is-drawn", trace::is_drawn),
    // After these the page is loaded anew.
    check("kind-filter", filters::kind),
    check("connection-filter", filters::connection),
    check("query-filter", filters::query),
    check("host-filter", filters::hosts),
    check("fold", filters::fold),
    check("idle-time-is-squeezed", filters::idle),
    check("log-follows-cursor", panels::log_follows_cursor),
    check("search-finds", input::search_finds),
    check("keys-work", input::keys_work),
    check("mouse-works", input::mouse_works),
    check("link-restores", input::link_restores),
    check("print-is-light", look::print_is_light),
    check("themes-differ", look::themes_differ),
    check("link-names-a-panel", input::link_names_a_panel),
    check("hole-punches-are-easy-to-hit", look::punches_are_large),
    check("link-keeps-the-host", input::link_keeps_the_host),
    check("failures-come-first", look::failures_come_first),
];

const fn check(name: &'static str, run: fn(&mut Subject<'_>) -> Checked) -> Check {
    Check { name, run }
}

fn same<T: PartialEq + fmt::Debug>(what: &str, seen: T, expected: T) -> Checked {
    if seen == expected {
        return Ok(());
    }
    Err(Stop::Failed(format!(
        "{what}: expected {expected:?}, seen {seen:?}"
    )))
}

fn holds(what: &str, true_now: bool) -> Checked {
    if true_now {
        Ok(())
    } else {
        Err(Stop::Failed(what.to_owned()))
    }
}

fn applies(when: bool, why: &'static str) -> Checked {
    if when {
        Ok(())
    } else {
        Err(Stop::DoesNotApply(why))
    }
}
