use regex::bytes::{RegexSet, RegexSetBuilder};
use regex_syntax::{
    ast::{self, Ast, Flag},
    hir::{Hir, Look, print::Printer, translate::TranslatorBuilder},
};

use super::error::{OriginRegexError, OriginRegexErrorKind};
use crate::limits::{REGEX_BYTES, REGEX_CACHE_BYTES, REGEX_COMPILED_BYTES, REGEX_NESTING};

/// A regular expression of origins that is legal for itself.
#[derive(Clone, Debug)]
pub(crate) struct OriginRegex {
    text: Box<str>,
    anchored: String,
}

impl OriginRegex {
    /// # Errors
    ///
    /// The first fault of `text`.
    pub(crate) fn parse(text: &str) -> Result<Self, OriginRegexError> {
        let anchored = anchored(text, &parse_ast(text)?)?;
        let this = Self { text: text.into(), anchored };
        match compile(std::slice::from_ref(&this)) {
            Some(_) => Ok(this),
            None => Err(OriginRegexError::new(text, OriginRegexErrorKind::TooLarge)),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

/// One automaton for all of them; `None` where it exceeds its bound.
pub(super) fn compile(regexes: &[OriginRegex]) -> Option<RegexSet> {
    RegexSetBuilder::new(regexes.iter().map(|regex| &regex.anchored))
        .unicode(false)
        .size_limit(REGEX_COMPILED_BYTES)
        .dfa_size_limit(REGEX_CACHE_BYTES)
        .build()
        .ok()
}

/// The syntax tree of `text` by itself, so that nothing in it closes what it did not open.
pub(super) fn parse_ast(text: &str) -> Result<Ast, OriginRegexError> {
    let fault = |kind| OriginRegexError::new(text, kind);
    if text.is_empty() {
        return Err(fault(OriginRegexErrorKind::Empty));
    }
    if text.len() > REGEX_BYTES {
        return Err(fault(OriginRegexErrorKind::TooLong));
    }
    if let Some(byte) = text.bytes().position(|byte| !byte.is_ascii()) {
        return Err(fault(OriginRegexErrorKind::Unicode).at(byte, "a character beyond ASCII"));
    }
    let ast =
        ast::parse::ParserBuilder::new().nest_limit(REGEX_NESTING).build().parse(text).map_err(
            |error| {
                fault(OriginRegexErrorKind::Malformed).at(error.span().start.offset, error.kind())
            },
        )?;
    match ast::visit(&ast, NonAsciiCheck) {
        Ok(()) => Ok(ast),
        Err((byte, what)) => Err(fault(OriginRegexErrorKind::Unicode).at(byte, what)),
    }
}

pub(super) fn parse_hir(
    text: &str,
    ast: &Ast,
    ignores_case: bool,
) -> Result<Hir, OriginRegexError> {
    TranslatorBuilder::new()
        .unicode(false)
        .utf8(false)
        .case_insensitive(ignores_case)
        .build()
        .translate(text, ast)
        .map_err(|error| {
            OriginRegexError::new(text, OriginRegexErrorKind::Unicode)
                .at(error.span().start.offset, error.kind())
        })
}

/// The same expression, of the whole text only.
///
/// It is anchored as a tree and printed from there: put into the text, the anchors could be captured
/// by an alternation, a comment or a flag.
fn anchored(text: &str, ast: &Ast) -> Result<String, OriginRegexError> {
    let hir = Hir::concat(vec![
        Hir::look(Look::Start),
        parse_hir(text, ast, false)?,
        Hir::look(Look::End),
    ]);
    let mut printed = String::new();
    match Printer::new().print(&hir, &mut printed) {
        Ok(()) => Ok(printed),
        Err(error) => {
            Err(OriginRegexError::new(text, OriginRegexErrorKind::Malformed).at(0, error))
        }
    }
}

/// Finds a character beyond ASCII that is written as its number, which would never match, and the flag
/// `u`, whose meaning depends on the tables that another crate of the program may have switched on.
struct NonAsciiCheck;

impl ast::Visitor for NonAsciiCheck {
    type Output = ();
    type Err = (usize, &'static str);

    fn finish(self) -> Result<(), Self::Err> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Self::Err> {
        let flags = match ast {
            Ast::Literal(literal) if !literal.c.is_ascii() => {
                return Err((literal.span.start.offset, "a character beyond ASCII"));
            }
            Ast::Flags(set) => Some(&set.flags),
            Ast::Group(group) => group.flags(),
            _ => None,
        };
        match flags {
            Some(flags) if flags.flag_state(Flag::Unicode) == Some(true) => {
                Err((flags.span.start.offset, "the flag \"u\""))
            }
            _ => Ok(()),
        }
    }
}
