//! Campaigns find failures, shrink them and keep them.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use dht_fixtures::faulty::{self, HostDefect};
use dht_fuzz::{Budget, Campaign, CampaignPage, KnownDefects, Shard, Summary, merge};
use dht_scenarios::{
    Catalog, FailureSignature, Stacks, Verdict,
    file::{HostGroup, ScenarioFile, Shrunk},
};

/// The name of the summary file of a campaign.
const SUMMARY_FILE: &str = "campaign.json";

/// Eight hosts connect, query and disconnect. Every third case uses the broken stack.
fn draw(seed: u64, case: u64) -> ScenarioFile {
    let broken = case % 3 == 2;
    let steps = [
        "add-address h1..h7 h0",
        "bootstrap h1..h7",
        "find-peers h3 song may-fail",
        "crash h6",
        "disconnect h0 h4 may-fail",
        "run 20s",
        "restart h6",
        "find-peers h0 peer:h6 may-fail",
        "run 1m",
    ];
    ScenarioFile {
        name: format!("case-{seed}-{case}"),
        about: "Hosts meet, ask and part".to_owned(),
        seed: seed ^ case,
        stacks: vec![if broken { "broken" } else { "kad-identify" }.to_owned()],
        hosts: vec![HostGroup {
            name: "h".to_owned(),
            count: Some(8),
            ..HostGroup::default()
        }],
        steps: steps
            .iter()
            .map(|step| step.parse().expect("a step"))
            .collect(),
        ..ScenarioFile::default()
    }
}

fn stacks() -> Stacks {
    Stacks::standard().with("broken", |node, settings| {
        faulty::faulty(node, settings, Some(HostDefect::HidesDisconnects))
    })
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // A test makes a file of this name, and an earlier run may have left it.
    let _ = fs::remove_file(&folder);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{error}"),
        _ => folder,
    }
}

fn campaign(out: &Path, cases: u64) -> Campaign {
    Campaign {
        draw: Arc::new(draw),
        stacks: stacks(),
        known: KnownDefects::default(),
        seed: 5,
        shard: Shard { index: 0, count: 1 },
        options: String::new(),
        budget: Budget::Cases(cases),
        jobs: 1,
        first: false,
        plateau: None,
        out: out.to_owned(),
        summary_if_clean: true,
    }
}

fn run(campaign: &Campaign) -> Summary {
    let summary = campaign.run(&AtomicBool::new(false), &|_| {});
    Summary {
        wall_s: 0.0,
        ..summary.expect("failures can be kept")
    }
}

#[test]
fn the_failure_of_a_broken_stack_is_found_shrunk_and_kept() {
    let out = folder("found");
    let summary = run(&campaign(&out, 6));
    let signature: FailureSignature = "status-means-connected/not-connected"
        .parse()
        .expect("a violation");
    let finding = summary
        .findings
        .iter()
        .find(|finding| finding.invariant == signature)
        .unwrap_or_else(|| panic!("not found: {summary}"));
    assert_eq!((finding.case, finding.cases), (2, 3));
    assert!(finding.steps <= 4 && finding.hosts <= 2, "{finding:?}");
    assert_eq!((finding.steps_before, finding.hosts_before), (9, 8));
    // Both broken cases have the same cause and share one file. No other file
    // remains.
    let left: Vec<_> = fs::read_dir(&out).expect("the folder").collect();
    let summaries = usize::from(out.join(SUMMARY_FILE).exists());
    assert_eq!(left.len(), summary.findings.len() + summaries, "{left:?}");
    let text = fs::read_to_string(out.join(SUMMARY_FILE)).expect("a summary");
    let read: Summary = serde_json::from_str(&text).expect("of this version");
    assert_eq!(read.findings, summary.findings);
    assert_eq!(finding.count, 2);

    // The kept file fails in the same way when it is run again.
    let mut catalog = Catalog::new(stacks());
    let names = catalog.load(&finding.file).expect("a scenario");
    let kept = catalog.scenarios()[0].file.clone().expect("of a file");
    assert_eq!(kept.steps.len() + kept.faults.len(), finding.steps);
    assert_eq!(kept.size(), finding.hosts);
    let digest = kept.found.as_ref().expect("it was found").digest.clone();
    for case in catalog.select(&names).expect("cases") {
        let report = case.run(0);
        assert!(matches!(report.verdict, Verdict::Failed(_)), "{report:?}");
        assert_eq!(
            report.digest.map(|digest| digest.to_string()),
            Some(digest.clone())
        );
    }
    // On a correct stack the recorded failure no longer occurs, and the report says what
    // to do.
    let sound = fs::read_to_string(&finding.file)
        .expect("text")
        .replace("broken", "kad-identify");
    let mut catalog = Catalog::new(stacks());
    let name = catalog.add(&finding.file, &sound);
    for case in catalog.select(&[name]).expect("cases") {
        let Verdict::UnexpectedPass(report) = case.run(0).verdict else {
            panic!("a fixed failure has to be an unexpected pass");
        };
        assert!(report.contains("remove the table `found`"), "{report}");
    }
}

