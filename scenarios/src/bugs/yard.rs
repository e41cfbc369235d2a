//! Where programs and tests are built with mutants.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use super::{
    BenchError,
    bench::Progress,
    cargo::Executable,
    compile::{Builder, Built, Numbered},
    spot::Spot,
    suite,
    upstream::Upstream,
    workshop::{Kind, Workshop},
};

/// All that is needed to build with any of the mutants.
pub(super) struct Yard<'a> {
    pub(super) upstream: &'a Upstream,
    /// The crates that are mutated.
    pub(super) packages: BTreeSet<String>,
    /// By number: what each mutant edits.
    pub(super) spots: Vec<Vec<Spot>>,
    pub(super) progress: &'a dyn Progress,
}

/// The program, built with mutants.
pub(super) struct Program {
    pub(super) path: PathBuf,
    /// By number: the mutants that do not compile, and why.
    pub(super) left_out: BTreeMap<usize, String>,
}

/// The crates' own tests, built with mutants.
pub(super) struct Tests {
    pub(super) executables: Vec<Executable>,
    /// The folder of the copies that they are of.
    pub(super) crates: PathBuf,
    /// Why a mutant had to be left out, if one had.
    pub(super) left_out: Option<String>,
}

impl Yard<'_> {
    /// Builds the program with mutants in a workshop, and keeps it by a name.
    pub(super) fn program(
        &self,
        workshop: &str,
        name: &str,
        mutants: &[usize],
    ) -> Result<Program, BenchError> {
        self.progress.says(format!("{name}: building"));
        let workshop = self.workshop(Kind::Program, workshop);
        let built = self.build(&workshop, name, &["build", "--release"], mutants)?;
        let [executable] = built.executables.as_slice() else {
            return Err(BenchError::Workspace(
                "cargo has built no program, or several".to_owned(),
            ));
        };
        let path = self.upstream.folder.join("bin").join(name);
        keep(&executable.path, &path)?;
        Ok(Program {
            path,
            left_out: built.left_out,
        })
    }

    /// Builds the crates' own tests with mutants in a workshop.
    pub(super) fn tests(
        &self,
        workshop: &str,
        name: &str,
        mutants: &[usize],
    ) -> Result<Tests, BenchError> {
        self.progress
            .says(format!("{name}: building the crates' own tests"));
        let workshop = self.workshop(Kind::Tests, workshop);
        let built = self.build(&workshop, name, &suite::BUILD, mutants)?;
        Ok(Tests {
            executables: built.executables,
            crates: workshop.crates(),
            left_out: built.left_out.into_values().next(),
        })
    }

    /// Where runs of this name leave what they write.
    pub(super) fn logs(&self, name: &str) -> PathBuf {
        self.upstream.folder.join("runs").join(name)
    }

    fn workshop(&self, kind: Kind, name: &str) -> Workshop<'_> {
        Workshop::new(self.upstream, &self.packages, kind, name)
    }

    fn build(
        &self,
        workshop: &Workshop<'_>,
        name: &str,
        arguments: &[&str],
        mutants: &[usize],
    ) -> Result<Built, BenchError> {
        let numbered: Numbered<'_> = mutants
            .iter()
            .map(|number| (*number, self.spots[*number].as_slice()))
            .collect();
        let said = |what: String| self.progress.says(format!("{name}: built {what}"));
        Builder {
            upstream: self.upstream,
            workshop,
            arguments,
            said: &said,
        }
        .build(&numbered)
    }
}

/// Copies a program, also over one that is running.
fn keep(from: &Path, to: &Path) -> Result<(), BenchError> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(BenchError::file(folder))?;
    }
    // A program that runs cannot be written to, but it can be replaced.
    let _ = fs::remove_file(to);
    fs::copy(from, to).map_err(BenchError::file(to))?;
    Ok(())
}
