//! Reads the files of measured latencies and of regions that a scenario names.

use std::{
    fs, io,
    path::{Component, Path},
    time::Duration,
};

use csv::{ReaderBuilder, StringRecord, Trim};
use dht_harness::{
    net::{Latency, Samples},
    noun,
};
use indexmap::IndexMap;

use super::{Decoder, Value, empty_table};
use crate::{
    file::network::{Distribution, NetworkSettings, RegionSettings},
    limit,
    syntax::Word,
};

/// The head of a file of measured latencies.
const LATENCY: &str = "latency_ms";

/// The first two words of the head of a file of regions.
const HEAD: [&str; 2] = ["region", "share"];

/// Reads a file that a scenario names, by its path relative to the scenario.
pub(in crate::file) type ReadFile<'a> = &'a dyn Fn(&Path) -> io::Result<String>;

/// Reads a regular file beside the file at `scenario`.
pub(in crate::file) fn beside(scenario: &Path, name: &Path) -> io::Result<String> {
    let folder = scenario.parent().unwrap_or(Path::new(""));
    let path = folder.join(name);
    let metadata = fs::metadata(&path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    if metadata.len() > limit::FILE_BYTES as u64 {
        let most = limit::FILE_BYTES;
        return Err(io::Error::other(format!("it has more than {most} bytes")));
    }
    fs::read_to_string(path)
}

impl<'a> Decoder<'a> {
    /// Parses the settings of the network, and reads the files that they name.
    pub(super) fn network(&mut self, written: &Value<'a>, read: ReadFile<'_>) -> NetworkSettings {
        let mut network: NetworkSettings = self.table(written, &[]);
        let table = written.get_ref().as_table();
        if table.is_some_and(|table| table.is_empty()) {
            self.complain(written.span(), empty_table("network"));
        }
        let has = |key: &str| table.is_some_and(|table| table.contains_key(key));
        for (file, key) in [("samples", "latency"), ("matrix", "regions")] {
            if has(file) && has(key) {
                self.complain(
                    written.span(),
                    format!("`{file}` replaces `{key}`, and both are here: remove one of them"),
                );
            }
        }
        let replaced = ["latency", "samples"].into_iter().find(|key| has(key));
        if let (Some(key), true) = (replaced, has("regions") || has("matrix")) {
            self.complain(
                written.span(),
                format!(
                    "each link has the latency of its regions, so `{key}` has no effect: remove it"
                ),
            );
        }
        if let Some(name) = network.samples.take() {
            match content(&name, read).and_then(|text| samples(&text, &name)) {
                Ok(latency) => network.latency = latency,
                Err(problem) => self.complain(written.span(), problem),
            }
        }
        if let Some(name) = network.matrix.take() {
            match content(&name, read).and_then(|text| regions(&text, &name)) {
                Ok(regions) => network.regions = regions,
                Err(problem) => self.complain(written.span(), problem),
            }
        }
        network
    }
}

/// The text of a file that a scenario names.
fn content(name: &str, read: ReadFile<'_>) -> Result<String, String> {
    let path = Path::new(name);
    let is_relative = path.components().all(|part| {
        matches!(
            part,
            Component::Normal(_) | Component::CurDir | Component::ParentDir
        )
    });
    if !is_relative || name.is_empty() {
        return Err(format!(
            "{name:?} is no path relative to this file: write one such as \"latencies.csv\""
        ));
    }
    read(path).map_err(|error| {
        format!("{name}: {error}; the path is relative to the folder of this file")
    })
}

/// The rows of a CSV file, each with its line, the first of which is its head.
fn rows(text: &str, name: &str) -> Result<Vec<(u64, StringRecord)>, String> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let rows = reader.records().map(|row| {
        let row = row.map_err(|error| format!("{name}: {error}"))?;
        let line = row.position().map_or(0, csv::Position::line);
        Ok((line, row))
    });
    rows.collect()
}

/// Measured latencies.
fn samples(text: &str, name: &str) -> Result<Latency, String> {
    let rows = rows(text, name)?;
    let is_head = |row: &StringRecord| row.len() == 1 && &row[0] == LATENCY;
    let Some((_, rows)) = rows.split_first().filter(|((_, head), _)| is_head(head)) else {
        return Err(format!(
            "{name}, line 1: the head of a file of latencies is `{LATENCY}`, alone on the line"
        ));
    };
    if rows.len() > limit::SAMPLES {
        return Err(format!(
            "{name}: a file of latencies has at most {} of them, and this one has {}: write quantiles",
            limit::SAMPLES,
            rows.len()
        ));
    }
    let mut values = Vec::new();
    for (line, row) in rows {
        let value = match row.len() {
            1 => row[0].parse::<f64>().ok(),
            _ => None,
        };
        let value = value.filter(|value| *value >= 0.0);
        let value = value.and_then(|value| Duration::try_from_secs_f64(value / 1e3).ok());
        values.push(value.ok_or_else(|| {
            format!(
                "{name}, line {line}: `{}` is no latency: write a number of milliseconds such as `12.5`",
                row.iter().collect::<Vec<_>>().join(",")
            )
        })?);
    }
    let samples = Samples::try_from(values)
        .map_err(|_| format!("{name} has no latency: add a row such as `12.5`"))?;
    Ok(Latency::Empirical(samples))
}

/// Regions, and the latencies between them.
fn regions(text: &str, name: &str) -> Result<Vec<RegionSettings>, String> {
    let rows = rows(text, name)?;
    let is_head = |row: &StringRecord| row.len() > 2 && row.iter().take(2).eq(HEAD);
    let Some(((_, head), rows)) = rows.split_first().filter(|((_, head), _)| is_head(head)) else {
        return Err(format!(
            "{name}, line 1: the head of a file of regions is `{}` and the names of all regions, \
             such as `region,share,europe,asia`",
            HEAD.join(",")
        ));
    };
    let mut regions: Vec<RegionSettings> = Vec::new();
    for (line, row) in rows {
        let at = format!("{name}, line {line}");
        if row.len() != head.len() {
            return Err(format!(
                "{at}: this row has {} {}, and the head has {}",
                row.len(),
                noun(row.len(), "value", "values"),
                head.len()
            ));
        }
        let share = row[1].parse::<f64>();
        let share = share.map_err(|_| {
            format!(
                "{at}: `{}` is no share: write a number from 0 to 1",
                &row[1]
            )
        })?;
        let mut latency = IndexMap::new();
        for (to, written) in head.iter().zip(row).skip(2) {
            let read =
                <Latency as Word>::read(written).map_err(|wrong| format!("{at}: {wrong}"))?;
            latency.insert(to.to_owned(), Distribution(read));
        }
        regions.push(RegionSettings {
            name: row[0].to_owned(),
            share,
            latency,
        });
    }
    let names: Vec<&str> = regions.iter().map(|region| region.name.as_str()).collect();
    let columns: Vec<&str> = head.iter().skip(2).collect();
    if names != columns {
        return Err(format!(
            "{name}: the rows are about {}, and the columns about {}: write the same regions in the \
             same order",
            names.join(", "),
            columns.join(", ")
        ));
    }
    Ok(regions)
}
