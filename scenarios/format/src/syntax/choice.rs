//! Words from a fixed set.

use dht_harness::diagnosis::TableCause;

use super::{line::hint, word::Word};

/// Defines an enum whose variants are written as one word each.
macro_rules! choice {
    ($(#[doc = $about:literal])+ $name:ident $form:literal { $($(#[doc = $doc:literal])+ $variant:ident $word:literal),+ $(,)? }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl $name {
            /// All variants.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
        }

        impl Word for $name {
            const FORM: &'static str = $form;

            fn read(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok($name::$variant),)+
                    _ => Err(unknown(text, &[$($word),+])),
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

/// The error for a word that is not one of a fixed set, with the nearest one.
pub(super) fn unknown(text: &str, known: &[&str]) -> String {
    let hint = hint(text, known.iter().copied()).map_or(String::new(), |hint| format!("; {hint}"));
    format!("`{text}` is not one of {}{hint}", known.join(", "))
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
    /// One of several connections.
    Pick "WHICH" {
        /// The one that was dialled first.
        Oldest "oldest",
        /// The one that was dialled last.
        Newest "newest",
    }
}

choice! {
    /// The mode of a DHT.
    Mode "MODE" {
        /// Answers requests.
        Server "server",
        /// Sends requests only.
        Client "client",
        /// A server once it has an external address.
        Auto "auto",
    }
}

choice! {
    /// What AutoNAT says of a host.
    Reachability "REACHABILITY" {
        /// Others can dial it.
        Public "public",
        /// Others cannot dial it.
        Private "private",
        /// No peer has said yet.
        Unknown "unknown",
    }
}

choice! {
    /// The mode that a DHT is in.
    DhtMode "MODE" {
        /// Answers requests.
        Server "server",
        /// Sends requests only.
        Client "client",
    }
}

choice! {
    /// A DHT of a host that has two in one swarm.
    DhtName "DHT" {
        /// The second one. The first one is that of all lines that name none.
        Lan "lan",
    }
}

choice! {
    /// The state of a host.
    HostState "STATE" {
        /// Up and running.
        Open "open",
        /// A step closes it, and it is not closed yet.
        Closing "closing",
        /// Closed by a step.
        Closed "closed",
        /// Crashed by a step.
        Crashed "crashed",
        /// Down by itself: a behaviour has panicked, or the application has ended.
        Dead "dead",
    }
}

choice! {
    /// Why a table has no usable entry of a peer: the kind of a [`TableCause`].
    CauseKind "CAUSE" {
        /// Nothing was ever added, dialled or connected.
        NoPeers "no-peers",
        /// The peer is in client mode.
        ClientMode "client-mode",
        /// There was no exchange of identify.
        NoIdentify "no-identify",
        /// The exchange of identify has failed.
        IdentifyFailed "identify-failed",
        /// identify has reported addresses, and they were not passed on to kad.
        NotForwarded "identify-not-forwarded",
        /// The names of the DHT's protocol differ.
        ProtocolNames "protocol-names",
        /// No address of the peer can be dialled.
        Undialable "undialable",
        /// There was an entry, which was removed or replaced.
        Removed "removed",
        /// Insertions are left to the application.
        ManualInserts "manual-inserts",
        /// The bucket is full.
        BucketFull "bucket-full",
        /// The bucket is full, or insertions are left to the application.
        FullOrManual "full-or-manual",
        /// Something is still in progress.
        TooEarly "too-early",
    }
}

impl CauseKind {
    /// The kind of a cause. `None` if it has none here.
    pub(crate) fn of(cause: &TableCause) -> Option<Self> {
        Some(match cause {
            TableCause::NoPeers => CauseKind::NoPeers,
            TableCause::ClientMode { .. } | TableCause::ClientBehindRouter => CauseKind::ClientMode,
            TableCause::NoIdentify => CauseKind::NoIdentify,
            TableCause::IdentifyFailed => CauseKind::IdentifyFailed,
            TableCause::IdentifyNotForwarded => CauseKind::NotForwarded,
            TableCause::ProtocolNames { .. } => CauseKind::ProtocolNames,
            TableCause::Undialable(_) => CauseKind::Undialable,
            TableCause::Removed => CauseKind::Removed,
            TableCause::ManualInserts => CauseKind::ManualInserts,
            TableCause::BucketFull => CauseKind::BucketFull,
            TableCause::FullOrManual => CauseKind::FullOrManual,
            TableCause::TooEarly => CauseKind::TooEarly,
            _ => return None,
        })
    }
}

choice! {
    /// The outcome of a query: the kind of its last step.
    Outcome "OUTCOME" {
        /// The closest peers.
        Peers "peers",
        /// The end of a bootstrap.
        Bootstrapped "bootstrapped",
        /// A record.
        Record "record",
        /// Nothing more will be found.
        NoMore "no-more",
        /// No record was found.
        NotFound "not-found",
        /// The record was stored with the quorum.
        Stored "stored",
        /// The record was stored at fewer peers than the quorum.
        QuorumFailed "quorum-failed",
        /// The host was announced as a provider.
        Provided "provided",
        /// Providers.
        Providers "providers",
        /// The query has run out of time.
        TimedOut "timed-out",
    }
}

impl Outcome {
    /// Whether a query that ends so has found or done what was asked of it.
    pub(crate) fn is_success(self) -> bool {
        match self {
            Outcome::Peers
            | Outcome::Bootstrapped
            | Outcome::Record
            | Outcome::Stored
            | Outcome::Provided
            | Outcome::Providers => true,
            Outcome::NoMore | Outcome::NotFound | Outcome::QuorumFailed | Outcome::TimedOut => {
                false
            }
        }
    }
}

choice! {
    /// The kind of the reply to a request of a scripted host.
    ReplyKind "REPLY" {
        /// A message of the kad protocol.
        Message "message",
        /// Bytes that are no message.
        Garbage "garbage",
        /// The end of the stream.
        Nothing "nothing",
        /// The stream was reset.
        Reset "reset",
        /// There was no connection or no stream.
        Refused "refused",
        /// No reply in time.
        Unanswered "unanswered",
    }
}

/// The number of a bucket, 0 to 255. Bucket 255 is the farthest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bucket(pub u8);

impl Word for Bucket {
    const FORM: &'static str = "BUCKET";

    fn read(text: &str) -> Result<Self, String> {
        text.parse().map(Bucket).map_err(|_| {
            format!("`{text}` is not a bucket: buckets have the numbers 0 to 255, and 255 is the farthest")
        })
    }

    fn write(&self) -> String {
        self.0.to_string()
    }
}

/// The number of peers that have to confirm a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quorum {
    /// One.
    One,
    /// More than half.
    Majority,
    /// As many as the replication factor.
    All,
    /// This many.
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
                    "`{text}` is not a quorum: write one, majority, all or a number from 1 to {}",
                    u32::MAX
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
