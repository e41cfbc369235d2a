//! Pictures of runs.

mod claims;
mod forms;
mod origins;
mod pages;
mod traces;

use std::{fs, path::PathBuf, process, time::Duration};

use dht_harness::{Sim, SimError, dht::Query};
use serde_json::Value;

use super::acquainted;

/// A folder for the files of one test, which is removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let name = format!("dht-harness-view-{}-{test}", process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).expect("the temporary folder is writable");
        Folder(folder)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Two hosts, a marked step, a query with a name, a record, and a partition.
fn story(sim: &mut Sim) -> Result<(), SimError> {
    let (a, b) = acquainted(sim)?;
    sim.mark("a looks for b");
    let query = sim.start_query(&a, Query::ClosestPeers(b.peer_id().to_bytes()))?;
    sim.name_query(query, "who");
    sim.finish_query(query)?;
    sim.start_query(&a, Query::ClosestPeers(b"lost".to_vec()))?;
    // The stream is agreed on after 20 ms, so that the request is lost.
    sim.run_for(Duration::from_millis(15))?;
    let split = sim.partition(&[&[&a], &[&b]]);
    sim.mark("b is cut off");
    sim.run_for(Duration::from_secs(2))?;
    split.heal();
    sim.close(&b)
}

/// The document in a page.
fn document(page: &str) -> Value {
    let (_, rest) = page
        .split_once(r#"<script type="application/json" id="data">"#)
        .expect("the page has its data");
    let (data, _) = rest.split_once("</script>").expect("the data ends");
    serde_json::from_str(data).expect("the data is JSON")
}

fn list<'a>(document: &'a Value, key: &str) -> &'a [Value] {
    document[key].as_array().expect("a list")
}
