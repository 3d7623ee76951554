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
pub(crate) fn script(callback: &str, status: u16, json: &[u8], told: ScriptOptions) -> Vec<u8> {
    let mut argument = json.to_vec();
    let mut is_missing = argument.is_empty();
    if told.parses {
        // An empty text is not valid JSON. The script passes `null` instead.
        let text = if is_missing { b"null".to_vec() } else { argument };
        is_missing = false;
        argument = [b"JSON.parse(\"", &escaped(&text, told)[..], b"\")"].concat();
    } else {
        argument = escaped(&argument, told);
    }
    if told.envelops {
        let data = if is_missing { b"null" } else { &argument[..] };
        let head = format!("{{\"status\":{status},\"data\":");
        argument = [head.as_bytes(), data, b"}"].concat();
    }
    let call = format!("/**/ typeof {callback} === 'function' && {callback}(");
    [call.as_bytes(), &argument, b");"].concat()
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
