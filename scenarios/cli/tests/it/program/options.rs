//! Options that mean nothing are refused, with the reason.

use rstest::rstest;

use super::{PASSES, empty, names, run, write};

#[rstest]
#[case("run --jobs 0", "1 or more")]
#[case("fuzz --jobs 0", "1 or more")]
#[case("fuzz --cases 0", "1 or more")]
#[case("fuzz --plateau 0", "1 or more")]
#[case("fuzz --for 0s", "in no time")]
#[case("fuzz --cases 2 --for 3s", "cannot be used with")]
#[case("fuzz --hosts 2", "3 to 20 hosts")]
#[case("scale --hosts 0 --virtual 1s", "1 or more")]
#[case("scale --hosts 2 --virtual 0s", "1s or more")]
#[case("fuzz --virtual 0s", "1s or more")]
#[case("fuzz --virtual 0s..3m", "1s or more")]
#[case("fuzz --virtual 5M", "write `5m` for minutes")]
#[case("fuzz --virtual 1m..1h5M", "write `1m..1h5m` for minutes")]
#[case("fuzz --for 5M", "write `5m` for minutes")]
#[case("scale --hosts 2 --virtual 5M", "write `5m` for minutes")]
#[case("run --jobs -1", "a whole number from 1")]
#[case("run --seed -1", "a seed is a whole number from 0")]
#[case("fuzz --cases -3", "1 or more")]
#[case("fuzz --stack nope", "no stack is called")]
#[case("fuzz --stack raw", "\"raw\": only scenarios that name it run on it")]
#[case("replay founding/double-close", "`run founding/double-close` runs it")]
fn an_option_without_a_meaning_is_refused(#[case] arguments: &str, #[case] told: &str) {
    let dir = empty();
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let ended = run(dir.path(), &arguments);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.err.contains(told), "{ended:?}");
    assert_eq!(names(dir.path()), [""; 0]);
}

#[rstest]
#[case("f --transport stream", "none runs over stream")]
#[case("f --stack raw", "1 scenario does not apply to raw")]
#[case(
    "f --stack raw --transport stream",
    "to run: 1 scenario does not apply to raw"
)]
#[case(
    "f --stack kad-identify --transport stream",
    "to run: none runs over stream"
)]
#[case("nothing", "no scenario file in this folder")]
#[case("all,!all", "no scenario or file is called")]
fn nothing_to_run_is_an_error(
    #[case] arguments: &str,
    #[case] told: &str,
    #[values("run", "check")] command: &str,
) {
    let dir = empty();
    write(
        dir.path(),
        "f/mux.toml",
        "mux",
        &format!("transports = [\"mux\"]\n{PASSES}"),
    );
    std::fs::create_dir(dir.path().join("nothing")).expect("a folder");
    let arguments: Vec<&str> = [command].into_iter().chain(arguments.split(' ')).collect();
    let ended = run(dir.path(), &arguments);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.err.contains(told), "{ended:?}");
    assert_eq!(ended.out, "");
}

#[test]
fn a_file_in_place_of_a_folder_is_told() {
    let dir = empty();
    std::fs::write(dir.path().join("page.html"), "<!doctype html>").expect("a file");
    write(dir.path(), "f/good.toml", "good", PASSES);
    for arguments in ["run f --html page.html", "run f --traces page.html"] {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let ended = run(dir.path(), &arguments);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(
            ended.err.contains("this is a file; name a folder"),
            "{ended:?}"
        );
    }
    let viewed = run(dir.path(), &["view", "page.html"]);
    assert_eq!(viewed.code, Some(2), "{viewed:?}");
    assert!(viewed.err.contains("open it in a browser"), "{viewed:?}");
}

#[test]
fn folders_without_results_are_not_merged() {
    let dir = empty();
    std::fs::create_dir(dir.path().join("empty")).expect("a folder");
    let ended = run(dir.path(), &["merge", "empty"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{ended:?}");
    assert!(ended.err.contains("nothing to merge"), "{ended:?}");
}

#[test]
fn a_trace_that_cannot_be_written_is_no_failure_of_the_scenario() {
    let dir = empty();
    let one = format!("transports = [\"mux\"]\n{PASSES}");
    write(dir.path(), "f/good.toml", "good", &one);
    let ended = run(
        dir.path(),
        &["replay", "f/good.toml", "--trace", "/dev/full"],
    );
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert_eq!(ended.out, "f/good/kad-identify/mux: passed\n");
    assert!(ended.err.contains("cannot write the trace"), "{ended:?}");
}
