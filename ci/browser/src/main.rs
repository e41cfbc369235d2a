//! Checks pages of `dht-harness view` in Chromium.
//!
//! ```text
//! dht-view-browser-test [--pages DIR] [--pictures DIR] [--only CHECK] [FILE...]
//! ```
//!
//! It checks the files: the page of a run, beside which its trace may lie under the same name, or
//! another page, such as that of a campaign, beside which its JSON report may lie. Without any it checks four pages that it makes from the page's parts
//! and documents of its own, and a sample of the page of the bug bench; `--pages` keeps these, `--pictures` writes pictures of each page, `--only` makes one check.

use std::{
    fs, panic,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use dht_view_browser_test::{
    browser::{self, Browser, BrowserError},
    check::{ALL, Check, Verdict},
    html,
    page::{self, Page, Size},
    plain, sample,
};

type Failure = Box<dyn std::error::Error>;

#[derive(Default)]
struct Arguments {
    pages: Option<PathBuf>,
    pictures: Option<PathBuf>,
    only: Option<String>,
    files: Vec<PathBuf>,
}

fn main() -> Result<ExitCode, Failure> {
    let mut arguments = Arguments::default();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match &*word {
            "--only" => arguments.only = Some(value()?),
            "--pages" => arguments.pages = Some(value()?.into()),
            "--pictures" => arguments.pictures = Some(value()?.into()),
            option if option.starts_with('-') => return Err(format!("no option {option}").into()),
            file => arguments.files.push(file.into()),
        }
    }
    if let Some(only) = &arguments.only
        && !ALL.iter().any(|check| check.name == only)
    {
        let names: Vec<_> = ALL.iter().map(|check| check.name).collect();
        return Err(format!("no check {only}; there are {}", names.join(", ")).into());
    }
    if browser::program().is_none() {
        return Err("chromium is missing: install it, or put it into PATH".into());
    }
    let temporary = tempfile::tempdir()?;
    let folder = arguments.pages.as_deref().unwrap_or(temporary.path());
    let files = if arguments.files.is_empty() {
        make(folder)?
    } else {
        arguments.files
    };
    let chosen = |check: &&Check| {
        arguments
            .only
            .as_deref()
            .is_none_or(|only| only == check.name)
    };
    let (files, plain_files): (Vec<_>, Vec<_>) = files
        .into_iter()
        .partition(|file| fs::read_to_string(file).is_ok_and(|text| html::has_document(&text)));
    let checks: Vec<Check> = ALL.iter().filter(chosen).copied().collect();
    let (mut passed, mut failed) = (0, 0);
    for (file, verdicts) in files.iter().zip(verdicts(&files, &checks)?) {
        println!("{}", file.display());
        for (check, verdict) in checks.iter().zip(verdicts) {
            tell(check.name, verdict, &mut passed, &mut failed);
        }
    }
    let mut browser = Browser::start()?;
    for file in &plain_files {
        println!("{}", file.display());
        for (name, verdict) in plain::NAMES
            .into_iter()
            .zip(plain::check(&mut browser, file)?)
        {
            tell(name, verdict, &mut passed, &mut failed);
        }
        if let Some(pictures) = &arguments.pictures {
            fs::create_dir_all(pictures)?;
            let name = file.file_stem().unwrap_or_default().to_string_lossy();
            let mut page = Page::open_plain(&mut browser, file, page::MEDIUM)?;
            page.screenshot(&pictures.join(format!("{name}.png")))?;
        }
    }
    for file in &files {
        if let Some(pictures) = &arguments.pictures {
            picture(&mut browser, file, pictures)?;
        }
        let mut page = Page::open(&mut browser, file, "", page::MEDIUM)?;
        let ready = page.value("document.documentElement.dataset.ready")?;
        println!(
            "{}: first picture after {} ms",
            file.display(),
            ready.as_str().unwrap_or("?")
        );
    }
    println!("{passed} passed, {failed} failed");
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Prints what came of a check, and counts it.
fn tell(name: &str, verdict: Verdict, passed: &mut usize, failed: &mut usize) {
    match verdict {
        Verdict::Passed => {
            *passed += 1;
            println!("  ok    {name}");
        }
        Verdict::DoesNotApply(why) => println!("  -     {name}: {why}"),
        Verdict::Failed(what) => {
            *failed += 1;
            println!("  FAIL  {name}: {what}");
        }
    }
}

/// What comes of each check on each page, in their order. Each processor has a browser.
fn verdicts(files: &[PathBuf], checks: &[Check]) -> Result<Vec<Vec<Verdict>>, Failure> {
    let documents = files
        .iter()
        .map(|file| Ok(html::document(&fs::read_to_string(file)?)?))
        .collect::<Result<Vec<_>, Failure>>()?;
    let next = AtomicUsize::new(0);
    let work = || {
        let mut browser = Browser::start()?;
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = files.get(number / checks.len()) else {
                return Ok(done);
            };
            let check = &checks[number % checks.len()];
            let document = &documents[number / checks.len()];
            done.push((number, check.apply(&mut browser, file, document)));
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let done = thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let ended = workers.into_iter().map(|worker| match worker.join() {
            Ok(done) => done,
            Err(panic) => panic::resume_unwind(panic),
        });
        ended.collect::<Result<Vec<_>, BrowserError>>()
    })?;
    let mut done: Vec<_> = done.into_iter().flatten().collect();
    done.sort_by_key(|(number, _)| *number);
    let mut verdicts = done.into_iter().map(|(_, verdict)| verdict);
    let of_each = files
        .iter()
        .map(|_| verdicts.by_ref().take(checks.len()).collect());
    Ok(of_each.collect())
}

