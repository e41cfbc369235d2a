//! Watches the folders that are embedded into the library.

fn main() {
    // New scenario files are embedded as well, not only changed ones.
    println!("cargo::rerun-if-changed=corpus");
    println!("cargo::rerun-if-changed=upstream");
}
