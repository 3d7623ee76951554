use regex::bytes::{RegexSet, RegexSetBuilder};
use regex_syntax::{
    ast::{self, Ast, Flag},
    hir::{Hir, Look, print::Printer, translate::TranslatorBuilder},
};

use super::error::{OriginRegexError, OriginRegexErrorKind};
use crate::limits::{REGEX_BYTES, REGEX_CACHE_BYTES, REGEX_COMPILED_BYTES, REGEX_NESTING};

/// A valid regular expression for origins.
#[derive(Clone, Debug)]
pub(crate) struct OriginRegex {
    text: Box<str>,
    anchored: String,
}

impl OriginRegex {
    /// # Errors
    ///
    /// [`OriginRegexError`] for the first fault of `text`.
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

/// Compiles one automaton for all regular expressions; `None` if it is too large.
pub(super) fn compile(regexes: &[OriginRegex]) -> Option<RegexSet> {
    RegexSetBuilder::new(regexes.iter().map(|regex| &regex.anchored))
        .unicode(false)
        .size_limit(REGEX_COMPILED_BYTES)
        .dfa_size_limit(REGEX_CACHE_BYTES)
        .build()
        .ok()
}

/// Parses `text` without anchors, so that unbalanced brackets are errors.
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
        Err((byte, reason)) => Err(fault(OriginRegexErrorKind::Unicode).at(byte, reason)),
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

/// Adds anchors, so that the expression matches only the whole text.
///
/// The anchors are added to the syntax tree, which is then printed. In the text, an alternation, a comment
/// or a flag could change the meaning of the anchors.
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

/// A visitor that finds escaped non-ASCII characters and the flag `u`.
///
/// An escaped non-ASCII character never matches. The meaning of the flag `u` depends on Unicode tables that
/// another crate may enable.
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