#[test]
fn campaigns_are_reproducible_and_their_shards_add_up() {
    let (one, two) = (folder("one"), folder("two"));
    let whole = run(&campaign(&one, 6));
    let again = run(&campaign(&two, 6));
    let without_files = |summary: &Summary| {
        let mut summary = summary.clone();
        for finding in &mut summary.findings {
            finding.file = PathBuf::new();
        }
        summary
    };
    assert_eq!(without_files(&whole), without_files(&again));

    let folders: Vec<PathBuf> = (0..2)
        .map(|index| {
            let out = folder(&format!("shard{index}"));
            let shard = Shard { index, count: 2 };
            run(&Campaign {
                shard,
                ..campaign(&out, 3)
            });
            out
        })
        .collect();
    let merged = merge(&folders, &folder("merged"), true).expect("all can be read");
    assert_eq!(merged.incomplete, Vec::<String>::new());
    let parts = merged.summary;
    assert_eq!(parts.cases, whole.cases);
    assert_eq!(parts.steps, whole.steps);
    assert_eq!(parts.coverage, whole.coverage);
    let names = |summary: &Summary| -> Vec<(String, u64)> {
        let findings = summary.findings.iter();
        let mut names: Vec<_> = findings
            .map(|finding| (finding.name.clone(), finding.count))
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(&parts), names(&whole));
}

#[test]
fn known_defects_are_counted_and_not_reported() {
    let out = folder("known");
    let list = r#"
        [[known]]
        id = "B0"
        invariant = "status-means-connected"
        stacks = ["broken"]
        why = "it is broken"
    "#;
    let known = Campaign {
        known: KnownDefects::read(list).expect("a list"),
        ..campaign(&out, 3)
    };
    let summary = run(&known);
    assert_eq!(summary.known.get("B0"), Some(&1));
    let signature: FailureSignature = "status-means-connected/not-connected"
        .parse()
        .expect("a violation");
    assert!(
        summary
            .findings
            .iter()
            .all(|finding| finding.invariant != signature)
    );
}

#[test]
fn the_first_finding_or_a_plateau_ends_a_campaign() {
    let first = Campaign {
        first: true,
        ..campaign(&folder("first"), 1_000)
    };
    assert_eq!(run(&first).cases, 3);
    // Repeating one scenario reaches no new feature.
    let same: Arc<dyn Fn(u64, u64) -> ScenarioFile + Send + Sync> = Arc::new(|_, _| draw(0, 0));
    let plateau = Campaign {
        draw: same,
        plateau: Some(2),
        ..campaign(&folder("plateau"), 1_000)
    };
    assert_eq!(run(&plateau).cases, 3);
}

/// The files in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder").map(|entry| {
        let name = entry.expect("an entry").file_name();
        name.to_string_lossy().into_owned()
    });
    let mut names: Vec<String> = entries.collect();
    names.sort();
    names
}

