//! A drop-in for `futures-timer` 3: the same public interface, but inside a
//! simulation of `dht-harness` a [`Delay`] follows the virtual clock.
//!
//! It takes the original's place through `[patch.crates-io]`. Outside a
//! simulation delays follow the machine's clock, as those of the original.
//!
//! # Examples
//!
//! ```no_run
//! # async fn example() {
//! use std::time::Duration;
//! use futures_timer::Delay;
//!
//! Delay::new(Duration::from_secs(3)).await;
//! # }
//! ```
//!
//! | module | responsibility | depends on |
//! |---|---|---|
//! | `alarm` | delays on the machine's clock | |
//! | `delay` | the future | alarm |

#![deny(missing_docs)]

mod alarm;
mod delay;

pub use delay::Delay;
