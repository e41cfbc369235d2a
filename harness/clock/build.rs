//! cargo demands a build script of a package with `links`. This one has nothing to do.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
