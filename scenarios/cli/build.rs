//! Watches the folders whose files are embedded or become tests.

fn main() {
    // Neither include_dir nor rstest's `#[files]` sees files that are new: they
    // notice changed ones only.
    for folder in ["../corpus", "../upstream", "../regressions"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
