//! Whether the colours of the page can be told apart, also by people who are colour-blind.

use std::collections::BTreeMap;

const STYLE: &str = include_str!("page/style.css");

/// Red, green and blue, each from 0 to 1, of linear light.
type Light = [f64; 3];

/// The themes: the index of the colour in `light-dark(..)`.
const THEMES: [usize; 2] = [0, 1];

/// How eyes see colours: as they are, and without one of the three sorts of cones. After Machado,
/// Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision
/// Deficiency", IEEE TVCG 15(6), 2009, at severity 1.
const EYES: [(&str, [[f64; 3]; 3]); 4] = [
    ("all cones", [[1., 0., 0.], [0., 1., 0.], [0., 0., 1.]]),
    (
        "protanopia",
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
    ),
    (
        "deuteranopia",
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
    ),
    (
        "tritanopia",
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ),
];

/// The colours of the style by their names, for each theme.
fn colours() -> BTreeMap<&'static str, [Light; 2]> {
    let named = STYLE.split("--").filter_map(|part| {
        let (name, rest) = part.split_once(": ")?;
        let value = rest.split_once(';')?.0;
        let (light, dark) = match value.strip_prefix("light-dark(") {
            Some(both) => both.strip_suffix(')')?.split_once(", ")?,
            None => (value, value),
        };
        Some((name, [parse(light)?, parse(dark)?]))
    });
    named.collect()
}

fn parse(text: &str) -> Option<Light> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let mut light = [0.0; 3];
    for (at, part) in light.iter_mut().enumerate() {
        let value = u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?;
        let value = f64::from(value) / 255.0;
        *part = match value <= 0.040_45 {
            true => value / 12.92,
            false => ((value + 0.055) / 1.055).powf(2.4),
        };
    }
    Some(light)
}

fn luminance([red, green, blue]: Light) -> f64 {
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// The contrast ratio of WCAG 2.
fn contrast(one: Light, other: Light) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The difference of two colours in CIELAB (CIE76), of which 2.3 can just be noticed.
fn difference(one: Light, other: Light) -> f64 {
    let lab = |[red, green, blue]: Light| {
        let x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505;
        let y = luminance([red, green, blue]);
        let z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089;
        let [x, y, z] = [x, y, z].map(|part| match part > 0.008_856 {
            true => part.cbrt(),
            false => 7.787 * part + 16.0 / 116.0,
        });
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    };
    let (one, other) = (lab(one), lab(other));
    let squares = one.iter().zip(other).map(|(a, b)| (a - b).powi(2));
    squares.sum::<f64>().sqrt()
}

fn seen(eyes: &[[f64; 3]; 3], light: Light) -> Light {
    eyes.map(|row| {
        let parts = row.iter().zip(light).map(|(share, part)| share * part);
        parts.sum::<f64>().clamp(0.0, 1.0)
    })
}

#[test]
fn texts_have_the_contrast_of_wcag_aa() {
    let colours = colours();
    let texts = ["text", "soft", "accent", "bad", "good", "fault-text"];
    let pairs = texts
        .iter()
        .flat_map(|text| [(*text, "back"), (*text, "raised")]);
    let badges = [("bad", "bad-back"), ("good", "good-back")];
    for (text, back) in pairs.chain(badges) {
        for theme in THEMES {
            let ratio = contrast(colours[text][theme], colours[back][theme]);
            assert!(ratio >= 4.5, "{text} on {back}, theme {theme}: {ratio:.2}");
        }
    }
}

#[test]
fn marks_have_the_contrast_of_wcag_aa() {
    let colours = colours();
    let kinds: Vec<_> = (0..10).map(|kind| format!("k{kind}")).collect();
    let kinds = kinds.iter().map(String::as_str);
    for mark in kinds.chain(["track", "life", "density", "bad", "good"]) {
        for theme in THEMES {
            let ratio = contrast(colours[mark][theme], colours["back"][theme]);
            assert!(ratio >= 3.0, "{mark}, theme {theme}: {ratio:.2}");
        }
    }
}

/// What is failed or dead differs from what is not, and the marks of a table from each other.
#[test]
fn colour_blind_people_can_tell_the_marks_apart() {
    let colours = colours();
    let pairs = [
        ("bad", "good"),
        ("bad", "accent"),
        ("bad", "track"),
        ("bad", "life"),
        ("bad", "density"),
        ("bad", "k0"),
        ("bad", "k2"),
        ("bad", "k4"),
        ("k2", "k4"),
    ];
    for (one, other) in pairs {
        for (name, eyes) in &EYES {
            for theme in THEMES {
                let of = |colour: &str| seen(eyes, colours[colour][theme]);
                let difference = difference(of(one), of(other));
                assert!(
                    difference >= 12.0,
                    "{one} and {other} with {name}, theme {theme}: {difference:.1}"
                );
            }
        }
    }
}
