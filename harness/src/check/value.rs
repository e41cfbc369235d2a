//! What was expected and what was seen, as values.

use std::{borrow::Cow, fmt, time::Duration};

use dht_harness_clock::VirtualInstant;
use libp2p::{Multiaddr, PeerId, kad};

use super::wording::Said;
use crate::{net::HostId, world::World};

/// What was expected, what was seen instead, or what a finding is about.
///
/// It is data, and displays as a text for people. A program reads the data, and the
/// [kind](super::FindingKind) of the finding; the text may change at any time.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// A number of things.
    Count(u64),
    /// A share, from 0 to 1.
    Ratio(f64),
    /// A span of virtual time.
    Duration(Duration),
    /// An instant of virtual time.
    Time(VirtualInstant),
    /// A host of the simulation.
    Host {
        /// The host.
        host: HostId,
        /// Its name.
        name: String,
    },
    /// A peer, which need not be a host of the simulation.
    Peer {
        /// Its identity.
        peer: PeerId,
        /// The name of its host, or else its identity as text.
        name: String,
    },
    /// An address.
    Address(Multiaddr),
    /// A key of the DHT.
    Key(kad::RecordKey),
    /// The mode of a DHT.
    Mode(kad::Mode),
    /// What something is called: a query, a dial, a place in a source file.
    Id(Cow<'static, str>),
    /// A text for people.
    Text(Cow<'static, str>),
    /// Several values.
    List(Vec<Value>),
    /// Words for people with a value in place of each `{}`. Made by
    /// [`phrase!`](crate::phrase!), which counts them.
    Phrase(&'static str, Vec<Value>),
}

impl Value {
    /// A host, with its name.
    pub fn host(world: &World, host: impl Into<HostId>) -> Self {
        let host = host.into();
        Value::Host {
            host,
            name: world.name(host),
        }
    }

    /// A peer, with the name of its host.
    pub fn peer(world: &World, peer: &PeerId) -> Self {
        Value::Peer {
            peer: *peer,
            name: world.name_of(peer),
        }
    }

    /// Hosts, with their names.
    pub fn hosts<'a>(world: &World, hosts: impl IntoIterator<Item = &'a HostId>) -> Self {
        let hosts = hosts.into_iter().map(|host| Value::host(world, *host));
        Value::List(hosts.collect())
    }

    /// What something is called.
    pub fn id(id: impl ToString) -> Self {
        Value::Id(Cow::Owned(id.to_string()))
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(true) => f.write_str("yes"),
            Value::Bool(false) => f.write_str("no"),
            Value::Count(count) => write!(f, "{count}"),
            Value::Ratio(ratio) => write!(f, "{}", (ratio * 1e3).round() / 1e3),
            Value::Duration(duration) => write!(f, "{duration:?}"),
            Value::Time(time) => write!(f, "{time}"),
            Value::Host { name, .. } | Value::Peer { name, .. } => f.write_str(name),
            Value::Address(address) => write!(f, "{address}"),
            Value::Key(key) => write!(f, "{key:?}"),
            Value::Mode(mode) => write!(f, "{mode}"),
            Value::Id(text) | Value::Text(text) => f.write_str(text),
            Value::List(values) => {
                for (position, value) in values.iter().enumerate() {
                    if position > 0 {
                        f.write_str(", ")?;
                    }
                    value.write(f)?;
                }
                Ok(())
            }
            Value::Phrase(words, values) => {
                let mut words = words.split(PLACE);
                f.write_str(words.next().unwrap_or_default())?;
                for (value, words) in values.iter().zip(words) {
                    value.write(f)?;
                    f.write_str(words)?;
                }
                Ok(())
            }
        }
    }
}

/// What stands in a phrase for a value.
const PLACE: &str = "{}";

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// The text as it is.
        struct Plain<'a>(&'a Value);

        impl fmt::Display for Plain<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.write(f)
            }
        }

        Said(Plain(self)).fmt(f)
    }
}

/// Makes a value of another type a [`Value`].
macro_rules! from {
    ($($type:ty => $value:expr;)+) => {
        $(impl From<$type> for Value {
            fn from(value: $type) -> Self {
                let make: fn($type) -> Value = $value;
                make(value)
            }
        })+
    };
}

from! {
    bool => Value::Bool;
    u64 => Value::Count;
    u32 => |count| Value::Count(count.into());
    usize => |count| Value::Count(count as u64);
    f64 => Value::Ratio;
    Duration => Value::Duration;
    VirtualInstant => Value::Time;
    Multiaddr => Value::Address;
    kad::RecordKey => Value::Key;
    kad::Mode => Value::Mode;
    &'static str => |text| Value::Text(Cow::Borrowed(text));
    String => |text| Value::Text(Cow::Owned(text));
    Vec<Value> => Value::List;
}

/// How many values a phrase has a place for.
#[doc(hidden)]
pub const fn places(words: &str) -> usize {
    let words = words.as_bytes();
    let (mut at, mut places) = (1, 0);
    while at < words.len() {
        if words[at - 1] == b'{' && words[at] == b'}' {
            places += 1;
        }
        at += 1;
    }
    places
}

/// A [`Value`](crate::check::Value) of words and values, one in place of each `{}`.
///
/// ```
/// use dht_harness::phrase;
///
/// let seen = phrase!("{} entries of {}", 21_u64, "a");
/// assert_eq!(seen.to_string(), "21 entries of a");
/// ```
///
/// Another number of values than of places does not compile.
#[macro_export]
macro_rules! phrase {
    ($words:literal $(, $value:expr)* $(,)?) => {{
        const {
            let values = 0 $(+ { stringify!($value); 1 })*;
            assert!(
                $crate::check::places($words) == values,
                "a phrase has one value for each of its places"
            );
        }
        $crate::check::Value::Phrase(
            $words,
            ::std::vec![$($crate::check::Value::from($value)),*],
        )
    }};
}

pub(crate) use phrase;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_shows_its_values_in_their_places() {
        let count = phrase!("at most {} in {}", 3_usize, Duration::from_secs(2));
        assert_eq!(count.to_string(), "at most 3 in 2s");
        assert_eq!(phrase!("nothing").to_string(), "nothing");
        let list = Value::List(vec![1_u32.into(), count]);
        assert_eq!(list.to_string(), "1, at most 3 in 2s");
    }

    #[test]
    fn values_are_equal_by_what_they_are() {
        assert_eq!(phrase!("query {}", 1_u64), phrase!("query {}", 1_u64));
        assert_ne!(phrase!("query {}", 1_u64), phrase!("query {}", 2_u64));
        assert_ne!(Value::from(1_u64), Value::from("1"));
    }
}
