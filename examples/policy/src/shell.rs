//! Splits a copied command into words, as the shell for which the browser wrote the command does.

use std::{error::Error, fmt, str::Chars};

/// Splits a command into words.
///
/// Reads the quoting of Bash, including `$'..'`, and the quoting of the Windows command line with `^`.
///
/// # Errors
///
/// The reason why the command is not valid.
pub(crate) fn split(command: &str) -> Result<Vec<String>, ShellError> {
    let command = command.replace("\r\n", "\n");
    let command =
        if is_for_windows(&command) { without_carets(&command) } else { plain_quotes(&command)? };
    shlex::split(&command).ok_or(ShellError::OpenQuote)
}

/// The reason why a text is not a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShellError {
    OpenQuote,
    Escape,
}

impl fmt::Display for ShellError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OpenQuote => {
                "a quotation mark in the command is not closed; the shell probably removed quotation \
                 marks, so write `--curl -` and paste the command into the standard input"
            }
            Self::Escape => {
                "an escape between $' and ' is invalid; copy the command again, \"as cURL (bash)\""
            }
        })
    }
}

impl Error for ShellError {}

/// Returns whether the command has the quoting of the Windows command line.
fn is_for_windows(command: &str) -> bool {
    let arguments = command.split_once(' ').map_or("", |(_, arguments)| arguments).trim_start();
    let first_line = command.lines().next().unwrap_or_default();
    arguments.starts_with("^\"") || first_line.ends_with(" ^")
}

/// Removes the carets of the Windows command line.
///
/// A caret quotes the next character. A caret before a line feed removes the line feed and quotes the character
/// after it. Between quotation marks, the C runtime and a shell have the same escapes.
fn without_carets(command: &str) -> String {
    let mut plain = String::with_capacity(command.len());
    let mut chars = command.chars();
    while let Some(char) = chars.next() {
        let next = if char == '^' { chars.next() } else { Some(char) };
        let is_continued = char == '^' && next == Some('\n');
        plain.extend(if is_continued { chars.next() } else { next });
    }
    plain
}

/// Replaces `$'..'` with plain quotation marks, and removes escaped line feeds. `shlex` reads everything else.
fn plain_quotes(command: &str) -> Result<String, ShellError> {
    let mut plain = String::with_capacity(command.len());
    let mut quote = None;
    let mut chars = command.chars();
    while let Some(char) = chars.next() {
        match (quote, char) {
            (None, '$') if chars.as_str().starts_with('\'') => {
                chars.next();
                let text = ansi_c_text(&mut chars)?;
                plain.push_str(&shlex::try_quote(&text).map_err(|_| ShellError::Escape)?);
                continue;
            }
            (None, '\\') if chars.as_str().starts_with('\n') => {
                chars.next();
                continue;
            }
            (None | Some('"'), '\\') => {
                plain.push(char);
                plain.extend(chars.next());
                continue;
            }
            (None, '\'' | '"') => quote = Some(char),
            (Some(open), _) if open == char => quote = None,
            _ => {}
        }
        plain.push(char);
    }
    Ok(plain)
}

/// Reads the text of `$'..'` up to the closing quotation mark.
/// <https://www.gnu.org/software/bash/manual/html_node/ANSI_002dC-Quoting.html>
fn ansi_c_text(chars: &mut Chars<'_>) -> Result<String, ShellError> {
    let mut text = String::new();
    loop {
        let char = match chars.next().ok_or(ShellError::OpenQuote)? {
            '\'' => return Ok(text),
            '\\' => match chars.next().ok_or(ShellError::OpenQuote)? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => match code_point(chars, 4)? {
                    // JavaScript writes a character outside of the basic plane as a surrogate pair.
                    high @ 0xd800..0xdc00 => {
                        let low = match (chars.next(), chars.next()) {
                            (Some('\\'), Some('u')) => code_point(chars, 4)?,
                            _ => return Err(ShellError::Escape),
                        };
                        let pair = u16::try_from(high).ok().zip(u16::try_from(low).ok());
                        let pair = pair.map(|(high, low)| String::from_utf16(&[high, low]));
                        text.push_str(&pair.and_then(Result::ok).ok_or(ShellError::Escape)?);
                        continue;
                    }
                    code => char::from_u32(code).ok_or(ShellError::Escape)?,
                },
                'x' => char::from_u32(code_point(chars, 2)?).ok_or(ShellError::Escape)?,
                quoted @ ('\\' | '\'' | '"' | '?') => quoted,
                _ => return Err(ShellError::Escape),
            },
            char => char,
        };
        text.push(char);
    }
}

fn code_point(chars: &mut Chars<'_>, digits: usize) -> Result<u32, ShellError> {
    let text = chars.as_str().get(..digits).ok_or(ShellError::Escape)?;
    *chars = chars.as_str()[digits..].chars();
    u32::from_str_radix(text, 16).map_err(|_| ShellError::Escape)
}

#[cfg(test)]
mod tests {
    use super::{ShellError, split};

    #[test]
    fn quoting_of_each_shell_is_read() {
        for (command, expected) in [
            ("curl 'https://a.example/?q=1&r=2'", &["curl", "https://a.example/?q=1&r=2"][..]),
            ("curl \\\n  -H 'a: 1' \\\r\n  --compressed", &["curl", "-H", "a: 1", "--compressed"]),
            (r#"curl -H "a: \"1\" \\ $x""#, &["curl", "-H", r#"a: "1" \ $x"#]),
            ("curl 'it'\\''s' a\\ b", &["curl", "it's", "a b"]),
            (r"curl $'it\'s \u0021\n\x41\\'", &["curl", "it's !\nA\\"]),
            (r"curl $'\ud83d\ude00'", &["curl", "\u{1f600}"]),
            (r"curl '$\'", &["curl", r"$\"]),
            (
                "curl ^\"https://a.example/?q=1^&r=2^\" ^\n  -H ^\"a: ^\\^\"1^\\^\" 5^%^\" ^\r\n  --insecure",
                &["curl", "https://a.example/?q=1&r=2", "-H", "a: \"1\" 5%", "--insecure"],
            ),
            ("curl ^\"u^\" --data-raw ^\"a^\n\nb^\"", &["curl", "u", "--data-raw", "a\nb"]),
        ] {
            assert_eq!(split(command).unwrap(), expected, "{command}");
        }
    }

    #[test]
    fn incomplete_command_is_invalid() {
        for (command, expected) in [
            ("curl 'https://a.example", ShellError::OpenQuote),
            ("curl $'a", ShellError::OpenQuote),
            (r"curl $'\q'", ShellError::Escape),
            (r"curl $'\u00'", ShellError::Escape),
            (r"curl $'\ud83d'", ShellError::Escape),
            (r"curl $'\u0000'", ShellError::Escape),
        ] {
            assert_eq!(split(command).unwrap_err(), expected, "{command}");
        }
    }
}
