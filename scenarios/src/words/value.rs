//! The values that lines are made of, each with its one way to be written.

use std::time::Duration;

use dht_harness::net::{Latency, Probability};
use libp2p::Multiaddr;

use super::{
    line::{Complaint, Words, quoted},
    part::Part,
};

/// A value that is one word.
trait Word: Sized {
    const FORM: &'static str;
    fn read(text: &str) -> Result<Self, String>;
    fn write(&self) -> String;
    fn names(&self, name: &mut dyn FnMut(&str)) {
        let _ = name;
    }
}

macro_rules! parts {
    ($($word:ty),+ $(,)?) => {
        $(impl Part for $word {
            const FORM: &'static str = <$word as Word>::FORM;

            fn take(words: &mut Words) -> Result<Self, Complaint> {
                let (text, at) = words.word(<$word as Word>::FORM)?;
                <$word as Word>::read(&text).map_err(|wrong| Complaint::new(at, wrong))
            }

            fn put(&self, line: &mut Vec<String>) {
                line.push(quoted(&Word::write(self)));
            }

            fn hosts(&self, name: &mut dyn FnMut(&str)) {
                Word::names(self, name);
            }
        })+
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
    Quorum,
    Latency,
    Probability,
    Duration,
    u64,
    f64,
    String,
    Bound<u64>,
    Bound<f64>,
    Bound<Duration>,
);

/// A name that a scenario gives to something.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(pub String);

/// Whether a name can stand in lists of names.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|char: char| char.is_ascii_lowercase())
        && text
            .chars()
            .all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-')
}

impl Word for Name {
    const FORM: &'static str = "NAME";

    fn read(text: &str) -> Result<Self, String> {
        if is_name(text) {
            Ok(Name(text.to_owned()))
        } else {
            Err(format!(
                "`{text}` is no name: a name is of small letters, digits and `-`, a letter first"
            ))
        }
    }

    fn write(&self) -> String {
        self.0.clone()
    }
}

/// Some hosts, in the order in which they are named.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hosts(pub Vec<Term>);

/// One of the terms that name hosts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Term {
    /// `all`: every host.
    All,
    /// A host, or all hosts of a group.
    Named(String),
    /// `h2..h5`: these of a group, both ends among them.
    Range(String, u32, u32),
    /// `!h3`: none of these, of those named before.
    Except(String),
}

impl Hosts {
    /// One host, or one group.
    pub fn named(name: &str) -> Self {
        Hosts(vec![Term::Named(name.to_owned())])
    }
}

impl Word for Hosts {
    const FORM: &'static str = "HOSTS";

    fn read(text: &str) -> Result<Self, String> {
        text.split(',')
            .map(term)
            .collect::<Result<_, _>>()
            .map(Hosts)
    }

    fn write(&self) -> String {
        let terms: Vec<_> = self
            .0
            .iter()
            .map(|term| match term {
                Term::All => "all".to_owned(),
                Term::Named(name) => name.clone(),
                Term::Range(group, first, last) => format!("{group}{first}..{group}{last}"),
                Term::Except(name) => format!("!{name}"),
            })
            .collect();
        terms.join(",")
    }

    fn names(&self, name: &mut dyn FnMut(&str)) {
        for term in &self.0 {
            match term {
                Term::All => {}
                Term::Named(host) | Term::Except(host) => name(host),
                Term::Range(group, first, last) => {
                    name(&format!("{group}{first}"));
                    name(&format!("{group}{last}"));
                }
            }
        }
    }
}

fn term(text: &str) -> Result<Term, String> {
    if text == "all" {
        return Ok(Term::All);
    }
    if let Some(name) = text.strip_prefix('!') {
        return Name::read(name).map(|name| Term::Except(name.0));
    }
    if let Some((first, last)) = text.split_once("..") {
        let split = |end: &str| {
            let digits = end.len() - end.trim_end_matches(|c: char| c.is_ascii_digit()).len();
            let (group, number) = end.split_at(end.len() - digits);
            Some((group.to_owned(), number.parse::<u32>().ok()?))
        };
        return match (split(first), split(last)) {
            (Some((group, first)), Some((other, last)))
                if group == other && first <= last && is_name(&group) =>
            {
                Ok(Term::Range(group, first, last))
            }
            _ => Err(format!(
                "`{text}` is no range of hosts: it is written `h2..h5`, of one group, the lower first"
            )),
        };
    }
    Name::read(text)
        .map(|name| Term::Named(name.0))
        .map_err(|_| {
            format!("`{text}` names no hosts: it is a list such as `a,h0..h4`, a group, `all`, or `all,!a`")
        })
}

