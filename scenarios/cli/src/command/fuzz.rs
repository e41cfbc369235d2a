//! `fuzz`: runs generated scenarios and keeps those that fail.

use std::{
    fmt::Display,
    fs,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use clap::Args;
use dht_fixtures::settings::in_months;
use dht_harness::{TransportKind, view::ViewFormat};
use indicatif::ProgressBar;

use dht_fuzz::{
    Budget, Campaign, CampaignPage, FindingView, Generator, KnownDefects, Progress, Shard, Summary,
    Timeline, picture_of,
};
use dht_scenarios::{Catalog, RunFiles, Stacks};

use super::{
    CliError, Ending,
    destinations::{self, Content, Destinations},
    duration,
    format::OutputFormat,
    interrupt,
    json::{self, JsonFile},
    junit::JunitFile,
    output, pool,
    progress::{self, Limit},
    range::range,
    recording::{replay_command, this_command},
    seed,
};
use crate::Program;

#[derive(Args)]
pub(super) struct Fuzz {
    /// How many cases to run, at least 1; default 256 if no budget is given
    #[arg(long, value_name = "N", conflicts_with = "time", value_parser = at_least_one, allow_negative_numbers = true)]
    cases: Option<u64>,
    /// How long to run: 60s, 10m, 8h; the last failure may be shrunk a little
    /// longer
    #[arg(long = "for", value_name = "DURATION", value_parser = budget)]
    time: Option<Duration>,
    /// Seed of the campaign: it determines which scenarios are drawn, each with its own seed
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = seed, allow_negative_numbers = true)]
    seed: u64,
    /// How many cases to run at once; default is the number of processors
    #[arg(long, value_name = "N", value_parser = pool::jobs, allow_negative_numbers = true)]
    jobs: Option<usize>,
    /// Run only part I of N of the seed's cases; parts are independent of each
    /// other
    #[arg(long, value_name = "I/N", default_value = "0/1")]
    shard: Shard,
    /// Folder in which failures and a summary are kept; default is
    /// `scenarios/regressions`, which is written only if something is found
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Also write a report as JSON; `-` is standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Also write a report as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// The form of what is told on standard output
    #[arg(long, value_name = "FORM", value_enum, default_value_t)]
    format: OutputFormat,
    /// Number of hosts to draw, from 3 to 20: 16, or 3..9
    #[arg(long, value_name = "N[..N]", value_parser = hosts)]
    hosts: Option<RangeInclusive<u32>>,
    /// Approximate virtual time of a case: 10m, or 2m..6m
    #[arg(long = "virtual", value_name = "DURATION[..DURATION]", value_parser = virtual_time)]
    virtual_time: Option<RangeInclusive<humantime::Duration>>,
    /// Draw only this transport
    #[arg(long, value_name = "NAME")]
    transport: Option<TransportKind>,
    /// Draw only this stack, and for it only what its capabilities carry
    #[arg(long, value_name = "STACK")]
    stack: Option<String>,
    /// Also make a page for a browser of the campaign in this folder, `index.html`, and one
    /// of the run of each failure
    #[arg(long, value_name = "DIR")]
    html: Option<PathBuf>,
    /// Stop after the first failure
    #[arg(long)]
    first: bool,
    /// Stop after N cases in a row without new coverage
    #[arg(long, value_name = "N", value_parser = at_least_one, allow_negative_numbers = true)]
    plateau: Option<u64>,
}

/// The folder in which failures are kept by default.
pub(super) const OUT: &str = "scenarios/regressions";

/// The page of a campaign.
const INDEX: &str = "index.html";

impl Fuzz {
    pub(super) fn execute(&self, program: &Program) -> Result<Ending, CliError> {
        destinations::with_folders(self.html.iter(), || self.campaign(program))
    }

