//! The generated reference of scenario files.

mod keys;
mod stacks;

use crate::{
    action::{Action, ActionKind},
    condition::Condition,
    limit,
    syntax::ReferenceEntry,
};

/// The entries of the actions, each with its description of trace events.
fn actions() -> Vec<(ReferenceEntry, &'static str)> {
    let traces = ActionKind::ALL.iter().map(|kind| kind.family().trace());
    Action::reference().into_iter().zip(traces).collect()
}

/// The reference as plain text.
pub fn text() -> String {
    let mut text = String::from("Actions:\n\n");
    for (entry, trace) in actions() {
        text.push_str(&format!(
            "{}\n    {}\n    in the trace: {trace}\n    e.g. {}\n\n",
            entry.form, entry.about, entry.example
        ));
    }
    text.push_str("Conditions, for `expect`, `eventually` and `always`:\n\n");
    for entry in Condition::reference() {
        text.push_str(&format!(
            "{}\n    {}\n    e.g. {}\n\n",
            entry.form, entry.about, entry.example
        ));
    }
    text
}

/// The reference in Markdown.
pub fn markdown() -> String {
    let mut text = String::from(
        "# Reference of scenario files\n\nA step is one line: a verb, its arguments, and options. \
         `HOSTS` is a host, a group, a range `h2..h5`, `all`, or a comma-separated list of these; \
         `!a` in a list removes `a` from those named before it, as in `all,!a`. `KEY` is a text, \
         `peer:a` for the id of a host, or `hex:00ff`. `VALUE` is a text, `size:1000` or \
         `hex:00ff`. `ADDRESS` is `@a` for the address of a host; `router:NAME` for that of a router, \
         with port 4001; `@relay/p2p-circuit` for one by the relay `relay`, to listen on, and \
         `@relay/p2p-circuit/p2p/b` for that of `b` by this relay, to dial; or a multiaddress. \
         `DURATION` is \
         `250ms`, `10s`, `1h30m`. `BOUND` is `=3`, `>=3`, `<=3`, `>3`, `<3`. `KIND` is a kind of \
         message: `find-node`, `get-value`, `put-value`, `get-providers` or `add-provider`. `MODE` \
         is `server` or `client`; `set-mode` also accepts `auto`: a server once it has an external \
         address. `BUCKET` is the number of a bucket, 0 to 255. `OUTCOME` is how a query ends and \
         `REPLY` the kind of a reply; `answer` and `reply` list them. `STATE` is the state of a \
         host, and `SCRIPT` a script, see `script`. `QUORUM` is `one`, `majority`, `all` or a number from 1. `DISTRIBUTION` is \
         `20ms`, `uniform:5ms..50ms`, `exponential:5ms..20ms` (minimum and mean), \
         `log-normal:20ms~0.5` (median and deviation), `weibull:20ms~0.8` (scale and shape), \
         `pareto:10ms~3` (minimum and shape), `bimodal:10ms..200ms~0.1` (the second one with this \
         probability) or `empirical:10ms,12ms,30ms` (measured ones, and what lies between them). \
         `COMMAND` is a command to an application; a \
         word `@a` in it is the address of a host with its peer id. A text with blanks is written \
         between quotes. Any step may have the word `fails`: it has to fail; with `fails=TEXT`: it has \
         to fail with an error that contains the text; or with `may-fail`: it may fail or \
         succeed. A name of a query that no line reads is no mistake: the \
         invariants look at every query. A reply with a name is read by a line.\n\nThis file is generated: `UPDATE=1 cargo test -p dht-harness-cli reference` \
         updates it.\n\n## File\n\n\
         A scenario file is TOML with the keys of the first table. The keys of the tables in it \
         follow, each under its path.\n",
    );
    text.push_str(&keys::markdown());
    text.push_str(
        "\n## Stacks\n\nThe values of `stacks` and `hosts.stack`. `dht_scenarios::Stacks` adds \
         others. Stacks that end with `-bug` are applications with a mistake, and those that begin \
         with `faulty-` violate an invariant on purpose.\n",
    );
    text.push_str(&stacks::markdown());
    text.push_str("\n## Limits\n\nWhat exceeds one of these is an error before the run.\n\n");
    text.push_str("| what | limit |\n|---|---|\n");
    for (what, most) in limit::table() {
        text.push_str(&keys::row(&[what, &most]));
    }
    text.push_str("\n## Actions\n");
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