/// Two campaigns of one seed at the same time meet the same failures in the same files.
#[test]
fn two_campaigns_in_one_folder_lose_nothing() {
    let out = folder("together");
    let one = campaign(&out, 6);
    let other = Campaign {
        seed: 6,
        ..campaign(&out, 3)
    };
    let campaigns = [&one, &one, &other];
    #[expect(
        clippy::disallowed_methods,
        reason = "campaigns that run at the same time"
    )]
    let summaries: Vec<Summary> = std::thread::scope(|scope| {
        let running = campaigns.map(|campaign| scope.spawn(|| run(campaign)));
        running
            .map(|campaign| campaign.join().expect("it does not fail"))
            .into()
    });
    let files = names(&out);
    let of_campaigns: Vec<&String> = files
        .iter()
        .filter(|name| name.ends_with(".json"))
        .collect();
    assert_eq!(
        of_campaigns,
        ["campaign-2.json", "campaign-3.json", "campaign.json"]
    );
    // Each finding has its file, and no file is left over.
    for finding in summaries.iter().flat_map(|summary| &summary.findings) {
        assert!(finding.file.is_file(), "{finding:?}");
    }
    assert!(
        files
            .iter()
            .all(|name| !name.contains("-of-case-") && !name.contains(".new"))
    );

    let merged = merge(&[out], &folder("together-merged"), true).expect("all can be read");
    assert_eq!(merged.incomplete, Vec::<String>::new());
    assert_eq!(merged.summary.cases, 15);
    let told = merged.summary.to_string();
    let seeds = "15 cases of seed 5 (shards 0/1, 0/1) and seed 6 (shard 0/1) in ";
    assert!(told.starts_with(seeds), "{told}");
    assert!(told.contains("twice: seed 5, shard 0/1"), "{told}");
}

#[test]
fn a_campaign_that_finds_nothing_leaves_no_folder() {
    let out = folder("clean");
    let clean = Campaign {
        summary_if_clean: false,
        ..campaign(&out, 2)
    };
    assert!(run(&clean).is_clean());
    assert!(!out.exists());
    let found = Campaign {
        summary_if_clean: false,
        ..campaign(&out, 3)
    };
    assert!(!run(&found).is_clean());
    assert!(names(&out).contains(&SUMMARY_FILE.to_owned()));
}

#[test]
fn a_folder_that_cannot_be_written_is_told_before_the_first_case() {
    let file = folder("no-folder");
    fs::write(&file, "").expect("a file");
    for summary_if_clean in [true, false] {
        let campaign = Campaign {
            draw: Arc::new(|_, _| panic!("no case is drawn")),
            summary_if_clean,
            ..campaign(&file.join("out"), 1)
        };
        let outcome = campaign.run(&AtomicBool::new(false), &|_| {});
        outcome.expect_err("nothing can be written there");
    }
}

/// A summary that is read while its campaign runs, or after its process was killed.
#[test]
fn the_summary_of_a_campaign_that_has_not_ended_is_incomplete() {
    let out = folder("running");
    let seen = std::sync::Mutex::new(None);
    let finds = campaign(&out, 3);
    finds
        .run(&AtomicBool::new(false), &|_| {
            let copy = folder("running-copy");
            fs::create_dir_all(&copy).expect("a folder");
            fs::copy(out.join(SUMMARY_FILE), copy.join(SUMMARY_FILE)).expect("it is there");
            *seen.lock().expect("the last") = Some(copy);
        })
        .expect("failures can be kept");
    let copy = seen
        .into_inner()
        .expect("the last")
        .expect("a case was run");
    let merged = merge(&[copy], &folder("running-merged"), true).expect("it can be read");
    assert_eq!(merged.incomplete.len(), 1, "{:?}", merged.incomplete);
    assert!(
        merged.incomplete[0].contains("seed 5, shard 0/1"),
        "{:?}",
        merged.incomplete
    );
}

/// The only text of a folder with this beginning of its name.
fn only(folder: &Path, beginning: &str) -> String {
    let names = names(folder);
    let mut these = names.iter().filter(|name| name.starts_with(beginning));
    let name = these.next().unwrap_or_else(|| panic!("{names:?}"));
    assert_eq!(these.next(), None, "{names:?}");
    fs::read_to_string(folder.join(name)).expect("text")
}

