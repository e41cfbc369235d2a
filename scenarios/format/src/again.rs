//! How to run a failed test again.

use std::{path::Path, thread};

use crate::stacks::Stacks;

/// How to run a failed file again, from the test in which it has failed.
pub(crate) fn again(file: &Path, stacks: &Stacks) -> String {
    again_on_stack() + &program(file, stacks)
}

/// How to run scenarios again that have failed on a stack of a test.
pub(crate) fn again_on_stack() -> String {
    test(thread::current().name())
}

/// The command that runs the test of this thread again, if the thread is that of a test.
pub(crate) fn again_command() -> Option<String> {
    command(thread::current().name())
}

/// The thread of a test has the name of the test.
fn command(name: Option<&str>) -> Option<String> {
    let name = name.filter(|name| *name != "main")?;
    Some(format!("cargo test {name}"))
}

fn test(name: Option<&str>) -> String {
    match command(name) {
        None => "again: run this test again (seed 0)".to_owned(),
        Some(command) => format!("again: {command} (seed 0)"),
    }
}

/// The program has only the standard stacks.
fn program(file: &Path, stacks: &Stacks) -> String {
    if stacks.names().ne(Stacks::standard().names()) {
        return String::new();
    }
    format!(
        "\n       or, with the program: dht-harness run {}",
        file.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_named_only_for_the_standard_stacks() {
        let file = Path::new("ping.toml");
        let own = Stacks::standard().with("mine", |node, settings| {
            dht_fixtures::Stack::KadIdentify.swarm_with(node, settings)
        });
        let in_test = |stacks: &Stacks| format!("{}{}", test(Some("pings")), program(file, stacks));
        assert_eq!(in_test(&own), "again: cargo test pings (seed 0)");
        let standard = in_test(&Stacks::standard());
        assert!(
            standard.ends_with("dht-harness run ping.toml"),
            "{standard}"
        );
    }
}
