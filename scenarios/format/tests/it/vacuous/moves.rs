//! Hosts that move to the address that they have.

use super::{HOSTS, accepted, refused, told};

const ALREADY: &str = "`a` has this address already";

#[test]
fn a_host_moves_to_another_address() {
    refused(&["move a to=@a"], ALREADY);
    refused(&["move a to=/ip4/10.0.0.1"], ALREADY);
    accepted(&["move a to=/ip4/10.0.0.9"]);
    accepted(&["crash b", "move a to=@b"]);
    refused(
        &["move h1 to=/ip4/10.0.0.4"],
        "`h1` has this address already",
    );
}

#[test]
fn the_address_is_the_present_one() {
    let there = "move a to=/ip4/10.0.0.9";
    refused(&[there, there], ALREADY);
    refused(&["crash a", there, there], ALREADY);
    accepted(&[there, "move a to=/ip4/10.0.0.1", there]);
    accepted(&[there, "move a", there]);
    accepted(&["move a", "move a to=/ip4/10.0.0.1"]);
    // Another host takes the address of one that is down.
    accepted(&[
        "crash a",
        "move b to=@a",
        "restart a",
        "move a to=/ip4/10.0.0.1",
    ]);
    refused(
        &["crash a", "move b to=@a", "move b to=/ip4/10.0.0.1"],
        "`b` has this address already",
    );
    // The order in which hosts come later is not followed.
    accepted(&["spawn late", "move late to=/ip4/10.0.0.7"]);
    let planned = r#"faults = [{ at = "1s", do = "move a" }]"#;
    let steps = ["run 2s", "move a to=/ip4/10.0.0.1"];
    assert_eq!(told(planned, HOSTS, &steps), Vec::<String>::new());
    assert_eq!(told("", HOSTS, &steps).len(), 1);
}
