//! The pictures of the book show the pages that the program makes now.

use std::{fs, process::Command};

use dht_book::{Block, Page};
use sha2::{Digest, Sha256};

use super::root;

/// What makes the pictures anew.
const RENEW: &str = "run `book/pictures.sh`, look at the pictures, and commit them";

#[test]
fn pictures_show_the_pages_of_this_program() {
    let list = fs::read_to_string(root().join("book/pictures.txt")).expect("the list");
    let kept = root().join("book/src/images/documents.txt");
    let kept = fs::read_to_string(kept).expect("the checksums");
    let temporary = tempfile::tempdir().expect("a folder");
    // A scenario is named after its folder.
    let folder = temporary.path().join("book");
    fs::create_dir(&folder).expect("a folder");
    let lines = list.lines().filter(|line| !line.starts_with('#'));
    let mut now = String::new();
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        let [file, page, what, _hash] = words[..] else {
            panic!("{line}: four words are expected");
        };
        let mut what = what.to_owned();
        if page != "-" {
            let name = format!("name = \"{what}\"");
            let page = root().join("book/src").join(page);
            let blocks = Page::read(&page).expect("a page").blocks;
            let mut scenarios = blocks.into_iter();
            let mut is_it =
                |block: &Block| block.info.starts_with("toml") && block.code.contains(&name);
            let scenario = scenarios.find(&mut is_it);
            let path = folder.join(format!("{what}.toml"));
            fs::write(&path, scenario.expect("the scenario of the page").code).expect("a file");
            what = format!("book/{what}.toml");
        }
        let out = folder.join("page.html");
        let viewed = Command::new(env!("CARGO_BIN_EXE_dht-harness"))
            // The page tells the path of the file, which is to be the same everywhere.
            .current_dir(temporary.path())
            .args(["view", &what, "--out"])
            .arg(&out)
            .output()
            .expect("the program starts");
        assert!(viewed.status.success(), "{viewed:?}");
        let page = fs::read_to_string(&out).expect("the page");
        now.push_str(&format!("{file} {:x}\n", Sha256::digest(document(&page))));
    }
    assert_eq!(now, kept, "a picture of the book has aged: {RENEW}");
}

/// The document of a page, without what differs between machines.
fn document(page: &str) -> String {
    let (_, rest) = page.split_once("id=\"data\">").expect("the page has data");
    let (document, _) = rest.split_once("</script>").expect("the data ends");
    let machine = r#""(reproduce|harness)":"([^"\\]|\\.)*""#;
    let machine = regex::Regex::new(machine).expect("an expression");
    machine.replace_all(document, "").into_owned() + "\n"
}
