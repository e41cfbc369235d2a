//! The details of the page say what its document does.

use serde_json::Value;

use super::{Checked, Stop, Subject, applies, holds, same};
use crate::{browser::BrowserError, page::Page};

/// What the rows of the details with this name say.
fn row(page: &mut Page<'_>, name: &str) -> Result<String, BrowserError> {
    let told = page.value(
        "[...document.querySelectorAll('#panel dt')] \
         .map((dt) => [dt.textContent, dt.nextElementSibling.innerText])",
    )?;
    let rows = told.as_array().into_iter().flatten();
    let of_name = rows.filter(|row| row[0] == name);
    let texts = of_name.filter_map(|row| row[1].as_str());
    Ok(texts.collect::<Vec<_>>().join("\n"))
}

/// A dial that the network knows nothing of is on the lane of its host, in the sums, and in the
/// details with its reason.
pub(super) fn dials(subject: &mut Subject<'_>) -> Checked {
    let dials = subject.list("dials");
    applies(!dials.is_empty(), "the network knows of each failed dial")?;
    let connections = subject.list("connections");
    let of_network = connections
        .iter()
        .filter(|c| c["up"].is_null() && c["accepted"].is_null())
        .filter(|c| !c["end"].is_null() && c["end"] != "merged")
        .count();
    let failed = of_network + dials.len();
    let hash = subject.whole("&tab=details&s=");
    {
        let mut page = subject.open(&hash)?;
        let told = row(&mut page, "Connections")?.replace(',', "");
        let noun = if failed == 1 { "dial" } else { "dials" };
        holds(
            &format!("the sums do not tell of {failed} failed dials: {told}"),
            told.contains(&format!("{failed} {noun} failed")),
        )?;
    }
    let before = connections.len() + subject.list("relayed").len();
    for (index, dial) in dials.iter().enumerate().take(20) {
        let number = before + index;
        let hash = subject.whole(&format!("&s=connection:{number}&tab=details"));
        let mut page = subject.open(&hash)?;
        same(
            "marks of the dial",
            page.count(&format!("#marks .dial.failed[data-n='{number}']"))?,
            1,
        )?;
        let why = row(&mut page, "Why")?;
        let lines = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let expected = lines(dial["why"].as_str().unwrap_or_default());
        same("the reason in the details", lines(&why), expected)?;
    }
    Ok(())
}

/// A dial that fails some time after its begin says so in the list, and a line leads to that time.
pub(super) fn ends_of_dials(subject: &mut Subject<'_>) -> Checked {
    let dials = subject.list("dials");
    let late = |dial: &Value| dial["failed"].as_u64() > dial["dialled"].as_u64();
    let before = subject.list("connections").len() + subject.list("relayed").len();
    let numbers = (before..).zip(dials).filter(|(_, dial)| late(dial));
    let mut numbers = numbers.map(|(number, _)| number).peekable();
    if numbers.peek().is_none() {
        return Err(Stop::DoesNotApply("each dial fails at once"));
    }
    let hash = subject.whole("&tab=details&s=");
    let mut page = subject.open(&hash)?;
    let mut listed = None;
    for number in numbers {
        let row = page.text(&format!("#panel dd .link[data-pick='connection:{number}']"))?;
        if !row.is_empty() {
            listed = Some((number, row));
            break;
        }
    }
    let (number, row) = listed.ok_or(Stop::DoesNotApply("the list leaves out each such dial"))?;
    holds(
        &format!("the list does not say when the dial failed: {row}"),
        row.contains("dial failed after "),
    )?;
    same(
        "lines to the end of the dial",
        page.count(&format!(
            "#marks .dial.failed[data-n='{number}'] .wait-failed"
        ))?,
        1,
    )
}

/// The lists of a run say how many things the page leaves out.
pub(super) fn lists_are_whole(subject: &mut Subject<'_>) -> Checked {
    let left_out = subject.list("left_out").iter();
    let queries: u64 = left_out
        .filter(|left| left["what"] == "queries")
        .filter_map(|left| left["count"].as_u64())
        .sum();
    applies(
        (1..1000).contains(&queries),
        "no query is left out, or so many that the number is grouped",
    )?;
    let shown = subject.list("queries").len();
    let hash = subject.whole("&tab=details&s=");
    let mut page = subject.open(&hash)?;
    let told = row(&mut page, &format!("Queries ({shown})"))?;
    holds(
        &format!("the list of queries does not say that {queries} are left out: {told}"),
        told.contains(&format!("and {queries} left out")),
    )
}