    #[expect(clippy::disallowed_methods, reason = "the real time of the campaign")]
    fn campaign(&self, program: &Program) -> Result<Ending, CliError> {
        if json::takes_stdout(self.json.as_deref()) && !self.format.is_text() {
            return Err(CliError::TwoDocuments);
        }
        let mut destinations = Destinations::default();
        let json = JsonFile::open(self.json.as_deref(), &mut destinations)?;
        let junit = JunitFile::open(self.junit.as_deref(), &mut destinations)?;
        if let Some(folder) = &self.html {
            let page = Content::Picture(ViewFormat::Html);
            destinations.add(page, &folder.join(INDEX))?;
        }
        let mut generator = self.generator(program.generator.clone());
        if let Some(stack) = &self.stack {
            // A name that does not exist is another mistake than a stack that cannot be drawn.
            program.catalog.scenarios_on_stack(stack, |_| false)?;
            generator = generator.on_stack(stack, program.catalog.stacks())?;
        }
        let out = self.out.as_deref().unwrap_or(Path::new(OUT)).to_owned();
        let campaign = Campaign {
            draw: Arc::new(move |seed, case| generator.draw(seed, case)),
            stacks: program.catalog.stacks().clone(),
            known: KnownDefects::upstream(),
            seed: self.seed,
            shard: self.shard,
            options: self.drawing_options(),
            budget: self.budget(),
            jobs: self.jobs.unwrap_or_else(pool::processors),
            first: self.first,
            plateau: self.plateau,
            out: out.clone(),
            summary_if_clean: self.out.is_some(),
        };
        let stop = interrupt::flag("stopping after the running cases; failures are kept");
        let bar = progress::bar(match self.budget() {
            Budget::Cases(cases) => Limit::Cases(cases),
            Budget::Time(time) => Limit::Time(time),
        });
        let (start, timeline) = (Instant::now(), Mutex::new(Timeline::default()));
        let summary = campaign.run(&stop, &|progress| {
            let mut timeline = timeline.lock().unwrap_or_else(PoisonError::into_inner);
            timeline.add(start.elapsed(), progress);
            drop(timeline);
            show(&bar, progress);
        });
        bar.finish_and_clear();
        let summary = summary.map_err(|source| CliError::file(&out, source))?;
        if let Some(folder) = &self.html {
            let mut timeline = timeline
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner);
            // What was found in the last cases was kept after they were counted.
            timeline.add(start.elapsed(), Progress::of(&summary));
            let page = write_page(folder, &summary, timeline, program.catalog.stacks())?;
            output::note(format_args!("page: {}", page.display()));
        }
        self.tell(&summary, json, junit)?;
        Ok(match summary.stopped().next() {
            Some(_) => Ending::Interrupted,
            None => summary.is_clean().into(),
        })
    }

    /// The options that say what is drawn.
    fn drawing_options(&self) -> String {
        let hosts = self
            .hosts
            .as_ref()
            .map(|hosts| told_range("--hosts", hosts));
        let time = self.virtual_time.as_ref();
        let time = time.map(|time| told_range("--virtual", time));
        let transport = self.transport.map(|it| format!("--transport {it}"));
        let stack = self.stack.as_ref().map(|stack| format!("--stack {stack}"));
        let options = [hosts, time, transport, stack];
        options.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    fn generator(&self, mut generator: Generator) -> Generator {
        if let Some(hosts) = &self.hosts {
            generator = generator.hosts(hosts.clone());
        }
        if let Some(time) = &self.virtual_time {
            generator = generator.virtual_time(**time.start()..=**time.end());
        }
        if let Some(transport) = self.transport {
            generator = generator.transports(&[(1, transport)]);
        }
        generator
    }

    fn budget(&self) -> Budget {
        match (self.cases, self.time) {
            (_, Some(time)) => Budget::Time(time),
            (cases, None) => Budget::Cases(cases.unwrap_or(256)),
        }
    }

    /// Writes and tells the results.
    fn tell(
        &self,
        summary: &Summary,
        json: Option<JsonFile>,
        junit: Option<JunitFile>,
    ) -> Result<(), CliError> {
        if let Some(junit) = junit {
            junit.write_campaign(summary)?;
        }
        let takes_stdout = json.as_ref().is_some_and(JsonFile::is_stdout);
        match (self.format.is_text(), json) {
            (true, json) => show_summary(summary, json)?,
            (false, Some(json)) => json.write(summary)?,
            (false, None) => {}
        }
        match takes_stdout {
            true => Ok(()),
            false => self.format.campaign(summary),
        }
    }
}

