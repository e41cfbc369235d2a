//! Builds programs and tests with mutants.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use crate::{
    build_dir::{BuildDir, Kind},
    cargo::Executable,
    compile::{BuildCall, Numbered},
    edit_span::EditSpan,
    error::BenchError,
    progress::Progress,
    test_workspace,
    upstream::Upstream,
};

/// The inputs of all builds.
pub(crate) struct Builder<'a> {
    pub(crate) upstream: &'a Upstream,
    /// The crates that are copied.
    pub(crate) packages: BTreeSet<String>,
    /// The edits of each mutant, by number.
    pub(crate) edit_spans: Vec<Vec<EditSpan>>,
    pub(crate) progress: &'a dyn Progress,
}

/// The program, built with several mutants.
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    /// Mutants that do not compile, by number, and the reasons.
    pub(crate) left_out: BTreeMap<usize, String>,
}

/// The crates' own tests, built with several mutants.
pub(crate) struct Tests {
    pub(crate) built: BuiltTests,
    /// Mutants for which the tests do not compile, by number, and the reasons.
    pub(crate) left_out: BTreeMap<usize, String>,
}

/// Tests that are ready to run.
pub(crate) struct BuiltTests {
    pub(crate) executables: Vec<Executable>,
    /// The folder of the copies that they belong to.
    pub(crate) crates: PathBuf,
}

/// The arguments of cargo to build the program.
const BUILD: [&str; 2] = ["build", "--release"];

/// The build folder of mutants that are built alone, one after the other.
const ALONE: &str = "alone";

impl Builder<'_> {
    /// Builds the program with mutants, and stores it under a name.
    pub(crate) fn program(&self, name: &str, mutants: &[usize]) -> Result<Program, BenchError> {
        let build_dir = self.build_dir(Kind::Program, name);
        let mutants = self.all_numbered(mutants);
        let built = self.with(&build_dir, name, &BUILD, |builder| builder.build(&mutants))?;
        Ok(Program {
            path: self.keep(&built.executables, name)?,
            left_out: built.left_out,
        })
    }

    /// Builds the program with one mutant, and stores it under a name. The
    /// inner error is the reason why it does not compile.
    pub(crate) fn program_with(
        &self,
        name: &str,
        mutant: usize,
    ) -> Result<Result<PathBuf, String>, BenchError> {
        let build_dir = self.build_dir(Kind::Program, ALONE);
        let mutant = self.numbered(mutant);
        match self.with(&build_dir, name, &BUILD, |builder| {
            builder.build_one(mutant)
        })? {
            Ok(executables) => self.keep(&executables, name).map(Ok),
            Err(why) => Ok(Err(why)),
        }
    }

    /// Builds the crates' own tests with mutants.
    pub(crate) fn tests(&self, name: &str, mutants: &[usize]) -> Result<Tests, BenchError> {
        let build_dir = self.build_dir(Kind::Tests, name);
        let mutants = self.all_numbered(mutants);
        let built = self.with(&build_dir, name, &test_workspace::BUILD, |builder| {
            builder.build(&mutants)
        })?;
        Ok(Tests {
            built: BuiltTests {
                executables: built.executables,
                crates: build_dir.crates(),
            },
            left_out: built.left_out,
        })
    }

    /// Builds the crates' own tests with one mutant. The inner error is the
    /// reason why they do not compile.
    pub(crate) fn tests_with(
        &self,
        name: &str,
        mutant: usize,
    ) -> Result<Result<BuiltTests, String>, BenchError> {
        let build_dir = self.build_dir(Kind::Tests, ALONE);
        let mutant = self.numbered(mutant);
        let built = self.with(&build_dir, name, &test_workspace::BUILD, |builder| {
            builder.build_one(mutant)
        })?;
        Ok(built.map(|executables| BuiltTests {
            executables,
            crates: build_dir.crates(),
        }))
    }

    /// The folder for the output of runs of this name.
    pub(crate) fn logs(&self, name: &str) -> PathBuf {
        self.upstream.folder.join("runs").join(name)
    }

    fn build_dir(&self, kind: Kind, name: &str) -> BuildDir<'_> {
        BuildDir::new(self.upstream, &self.packages, kind, name)
    }

    fn numbered(&self, mutant: usize) -> (usize, &[EditSpan]) {
        (mutant, self.edit_spans[mutant].as_slice())
    }

    fn all_numbered(&self, mutants: &[usize]) -> Numbered<'_> {
        let numbers = mutants.iter();
        numbers.map(|number| self.numbered(*number)).collect()
    }

    fn with<T>(
        &self,
        build_dir: &BuildDir<'_>,
        name: &str,
        arguments: &[&str],
        build: impl FnOnce(&BuildCall<'_>) -> T,
    ) -> T {
        let what = match build_dir.kind {
            Kind::Program => "the program",
            Kind::Tests => "the crates' own tests",
        };
        let on_built = |part: &str| {
            self.progress
                .says(format!("{name}: building {what}: {part}"));
        };
        on_built("libp2p");
        build(&BuildCall {
            upstream: self.upstream,
            build_dir,
            arguments,
            on_built: &on_built,
        })
    }

    /// Copies the built program. The copy is atomic, so that it can replace a
    /// running one.
    fn keep(&self, executables: &[Executable], name: &str) -> Result<PathBuf, BenchError> {
        let [executable] = executables else {
            return Err(BenchError::Workspace(
                "cargo has not built exactly one program".to_owned(),
            ));
        };
        let folder = self.upstream.folder.join("bin");
        fs::create_dir_all(&folder).map_err(BenchError::file(&folder))?;
        let (beside, path) = (folder.join(format!("{name}.new")), folder.join(name));
        fs::copy(&executable.path, &beside).map_err(BenchError::file(&beside))?;
        fs::rename(&beside, &path).map_err(BenchError::file(&path))?;
        Ok(path)
    }
}
