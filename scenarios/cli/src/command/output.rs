//! What a command tells on standard output and standard error.

use std::{
    fmt::Display,
    io::{self, Write},
};

use super::CliError;

/// Prints a line on standard output.
///
/// # Errors
/// Returns an error if nothing reads the output any more, or if it cannot be written.
pub(super) fn line(text: impl Display) -> Result<(), CliError> {
    written(writeln!(io::stdout(), "{text}"))
}

/// Prints a text on standard output as it is.
///
/// # Errors
/// As for [`line`].
pub(super) fn text(text: impl Display) -> Result<(), CliError> {
    written(write!(io::stdout(), "{text}").and_then(|()| io::stdout().flush()))
}

/// Prints a line on standard error. If nothing reads it, there is nothing to tell.
pub(super) fn note(text: impl Display) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// The result of writing to standard output.
pub(super) fn written(result: io::Result<()>) -> Result<(), CliError> {
    result.map_err(|source| match source.kind() {
        io::ErrorKind::BrokenPipe => CliError::ClosedPipe,
        _ => CliError::File {
            path: "standard output".into(),
            source,
        },
    })
}