/// The kind of an address that is none of TCP over IPv4 is beside the mark of its dial, and in
/// the details.
pub(super) fn address_kinds(subject: &mut Subject<'_>) -> Checked {
    let connections = subject.list("connections");
    let is_usual = |address: &str| {
        let mut parts = address.split('/');
        parts.clone().any(|part| part == "ip4") && !parts.any(|part| part == "udp" || part == "ws")
    };
    let unusual = connections
        .iter()
        .position(|c| !is_usual(c["address"].as_str().unwrap_or_default()));
    let Some(index) = unusual else {
        return applies(false, "each address is one of TCP over IPv4");
    };
    let (from, at) = (&connections[index]["from"], &connections[index]["dialled"]);
    let from = usize::try_from(from.as_u64().unwrap_or(0)).unwrap_or(0);
    let name = subject.list("hosts")[from]["name"]
        .as_str()
        .unwrap_or_default();
    let at = at.as_u64().unwrap_or(0);
    let end = subject.end();
    let (first, last) = (at.saturating_sub(end / 500), at + end / 100);
    let hash =
        format!("#t={at}&w={first}..{last}&fold=1&hosts={name}&s=connection:{index}&tab=details");
    let mut page = subject.open(&hash)?;
    holds(
        "the kind of the address is not beside the dial",
        page.count("#marks .address-kind")? > 0,
    )?;
    let told = row(&mut page, "Kind")?;
    holds(
        &format!("the details do not tell the kind of the address: {told}"),
        !told.is_empty() && told != "TCP over IPv4",
    )
}

/// A text of several lines has them in the details.
pub(super) fn lines(subject: &mut Subject<'_>) -> Checked {
    let mut checks = subject.list("checks").iter().enumerate();
    let with_lines = checks.find(|(_, check)| {
        let seen = check["seen"].as_str().unwrap_or_default();
        seen.trim().contains('\n')
    });
    let Some((index, check)) = with_lines else {
        return applies(false, "each text has one line");
    };
    let count = check["seen"]
        .as_str()
        .map_or(0, |seen| seen.trim().lines().count());
    let hash = subject.whole(&format!("&s=check:{index}&tab=details"));
    let told = row(&mut subject.open(&hash)?, "Seen")?;
    same("lines of what was seen", told.trim().lines().count(), count)
}

/// A text of several lines has them where the page says what failed.
pub(super) fn failure_lines(subject: &mut Subject<'_>) -> Checked {
    let checks = subject.list("checks").iter().take(12);
    let seen = checks.map(|check| check["seen"].as_str().unwrap_or_default().trim());
    let lines: Vec<_> = seen
        .flat_map(|seen| seen.lines().skip(1))
        .map(str::trim)
        .collect();
    applies(!lines.is_empty(), "each text has one line")?;
    let hash = subject.whole("&tab=details&s=");
    let told = "document.querySelector('#failure').innerText";
    let told = subject.open(&hash)?.value(told)?;
    let told: Vec<_> = told
        .as_str()
        .unwrap_or_default()
        .lines()
        .map(str::trim)
        .collect();
    for line in lines.into_iter().filter(|line| !line.is_empty()) {
        holds(
            &format!("this is no line of what failed: {line}"),
            told.contains(&line),
        )?;
    }
    Ok(())
}

/// What failed is told once: the step that ends a scenario is one of the failed checks.
pub(super) fn failed_steps(subject: &mut Subject<'_>) -> Checked {
    let checks = subject.list("checks");
    let steps = subject.list("steps").iter().enumerate();
    let failed = steps.filter(|(_, step)| !step["failed"].as_str().unwrap_or_default().is_empty());
    let (told, others): (Vec<_>, Vec<_>) =
        failed.partition(|(n, _)| checks.iter().any(|check| check["step"] == *n));
    applies(!told.is_empty(), "no failed step is a failed check")?;
    let hash = subject.whole("&tab=details&s=");
    let links = subject
        .open(&hash)?
        .count("#failure [data-pick^='step:']")?;
    same(
        "failed steps beside the checks",
        links,
        others.len().min(12),
    )?;
    let (index, check) = checks
        .iter()
        .enumerate()
        .find(|(_, check)| check["step"].is_number())
        .ok_or_else(|| Stop::Failed("no failed check is a step".to_owned()))?;
    let hash = subject.whole(&format!("&s=check:{index}&tab=details"));
    let mut page = subject.open(&hash)?;
    for (name, key) in [("Expected", "expected"), ("Seen", "seen")] {
        let told = row(&mut page, name)?;
        holds(
            &format!("{name} is not told"),
            told.is_empty() == (check[key] == ""),
        )?;
    }
    let began = row(&mut page, "Step began")?;
    same(
        "the begin of the step",
        began.is_empty(),
        check["since"].is_null(),
    )
}

/// Each host that a query has dialled in vain is named in its panel.
pub(super) fn waited_hosts(subject: &mut Subject<'_>) -> Checked {
    let queries = subject.list("queries");
    let end = subject.end();
    let dialled = |query: &Value| {
        let (from, to) = (query["from"].as_u64(), query["to"].as_u64().unwrap_or(end));
        let dials = subject.list("connections").iter();
        let dials = dials.filter(|c| {
            let dialled = c["dialled"].as_u64();
            let up = c["up"].as_u64();
            c["from"] == query["host"]
                && c["to"].is_number()
                && dialled >= from
                && dialled <= Some(to)
                && up.is_none_or(|up| up > to)
        });
        dials.count()
    };
    let index = queries.iter().position(|query| dialled(query) > 0);
    let Some(index) = index else {
        return applies(false, "no query has dialled in vain");
    };
    let expected = dialled(&queries[index]);
    let mut page = subject.open(&format!(
        "#t={end}&w=0..{end}&fold=0&tab=query&query={index}"
    ))?;
    same(
        "hosts that are dialled in vain, in the panel of the query",
        page.count("#waits .dialled")?,
        expected,
    )?;
    same("dials in the walk", page.count("#walk .waited")?, expected)
}
