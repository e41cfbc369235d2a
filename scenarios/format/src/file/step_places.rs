//! Where the steps of a file are written.

use std::path::Path;

use super::step_lines;
use crate::step_failure::Place;

/// The places of the steps of a scenario file with this text.
pub(crate) fn step_places(file: &Path, text: &str) -> Vec<Place> {
    let lines: Vec<_> = text.lines().collect();
    let places = step_lines(text).into_iter().map(|line| Place {
        file: file.to_owned(),
        line,
        text: lines
            .get(line - 1)
            .map_or("", |text| text.trim())
            .to_owned(),
    });
    places.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_the_line_of_its_step() {
        let text = "name = \"a\"\nsteps = [\n  \"settle\",\n  \"run 1s\",\n]\n";
        let places = step_places(Path::new("f/a.toml"), text);
        let places: Vec<_> = places.iter().map(ToString::to_string).collect();
        assert_eq!(
            places,
            ["f/a.toml:3: \"settle\",", "f/a.toml:4: \"run 1s\","]
        );
    }
}
