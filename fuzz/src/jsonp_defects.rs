//! Deliberate defects, which the claims of the target `jsonp` must find.

use crate::{
    cut_json::{CutJson, End, Piece},
    reference_model::script::{ScriptOptions, script, script_beginning},
};

/// A possible defect of the layer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Defect {
    /// Escapes each frame separately, as rack-contrib does, and so misses characters across frames.
    SeparateFrames,
    /// Skips a byte that ends an incomplete character, though the byte may begin another one.
    SkippedByte,
    /// Loses held bytes at the end of the body.
    LostHeldBytes,
    /// Completes the call after an error, so that the browser runs a truncated script.
    ErrorEndsCall,
    /// Does not write `null` for an empty body.
    MissingNull,
    /// Treats all characters with the same first bytes as line terminators.
    AnyPunctuation,
    /// Completes the call of a text that is not JSON.
    OtherTextCompletesCall,
}

pub(crate) const DEFECTS: [Defect; 7] = [
    Defect::SeparateFrames,
    Defect::SkippedByte,
    Defect::LostHeldBytes,
    Defect::ErrorEndsCall,
    Defect::MissingNull,
    Defect::AnyPunctuation,
    Defect::OtherTextCompletesCall,
];

impl Defect {
    /// Returns the output of a layer with this defect.
    pub(crate) fn output(self, json: &CutJson) -> Vec<u8> {
        let body = json.body();
        if json.is_cut() && !matches!(self, Self::OtherTextCompletesCall) {
            return script("cb", 200, &body, json.options);
        }
        let (before, after) = script_around(json.options);
        let argument = match self {
            Self::SeparateFrames => {
                let frames = json.pieces.iter().filter_map(|piece| match piece {
                    Piece::Frame(bytes) => Some(escape(bytes, json.options)),
                    Piece::Pause => None,
                });
                frames.collect::<Vec<_>>().concat()
            }
            Self::SkippedByte => {
                let hidden = replace(&body, b"\xE2\xE2\x80\xA8", b"\xE2?28");
                let escaped = escape(&hidden, json.options);
                replace(&escaped, b"\xE2?28", b"\xE2\xE2\x80\xA8")
            }
            Self::LostHeldBytes => {
                let mut rest = &body[..];
                for beginning in [&b"\xE2\x80"[..], b"\xE2"] {
                    rest = rest.strip_suffix(beginning).unwrap_or(rest);
                }
                escape(rest, json.options)
            }
            Self::AnyPunctuation => {
                replace(&escape(&body, json.options), b"\xE2\x80\x9C", b"\\u2029")
            }
            Self::ErrorEndsCall | Self::MissingNull | Self::OtherTextCompletesCall => {
                escape(&body, json.options)
            }
        };
        let is_filled = argument.is_empty() && !matches!(self, Self::MissingNull);
        let is_ended = json.end != End::Error || matches!(self, Self::ErrorEndsCall);
        let filler: &[u8] =
            if is_filled && (json.options.parses || json.options.envelops) { b"null" } else { b"" };
        let (filler, after) = if is_ended { (filler, &after[..]) } else { (&b""[..], &b""[..]) };
        [&before, &argument, filler, after].concat()
    }
}

fn escape(json: &[u8], options: ScriptOptions) -> Vec<u8> {
    let (before, _) = script_around(options);
    script_beginning("cb", 200, json, options)[before.len()..].to_vec()
}

/// Returns the script before and after the JSON.
fn script_around(options: ScriptOptions) -> (Vec<u8>, Vec<u8>) {
    let one = script("cb", 200, b"1", options);
    let after = match (options.parses, options.envelops) {
        (false, false) => 2,
        (false, true) => 3,
        (true, false) => 4,
        (true, true) => 5,
    };
    let (before, after) = one.split_at(one.len() - after);
    (before[..before.len() - 1].to_vec(), after.to_vec())
}

fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::new();
    let mut rest = text;
    while let [first, others @ ..] = rest {
        if let Some(after) = rest.strip_prefix(from) {
            replaced.extend(to);
            rest = after;
        } else {
            replaced.push(*first);
            rest = others;
        }
    }
    replaced
}
