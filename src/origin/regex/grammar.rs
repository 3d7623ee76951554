//! The grammars of the parts of an origin, read byte by byte from left to right.

use std::hash::Hash;

use crate::limits::HOST_BYTES;

/// The position in a part of an origin.
pub(super) trait Grammar: Copy + Eq + Hash {
    /// The bytes that can occur in the part.
    const ALPHABET: &'static [u8];

    /// The maximum length of the part, in bytes.
    const MAX_BYTES: usize;

    fn start() -> Self;

    /// Returns the position after the byte; `None` if no part continues with it.
    fn step(self, byte: u8) -> Option<Self>;

    /// Returns whether the part may end here.
    fn is_end(self) -> bool;
}

/// A domain name other than the loopback names, and without its trailing dot.
///
/// The variants distinguish labels that end a name from labels that end an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Domain {
    LabelStart,
    /// The label `0`.
    Zero,
    /// A label that begins with `0x` and consists of hexadecimal digits.
    Hex,
    Digits,
    /// The first bytes of `localhost`.
    Localhost(u8),
    Other,
}

impl Domain {
    pub(super) const ALPHABET_WITHOUT_DOT: &'static [u8] =
        b"abcdefghijklmnopqrstuvwxyz0123456789-_";

    /// Returns whether a trailing dot may follow. `localhost.` is not a loopback name.
    pub(super) fn is_end_before_dot(self) -> bool {
        matches!(self, Self::Other | Self::Localhost(_))
    }
}

impl Grammar for Domain {
    const ALPHABET: &'static [u8] = b"abcdefghijklmnopqrstuvwxyz0123456789-_.";
    const MAX_BYTES: usize = HOST_BYTES;

    fn start() -> Self {
        Self::LabelStart
    }

    fn step(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::LabelStart, b'.') => return None,
            (_, b'.') => Self::LabelStart,
            (Self::LabelStart, b'0') => Self::Zero,
            (Self::Zero, b'x') | (Self::Hex, b'0'..=b'9' | b'a'..=b'f') => Self::Hex,
            (Self::LabelStart | Self::Zero | Self::Digits, b'0'..=b'9') => Self::Digits,
            (Self::LabelStart, b'l') => Self::Localhost(1),
            (Self::Localhost(len), _) if LOCALHOST.get(usize::from(len)) == Some(&byte) => {
                Self::Localhost(len + 1)
            }
            _ => Self::Other,
        })
    }

    fn is_end(self) -> bool {
        match self {
            Self::Other => true,
            Self::Localhost(len) => usize::from(len) < LOCALHOST.len(),
            _ => false,
        }
    }
}

/// An IPv4 address other than the loopback addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Ipv4 {
    /// The number of dots so far.
    dots: u8,
    octet: Octet,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Octet {
    Start,
    /// The octet `1`.
    One,
    /// The octet `12` at the beginning, which becomes `127` with a `7`.
    Twelve,
    /// The octet `2`.
    Two,
    /// The octet `25`.
    TwentyFive,
    /// One digit may follow.
    OneMore,
    /// No digit may follow.
    Full,
}

impl Grammar for Ipv4 {
    const ALPHABET: &'static [u8] = b"1234567890.";
    const MAX_BYTES: usize = "255.255.255.255".len();

    fn start() -> Self {
        Self { dots: 0, octet: Octet::Start }
    }

    fn step(self, byte: u8) -> Option<Self> {
        let octet = match (self.octet, byte) {
            (_, b'.') if self.dots < 3 && self.octet != Octet::Start => {
                return Some(Self { dots: self.dots + 1, octet: Octet::Start });
            }
            (Octet::Start, b'1') => Octet::One,
            (Octet::Start, b'2') => Octet::Two,
            (Octet::One, b'2') if self.dots == 0 => Octet::Twelve,
            (Octet::Start, b'3'..=b'9') | (Octet::One, b'0'..=b'9') | (Octet::Two, b'0'..=b'4') => {
                Octet::OneMore
            }
            (Octet::Two, b'5') => Octet::TwentyFive,
            (Octet::Start, b'0')
            | (Octet::TwentyFive, b'0'..=b'5')
            | (Octet::Twelve, b'0'..=b'6' | b'8' | b'9')
            | (Octet::OneMore, b'0'..=b'9')
            | (Octet::Two, b'6'..=b'9') => Octet::Full,
            _ => return None,
        };
        Some(Self { octet, ..self })
    }

    fn is_end(self) -> bool {
        self.dots == 3 && self.octet != Octet::Start
    }
}

/// An IPv6 address in brackets.
///
/// Some addresses of this grammar are not canonical, and browsers do not send them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Ipv6 {
    /// The number of pieces so far.
    pieces: u8,
    is_compressed: bool,
    place: Ipv6Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Ipv6Place {
    BeforeBracket,
    AfterBracket,
    /// A colon at the beginning of the address.
    FirstColon,
    DoubleColon,
    Colon,
    /// The piece `0`.
    Zero,
    /// The number of digits so far.
    Digits(u8),
    Closed,
}

impl Grammar for Ipv6 {
    const ALPHABET: &'static [u8] = b"[]:1234567890abcdef";
    const MAX_BYTES: usize = "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]".len();

    fn start() -> Self {
        Self { pieces: 0, is_compressed: false, place: Ipv6Place::BeforeBracket }
    }

