//! Values of findings: what was expected and what was seen.

use std::{borrow::Cow, fmt, time::Duration};

use dht_harness_clock::VirtualInstant;
use libp2p::{Multiaddr, PeerId, kad};

use super::wording::Said;
use crate::{net::HostId, world::World};

/// A value in a finding: what was expected, what was seen, or the subject.
///
/// A value is data and can be displayed as text. Programs read the data and the
/// [kind](super::FindingKind) of the finding. The text may change at any time.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// A number of items.
    Count(u64),
    /// A ratio, from 0 to 1.
    Ratio(f64),
    /// A duration of virtual time.
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
    /// A peer, which is not necessarily a host of the simulation.
    Peer {
        /// The identity of the peer.
        peer: PeerId,
        /// The name of its host, or the identity as text if there is no host.
        name: String,
    },
    /// An address.
    Address(Multiaddr),
    /// A key of the DHT.
    Key(kad::RecordKey),
    /// The mode of a DHT.
    Mode(kad::Mode),
    /// An identifier: of a query, a dial or a location in a source file.
    Id(Cow<'static, str>),
    /// A text for people.
    Text(Cow<'static, str>),
    /// Several values.
    List(Vec<Value>),
    /// A text with a value in place of each `{}`. Created by
    /// [`phrase!`](crate::phrase!), which checks their number.
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
    pub(crate) fn hosts<'a>(world: &World, hosts: impl IntoIterator<Item = &'a HostId>) -> Self {
        let hosts = hosts.into_iter().map(|host| Value::host(world, *host));
        Value::List(hosts.collect())
    }

    /// The hosts in it, as often and in the order as they occur.
    pub fn hosts_in(&self) -> Vec<HostId> {
        match self {
            Value::Host { host, .. } => vec![*host],
            Value::List(values) | Value::Phrase(_, values) => {
                values.iter().flat_map(Value::hosts_in).collect()
            }
            _ => Vec::new(),
        }
    }

    /// An identifier.
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

/// The placeholder for a value in a phrase.
const PLACE: &str = "{}";

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// The text without quotes.
        struct Plain<'a>(&'a Value);

        impl fmt::Display for Plain<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.write(f)
            }
        }

        Said(Plain(self)).fmt(f)
    }
}

/// Implements the conversion of another type to a [`Value`].
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

/// The number of placeholders in a phrase.
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

/// Creates a [`Value`](crate::check::Value) from a text and values, one in place of
/// each `{}`.
///
/// ```
/// use dht_harness::phrase;
///
/// let seen = phrase!("{} entries of {}", 21_u64, "a");
/// assert_eq!(seen.to_string(), "21 entries of a");
/// ```
///
/// A wrong number of values is a compile error.
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
    fn a_phrase_contains_its_values() {
        let count = phrase!("at most {} in {}", 3_usize, Duration::from_secs(2));
        assert_eq!(count.to_string(), "at most 3 in 2s");
        assert_eq!(phrase!("nothing").to_string(), "nothing");
        let list = Value::List(vec![1_u32.into(), count]);
        assert_eq!(list.to_string(), "1, at most 3 in 2s");
    }

    #[test]
    fn the_hosts_in_a_value_are_found() {
        let host = |number| Value::Host {
            host: HostId(number),
            name: format!("h{number}"),
        };
        let found = phrase!(
            "{} has {}",
            host(2),
            Value::List(vec![host(1), 3_u32.into()])
        );
        assert_eq!(found.hosts_in(), [HostId(2), HostId(1)]);
        assert_eq!(Value::from(1_u64).hosts_in(), []);
    }

    #[test]
    fn values_are_compared_by_their_data() {
        assert_eq!(phrase!("query {}", 1_u64), phrase!("query {}", 1_u64));
        assert_ne!(phrase!("query {}", 1_u64), phrase!("query {}", 2_u64));
        assert_ne!(Value::from(1_u64), Value::from("1"));
    }
}
