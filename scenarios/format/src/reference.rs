//! What scenario files can say, as a reference.

use crate::{
    action::{Action, ActionKind},
    condition::Condition,
    syntax::ReferenceEntry,
};

/// What a step can do, each with what it leaves in a trace.
fn actions() -> Vec<(ReferenceEntry, &'static str)> {
    let traces = ActionKind::ALL.iter().map(|kind| kind.family().trace());
    Action::reference().into_iter().zip(traces).collect()
}

/// The whole as plain text.
pub fn text() -> String {
    let mut text = String::from("What a step can do:\n\n");
    for (entry, trace) in actions() {
        text.push_str(&format!(
            "{}\n    {}\n    in the trace: {trace}\n    e.g. {}\n\n",
            entry.form, entry.about, entry.example
        ));
    }
    text.push_str("What `expect`, `eventually` and `always` can demand:\n\n");
    for entry in Condition::reference() {
        text.push_str(&format!(
            "{}\n    {}\n    e.g. {}\n\n",
            entry.form, entry.about, entry.example
        ));
    }
    text
}

/// The whole in Markdown.
pub fn markdown() -> String {
    let mut text = String::from(
        "# What scenario files can say\n\nA step is one line: a verb, what it is about, and options. \
         `HOSTS` is a host, a group, a range `h2..h5`, `all`, or a list of these with commas; `!a` \
         in a list takes `a` away from those named before it, as in `all,!a`. `KEY` is a text, \
         `peer:a` for the id of a host, or `hex:00ff`. `VALUE` is a text, `size:1000` or \
         `hex:00ff`. `ADDRESS` is `@a` for the address of a host, or a multiaddress. `DURATION` is \
         `250ms`, `10s`, `1h30m`. `BOUND` is `=3`, `>=3`, `<=3`, `>3`, `<3`. `KIND` is a kind of \
         message: `find-node`, `get-value`, `put-value`, `get-providers` or `add-provider`. `MODE` \
         is `server` or `client`; `set-mode` also takes `auto`: a server once an external address \
         is known. `QUORUM` is `one`, `majority`, `all` or a number from 1. `DISTRIBUTION` is \
         `20ms`, `uniform:5ms..50ms`, `exponential:5ms..20ms` (least and mean) or \
         `log-normal:20ms~0.5` (median and deviation). `COMMAND` is what an application is told; a \
         word `@a` of it is the address of a host with its peer id. What holds blanks stands \
         between quotes. Any step may end with `fails`: it has to fail then; with `fails=TEXT`: \
         by an error that holds the text; or with `may-fail`: it may fail or not.\n\nGenerated; \
         `UPDATE=1 cargo test --test files reference` writes it anew.\n\n## Actions\n",
    );
    for (entry, logs) in actions() {
        text.push_str(&section(&entry));
        text.push_str(&format!("In the trace: {logs}.\n"));
    }
    text.push_str("\n## Conditions\n\nFor `expect`, `eventually` and `always`.\n");
    for entry in Condition::reference() {
        text.push_str(&section(&entry));
    }
    text
}

fn section(entry: &ReferenceEntry) -> String {
    format!(
        "\n### `{}`\n\n{}\n\nFor example `{}`.\n",
        entry.form, entry.about, entry.example
    )
}
