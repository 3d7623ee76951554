use std::collections::{HashMap, HashSet};

use regex_automata::{
    Anchored, MatchKind,
    dfa::{Automaton as _, StartKind, dense},
    nfa::thompson::{self, WhichCaptures},
    util::{primitives::StateID, start},
};
use regex_syntax::hir::{Hir, Look};

use super::{grammar::Port, origin_regex};
use crate::{
    limits::{
        REGEX_ANALYSES, REGEX_ANALYSIS_STEPS, REGEX_AUTOMATON_BYTES, REGEX_COMPILED_BYTES,
        SCHEME_BYTES,
    },
    origin::default_port,
};

/// The error of an analysis that exceeds [`REGEX_AUTOMATON_BYTES`] or [`REGEX_ANALYSIS_STEPS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooComplex;

/// The steps that an analysis may still take.
#[derive(Clone, Debug)]
pub(super) struct Budget(usize);

impl Budget {
    /// Returns the steps for one of several expressions, which share the time of [`REGEX_ANALYSES`] analyses.
    pub(super) fn share(expressions: usize) -> Self {
        Self(REGEX_ANALYSIS_STEPS / expressions.div_ceil(REGEX_ANALYSES).max(1))
    }

    /// # Errors
    ///
    /// [`TooComplex`] if fewer steps are left.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), TooComplex> {
        self.0 = self.0.checked_sub(steps).ok_or(TooComplex)?;
        Ok(())
    }
}

/// A deterministic automaton that accepts the texts that a regular expression matches as a whole.
pub(super) struct Automaton {
    dfa: dense::DFA<Vec<u32>>,
    start: StateID,
}

pub(super) type State = StateID;

impl Automaton {
    /// Returns the automaton of a valid regular expression.
    ///
    /// # Errors
    ///
    /// [`TooComplex`] if the automaton is too large.
    pub(super) fn new(text: &str) -> Result<Self, TooComplex> {
        let ast = origin_regex::parse_ast(text).map_err(|_| TooComplex)?;
        let hir = origin_regex::parse_hir(text, &ast, false).map_err(|_| TooComplex)?;
        let whole = Hir::concat(vec![Hir::look(Look::Start), hir, Hir::look(Look::End)]);
        let config = thompson::Config::new()
            .utf8(false)
            .nfa_size_limit(Some(REGEX_COMPILED_BYTES))
            .which_captures(WhichCaptures::None);
        let nfa = thompson::Compiler::new().configure(config).build_from_hir(&whole);
        let config = dense::Config::new()
            .start_kind(StartKind::Anchored)
            .match_kind(MatchKind::All)
            .accelerate(false)
            .dfa_size_limit(Some(REGEX_AUTOMATON_BYTES))
            .determinize_size_limit(Some(REGEX_AUTOMATON_BYTES));
        let dfa = dense::Builder::new()
            .configure(config)
            .build_from_nfa(&nfa.map_err(|_| TooComplex)?)
            .map_err(|_| TooComplex)?;
        let anchored = start::Config::new().anchored(Anchored::Yes);
        let start = dfa.start_state(&anchored).map_err(|_| TooComplex)?;
        Ok(Self { dfa, start })
    }

    pub(super) fn step(&self, state: State, byte: u8) -> Option<State> {
        let next = self.dfa.next_state(state, byte);
        (!self.dfa.is_dead_state(next)).then_some(next)
    }

    pub(super) fn walk(&self, state: State, text: &str) -> Option<State> {
        text.bytes().try_fold(state, |state, byte| self.step(state, byte))
    }

    /// Returns whether the text may end at this state.
    pub(super) fn is_end(&self, state: State) -> bool {
        self.dfa.is_match_state(self.dfa.next_eoi_state(state))
    }

    /// Returns the state after `https://`, for one scheme.
    pub(super) fn after_scheme(&self, scheme: &str) -> Option<State> {
        self.walk(self.walk(self.start, scheme)?, "://")
    }

    /// Returns the states after `app://`, for every scheme without domains, each with such a scheme.
    pub(super) fn after_other_schemes(
        &self,
        budget: &mut Budget,
    ) -> Result<Vec<(State, String)>, TooComplex> {
        let mut found = HashMap::new();
        let mut level = vec![(self.start, String::new())];
        let mut seen = HashSet::new();
        for _ in 0..=SCHEME_BYTES {
            let mut longer = Vec::new();
            for (state, scheme) in &level {
                budget.spend(SCHEME_ALPHABET.len())?;
                let is_other = !scheme.is_empty() && !KNOWN_SCHEMES.contains(&&**scheme);
                if let Some(after) = self.walk(*state, "://").filter(|_| is_other) {
                    found.entry(after).or_insert_with(|| scheme.clone());
                }
                for &byte in SCHEME_ALPHABET {
                    let Some(next) = self.step(*state, byte) else { continue };
                    if scheme.is_empty() && !byte.is_ascii_lowercase() {
                        continue;
                    }
                    let scheme = format!("{scheme}{}", char::from(byte));
                    // Beginnings of known schemes differ from all other texts.
                    let is_known = KNOWN_SCHEMES.iter().any(|known| known.starts_with(&scheme));
                    let beginning = is_known.then(|| scheme.clone());
                    if scheme.len() <= SCHEME_BYTES && seen.insert((next, beginning)) {
                        budget.spend(scheme.len())?;
                        longer.push((next, scheme));
                    }
                }
            }
            level = longer;
        }
        Ok(found.into_iter().collect())
    }

    /// Returns the empty text or the port that can follow a host at this state.
    pub(super) fn port_after_host(
        &self,
        state: State,
        scheme: &str,
        budget: &mut Budget,
    ) -> Result<Option<String>, TooComplex> {
        if self.is_end(state) {
            return Ok(Some(String::new()));
        }
        let Some(after_colon) = self.step(state, b':') else { return Ok(None) };
        let port = Port::new(default_port(scheme).unwrap_or_default());
        let mut level = vec![(after_colon, port, ":".to_owned())];
        while !level.is_empty() {
            let mut longer = Vec::new();
            let mut seen = HashSet::new();
            for (state, port, text) in level {
                if port.is_end() && self.is_end(state) {
                    return Ok(Some(text));
                }
                budget.spend(Port::ALPHABET.len())?;
                for &digit in Port::ALPHABET {
                    let next = self.step(state, digit).zip(port.step(digit));
                    let Some((state, port)) = next else { continue };
                    if seen.insert((state, port.class())) {
                        longer.push((state, port, format!("{text}{}", char::from(digit))));
                    }
                }
            }
            level = longer;
        }
        Ok(None)
    }
}

/// The schemes whose hosts are domains or addresses. <https://url.spec.whatwg.org/#special-scheme>
pub(super) const SCHEMES_WITH_DOMAINS: [&str; 5] = ["https", "http", "wss", "ws", "ftp"];

/// The schemes with domains, and the scheme of files, whose origins an expression never matches.
const KNOWN_SCHEMES: [&str; 6] = ["https", "http", "wss", "ws", "ftp", "file"];

const SCHEME_ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789+-.";
