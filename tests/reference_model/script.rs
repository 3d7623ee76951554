//! The script for a JSON response, in one step. COMPANIONS section 1.

/// The options of the layer that change the script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "the options are independent")]
pub(crate) struct ScriptOptions {
    /// Whether U+2028 and U+2029 are not escaped.
    pub(crate) keeps_line_terminators: bool,
    /// Whether `<`, `>` and `&` are escaped.
    pub(crate) escapes_html: bool,
    /// Whether the argument of the callback is `JSON.parse("...")`.
    pub(crate) parses: bool,
    /// Whether the argument of the callback is `{"status":...,"data":...}`.
    pub(crate) envelops: bool,
}

/// Returns the script that calls `callback` with this JSON.
///
/// The script of a text that is not JSON ends before the first byte that is not JSON, without the end of the call.
pub(crate) fn script(callback: &str, status: u16, json: &[u8], told: ScriptOptions) -> Vec<u8> {
    if let Some(length) = cut_length(json, told) {
        let mut valid = &json[..length];
        // The layer holds back the beginning of a line terminator.
        if !told.keeps_line_terminators || told.parses {
            let mut held = [&b"\xE2\x80"[..], b"\xE2"].into_iter();
            let rest = held.find_map(|held| valid.strip_suffix(held));
            valid = rest.unwrap_or(valid);
        }
        return script_beginning(callback, status, valid, told);
    }
    let is_missing = json.is_empty() && (told.parses || told.envelops);
    let json = if is_missing { b"null" } else { json };
    let mut script = script_beginning(callback, status, json, told);
    script.extend(if told.parses { &b"\")"[..] } else { b"" });
    script.extend(if told.envelops { &b"}"[..] } else { b"" });
    script.extend(b");");
    script
}

/// Returns the script up to the end of this JSON, which may be incomplete.
pub(crate) fn script_beginning(
    callback: &str,
    status: u16,
    json: &[u8],
    told: ScriptOptions,
) -> Vec<u8> {
    let mut script = format!("/**/ typeof {callback} === 'function' && {callback}(").into_bytes();
    if told.envelops {
        script.extend(format!("{{\"status\":{status},\"data\":").bytes());
    }
    script.extend(if told.parses { &b"JSON.parse(\""[..] } else { b"" });
    script.extend(escaped(json, told));
    script
}

/// Returns the length at which the script of a text ends early, if it does.
pub(crate) fn cut_length(json: &[u8], told: ScriptOptions) -> Option<usize> {
    if told.parses || json.is_empty() { None } else { read_json(json).err() }
}

/// Reads JSON. Returns the length of the longest beginning that can be continued to JSON as an error. RFC 8259
fn read_json(text: &[u8]) -> Result<(), usize> {
    let start = if text.first() == Some(&0xEF) { word(text, 0, b"\xEF\xBB\xBF")? } else { 0 };
    let end = space(text, value(text, space(text, start), 0)?);
    if end == text.len() { Ok(()) } else { Err(end) }
}

fn value(text: &[u8], at: usize, depth: usize) -> Result<usize, usize> {
    match text.get(at) {
        Some(b'"') => string(text, at),
        Some(b't') => word(text, at, b"true"),
        Some(b'f') => word(text, at, b"false"),
        Some(b'n') => word(text, at, b"null"),
        Some(open @ (b'{' | b'[')) if depth < 1024 => {
            let close = if *open == b'{' { b'}' } else { b']' };
            let mut at = space(text, at + 1);
            if text.get(at) == Some(&close) {
                return Ok(at + 1);
            }
            loop {
                if close == b'}' {
                    at = space(text, string(text, at)?);
                    at = space(text, word(text, at, b":")?);
                }
                at = space(text, value(text, at, depth + 1)?);
                if text.get(at) == Some(&close) {
                    return Ok(at + 1);
                }
                at = space(text, word(text, at, b",")?);
            }
        }
        _ => number(text, at),
    }
}

fn space(text: &[u8], mut at: usize) -> usize {
    while text.get(at).is_some_and(|byte| b" \t\r\n".contains(byte)) {
        at += 1;
    }
    at
}

fn word(text: &[u8], at: usize, word: &[u8]) -> Result<usize, usize> {
    for (index, byte) in word.iter().enumerate() {
        if text.get(at + index) != Some(byte) {
            return Err(at + index);
        }
    }
    Ok(at + word.len())
}

fn string(text: &[u8], at: usize) -> Result<usize, usize> {
    let mut at = word(text, at, b"\"")?;
    loop {
        match text.get(at) {
            Some(b'"') => return Ok(at + 1),
            Some(b'\\') => {
                at += 1;
                match text.get(at) {
                    Some(b'u') => {
                        for digit in at + 1..at + 5 {
                            text.get(digit).filter(|byte| byte.is_ascii_hexdigit()).ok_or(digit)?;
                        }
                        at += 4;
                    }
                    Some(byte) if b"\"\\/bfnrt".contains(byte) => {}
                    _ => return Err(at),
                }
            }
            Some(0x20..) => {}
            _ => return Err(at),
        }
        at += 1;
    }
}

fn number(text: &[u8], start: usize) -> Result<usize, usize> {
    let digits = |at: usize| {
        let count = text[at.min(text.len())..].iter().take_while(|byte| byte.is_ascii_digit());
        match count.count() {
            0 => Err(at),
            count => Ok(at + count),
        }
    };
    let mut at = start + usize::from(text.get(start) == Some(&b'-'));
    at = if text.get(at) == Some(&b'0') { at + 1 } else { digits(at)? };
    if text.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        at += 1;
        at = digits(at + usize::from(matches!(text.get(at), Some(b'+' | b'-'))))?;
    }
    Ok(at)
}

fn escaped(text: &[u8], told: ScriptOptions) -> Vec<u8> {
    let mut escaped = Vec::new();
    let mut rest = text;
    while let [first, others @ ..] = rest {
        let ends_lines = told.parses || !told.keeps_line_terminators;
        if ends_lines && rest.starts_with("\u{2028}".as_bytes()) {
            escaped.extend(b"\\u2028");
            rest = &rest[3..];
            continue;
        }
        if ends_lines && rest.starts_with("\u{2029}".as_bytes()) {
            escaped.extend(b"\\u2029");
            rest = &rest[3..];
            continue;
        }
        match first {
            b'<' | b'>' | b'&' if told.escapes_html => {
                escaped.extend(format!("\\u{first:04x}").bytes());
            }
            b'"' if told.parses => escaped.extend(b"\\\""),
            b'\\' if told.parses => escaped.extend(b"\\\\"),
            b'\n' if told.parses => escaped.extend(b"\\n"),
            b'\r' if told.parses => escaped.extend(b"\\r"),
            b'\t' if told.parses => escaped.extend(b"\\t"),
            0..0x20 if told.parses => escaped.extend(format!("\\u{first:04x}").bytes()),
            byte => escaped.push(*byte),
        }
        rest = others;
    }
    escaped
}
