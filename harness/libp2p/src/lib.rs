//! The release of libp2p that the harness is built with.
//!
//! The harness is one source tree for several releases of libp2p. Each is an optional
//! dependency of this crate, which exports the one that a feature chooses: `libp2p-0-54`,
//! `libp2p-0-55`, `libp2p-0-56`, or `libp2p-0-57`, the default. All other crates of the
//! project depend on this one under the name `libp2p`.
//!
//! Cargo unifies features: if two crates of a build ask for two releases, both are on,
//! and this crate does not compile.
#![deny(missing_docs)]

/// Exports a release whose derive macro is a dependency of its own.
#[cfg(any(feature = "libp2p-0-54", feature = "libp2p-0-55"))]
macro_rules! export_with_derive {
    ($release:ident) => {
        pub use $release::*;

        /// `libp2p::swarm`, with its derive macro.
        pub mod swarm {
            pub use libp2p_swarm_derive::NetworkBehaviour;
            pub use $release::swarm::*;
        }
    };
}

#[cfg(feature = "libp2p-0-54")]
export_with_derive!(libp2p_0_54);
#[cfg(all(feature = "libp2p-0-55", not(feature = "libp2p-0-54")))]
export_with_derive!(libp2p_0_55);
#[cfg(all(
    feature = "libp2p-0-56",
    not(any(feature = "libp2p-0-54", feature = "libp2p-0-55"))
))]
pub use libp2p_0_56::*;
#[cfg(all(
    feature = "libp2p-0-57",
    not(any(
        feature = "libp2p-0-54",
        feature = "libp2p-0-55",
        feature = "libp2p-0-56"
    ))
))]
pub use libp2p_0_57::*;

#[cfg(not(any(
    feature = "libp2p-0-54",
    feature = "libp2p-0-55",
    feature = "libp2p-0-56",
    feature = "libp2p-0-57"
)))]
compile_error!(
    "no release of libp2p is chosen: add one of the features `libp2p-0-54`, `libp2p-0-55`, \
     `libp2p-0-56` and `libp2p-0-57` to the dependency on dht-harness"
);

/// Reports a second release beside the one of the first feature.
macro_rules! exclusive {
    ($first:literal, $($other:literal),+) => {
        $(
            #[cfg(all(feature = $first, feature = $other))]
            compile_error!(concat!(
                "two releases of libp2p are chosen, `", $first, "` and `", $other, "`: keep the \
                 one that your application uses. All crates of dht-harness have \
                 `libp2p-0-57` on by default: add `default-features = false` to each of them, \
                 as in `dht-harness = { default-features = false, features = [\"", $first, "\"] }`"
            ));
        )+
    };
}

exclusive!("libp2p-0-54", "libp2p-0-55", "libp2p-0-56", "libp2p-0-57");
exclusive!("libp2p-0-55", "libp2p-0-56", "libp2p-0-57");
exclusive!("libp2p-0-56", "libp2p-0-57");
