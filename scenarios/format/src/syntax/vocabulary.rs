//! Enums whose variants are written as lines.

/// An entry of the reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReferenceEntry {
    /// The first word of the line.
    pub verb: &'static str,
    /// The syntax, for example `connect HOSTS HOSTS`.
    pub form: String,
    /// The description.
    pub about: String,
    /// A valid example.
    pub example: &'static str,
    /// The flags.
    pub flags: Vec<&'static str>,
}

/// Defines an enum whose variants are written as lines. Each variant has a verb, the
/// arguments that follow it, the options that may follow those, and an example. Also
/// defines the enum of the kinds, which are the variants without their fields.
///
/// The documentation of a variant is its entry in the reference.
macro_rules! vocabulary {
    (
        $(#[doc = $about:literal])*
        pub enum $name:ident, $kind:ident ($what:literal) {
            $(
                $(#[doc = $doc:literal])+
                $variant:ident = $verb:literal
                    { $($(#[doc = $part_doc:literal])+ $part:ident : $part_type:ty),* $(,)? }
                    [ $($(#[doc = $opt_doc:literal])+ $opt:ident $key:literal : $opt_type:ty),* $(,)? ]
                    => $example:literal;
            )+
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $name {
            $(
                $(#[doc = $doc])+
                #[allow(missing_docs, reason = "the macro repeats the documentation below")]
                $variant {
                    $($(#[doc = $part_doc])+ $part: $part_type,)*
                    $($(#[doc = $opt_doc])+ $opt: $opt_type,)*
                },
            )+
        }

        #[doc = concat!("A [`", stringify!($name), "`] without what it is about.")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $kind {
            $(
                #[doc = concat!("`", $verb, "`")]
                $variant,
            )+
        }

        impl $kind {
            /// All kinds, in the order of the reference.
            pub const ALL: &'static [$kind] = &[$($kind::$variant),+];

            /// The first word of a line of this kind.
            pub(crate) const fn verb(self) -> &'static str {
                match self {
                    $($kind::$variant => $verb,)+
                }
            }
        }

        impl std::fmt::Display for $kind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.verb())
            }
        }

        impl $name {
            /// The kind.
            pub const fn kind(&self) -> $kind {
                match self {
                    $(Self::$variant { .. } => $kind::$variant,)+
                }
            }

            /// The reference entries of all kinds, in their order.
            pub(crate) fn reference() -> Vec<$crate::syntax::ReferenceEntry> {
                vec![$($crate::syntax::ReferenceEntry {
                    verb: $verb,
                    form: {
                        #[allow(unused_mut, reason = "some lines are a verb alone")]
                        let mut words = vec![$verb.to_owned()];
                        $(words.push(<$part_type as $crate::syntax::Argument>::FORM.to_owned());)*
                        $(words.push(<$opt_type as $crate::syntax::OptionalArgument>::form($key));)*
                        words.join(" ")
                    },
                    about: [$($doc),+].map(str::trim).join(" "),
                    example: $example,
                    flags: {
                        let options: &[(&'static str, bool)] = &[$((
                            $key,
                            <$opt_type as $crate::syntax::OptionalArgument>::IS_FLAG,
                        )),*];
                        let flags = options.iter().filter(|(_, is_flag)| *is_flag);
                        flags.map(|(key, _)| *key).collect()
                    },
                }),+]
            }
        }

        impl $crate::syntax::Argument for $name {
            const FORM: &'static str = $what;

            fn take(words: &mut $crate::syntax::TokenCursor) -> Result<Self, $crate::syntax::ParseError> {
                let (verb, at) = words.word($what)?;
                match $crate::syntax::present(&verb, &[$($verb),+]) {
                    $($verb => {
                        // Parse options first, because they may be anywhere in the
                        // line.
                        $(let $opt = <$opt_type as $crate::syntax::OptionalArgument>::take(words, $key)?;)*
                        $(let $part = <$part_type as $crate::syntax::Argument>::take(words)?;)*
                        words.finish(&[$($key),*])?;
                        Ok(Self::$variant { $($part,)* $($opt,)* })
                    })+
                    _ => {
                        let known = [$($verb),+];
                        let hint = $crate::syntax::hint(&verb, known.iter().copied())
                            .unwrap_or_else(|| format!("it is one of {}", known.join(", ")));
                        Err($crate::syntax::ParseError::new(
                            at,
                            format!("`{verb}` is no {}; {hint}", $what.to_lowercase()),
                        ))
                    }
                }
            }

            fn put(&self, line: &mut Vec<String>) {
                match self {
                    $(Self::$variant { $($part,)* $($opt,)* } => {
                        line.push($verb.to_owned());
                        $($crate::syntax::Argument::put($part, line);)*
                        $($crate::syntax::OptionalArgument::put($opt, $key, line);)*
                    })+
                }
            }

            fn hosts(&self, name: &mut dyn FnMut(&str)) {
                match self {
                    $(Self::$variant { $($part,)* $($opt,)* } => {
                        $($crate::syntax::Argument::hosts($part, name);)*
                        $($crate::syntax::OptionalArgument::hosts($opt, name);)*
                    })+
                }
            }

            #[allow(unused_variables, reason = "some lines have no options")]
            fn flags(&self, flag: &mut dyn FnMut(&'static str)) {
                match self {
                    $(Self::$variant { $($opt,)* .. } => {
                        $(if $crate::syntax::OptionalArgument::is_set($opt) {
                            flag($key);
                        })*
                    })+
                }
            }

            fn edit(&mut self, edit: &mut dyn FnMut($crate::syntax::Slot<'_>)) {
                match self {
                    $(Self::$variant { $($part,)* $($opt,)* } => {
                        $($crate::syntax::Argument::edit($part, edit);)*
                        $($crate::syntax::OptionalArgument::edit($opt, edit);)*
                    })+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut line = Vec::new();
                $crate::syntax::Argument::put(self, &mut line);
                f.write_str(&line.join(" "))
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::syntax::ParseError;

            fn from_str(line: &str) -> Result<Self, Self::Err> {
                $crate::syntax::Argument::take(&mut $crate::syntax::TokenCursor::of(line)?)
            }
        }
    };
}

pub(crate) use vocabulary;
