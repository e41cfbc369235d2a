//! Arguments of one word.

use std::{
    num::{IntErrorKind, ParseIntError},
    time::Duration,
};

use dht_fixtures::settings::in_months;
use dht_harness::net::{AddressKinds, Interfaces, Latency, Probability};

use crate::limit;

use super::{
    Address, Bound, Bucket, CauseKind, DhtMode, DhtName, DomainName, HostState, Hosts, Key, Kind,
    Mode, Name, Outcome, Payload, Pick, Quorum, Reachability, ReplyKind, RouterName, Script,
    line::{ParseError, TokenCursor, quoted},
    part::{Argument, Slot},
};

/// An argument of one word.
pub(crate) trait Word: Sized {
    const FORM: &'static str;
    fn read(text: &str) -> Result<Self, String>;
    fn write(&self) -> String;
    fn names(&self, name: &mut dyn FnMut(&str)) {
        let _ = name;
    }
    fn slots(&mut self, edit: &mut dyn FnMut(Slot<'_>)) {
        let _ = edit;
    }
}

macro_rules! parts {
    ($($word:ty),* $(,)?) => {
        $(impl Argument for $word {
            const FORM: &'static str = <Self as Word>::FORM;

            fn take(words: &mut TokenCursor) -> Result<Self, ParseError> {
                let (text, at) = words.word(<Self as Word>::FORM)?;
                <Self as Word>::read(&text).map_err(|wrong| ParseError::new(at, wrong))
            }

            fn put(&self, line: &mut Vec<String>) {
                line.push(quoted(&self.write()));
            }

            fn hosts(&self, name: &mut dyn FnMut(&str)) {
                self.names(name);
            }

            fn edit(&mut self, edit: &mut dyn FnMut(Slot<'_>)) {
                self.slots(edit);
            }
        })*
    };
}

parts!(
    Name,
    Hosts,
    Address,
    Key,
    Payload,
    Kind,
    Mode,
    DhtMode,
    DhtName,
    HostState,
    Reachability,
    Outcome,
    CauseKind,
    ReplyKind,
    Bucket,
    Script,
    Quorum,
    Pick,
    Latency,
    Probability,
    Duration,
    DomainName,
    RouterName,
    AddressKinds,
    Interfaces,
    u64,
    f64,
    Bound<u64>,
    Bound<f64>,
    Bound<Duration>,
);

impl Word for u64 {
    const FORM: &'static str = "N";

    fn read(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|error: ParseIntError| match error.kind() {
                IntErrorKind::PosOverflow => {
                    format!("`{text}` is too large: it is at most {}", u64::MAX)
                }
                _ => format!("`{text}` is not a whole number such as `3`"),
            })
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Word for f64 {
    const FORM: &'static str = "RATIO";

    fn read(text: &str) -> Result<Self, String> {
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => Err(format!("`{text}` is not a number such as `0.25`")),
        }
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Word for Probability {
    const FORM: &'static str = "PROBABILITY";

    fn read(text: &str) -> Result<Self, String> {
        let value = <f64 as Word>::read(text)?;
        Probability::try_from(value)
            .map_err(|_| format!("`{text}` is no probability: it is a number from 0 to 1"))
    }

    fn write(&self) -> String {
        f64::from(*self).to_string()
    }
}

impl Word for Duration {
    const FORM: &'static str = "DURATION";

    fn read(text: &str) -> Result<Self, String> {
        if let Some(in_months) = in_months(text) {
            return Err(format!("`{text}` {in_months}"));
        }
        match humantime::parse_duration(text) {
            Ok(time) if time <= limit::TIME => Ok(time),
            Ok(_) | Err(humantime::DurationError::NumberOverflow) => Err(format!(
                "`{text}` is too long: a time is at most 200 years, as virtual time ends after 584"
            )),
            Err(error) => Err(format!(
                "`{text}` is not a duration ({error}): write `250ms`, `10s`, `1h30m`"
            )),
        }
    }

    fn write(&self) -> String {
        humantime::format_duration(*self)
            .to_string()
            .replace(' ', "")
    }

    fn slots(&mut self, edit: &mut dyn FnMut(Slot<'_>)) {
        edit(Slot::Time(self));
    }
}