#[test]
fn a_campaign_that_is_stopped_says_so_and_that_its_finding_is_not_shrunk() {
    let out = folder("stopped");
    let stop = AtomicBool::new(false);
    let campaign = Campaign {
        options: "--stack broken".to_owned(),
        ..campaign(&out, 6)
    };
    // The third case is the first that fails, and it is shrunk after this call.
    let summary = campaign.run(&stop, &|progress| {
        stop.store(progress.cases == 3, Ordering::Relaxed);
    });
    let summary = summary.expect("failures can be kept");
    let [part] = summary.parts.as_slice() else {
        panic!("{summary:?}");
    };
    assert!(part.has_ended && part.stopped, "{part:?}");
    let [finding] = summary.findings.as_slice() else {
        panic!("{summary}");
    };
    assert_eq!(finding.shrunk, Shrunk::No);
    assert_eq!((finding.steps, finding.hosts), (9, 8));
    assert_eq!(summary.not_shrunk(), 1);
    let told = summary.to_string();
    for part in [
        "3 cases of seed 5 (shard 0/1) with --stack broken in ",
        "  stopped by a signal after 3 cases: seed 5, shard 0/1 with --stack broken\n",
        "; 9 steps and 8 hosts, not shrunk\n",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let kept = only(&out, "status-means-connected-not-connected-of-case-5-2");
    assert!(kept.contains("shrunk = \"no\""), "{kept}");
    let page = CampaignPage::default().html(&summary);
    for part in [
        "Not shrunk: <b>9 steps and 8 hosts</b>",
        "Stopped by a signal after 3 cases: seed 5",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }

    let merged = merge(&[out], &folder("stopped-merged"), true).expect("all can be read");
    assert_eq!(merged.summary.findings.len(), 1);
    assert_eq!(merged.summary.findings[0].shrunk, Shrunk::No);
    let reasons = ["was stopped by a signal", "before it had shrunk a failure"];
    for reason in reasons {
        let mut told = merged.incomplete.iter();
        assert!(
            told.any(|told| told.contains(reason)),
            "{:?}",
            merged.incomplete
        );
    }
}

/// Setting the flag while a failure is being shrunk.
#[test]
fn a_finding_that_is_shrunk_only_in_part_says_so() {
    let out = folder("in-part");
    let stop = Arc::new(AtomicBool::new(false));
    let (hosts, flag) = (Arc::new(AtomicU64::new(0)), Arc::clone(&stop));
    let stacks = Stacks::standard().with("broken", move |node, settings| {
        // The case itself starts nine hosts, and runs with fewer steps and hosts follow.
        if hosts.fetch_add(1, Ordering::Relaxed) == 45 {
            flag.store(true, Ordering::Relaxed);
        }
        faulty::faulty(node, settings, Some(HostDefect::HidesDisconnects))
    });
    let campaign = Campaign {
        stacks,
        draw: Arc::new(|seed, _| draw(seed, 2)),
        ..campaign(&out, 1)
    };
    let summary = campaign.run(&stop, &|_| {}).expect("failures can be kept");
    let [finding] = summary.findings.as_slice() else {
        panic!("{summary}");
    };
    assert_eq!(finding.shrunk, Shrunk::Partly, "{finding}");
    assert!(finding.steps < 9, "{finding}");
    let told = finding.to_string();
    assert!(
        told.contains(", shrunk only in part from 9 and 8\n"),
        "{told}"
    );
    let kept = fs::read_to_string(&finding.file).expect("text");
    assert!(kept.contains("shrunk = \"partly\""), "{kept}");
    let page = CampaignPage::default().html(&summary);
    let told = "Shrunk only in part, from 9 steps and 8 hosts to ";
    assert!(page.contains(told), "{page}");
    // All of its cases were run.
    assert!(!summary.parts[0].stopped);
}

/// Their cases are not the same, although their seeds and shards are.
#[test]
fn merged_campaigns_tell_the_options_with_which_they_were_drawn() {
    let folders = ["--stack kad", "--stack dual"].map(|options| {
        let out = folder(&format!("options{}", options.replace(' ', "-")));
        run(&Campaign {
            options: options.to_owned(),
            ..campaign(&out, 1)
        });
        out
    });
    let merged = merge(&folders, &folder("options-merged"), true).expect("all can be read");
    let told = merged.summary.to_string();
    let parts = "2 cases of seed 5 (shard 0/1) with --stack dual and seed 5 (shard 0/1) with \
                 --stack kad in ";
    assert!(told.starts_with(parts), "{told}");
    assert!(!told.contains("twice"), "{told}");
}