    fn step(self, byte: u8) -> Option<Self> {
        use Ipv6Place as Place;
        // `::` replaces at least two pieces.
        let is_full = self.pieces == 8 || (self.is_compressed && self.pieces == 6);
        let is_in_piece = matches!(self.place, Place::Zero | Place::Digits(_));
        Some(match (self.place, byte) {
            (Place::BeforeBracket, b'[') => Self { place: Place::AfterBracket, ..self },
            (Place::AfterBracket, b':') => Self { place: Place::FirstColon, ..self },
            (Place::FirstColon | Place::Colon, b':') if !self.is_compressed && self.pieces < 7 => {
                Self { place: Place::DoubleColon, is_compressed: true, ..self }
            }
            (Place::Digits(len), b'0'..=b'9' | b'a'..=b'f') if len < 4 => {
                Self { place: Place::Digits(len + 1), ..self }
            }
            (
                Place::AfterBracket | Place::DoubleColon | Place::Colon,
                b'0'..=b'9' | b'a'..=b'f',
            ) if !is_full => {
                let place = if byte == b'0' { Place::Zero } else { Place::Digits(1) };
                Self { place, pieces: self.pieces + 1, ..self }
            }
            (_, b':') if is_in_piece && !is_full => Self { place: Place::Colon, ..self },
            (Place::DoubleColon, b']') => Self { place: Place::Closed, ..self },
            (_, b']') if is_in_piece && (self.is_compressed || self.pieces == 8) => {
                Self { place: Place::Closed, ..self }
            }
            _ => return None,
        })
    }

    fn is_end(self) -> bool {
        self.place == Ipv6Place::Closed
    }
}

/// A host of a scheme without domains, such as the identifier of a browser extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum OpaqueHost {
    Start,
    Inside,
}

impl Grammar for OpaqueHost {
    const ALPHABET: &'static [u8] =
        b"abcdefghijklmnopqrstuvwxyz0123456789-_.ABCDEFGHIJKLMNOPQRSTUVWXYZ~%";
    const MAX_BYTES: usize = HOST_BYTES;

    fn start() -> Self {
        Self::Start
    }

    fn step(self, _byte: u8) -> Option<Self> {
        Some(Self::Inside)
    }

    fn is_end(self) -> bool {
        self == Self::Inside
    }
}

/// A port without leading zeros that is not the default port of the scheme.
#[derive(Clone, Copy, Debug)]
pub(super) struct Port {
    value: u32,
    default: u32,
}

impl Port {
    pub(super) const ALPHABET: &'static [u8] = b"1234567890";

    /// Creates the beginning of a port. The default port is 0 if the scheme does not have one.
    pub(super) fn new(default: u16) -> Self {
        Self { value: 0, default: u32::from(default) }
    }

    pub(super) fn step(self, digit: u8) -> Option<Self> {
        let value = self.value * 10 + u32::from(digit.checked_sub(b'0')?);
        (1..=u32::from(u16::MAX)).contains(&value).then_some(Self { value, ..self })
    }

    pub(super) fn is_end(self) -> bool {
        self.value != 0 && self.value != self.default
    }

    /// Returns equal values for ports of equal length that the same digits continue.
    pub(super) fn class(self) -> impl Eq + Hash + use<> {
        let beginnings = |port: u32| {
            std::iter::successors(Some(port), |port| Some(port / 10).filter(|port| *port > 0))
        };
        let is_default = beginnings(self.default).any(|beginning| beginning == self.value);
        let digits = |port: u32| port.checked_ilog10();
        let mut bounds = beginnings(u32::from(u16::MAX));
        let bound = bounds.find(|bound| digits(*bound) == digits(self.value));
        (is_default.then_some(self.value), Some(self.value).cmp(&bound))
    }
}

const LOCALHOST: &[u8] = b"localhost";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::origin::host::Host;

    fn position<G: Grammar>(text: &str) -> Option<G> {
        text.bytes().try_fold(G::start(), |position, byte| {
            position.step(byte).filter(|_| G::ALPHABET.contains(&byte))
        })
    }

    fn accepts<G: Grammar>(text: &str) -> bool {
        text.len() <= G::MAX_BYTES && position::<G>(text).is_some_and(G::is_end)
    }

    proptest! {
        #[test]
        fn grammars_accept_the_hosts_that_the_parser_accepts(
            text in "[a0x12.]{1,7}|([a-c]\\.)?(local|localhos|localhost)|([0-3]?[0-9]{1,2}\\.){3}[0-9]{1,3}|\
                     12[5-8]\\.[0-9]\\.0\\.1|\\[([0-9a]{0,2}:){2,7}[0-9a]{0,2}\\]"
        ) {
            // The analysis adds a trailing dot itself.
            prop_assume!(!text.ends_with('.'));
            let host = Host::parse(&text).filter(|host| !host.is_loopback());
            let is_domain = match text.strip_suffix('.') {
                None => accepts::<Domain>(&text),
                Some(front) => position::<Domain>(front).is_some_and(Domain::is_end_before_dot),
            };
            prop_assert_eq!(is_domain, matches!(host, Some(Host::Domain(_))), "{}", &text);
            prop_assert_eq!(accepts::<Ipv4>(&text), matches!(host, Some(Host::Ipv4(_))), "{}", &text);
            if matches!(host, Some(Host::Ipv6(_))) {
                prop_assert!(accepts::<Ipv6>(&text), "{}", &text);
            }
        }
    }
}
