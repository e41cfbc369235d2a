//! The generated reference of scenario files.

use super::assert_up_to_date;
use dht_scenarios::reference;

#[test]
fn reference_md_is_up_to_date() {
    assert_up_to_date("REFERENCE.md", &reference::markdown(), "reference");
}
