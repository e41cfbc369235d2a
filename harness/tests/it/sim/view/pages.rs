//! The page for a browser.

use std::{env, fs, process::Command};

use dht_harness::{SimError, TransportKind, sim::Failure, view::ViewFormat};

use super::{Folder, document, list, story};
use crate::sim::on;

#[test]
fn a_page_has_what_happened() {
    let folder = Folder::new("happened");
    let page = folder.file("deep/run.html");
    let sim = on(TransportKind::Mux)
        .seed(7)
        .title("two hosts", "They meet");
    sim.view(ViewFormat::Html, &page).test(story);
    let shown = document(&fs::read_to_string(page).unwrap());
    assert_eq!(shown["title"], "two hosts");
    assert_eq!(shown["about"], "They meet");
    assert_eq!(shown["seed"], 7);
    assert_eq!(shown["outcome"]["passed"], true);
    let names: Vec<_> = list(&shown, "hosts")
        .iter()
        .map(|host| &host["name"])
        .collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(list(&shown, "hosts")[1]["lives"][0]["end"], "closed");
    let steps: Vec<_> = list(&shown, "steps")
        .iter()
        .map(|step| &step["says"])
        .collect();
    assert_eq!(steps, ["a looks for b", "b is cut off"]);
    let queries = list(&shown, "queries");
    let who = queries.iter().position(|query| query["name"] == "who");
    let who = who.expect("the query has its name");
    assert_eq!(queries[who]["truth"], serde_json::json!([1]));
    // The request of the query, and its answer.
    let of_who = list(&shown, "messages").iter().filter(|row| row[12] == who);
    let of_who: Vec<_> = of_who.collect();
    assert_eq!(of_who.len(), 2);
    assert_eq!((&of_who[0][2], &of_who[0][3]), (&0.into(), &1.into()));
    assert_eq!(of_who[0][1], of_who[0][0].as_u64().unwrap() + 10_000_000);
    let lost = list(&shown, "messages").iter().filter(|row| row[1] == -1);
    assert_ne!(lost.count(), 0, "the partition swallows a request");
    let faults = list(&shown, "faults");
    assert_eq!(faults[0]["says"], "partition of a | b");
    assert!(faults[0]["first_effect"].is_u64(), "{}", faults[0]);
    assert!(!list(&shown, "tables").is_empty());
    assert_eq!(list(&shown, "connections")[0]["end"], "closed");
}

#[test]
fn a_picture_does_not_change_the_run() {
    let folder = Folder::new("unchanged");
    for transport in TransportKind::ALL {
        let run = |sim: dht_harness::SimBuilder| sim.run(story).expect("it passes").end.digest;
        let page = folder.file("run.html");
        let with = run(on(transport).view(ViewFormat::Html, page));
        assert_eq!(with, run(on(transport)));
    }
}

#[test]
fn a_failure_is_shown_in_a_page_that_its_report_names() {
    let folder = Folder::new("failure");
    let fails = |sim: &mut dht_harness::Sim| {
        story(sim)?;
        Err::<(), _>(SimError::Other("b <is> gone".to_owned()))
    };
    let sim = || {
        let sim = on(TransportKind::Mux).title("a/test that fails", "");
        sim.view_failures(Some(folder.0.clone()))
    };
    let failure = sim().run(fails).expect_err("it fails").to_string();
    let page = folder.file("a.test.that.fails.html");
    assert!(
        failure.contains(&format!("\npicture: {}", page.display())),
        "{failure}"
    );
    let text = fs::read_to_string(page).unwrap();
    let shown = document(&text);
    assert_eq!(shown["outcome"]["passed"], false);
    assert_eq!(shown["outcome"]["says"], "b <is> gone");
    assert_eq!(list(&shown, "checks")[0]["seen"], "b <is> gone");
    assert!(!text.contains("<is>"), "data cannot end its element");
    // Another failure does not replace it.
    let again = sim().run(fails).expect_err("it fails").to_string();
    assert!(again.contains("a.test.that.fails.2.html"), "{again}");
}

/// The environment is that of a process, so that the failing run is in one of its own: this test
/// again.
#[test]
fn the_environment_wants_a_page_of_a_failure() {
    const VARIABLE: &str = "DHT_HARNESS_VIEW";
    if env::var_os(VARIABLE).is_some() {
        let sim = on(TransportKind::Mux).title("fails", "");
        let fails = |_: &mut dht_harness::Sim| Err::<(), _>(SimError::Other("gone".to_owned()));
        sim.run(fails).expect_err("it fails");
        return;
    }
    let folder = Folder::new("environment");
    let ended = Command::new(env::current_exe().expect("the test has a program"))
        .args([
            "--exact",
            "sim::view::pages::the_environment_wants_a_page_of_a_failure",
        ])
        .env(VARIABLE, folder.file("pages"))
        .output()
        .expect("the test runs");
    assert!(ended.status.success(), "{ended:?}");
    let page = fs::read_to_string(folder.file("pages/fails.html")).expect("there is a page");
    assert_eq!(document(&page)["outcome"]["says"], "gone");
}

#[test]
fn no_page_is_made_of_a_run_that_passes() {
    let folder = Folder::new("passes");
    let sim = on(TransportKind::Mux).view_failures(Some(folder.0.clone()));
    sim.test(story);
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 0);
}

#[test]
fn a_picture_that_cannot_be_written_fails_a_run_that_passes() {
    let folder = Folder::new("unwritable");
    let file = folder.file("file");
    fs::write(&file, "").unwrap();
    let sim = on(TransportKind::Mux).view(ViewFormat::Html, file.join("run.html"));
    let failure = sim.run(story).expect_err("a file is no folder");
    assert!(matches!(failure, Failure::View(_)), "{failure}");
    assert!(failure.to_string().contains("choose a writable path"));
}

#[test]
fn checks_do_not_see_messages_that_are_only_recorded() {
    let folder = Folder::new("unseen");
    let sim = on(TransportKind::Mux).view(ViewFormat::Html, folder.file("run.html"));
    sim.test(|sim| {
        story(sim)?;
        assert!(sim.world().messages().is_none());
        assert!(!sim.world().tap_sees());
        Ok(())
    });
}
