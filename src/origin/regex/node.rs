use regex_syntax::{
    ast::{Ast, Flag, RepetitionKind, RepetitionRange},
    hir::{Class, HirKind},
};

use super::origin_regex::parse_hir;

/// A regular expression, restricted to the characters of origins.
///
/// This type is built from the syntax tree, since the `Hir` of regex-syntax does not distinguish `(a|b)`
/// from `[ab]`. Here, an alternation lists intended values, and a class leaves them open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Literal(u8),
    /// An unescaped dot at this byte of the text.
    ///
    /// The author may have meant a dot of a host name.
    Dot(u16),
    /// A character class of these bytes.
    Class(Vec<u8>),
    Repeat {
        node: Box<Node>,
        min: u32,
        max: Option<u32>,
    },
    Either(Vec<Node>),
    Sequence(Vec<Node>),
}

impl Node {
    /// Creates a node from the syntax tree of `text`.
    pub(super) fn from_ast(text: &str, ast: &Ast) -> Self {
        Builder { text, ignores_case: false }.node(ast)
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Sequence(nodes) if nodes.is_empty())
    }
}

/// The bytes of origins. Bytes for readable examples come first.
pub(super) const ORIGIN_ALPHABET: &[u8] =
    b"abcdefghijklmnopqrstuvwxyz1234567890-.:/_+[]ABCDEFGHIJKLMNOPQRSTUVWXYZ~%";

/// The largest class that is treated as an alternation: `[12]`, `[.-]`, and `[Aa]`.
///
/// Bytes that never occur in origins, such as `=`, do not count.
const SMALL_CLASS: usize = 4;

struct Builder<'a> {
    text: &'a str,
    ignores_case: bool,
}

impl Builder<'_> {
    // The nesting limit of the parser bounds the recursion.
    fn node(&mut self, ast: &Ast) -> Node {
        match ast {
            Ast::Empty(_) | Ast::Assertion(_) => Node::Sequence(Vec::new()),
            Ast::Flags(set) => {
                self.set_case(set.flags.flag_state(Flag::CaseInsensitive));
                Node::Sequence(Vec::new())
            }
            Ast::Literal(literal) => {
                // All literals are ASCII. A NUL never occurs in an origin.
                let byte = u8::try_from(u32::from(literal.c)).unwrap_or_default();
                Node::Literal(if self.ignores_case { byte.to_ascii_lowercase() } else { byte })
            }
            Ast::Dot(_) => Node::Class(ORIGIN_ALPHABET.to_vec()),
            Ast::ClassUnicode(_) | Ast::ClassPerl(_) | Ast::ClassBracketed(_) => self.class(ast),
            Ast::Repetition(repetition) => {
                let (min, max) = bounds(&repetition.op.kind);
                repeat(self.node(&repetition.ast), min, max)
            }
            Ast::Group(group) => {
                let outside = self.ignores_case;
                self.set_case(group.flags().and_then(|it| it.flag_state(Flag::CaseInsensitive)));
                let node = self.node(&group.ast);
                self.ignores_case = outside;
                node
            }
            // A flag in one branch also applies to the following branches.
            Ast::Alternation(alternation) => {
                either(alternation.asts.iter().map(|branch| self.node(branch)).collect())
            }
            Ast::Concat(concat) => self.sequence(&concat.asts),
        }
    }

    fn set_case(&mut self, ignores_case: Option<bool>) {
        self.ignores_case = ignores_case.unwrap_or(self.ignores_case);
    }

    fn sequence(&mut self, asts: &[Ast]) -> Node {
        let mut nodes = Vec::new();
        for (index, ast) in asts.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|index| asts.get(index));
            match ast {
                Ast::Dot(span) if is_single_dot(before, asts.get(index + 1)) => {
                    nodes.push(Node::Dot(u16::try_from(span.start.offset).unwrap_or(u16::MAX)));
                }
                _ => match self.node(ast) {
                    Node::Sequence(inner) => nodes.extend(inner),
                    node => nodes.push(node),
                },
            }
        }
        match nodes.pop() {
            Some(only) if nodes.is_empty() => only,
            last => {
                nodes.extend(last);
                Node::Sequence(nodes)
            }
        }
    }

    /// Returns the members of a class, as regex-syntax computes them.
    fn class(&self, ast: &Ast) -> Node {
        let hir = parse_hir(self.text, ast, self.ignores_case);
        let members: Vec<u8> = match hir.as_ref().map(regex_syntax::hir::Hir::kind) {
            Ok(HirKind::Class(Class::Bytes(class))) => {
                let is_member = |byte: &u8| {
                    class.iter().any(|range| (range.start()..=range.end()).contains(byte))
                };
                ORIGIN_ALPHABET.iter().copied().filter(is_member).collect()
            }
            Ok(HirKind::Literal(literal)) => literal.0.to_vec(),
            _ => Vec::new(),
        };
        if members.len() > SMALL_CLASS {
            return Node::Class(members);
        }
        Node::Either(members.into_iter().map(Node::Literal).collect())
    }
}

/// Returns `true` if the author could have meant a dot of a host name.
///
/// `..` and `..*` count characters. `.*.` may end with a dot of a host name.
fn is_single_dot(before: Option<&Ast>, after: Option<&Ast>) -> bool {
    let is_dot = |ast: &Ast| matches!(ast, Ast::Dot(_));
    let is_repeated_dot =
        |ast: &Ast| matches!(ast, Ast::Repetition(repetition) if is_dot(&repetition.ast));
    !before.is_some_and(is_dot) && !after.is_some_and(|ast| is_dot(ast) || is_repeated_dot(ast))
}

fn bounds(kind: &RepetitionKind) -> (u32, Option<u32>) {
    match *kind {
        RepetitionKind::ZeroOrOne => (0, Some(1)),
        RepetitionKind::ZeroOrMore => (0, None),
        RepetitionKind::OneOrMore => (1, None),
        RepetitionKind::Range(RepetitionRange::Exactly(count)) => (count, Some(count)),
        RepetitionKind::Range(RepetitionRange::AtLeast(min)) => (min, None),
        RepetitionKind::Range(RepetitionRange::Bounded(min, max)) => (min, Some(max)),
    }
}

fn either(nodes: Vec<Node>) -> Node {
    if nodes.iter().all(Node::is_empty) { Node::Sequence(Vec::new()) } else { Node::Either(nodes) }
}

/// Returns a repetition of the node. A repetition of an empty node is the empty node.
///
/// Therefore every unbounded repetition has at least one byte.
fn repeat(node: Node, min: u32, max: Option<u32>) -> Node {
    match (min, max) {
        _ if node.is_empty() => node,
        (_, Some(0)) => Node::Sequence(Vec::new()),
        (1, Some(1)) => node,
        _ => Node::Repeat { node: Box::new(node), min, max },
    }
}