/// Sets of hosts with `|` between them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Groups(pub Vec<Hosts>);

impl Part for Groups {
    const FORM: &'static str = "HOSTS | HOSTS..";

    fn take(words: &mut Words) -> Result<Self, Complaint> {
        let start = words.position();
        let mut groups = vec![Hosts::take(words)?];
        while words.peek() == Some("|") {
            words.word("|")?;
            groups.push(Hosts::take(words)?);
        }
        if groups.len() < 2 {
            return Err(Complaint::new(
                start..words.position(),
                "one group alone is no partition: write `a,b | c`",
            ));
        }
        Ok(Groups(groups))
    }

    fn put(&self, line: &mut Vec<String>) {
        for (number, group) in self.0.iter().enumerate() {
            if number > 0 {
                line.push("|".to_owned());
            }
            group.put(line);
        }
    }

    fn hosts(&self, name: &mut dyn FnMut(&str)) {
        for group in &self.0 {
            Part::hosts(group, name);
        }
    }
}

/// Where something is reached.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// `@a`: the address of a host.
    Of(String),
    /// A multiaddress.
    Literal(Multiaddr),
}

impl Word for Address {
    const FORM: &'static str = "ADDRESS";

    fn read(text: &str) -> Result<Self, String> {
        if let Some(host) = text.strip_prefix('@') {
            return Name::read(host).map(|name| Address::Of(name.0));
        }
        text.parse().map(Address::Literal).map_err(|error| {
            format!("`{text}` is no address ({error}): it is `@host` or a multiaddress such as `/ip4/10.0.0.9/tcp/4001`")
        })
    }

    fn write(&self) -> String {
        match self {
            Address::Of(host) => format!("@{host}"),
            Address::Literal(address) => address.to_string(),
        }
    }

    fn names(&self, name: &mut dyn FnMut(&str)) {
        if let Address::Of(host) = self {
            name(host);
        }
    }
}

/// A key of the DHT.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// The bytes of a text.
    Text(String),
    /// `peer:a`: the bytes of a host's peer id.
    Peer(String),
    /// `hex:00ff`: these bytes; `hex:` is the empty key.
    Hex(Vec<u8>),
}

impl Word for Key {
    const FORM: &'static str = "KEY";

    fn read(text: &str) -> Result<Self, String> {
        if let Some(host) = text.strip_prefix("peer:") {
            return Name::read(host).map(|name| Key::Peer(name.0));
        }
        if let Some(digits) = text.strip_prefix("hex:") {
            return bytes(digits).map(Key::Hex);
        }
        if text.is_empty() {
            return Err("the empty key is written `hex:`".to_owned());
        }
        Ok(Key::Text(text.to_owned()))
    }

    fn write(&self) -> String {
        match self {
            Key::Text(text) => text.clone(),
            Key::Peer(host) => format!("peer:{host}"),
            Key::Hex(bytes) => format!("hex:{}", hex::encode(bytes)),
        }
    }

    fn names(&self, name: &mut dyn FnMut(&str)) {
        if let Key::Peer(host) = self {
            name(host);
        }
    }
}

fn bytes(digits: &str) -> Result<Vec<u8>, String> {
    hex::decode(digits).map_err(|error| format!("`{digits}` are no bytes in hexadecimal: {error}"))
}

/// What a record holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Payload {
    /// The bytes of a text.
    Text(String),
    /// `size:70000`: so many bytes.
    Size(usize),
    /// `hex:00ff`: these bytes.
    Hex(Vec<u8>),
}

impl Payload {
    /// The bytes.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Payload::Text(text) => text.clone().into_bytes(),
            Payload::Size(size) => vec![b'x'; *size],
            Payload::Hex(bytes) => bytes.clone(),
        }
    }
}

impl Word for Payload {
    const FORM: &'static str = "VALUE";

    fn read(text: &str) -> Result<Self, String> {
        if let Some(size) = text.strip_prefix("size:") {
            return size
                .parse()
                .map(Payload::Size)
                .map_err(|error| format!("`{size}` is no number of bytes: {error}"));
        }
        match text.strip_prefix("hex:") {
            Some(digits) => bytes(digits).map(Payload::Hex),
            None => Ok(Payload::Text(text.to_owned())),
        }
    }

