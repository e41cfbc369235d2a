//! Which pictures a test wants, and what they say.

use std::path::PathBuf;

use super::{builder::SimBuilder, failure::Failure};
use crate::view::{Verdict, ViewFormat};

/// Pictures of the run, see [`view`](crate::view).
impl SimBuilder {
    /// Makes a picture of the run in this file, however it ends. May be called several
    /// times.
    ///
    /// This records the messages, tables, stores and queries of the run, which needs memory,
    /// and does not change it. On the mux transport it [decodes](Self::tap) the messages.
    /// No picture is made of a run that is blocked.
    pub fn view(mut self, format: ViewFormat, path: impl Into<PathBuf>) -> Self {
        self.pictures.add(format, path.into());
        self
    }

    /// Makes a page in this folder if the run fails, and names it in the report. The page is
    /// called after the test, or as [`title`](Self::title) says. `None` makes none. Default:
    /// the [folder that the environment names](crate::view::failures_folder).
    pub fn view_failures(mut self, folder: Option<PathBuf>) -> Self {
        self.pictures.of_failures(folder);
        self
    }

    /// Sets what pictures call the run, and what they say it is about. Default: the name of
    /// the thread, which test runners name after the test.
    pub fn title(mut self, name: impl Into<String>, about: impl Into<String>) -> Self {
        self.pictures.title(name.into(), about.into());
        self
    }

    /// Sets the command that pictures show for running this again. Default: what
    /// [`reproduce_with`](Self::reproduce_with) says, else `cargo test` with the name of the
    /// test.
    pub fn view_command(mut self, command: impl Into<String>) -> Self {
        self.pictures.command(command.into());
        self
    }

    /// Sets what pictures say of the end of the run. `judge` is called with its failure, if it
    /// has failed; `None` stands for "passed" or "failed", as without this call. For tests that
    /// expect failures.
    pub fn verdict(
        mut self,
        judge: impl Fn(Option<&Failure>) -> Option<Verdict> + Send + Sync + 'static,
    ) -> Self {
        self.pictures.judge(judge);
        self
    }
}
