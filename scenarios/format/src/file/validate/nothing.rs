//! Finds lines that have no effect by what they say alone.

use std::time::Duration;

use crate::{
    action::Action,
    syntax::{Kind, Word},
};

/// The shortest time that a churning host is down.
const LEAST_DOWN: Duration = Duration::from_secs(2);

/// The shortest time by which something is late.
const LEAST_PAUSE: Duration = Duration::from_micros(1);

/// Why an action has no effect, by what it says alone.
pub(super) fn nothing(action: &Action) -> Option<String> {
    let is_zero = |time: &Option<Duration>| time.is_none_or(|time| time.is_zero());
    let problem = match action {
        Action::Start { query } => return nothing(query),
        Action::Loss {
            delay: Some(delay), ..
        } if delay.is_zero() => {
            "a lost packet that is delayed by 0s is not lost: write a `delay` above 0s, or `reset`"
        }
        Action::DelayMessages { delay, .. } if delay.is_zero() => {
            "a delay of 0s delays nothing: write a time above 0s, or `pass-messages`"
        }
        Action::DropMessages {
            kind: Kind::AddProvider,
            answers: true,
            ..
        }
        | Action::DelayMessages {
            kind: Kind::AddProvider,
            answers: true,
            ..
        } => "an `add-provider` has no answer: remove `answers`",
        Action::Put { ttl, .. } | Action::StoreLocal { ttl, .. }
            if ttl.is_some_and(|ttl| ttl.is_zero()) =>
        {
            "a record with a ttl of 0s has expired at once: write a time above 0s, or leave `ttl` out"
        }
        Action::Settle {
            within: Some(within),
        } if within.is_zero() => {
            "nothing settles within 0s: write a time above 0s, or leave `within` out"
        }
        Action::Run { time } if time.is_zero() => {
            "no time passes in 0s: write a time above 0s, or remove this line"
        }
        Action::HoldStreams { count: 0, .. } => "this opens no stream: write at least 1",
        Action::Eventually { within, .. } if *within < LEAST_PAUSE && !within.is_zero() => {
            "nothing happens in less than 1us: write a longer time, or `expect`"
        }
        Action::Always { time, .. } if *time < LEAST_PAUSE && !time.is_zero() => {
            "nothing happens in less than 1us: write a longer time, or `expect`"
        }
        Action::Eventually { within, .. } if within.is_zero() => {
            "`eventually` needs a time above 0s: `expect` checks a condition at once"
        }
        Action::Always { time, .. } if time.is_zero() => {
            "`always` needs a time above 0s: `expect` checks a condition once"
        }
        Action::Reset {
            with: None,
            only: Some(_),
            ..
        } => "`only` is about the connections of a pair of hosts: name the others with `with`",
        Action::Skew {
            ahead: Some(_),
            behind: Some(_),
            ..
        } => "a wall clock is ahead or behind: remove one of both",
        Action::Skew {
            gains: Some(_),
            loses: Some(_),
            ..
        } => "a clock gains or loses: remove one of both",
        Action::Skew {
            ahead,
            behind,
            gains,
            loses,
            ..
        } if (ahead.is_some() || behind.is_some() || gains.is_some() || loses.is_some())
            && is_zero(ahead)
            && is_zero(behind)
            && gains.unwrap_or(0) == 0
            && loses.unwrap_or(0) == 0 =>
        {
            "a clock that is off by 0 is correct: write more than 0, or no option to correct it"
        }
        Action::Churn { up, .. } if up.mean().is_zero() => {
            "a host that is up for 0s does nothing: write how long it is up"
        }
        Action::Churn { down, .. } if down.mean().is_zero() => {
            "a host that is down for 0s does not go down: write how long it is down"
        }
        Action::Slow { pause, .. } if !pause.is_zero() && *pause < LEAST_PAUSE => {
            "no host is slowed down by less than 1us: write a longer time, or 0s to remove the limit"
        }
        Action::DelayMessages { delay, .. } if *delay < LEAST_PAUSE => {
            "a message is not late by less than 1us: write a longer time"
        }
        Action::Churn { time, up, down, .. }
            if *time <= up.least() + down.least().max(LEAST_DOWN) =>
        {
            "no host goes down and comes back in this time: a host that churns is down for at least 2s after it was up"
        }
        Action::Ask {
            kind,
            value: Some(_),
            ..
        } if *kind != Kind::PutValue => {
            return Some(format!(
                "a `{}` has no record: remove `value`, or ask `put-value`",
                kind.write()
            ));
        }
        Action::Ask {
            kind: Kind::PutValue,
            value: None,
            ..
        } => {
            "a `put-value` stores a record: add its `value`, or `send` the bytes of a request without one"
        }
        Action::Ask {
            kind: Kind::AddProvider,
            provider: None,
            ..
        } => {
            "an `add-provider` announces a provider: add `provider`, or `send` the bytes of a request without one"
        }
        Action::Ask {
            kind,
            provider: Some(_),
            ..
        } if *kind != Kind::AddProvider => {
            return Some(format!(
                "a `{}` names no providers: remove `provider`, or ask `add-provider`",
                kind.write()
            ));
        }
        _ => return None,
    };
    Some(problem.to_owned())
}
