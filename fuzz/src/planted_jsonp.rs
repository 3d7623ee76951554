//! Defects on purpose, to show that the claims of the target `jsonp` would find them.

use crate::{
    cut_json::{CutJson, End, Piece},
    reference_model::script::{ScriptOptions, script},
};

/// What a layer could have overlooked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Defect {
    /// Each frame is escaped by itself, as rack-contrib does: a character that is cut is missed.
    FramesAlone,
    /// A byte that ends the beginning of a character is not looked at again: it may begin another.
    NotLookedAtAgain,
    /// What is held back at the end is lost.
    HeldIsLost,
    /// An error ends the call, so that what was cut off is run.
    ErrorEndsCall,
    /// Nothing takes the place of no JSON.
    NoFiller,
    /// Whatever begins like a line terminator is one.
    AnyPunctuation,
}

pub(crate) const DEFECTS: [Defect; 6] = [
    Defect::FramesAlone,
    Defect::NotLookedAtAgain,
    Defect::HeldIsLost,
    Defect::ErrorEndsCall,
    Defect::NoFiller,
    Defect::AnyPunctuation,
];

impl Defect {
    /// What would leave a layer that has it.
    pub(crate) fn behind(self, json: &CutJson) -> Vec<u8> {
        let whole = json.whole();
        let (before, after) = around(json.told);
        let argument = match self {
            Self::FramesAlone => {
                let frames = json.pieces.iter().filter_map(|piece| match piece {
                    Piece::Frame(bytes) => Some(escaped(bytes, json.told)),
                    Piece::Pause => None,
                });
                frames.collect::<Vec<_>>().concat()
            }
            Self::NotLookedAtAgain => {
                let hidden = replaced(&whole, b"\xE2\xE2\x80\xA8", b"\xE2?28");
                let escaped = escaped(&hidden, json.told);
                replaced(&escaped, b"\xE2?28", b"\xE2\xE2\x80\xA8")
            }
            Self::HeldIsLost => {
                let mut whole = &whole[..];
                for beginning in [&b"\xE2\x80"[..], b"\xE2"] {
                    whole = whole.strip_suffix(beginning).unwrap_or(whole);
                }
                escaped(whole, json.told)
            }
            Self::AnyPunctuation => {
                replaced(&escaped(&whole, json.told), b"\xE2\x80\x9C", b"\\u2029")
            }
            Self::ErrorEndsCall | Self::NoFiller => escaped(&whole, json.told),
        };
        let is_filled = argument.is_empty() && !matches!(self, Self::NoFiller);
        let is_ended = json.end != End::Error || matches!(self, Self::ErrorEndsCall);
        let filler: &[u8] =
            if is_filled && (json.told.parses || json.told.envelops) { b"null" } else { b"" };
        let (filler, after) = if is_ended { (filler, &after[..]) } else { (&b""[..], &b""[..]) };
        [&before, &argument, filler, after].concat()
    }
}

fn escaped(json: &[u8], told: ScriptOptions) -> Vec<u8> {
    if json.is_empty() {
        return Vec::new();
    }
    let (before, after) = around(told);
    let whole = script("cb", 200, json, told);
    whole[before.len()..whole.len() - after.len()].to_vec()
}

/// What stands around any JSON.
fn around(told: ScriptOptions) -> (Vec<u8>, Vec<u8>) {
    let one = script("cb", 200, b"1", told);
    let after = match (told.parses, told.envelops) {
        (false, false) => 2,
        (false, true) => 3,
        (true, false) => 4,
        (true, true) => 5,
    };
    let (before, after) = one.split_at(one.len() - after);
    (before[..before.len() - 1].to_vec(), after.to_vec())
}

fn replaced(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
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