    fn write(&self) -> String {
        match self {
            Payload::Text(text) => text.clone(),
            Payload::Size(size) => format!("size:{size}"),
            Payload::Hex(bytes) => format!("hex:{}", hex::encode(bytes)),
        }
    }
}

/// Makes an enum whose variants are one word each.
macro_rules! choice {
    ($(#[doc = $about:literal])+ $name:ident $form:literal { $($(#[doc = $doc:literal])+ $variant:ident $word:literal),+ $(,)? }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
        }

        impl Word for $name {
            const FORM: &'static str = $form;

            fn read(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok($name::$variant),)+
                    _ => Err(format!(
                        "`{text}` is none of {}",
                        [$($word),+].join(", ")
                    )),
                }
            }

            fn write(&self) -> String {
                match self {
                    $($name::$variant => $word.to_owned(),)+
                }
            }
        }
    };
}

choice! {
    /// The kinds of messages of the kad protocol.
    Kind "KIND" {
        /// Find the peers closest to a key.
        FindNode "find-node",
        /// Find a record.
        GetValue "get-value",
        /// Store a record.
        PutValue "put-value",
        /// Find providers.
        GetProviders "get-providers",
        /// Announce a provider.
        AddProvider "add-provider",
    }
}

choice! {
    /// The mode of a DHT.
    Mode "MODE" {
        /// Answers requests.
        Server "server",
        /// Only asks.
        Client "client",
        /// A server once an external address is known.
        Auto "auto",
    }
}

/// How many peers have to confirm a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quorum {
    /// One.
    One,
    /// More than half.
    Majority,
    /// As many as the record is stored at.
    All,
    /// So many.
    Count(u32),
}

impl Word for Quorum {
    const FORM: &'static str = "QUORUM";

    fn read(text: &str) -> Result<Self, String> {
        match text {
            "one" => Ok(Quorum::One),
            "majority" => Ok(Quorum::Majority),
            "all" => Ok(Quorum::All),
            number => match number.parse() {
                Ok(count) if count > 0 => Ok(Quorum::Count(count)),
                _ => Err(format!(
                    "`{text}` is no quorum: it is one, majority, all or a number from 1"
                )),
            },
        }
    }

    fn write(&self) -> String {
        match self {
            Quorum::One => "one".to_owned(),
            Quorum::Majority => "majority".to_owned(),
            Quorum::All => "all".to_owned(),
            Quorum::Count(count) => count.to_string(),
        }
    }
}

/// What a quantity has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound<T> {
    /// How it compares.
    pub compare: Compare,
    /// With what.
    pub value: T,
}

/// How two quantities compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compare {
    /// `=`
    Equal,
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `<`
    Less,
}

const COMPARISONS: [(&str, Compare); 5] = [
    (">=", Compare::AtLeast),
    ("<=", Compare::AtMost),
    ("=", Compare::Equal),
    (">", Compare::More),
    ("<", Compare::Less),
];

impl<T: PartialOrd> Bound<T> {
    /// Whether a quantity keeps to the bound.
    pub fn holds(&self, seen: &T) -> bool {
        match self.compare {
            Compare::Equal => *seen == self.value,
            Compare::AtLeast => *seen >= self.value,
            Compare::AtMost => *seen <= self.value,
            Compare::More => *seen > self.value,
            Compare::Less => *seen < self.value,
        }
    }
}

macro_rules! bounds {
    ($($quantity:ty => $form:literal),+ $(,)?) => {
        $(impl Word for Bound<$quantity> {
            const FORM: &'static str = $form;

            fn read(text: &str) -> Result<Self, String> {
                let found = COMPARISONS.iter().find(|(sign, _)| text.starts_with(sign));
                let Some((sign, compare)) = found else {
                    return Err(format!(
                        "`{text}` is no bound: it begins with =, >=, <=, > or <, as in `>=3`"
                    ));
                };
                <$quantity as Word>::read(&text[sign.len()..]).map(|value| Bound {
                    compare: *compare,
                    value,
                })
            }

            fn write(&self) -> String {
                let sign = COMPARISONS.iter().find(|(_, compare)| *compare == self.compare);
                format!("{}{}", sign.map_or("=", |(sign, _)| sign), Word::write(&self.value))
            }
        })+
    };
}

