//! No file, however wrong, makes parsing and validation panic or hang.
//!
//! The files are those of this repository with mutations that the seed of a file decides.
//! Not with bolero: under `cargo test` on stable it draws plain bytes, which hardly ever are
//! TOML, and it mutates a corpus only with an engine that needs its own cargo command.

use std::{
    fs,
    ops::Range,
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use dht_harness::{TransportKind, sim::Failure};
use dht_scenarios::{Stacks, action::Action, file::parse};

/// The number of files that `cargo test` tries.
const FEW: u64 = 2_000;

/// What is put in place of a word or a number: the edges of ranges, the words of other
/// places, and syntax.
const PIECES: [&str; 72] = [
    "0",
    "1",
    "-1",
    "255",
    "256",
    "65535",
    "65536",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "1e308",
    "nan",
    "inf",
    "0s",
    "1ns",
    "9000000h",
    "200years",
    "584years",
    "99999999999999years",
    "never",
    "all",
    "all,!all",
    "a,!a",
    "!a",
    "a",
    "h0..h3",
    "h0..h4000000000",
    "h3..h0",
    "late",
    "@a",
    "@zz",
    "/ip4/10.0.0.9/tcp/4001",
    "/dns4/x/udp/1/quic-v1",
    "/p2p",
    "peer:a",
    "peer:zz",
    "hex:",
    "hex:0",
    "hex:00ff",
    "size:0",
    "size:99999999999",
    "=0",
    ">=0",
    "<0",
    ">=3",
    "<=1e9",
    "=2",
    "not",
    "not not not not",
    "start",
    "start start",
    "fails",
    "may-fail",
    "fails=x",
    "as=q",
    "id=split",
    "to=b",
    "from=a",
    "peers=b",
    "ttl=200years",
    "quorum=0",
    "lose-identity",
    "slow(1s,slow(2s))",
    "malformed(zz)",
    "raw",
    "uniform:5ms..1ms",
    "log-normal:1s~1e300",
    "\\",
    "\"",
    "{",
];

struct Mutator {
    /// The state of SplitMix64: the draws of a file do not depend on a crate.
    state: u64,
    /// The texts of the repository.
    corpus: Vec<String>,
    /// Every line of a step that the reference shows.
    lines: Vec<String>,
}

impl Mutator {
    fn new(corpus: Vec<String>) -> Self {
        let lines = corpus
            .iter()
            .flat_map(|text| text.lines())
            .filter(|line| line.starts_with("  "))
            .map(str::to_owned)
            .collect();
        Mutator {
            state: 0,
            corpus,
            lines,
        }
    }

    /// The file of this number.
    fn file(&mut self, number: u64) -> String {
        self.state = number.wrapping_mul(0xd1b5_4a32_d192_ed03);
        let chosen = self.below(self.corpus.len());
        let mut text = self.corpus[chosen].clone();
        for _ in 0..=self.below(4) {
            text = self.mutated(text);
        }
        text
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    /// A position between two characters.
    fn position(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    fn piece(&mut self) -> &'static str {
        PIECES[self.below(PIECES.len())]
    }

    fn mutated(&mut self, mut text: String) -> String {
        match self.below(10) {
            // A word, a number or a value becomes another one.
            0..=3 => {
                let words: Vec<(usize, &str)> = text
                    .split([' ', '"', '\n', ',', '=', '{', '}', '[', ']', '(', ')'])
                    .filter(|word| !word.is_empty())
                    .map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
                    .collect();
                let Some((start, word)) = words.get(self.below(words.len())).copied() else {
                    return text;
                };
                let end = start + word.len();
                let piece = match self.below(3) {
                    0 => words[self.below(words.len())].1.to_owned(),
                    _ => self.piece().to_owned(),
                };
                text.replace_range(start..end, &piece);
            }
            // A line of another file, or the same line again.
            4 | 5 => {
                let mut lines: Vec<&str> = text.lines().collect();
                let from = self.below(self.lines.len());
                let other = self.lines[from].clone();
                let at = self.below(lines.len() + 1);
                lines.insert(at, &other);
                text = lines.join("\n");
            }
            // A line less, or two lines in the other order.
            6 => {
                let mut lines: Vec<&str> = text.lines().collect();
                let (one, other) = (self.below(lines.len()), self.below(lines.len()));
                if one == other && !lines.is_empty() {
                    lines.remove(one);
                } else if one < lines.len() && other < lines.len() {
                    lines.swap(one, other);
                }
                text = lines.join("\n");
            }
            7 => {
                let at = self.position(&text);
                let piece = self.piece();
                text.insert_str(at, piece);
            }
            // Any character, also those of several bytes and those that are not printed.
            8 => {
                let at = self.position(&text);
                let any = char::from_u32((self.next() % 0x11_0000) as u32).unwrap_or('\u{0}');
                text.insert(at, any);
            }
            _ => {
                let (one, other) = (self.position(&text), self.position(&text));
                let end = one.max(other).min(one.min(other) + 40);
                let end = (end..=text.len()).find(|end| text.is_char_boundary(*end));
                text.replace_range(one.min(other)..end.unwrap_or(text.len()), "");
            }
        }
        text
    }
}

/// The scenario files of this repository, and one with every line of the reference.
fn corpus() -> Vec<String> {
    fn find(folder: &Path, found: &mut Vec<PathBuf>) {
        let entries = fs::read_dir(folder).expect("the folder can be read");
        for entry in entries {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                find(&path, found);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "toml")
            {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["corpus", "upstream", "regressions"] {
        let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(folder);
        find(&path, &mut found);
    }
    found.sort();
    let texts = found
        .iter()
        .map(|path| fs::read_to_string(path).expect("a text"));
    let mut corpus: Vec<String> = texts.collect();
    let examples: String = dht_scenarios::reference::text()
        .lines()
        .filter_map(|line| line.strip_prefix("    e.g. "))
        .map(|example| match example.parse::<Action>() {
            Ok(_) => format!("  {example:?},\n"),
            Err(_) => format!("  {:?},\n", format!("eventually 5s not {example}")),
        })
        .collect();
    let hosts = r#"[{ name = "a" }, { name = "b" }, { name = "c" }, { name = "d" },
  { name = "h", count = 9 }, { name = "r", stack = "raw", script = "slow(1s, close)", peers = "a" }]"#;
    corpus.push(format!(
        "format = 1\nname = \"all\"\nabout = \"Every line\"\nhosts = {hosts}\nsteps = [\n{examples}]\n"
    ));
    corpus
}

/// What the files were.
#[derive(Default)]
struct Figures {
    valid: AtomicU64,
    problems: AtomicU64,
    panics: AtomicU64,
    slowest: AtomicU64,
}

#[expect(
    clippy::disallowed_methods,
    reason = "outside of a simulation, and not asserted on"
)]
fn try_all(numbers: Range<u64>, figures: &Figures) {
    let stacks = Stacks::standard();
    let mut mutator = Mutator::new(corpus());
    for number in numbers {
        let text = mutator.file(number);
        let before = Instant::now();
        let parsed = std::panic::catch_unwind(AssertUnwindSafe(|| {
            parse(Path::new(""), &text, &stacks).map_err(|problems| {
                // Their form is a part of it.
                assert!(!problems.to_string().is_empty());
            })
        }));
        let took = before.elapsed().as_micros() as u64;
        figures.slowest.fetch_max(took, Ordering::Relaxed);
        match parsed {
            Ok(Ok(_)) => &figures.valid,
            Ok(Err(())) => &figures.problems,
            Err(_) => {
                eprintln!("file {number} panics:\n{text}");
                &figures.panics
            }
        }
        .fetch_add(1, Ordering::Relaxed);
    }
}

/// The number of files or scenarios: `ci/mutated-files.sh` asks for many.
fn asked_for(otherwise: u64) -> u64 {
    let asked = std::env::var("FILES").ok();
    asked.map_or(otherwise, |asked| asked.parse().expect("FILES is a number"))
}

/// Calls `work` with the numbers below `end`, in two threads.
#[expect(
    clippy::disallowed_methods,
    reason = "each thread runs simulations of its own"
)]
fn in_threads(end: u64, work: impl Fn(Range<u64>) + Sync) {
    const THREADS: u64 = 2;
    thread::scope(|scope| {
        for part in 0..THREADS {
            let work = &work;
            let numbers = end * part / THREADS..end * (part + 1) / THREADS;
            scope.spawn(move || work(numbers));
        }
    });
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "outside of a simulation, and not asserted on"
)]
fn mutated_files_are_files_or_have_problems() {
    let files = asked_for(FEW);
    let figures = Figures::default();
    let before = Instant::now();
    in_threads(files, |numbers| try_all(numbers, &figures));
    let slowest = Duration::from_micros(figures.slowest.into_inner());
    let (valid, problems) = (figures.valid.into_inner(), figures.problems.into_inner());
    let panics = figures.panics.into_inner();
    println!(
        "{files} files in {:.0?}: {valid} valid, {problems} with problems, {panics} panics; the slowest took {slowest:?}",
        before.elapsed()
    );
    assert_eq!((valid + problems, panics), (files, 0));
    // Otherwise most of validation is not reached.
    assert!(valid > files / 50);
    assert!(problems > files / 50);
}

/// Performs a generated scenario up to its first step.
fn enter(number: u64) {
    let generator = dht_fuzz::Generator::standard();
    let mut scenario = generator.draw(15, number);
    scenario.steps.clear();
    let transport = match number % 2 {
        0 => TransportKind::Mux,
        _ => TransportKind::Stream,
    };
    scenario.transports = vec![transport];
    let scenario = std::sync::Arc::new(scenario);
    let attempt = dht_scenarios::runner::attempt(&scenario, &Stacks::standard(), |_| {});
    match attempt.outcome {
        Ok(_) | Err(Failure::Violations { .. }) => {}
        // A planned fault that has to have an effect cannot have one yet.
        Err(failure) if scenario.faults.iter().any(|fault| fault.must_fire) => drop(failure),
        Err(failure) => panic!("scenario {number}: {failure}\n{scenario}"),
    }
}

#[test]
fn generated_scenarios_enter_the_player() {
    let scenarios = asked_for(200);
    in_threads(scenarios, |numbers| numbers.for_each(enter));
    println!("{scenarios} scenarios have entered the player, 0 panics");
}
