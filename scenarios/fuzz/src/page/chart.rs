//! A number over time, as a picture.

use maud::{Markup, html};

use super::{seconds, timeline::Sample};

const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 110.0;
const MARGIN: f64 = 8.0;

/// A line of a number over real time, from zero. The last value stands beside the title.
pub(super) fn chart(title: &str, samples: &[Sample], value: fn(&Sample) -> u64) -> Markup {
    let last = samples.last();
    let end = last
        .map_or(0.0, |sample| sample.at.as_secs_f64())
        .max(0.001);
    let most = samples.iter().map(value).max().unwrap_or(0).max(1) as f64;
    let x = |sample: &Sample| sample.at.as_secs_f64() / end * WIDTH;
    let y = |sample: &Sample| MARGIN + (1.0 - value(sample) as f64 / most) * (HEIGHT - MARGIN);
    let mut points = String::new();
    for sample in samples {
        points.push_str(&format!("{:.1},{:.1} ", x(sample), y(sample)));
    }
    let now = last.map_or(0, value);
    html! {
        figure {
            figcaption { (title) ": " b { (now) } }
            svg viewBox=(format!("0 0 {WIDTH} {}", HEIGHT + 16.0)) role="img"
                aria-label=(format!("{title} over time, {now} at the end")) {
                line.axis x1="0" y1=(HEIGHT) x2=(WIDTH) y2=(HEIGHT) {}
                polyline.line points=(points.trim_end()) {}
                text x="0" y=(HEIGHT + 13.0) { "0" }
                text.end x=(WIDTH) y=(HEIGHT + 13.0) { (seconds(end)) }
            }
        }
    }
}