/// Writes the page of a campaign, and one of the run of each finding. Returns its path.
fn write_page(
    folder: &Path,
    summary: &Summary,
    timeline: Timeline,
    stacks: &Stacks,
) -> Result<PathBuf, CliError> {
    let mut page = CampaignPage {
        timeline,
        command: Some(this_command()),
        ..CampaignPage::default()
    };
    for finding in &summary.findings {
        let text = fs::read_to_string(&finding.file)
            .map_err(|source| CliError::file(&finding.file, source))?;
        let mut catalog = Catalog::new(stacks.clone());
        let name = catalog.add(&finding.file, &text);
        let picture = picture_of(&finding.file);
        let content = Content::Picture(ViewFormat::Html);
        Destinations::default().check(content, &folder.join(&picture))?;
        let files = RunFiles {
            picture: Some((ViewFormat::Html, folder.join(&picture))),
            trace: None,
            command: Some(replay_command(&finding.file)),
        };
        let case = catalog.select(&[name])?.into_iter().next();
        let made = case.and_then(|case| case.run_writing(0, files).picture);
        let view = FindingView {
            scenario: text,
            picture: made.map(|_| picture),
        };
        page.findings.insert(finding.name.clone(), view);
    }
    let path = folder.join(INDEX);
    fs::write(&path, page.html(summary)).map_err(|source| CliError::file(&path, source))?;
    Ok(path)
}

/// An option with a range, as it is given.
fn told_range<T: Display>(option: &str, range: &RangeInclusive<T>) -> String {
    let plain = |bound: &T| bound.to_string().replace(' ', "");
    let (least, most) = (plain(range.start()), plain(range.end()));
    match least == most {
        true => format!("{option} {least}"),
        false => format!("{option} {least}..{most}"),
    }
}

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_position(progress.cases);
    bar.set_message(format!(
        "{} virtual, {} features, {} found, {} known",
        humantime::format_duration(Duration::from_secs(progress.virtual_time.as_secs())),
        progress.features,
        progress.findings,
        progress.known
    ));
}

fn at_least_one(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(0) => Err("no case is run; write 1 or more".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => Err("write a whole number, 1 or more".to_owned()),
    }
}

fn budget(text: &str) -> Result<Duration, String> {
    match duration(text) {
        Ok(Duration::ZERO) => Err("no case is run in no time".to_owned()),
        others => others,
    }
}

/// The longest virtual time of a case.
const LONGEST_CASE: Duration = Duration::from_secs(24 * 3600);

/// A virtual time, or a range of it.
fn virtual_time(text: &str) -> Result<RangeInclusive<humantime::Duration>, String> {
    if let Some(in_months) = in_months(text) {
        return Err(format!("{text:?} {in_months}"));
    }
    let range = range::<humantime::Duration>(text).map_err(|error| error.to_string())?;
    if range.start().is_zero() {
        return Err("nothing happens in no time; write 1s or more".to_owned());
    }
    match **range.end() > LONGEST_CASE {
        true => Err("at most 1day: many short cases find more than a few long ones".to_owned()),
        false => Ok(range),
    }
}

/// A number of hosts, or a range of it, within the bounds of the generator.
fn hosts(text: &str) -> Result<RangeInclusive<u32>, String> {
    let range = range::<u32>(text).map_err(|error| error.to_string())?;
    let bounds = Generator::HOSTS;
    if bounds.contains(range.start()) && bounds.contains(range.end()) {
        return Ok(range);
    }
    Err(format!(
        "a scenario has {} to {} hosts",
        bounds.start(),
        bounds.end()
    ))
}

/// Shows a summary as text or, if requested, as JSON.
pub(super) fn show_summary(summary: &Summary, json: Option<JsonFile>) -> Result<(), CliError> {
    let takes_stdout = json.as_ref().is_some_and(JsonFile::is_stdout);
    if let Some(json) = json {
        json.write(summary)?;
    }
    if takes_stdout {
        return Ok(());
    }
    output::text(summary)?;
    for finding in &summary.findings {
        output::note(format_args!("replay: {}", replay_command(&finding.file)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_hosts_outside_the_bounds_is_refused() {
        assert_eq!(hosts("3..20"), Ok(3..=20));
        for text in ["30", "2", "3..21"] {
            let error = hosts(text).expect_err(text);
            assert_eq!(error, "a scenario has 3 to 20 hosts");
        }
    }
}
