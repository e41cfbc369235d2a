//! The error for a command that an application does not accept.

use crate::syntax::hint;

/// Says how the command is written, or which commands there are. Each of `commands` is a
/// verb and its form.
pub(super) fn refused(words: &[&str], commands: &[(&str, &str)]) -> String {
    let verb = words.first().copied().unwrap_or_default();
    if let Some((_, form)) = commands.iter().find(|(known, _)| *known == verb) {
        return format!("`{}` is written `{form}`", words.join(" "));
    }
    let hint = hint(verb, commands.iter().map(|(known, _)| *known))
        .map_or(String::new(), |hint| format!("{hint} "));
    let forms: Vec<String> = commands
        .iter()
        .map(|(_, form)| format!("`{form}`"))
        .collect();
    format!(
        "`{verb}` is not a command of this application; {hint}the commands are {}",
        forms.join(", ")
    )
}
