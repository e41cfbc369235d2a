//! How far a command is: a line on a terminal.

use std::{fmt, io::IsTerminal, time::Duration};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

/// What limits the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// A number of cases.
    Cases(u64),
    /// A real time.
    Time(Duration),
}

/// The line for work with this limit, which is hidden if standard error is no terminal.
pub(super) fn bar(limit: Limit) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (bar, template) = match limit {
        Limit::Cases(cases) => (
            ProgressBar::new(cases),
            "{bar:20} {pos}/{len} cases{speed}, {msg}",
        ),
        Limit::Time(_) => (
            ProgressBar::no_length(),
            "{spinner} {pos} cases{speed}, {msg}",
        ),
    };
    let style = ProgressStyle::with_template(template).expect("the template is well formed");
    bar.with_style(style.with_key(
        "speed",
        move |state: &ProgressState, text: &mut dyn fmt::Write| {
            // What cannot be written is not shown.
            let _ = text.write_str(&speed(limit, state.pos(), state.elapsed()));
        },
    ))
}

/// How fast so many cases were run, and the time that is left. Neither is known before the first
/// one, except for the end of a given time.
fn speed(limit: Limit, cases: u64, elapsed: Duration) -> String {
    let rate = cases as f64 / elapsed.as_secs_f64().max(0.001);
    let fast = match cases {
        0 => String::new(),
        _ => format!(", {rate:.1}/s"),
    };
    let left = match limit {
        Limit::Time(time) => Some(time.saturating_sub(elapsed)),
        Limit::Cases(_) if cases == 0 => None,
        Limit::Cases(all) => Some(Duration::from_secs_f64(
            all.saturating_sub(cases) as f64 / rate,
        )),
    };
    let left = left.map(|left| {
        let left = Duration::from_secs(left.as_secs());
        format!(", {} left", humantime::format_duration(left))
    });
    fast + &left.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_until_a_rate_is_known() {
        let second = Duration::from_secs(1);
        assert_eq!(speed(Limit::Cases(10), 0, second), "");
        assert_eq!(speed(Limit::Cases(10), 4, second * 2), ", 2.0/s, 3s left");
        assert_eq!(speed(Limit::Cases(10), 10, second * 5), ", 2.0/s, 0s left");
        let minute = Limit::Time(second * 60);
        assert_eq!(speed(minute, 0, second), ", 59s left");
        assert_eq!(speed(minute, 30, second * 10), ", 3.0/s, 50s left");
    }
}
