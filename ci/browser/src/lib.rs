//! Opens pages of `dht-harness view` in Chromium and checks what they show against the
//! document that each page contains.
//!
//! A page comes from a file, or from the page's parts and a document that [`sample`] makes.

pub mod browser;
pub mod check;
pub mod html;
pub mod page;
pub mod plain;
pub mod sample;
