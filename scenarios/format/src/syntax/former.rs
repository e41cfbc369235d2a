//! Former names of words of scenario files, which files of the same format may have.

/// Each former name with the present one.
const FORMER: [(&str, &str); 11] = [
    ("knows", "bootstrap"),
    ("throughout", "always"),
    ("plant", "store-local"),
    ("plant-provider", "store-provider-local"),
    ("forget", "remove-local"),
    ("tell", "app-command"),
    ("shows", "app-metric"),
    ("hosts-are-calm", "no-busy-loop"),
    ("held-is-found", "stored-is-found"),
    ("parted-peers", "peers-notice-close"),
    ("local-id-nowhere", "no-self-entry"),
];

/// The present name for a word that is none of `known`, if it is a former one.
pub(crate) fn present<'a>(word: &'a str, known: &[&str]) -> &'a str {
    let mut former = FORMER.iter();
    match former.find(|(former, present)| *former == word && known.contains(present)) {
        Some((_, present)) if !known.contains(&word) => present,
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::file::parse;

    #[test]
    fn files_with_former_names_are_read_and_written_with_the_present_ones() {
        let text = r#"format = 1
name = "any"
about = "any"
checks = ["held-is-found"]
hosts = [
  { name = "a", knows = "b" },
  { name = "b", stack = "file-sharing" },
]
steps = [
  "plant b song value",
  "plant-provider b song a",
  "forget b song",
  'tell b "lookup @a"',
  "throughout 5s knows a b",
  "expect not shows b peers =0",
]
"#;
        let file =
            parse(Path::new("any.toml"), text, None).unwrap_or_else(|wrong| panic!("{wrong}"));
        let steps: Vec<_> = file.steps.iter().map(ToString::to_string).collect();
        assert_eq!(
            steps,
            [
                "store-local b song value",
                "store-provider-local b song a",
                "remove-local b song",
                "app-command b \"lookup @a\"",
                "always 5s knows a b",
                "expect not app-metric b peers =0",
            ]
        );
        assert_eq!(file.checks, ["stored-is-found"]);
        assert!(
            file.to_string()
                .contains(r#"{ name = "a", bootstrap = "b" }"#)
        );
    }

    #[test]
    fn a_word_that_has_a_meaning_keeps_it() {
        assert_eq!(present("knows", &["knows", "bootstrap"]), "knows");
        assert_eq!(present("knows", &["bootstrap"]), "bootstrap");
        assert_eq!(present("knows", &["mode"]), "knows");
        assert_eq!(present("bootstrap", &["bootstrap"]), "bootstrap");
    }
}
