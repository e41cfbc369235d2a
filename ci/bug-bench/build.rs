//! Rebuilds the crate when files are added that are embedded.

fn main() {
    // include_dir does not detect new files, only changed ones.
    println!("cargo::rerun-if-changed=../mutants");
}
