//! Rebuilds the crate when files are added that are embedded or become tests.

fn main() {
    // Neither include_dir nor rstest's `#[files]` detects new files, only
    // changed ones.
    for folder in ["../corpus", "../upstream", "../regressions"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
