//! Characters that a reader does not see.

/// Whether a character is not seen, or changes the direction of those around it.
pub(crate) fn is_invisible(char: char) -> bool {
    matches!(
        char,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Reports a text that may look like another one.
///
/// # Errors
/// Returns an error if the text has a character that is not seen, or a blank other than a space.
pub(super) fn seen(text: &str) -> Result<(), String> {
    let is_hidden = |char: &char| {
        char.is_control() || is_invisible(*char) || (char.is_whitespace() && *char != ' ')
    };
    match text.chars().find(is_hidden) {
        Some(hidden) => Err(format!(
            "this text has the character U+{:04X}, which is not seen as such: remove it, or write the \
             bytes as `hex:{}`",
            u32::from(hidden),
            hex::encode(text)
        )),
        None => Ok(()),
    }
}
