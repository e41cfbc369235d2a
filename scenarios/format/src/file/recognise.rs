//! Which TOML texts are scenarios.

/// The keys by which a scenario is recognised, also if it lacks `format` or has misspelt it.
const KEYS: [&str; 3] = ["format", "hosts", "steps"];

/// Whether a text is a scenario, and no other TOML. An invalid text may be one, and a key may have
/// capitals, so that it is reported.
pub fn is_scenario(text: &str) -> bool {
    let table = text.parse::<toml::Table>();
    table.map_or(true, |table| {
        let is_one = |key: &String| KEYS.iter().any(|known| known.eq_ignore_ascii_case(key));
        table.keys().any(is_one)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenario_files_have_one_of_their_keys_at_the_top_level() {
        assert!(is_scenario("format = 1\nname = \"a\"\n"));
        assert!(is_scenario("formt = 1\nsteps = []\n"));
        assert!(is_scenario("name = \"a\"\nhosts = []\n"));
        assert!(is_scenario("Format = 1\nHosts = []\nSteps = []\n"));
        assert!(!is_scenario("[package]\nname = \"a\"\n"));
        assert!(!is_scenario("[log]\nformat = 1\nhosts = []\n"));
        assert!(!is_scenario(""));
    }

    #[test]
    fn a_text_that_is_no_toml_is_reported() {
        assert!(is_scenario("format = 1\nname = \n"));
        assert!(is_scenario("[package\nname = \"a\"\n"));
    }
}
