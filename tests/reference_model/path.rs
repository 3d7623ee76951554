//! Paths in settings, and the ways in which servers read the path of a request. DESIGN 17

/// Returns whether one of the paths of a setting matches. `/*` at the end matches all paths below.
///
/// A path with two readings never matches.
pub(crate) fn matches_path(listed: &[String], path: &str) -> bool {
    let is_match = |one: &String| match one.strip_suffix('*') {
        Some(front) if front.ends_with('/') => path.starts_with(front),
        _ => one == path,
    };
    !has_two_readings(path) && listed.iter().any(is_match)
}

/// Returns whether servers may read the path in two ways. No setting matches such a path.
///
/// This includes targets without a path, such as the target of `OPTIONS *`.
pub(crate) fn has_two_readings(path: &str) -> bool {
    let is_dots = |segment: &str| segment == "." || segment == "..";
    !path.starts_with('/')
        || path.contains("//")
        || path.contains(|char: char| !char.is_ascii_graphic() || ";\\".contains(char))
        || path.split('/').any(is_dots)
        || path.split('%').skip(1).any(is_code_of_two_readings)
        || is_overlong(path)
}

/// Returns whether the text begins with the code of a character that servers treat differently.
///
/// Also returns `true` if it begins with no code. Some servers decode it before they compare paths, and others do not.
fn is_code_of_two_readings(text: &str) -> bool {
    let code: String = text.chars().take_while(char::is_ascii_hexdigit).take(2).collect();
    if code.len() < 2 {
        return true;
    }
    let char = u8::from_str_radix(&code, 16).map(char::from).expect("two digits");
    let is_unreserved = char.is_ascii_alphanumeric() || "-._~".contains(char);
    is_unreserved || char.is_ascii_control() || " /\\%;".contains(char)
}

/// Returns whether the path has a code with more bytes than the character needs. RFC 3629, section 10
fn is_overlong(path: &str) -> bool {
    let path = path.to_ascii_uppercase();
    ["%C0", "%C1", "%E0%8", "%E0%9", "%F0%8"].iter().any(|start| path.contains(start))
}

/// A way in which servers read the path of a request. S15
///
/// Each server then resolves dot segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    DecodesOnce,
    DecodesTwice,
    /// Removes the text after `;` from each segment, and then decodes it.
    CutsParametersBefore,
    /// Decodes the path, and then removes the text after `;` from each segment.
    CutsParametersAfter,
    /// Ends each decoded segment at NUL.
    CutsAtNul,
    /// Removes white space around each decoded segment.
    Trims,
    /// Treats a backslash in the decoded path as a slash.
    ReadsBackslashes,
    /// Treats several slashes in the decoded path as one.
    CollapsesSlashes,
}

impl Server {
    pub(crate) const ALL: [Self; 8] = [
        Self::DecodesOnce,
        Self::DecodesTwice,
        Self::CutsParametersBefore,
        Self::CutsParametersAfter,
        Self::CutsAtNul,
        Self::Trims,
        Self::ReadsBackslashes,
        Self::CollapsesSlashes,
    ];

    /// Returns the path that the server compares with its routes.
    pub(crate) fn read(self, path: &str) -> Vec<u8> {
        let path = path.as_bytes();
        let up_to = |end: u8| {
            move |segment: &[u8]| segment.split(|&byte| byte == end).next().unwrap().to_vec()
        };
        let read = match self {
            Self::DecodesOnce => decode(path),
            Self::DecodesTwice => decode(&decode(path)),
            Self::CutsParametersBefore => decode(&each_segment(path, up_to(b';'))),
            Self::CutsParametersAfter => each_segment(&decode(path), up_to(b';')),
            Self::CutsAtNul => each_segment(&decode(path), up_to(0)),
            Self::Trims => each_segment(&decode(path), |segment| segment.trim_ascii().to_vec()),
            Self::ReadsBackslashes => {
                decode(path).iter().map(|&byte| if byte == b'\\' { b'/' } else { byte }).collect()
            }
            Self::CollapsesSlashes => {
                let mut path = decode(path);
                path.dedup_by(|one, before| *one == b'/' && *before == b'/');
                path
            }
        };
        resolve(&read)
    }
}

/// Decodes each `%` with two hexadecimal digits.
fn decode(path: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut rest = path;
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).filter(|two| two.iter().all(u8::is_ascii_hexdigit));
        if let (b'%', Some(digits)) = (first, digits) {
            let digits = std::str::from_utf8(digits).expect("digits are ASCII");
            decoded.push(u8::from_str_radix(digits, 16).expect("two digits"));
            rest = &after[2..];
        } else {
            decoded.push(*first);
            rest = after;
        }
    }
    decoded
}

fn each_segment(path: &[u8], change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    path.split(|&byte| byte == b'/').map(change).collect::<Vec<_>>().join(&b'/')
}

/// Removes dot segments. <https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4>
fn resolve(path: &[u8]) -> Vec<u8> {
    let segments: Vec<&[u8]> = path.split(|&byte| byte == b'/').skip(1).collect();
    let mut resolved: Vec<&[u8]> = Vec::new();
    for (index, segment) in segments.iter().enumerate() {
        let is_last = index + 1 == segments.len();
        match *segment {
            b"." => {}
            b".." => {
                resolved.pop();
            }
            segment => {
                resolved.push(segment);
                continue;
            }
        }
        if is_last {
            resolved.push(b"");
        }
    }
    [b"/", &*resolved.join(&b'/')].concat()
}
