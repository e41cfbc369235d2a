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
