//! Watches the folder whose files are embedded.

fn main() {
    // include_dir does not see files that are new: it notices changed ones only.
    println!("cargo::rerun-if-changed=../mutants");
}