bounds!(u64 => "BOUND", f64 => "BOUND", Duration => "BOUND");

impl Word for u64 {
    const FORM: &'static str = "N";

    fn read(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|error| format!("`{text}` is no whole number: {error}"))
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
            _ => Err(format!("`{text}` is no number, as in `0.25`")),
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
        Probability::new(value)
            .map_err(|_| format!("`{text}` is no probability: it is a number from 0 to 1"))
    }

    fn write(&self) -> String {
        f64::from(*self).to_string()
    }
}

impl Word for String {
    const FORM: &'static str = "TEXT";

    fn read(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }

    fn write(&self) -> String {
        self.clone()
    }
}

impl Word for Duration {
    const FORM: &'static str = "DURATION";

    fn read(text: &str) -> Result<Self, String> {
        humantime::parse_duration(text).map_err(|error| {
            format!("`{text}` is no duration ({error}): write `250ms`, `10s`, `1h30m`")
        })
    }

    fn write(&self) -> String {
        humantime::format_duration(*self)
            .to_string()
            .replace(' ', "")
    }
}

/// `20ms`, `uniform:5ms..50ms`, `exponential:5ms..20ms` (least and mean) or
/// `log-normal:20ms~0.5` (median and deviation).
impl Word for Latency {
    const FORM: &'static str = "DISTRIBUTION";

    fn read(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is no distribution: write `20ms`, `uniform:5ms..50ms`, \
                 `exponential:5ms..20ms` (least and mean) or `log-normal:20ms~0.5` \
                 (median and deviation)"
            )
        };
        let Some((kind, rest)) = text.split_once(':') else {
            return <Duration as Word>::read(text).map(Latency::Constant);
        };
        let two = |sign: &str| rest.split_once(sign).ok_or_else(wrong);
        let ordered = || {
            let (low, high) = two("..")?;
            let (low, high) = (
                <Duration as Word>::read(low)?,
                <Duration as Word>::read(high)?,
            );
            (low <= high).then_some((low, high)).ok_or_else(wrong)
        };
        match kind {
            "uniform" => ordered().map(|(min, max)| Latency::Uniform { min, max }),
            "exponential" => ordered().map(|(min, mean)| Latency::Exponential { min, mean }),
            "log-normal" => {
                let (median, sigma) = two("~")?;
                let sigma = <f64 as Word>::read(sigma)?;
                if sigma < 0.0 {
                    return Err(wrong());
                }
                <Duration as Word>::read(median).map(|median| Latency::LogNormal { median, sigma })
            }
            _ => Err(wrong()),
        }
    }

    fn write(&self) -> String {
        let time = |duration: &Duration| Word::write(duration);
        match self {
            Latency::Constant(latency) => time(latency),
            Latency::Uniform { min, max } => format!("uniform:{}..{}", time(min), time(max)),
            Latency::Exponential { min, mean } => {
                format!("exponential:{}..{}", time(min), time(mean))
            }
            Latency::LogNormal { median, sigma } => format!("log-normal:{}~{sigma}", time(median)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_lists_ranges_and_exceptions() {
        let hosts = <Hosts as Word>::read("a,h0..h4,!h2").unwrap();
        assert_eq!(
            hosts.0,
            [
                Term::Named("a".to_owned()),
                Term::Range("h".to_owned(), 0, 4),
                Term::Except("h2".to_owned())
            ]
        );
        assert_eq!(Word::write(&hosts), "a,h0..h4,!h2");
        for wrong in ["", "A", "h4..h0", "h0..g4", "a,,b"] {
            assert!(<Hosts as Word>::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn bounds_are_read_and_hold() {
        let bound = <Bound<u64> as Word>::read(">=3").unwrap();
        assert!(bound.holds(&3) && !bound.holds(&2));
        let bound = <Bound<Duration> as Word>::read("<1m").unwrap();
        assert!(bound.holds(&Duration::from_secs(59)) && !bound.holds(&Duration::from_secs(60)));
        assert!(<Bound<u64> as Word>::read("3").is_err());
    }

    #[test]
    fn distributions_are_read_back() {
        for text in [
            "20ms",
            "uniform:5ms..50ms",
            "exponential:5ms..20ms",
            "log-normal:20ms~0.5",
        ] {
            assert_eq!(Word::write(&<Latency as Word>::read(text).unwrap()), text);
        }
        assert!(<Latency as Word>::read("uniform:50ms..5ms").is_err());
    }
}