/// Writes the pages of made-up documents, and a page of the bug bench.
fn make(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let parts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../harness/src/view/page");
    fs::create_dir_all(folder)?;
    let shapes = [
        ("small", sample::SMALL),
        ("medium", sample::MEDIUM),
        ("large", sample::LARGE),
    ];
    let mut files = Vec::new();
    for (name, shape) in shapes {
        let file = folder.join(format!("{name}.html"));
        fs::write(&file, html::join(&parts, &sample::document(shape))?)?;
        files.push(file);
    }
    let file = folder.join("trace.html");
    fs::write(&file, html::join(&parts, &sample::of_trace(sample::SMALL))?)?;
    files.push(file);
    // The page of the bug bench, with its report beside it.
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    for name in ["bugs.json", "bugs.html"] {
        fs::copy(samples.join(name), folder.join(name))?;
    }
    files.push(folder.join("bugs.html"));
    Ok(files)
}

/// Writes pictures of a page: sizes, themes and panels.
fn picture(browser: &mut Browser, file: &Path, folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder)?;
    let name = file
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let sizes = [
        ("narrow", 400, 860),
        ("medium", 1440, 900),
        ("wide", 2500, 1300),
    ];
    for (size, width, height) in sizes {
        for colours in ["light", "dark"] {
            let mut page = Page::open(browser, file, "", Size { width, height })?;
            page.media("screen", colours)?;
            page.screenshot(&folder.join(format!("{name}-{size}-{colours}.png")))?;
        }
    }
    for tab in ["table", "heat", "ring", "query", "stores"] {
        let mut page = Page::open(
            browser,
            file,
            "",
            Size {
                width: 1440,
                height: 900,
            },
        )?;
        page.click(&format!("#tab-{tab}"))?;
        page.screenshot(&folder.join(format!("{name}-{tab}.png")))?;
    }
    let medium = page::MEDIUM;
    for (what, hash, action) in SCENES {
        let mut page = Page::open(browser, file, hash, medium)?;
        page.act(action)?;
        page.value("new Promise((done) => setTimeout(done, 300))")?;
        page.screenshot(&folder.join(format!("{name}-{what}.png")))?;
    }
    printed(browser, file, &folder.join(format!("{name}-print.png")))?;
    Ok(())
}

/// Other pictures: the name, the hash of the address, and what is done then.
const SCENES: [(&str, &str, &str); 7] = [
    (
        "legend",
        "",
        "document.getElementById('legend').open = true",
    ),
    ("help", "", "document.getElementById('help').showModal()"),
    (
        "report",
        "",
        "(document.getElementById('report') || document.getElementById('reproduce')).open = true",
    ),
    (
        "search",
        "",
        "(() => { const s = document.getElementById('search'); s.focus(); s.value = 'h1'; s.dispatchEvent(new Event('input')); })()",
    ),
    (
        "picked",
        "#s=query:0&tab=query&query=0&t=1&w=0..9000000000&fold=1",
        "document.getElementById('zoom-all').click()",
    ),
    (
        "connection",
        "#s=connection:0&t=1&w=0..9000000000&fold=0",
        "document.getElementById('zoom-all').click()",
    ),
    (
        "all",
        "#t=1&w=0..9000000000&fold=0&tab=details",
        "document.getElementById('zoom-all').click()",
    ),
];

fn printed(browser: &mut Browser, file: &Path, picture: &Path) -> Result<(), BrowserError> {
    let mut page = Page::open(
        browser,
        file,
        "",
        Size {
            width: 900,
            height: 1200,
        },
    )?;
    page.media("print", "dark")?;
    page.screenshot(picture)?;
    page.print(&picture.with_extension("pdf"))
}
