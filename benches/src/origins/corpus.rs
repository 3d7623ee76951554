use tower_cross_origin::origin::OriginSet;

/// Returns the origin of the tenant with this number.
///
/// Each number has a different origin; up to a million, origins have 27 to 44 bytes.
pub fn tenant(number: usize) -> String {
    let name = NAMES[number % NAMES.len()];
    let port = PORTS[number / 10 % PORTS.len()];
    match number % 10 {
        0..=4 => format!("https://{name}-{number}.tenants.example.com"),
        5..=7 => format!("https://www.{name}-{number}.example"),
        8 => format!("https://{name}-{number}.example.net:{port}"),
        _ => format!("http://{name}-{number}.localhost:{port}"),
    }
}

/// Returns the origins of the first `count` tenants.
pub fn tenants(count: usize) -> Vec<String> {
    (0..count).map(tenant).collect()
}

/// Returns the pattern with this number: few labels, many labels, and any port take turns.
pub fn pattern(number: usize) -> String {
    match number % 3 {
        0 => format!("https://*.tenant-{number}.example.com"),
        1 => format!("https://*.{number}.deep.labels.of.some.length.example"),
        _ => format!("http://service-{number}.internal.example:*"),
    }
}

/// Returns an origin that [`pattern`] with the same number matches.
pub fn pattern_hit(number: usize) -> String {
    match number % 3 {
        0 => format!("https://app.tenant-{number}.example.com"),
        1 => format!("https://app.{number}.deep.labels.of.some.length.example"),
        _ => format!("http://service-{number}.internal.example:8080"),
    }
}

/// Returns 64 regular expressions for preview hosts, and an origin to look up.
///
/// The origin matches one of the expressions if `is_hit` is true; else it differs in the last byte.
///
/// # Panics
///
/// If an expression is invalid.
pub fn regexes(is_hit: bool) -> (OriginSet, String) {
    let texts = (0..64).map(|n| format!(r"https://pr-[0-9]+\.app-{n}\.preview\.example\.com"));
    let set = OriginSet::default().with_regexes(texts).expect("every expression is valid");
    let origin =
        format!("https://pr-4711.app-32.preview.example.{}", if is_hit { "com" } else { "con" });
    (set, origin)
}

/// The names of tenants.
///
/// Their number is not a multiple of 2 or 5, so that every name occurs in every form.
const NAMES: [&str; 13] = [
    "acme",
    "globex",
    "initech",
    "umbrella",
    "hooli",
    "vehement",
    "stark",
    "wayne",
    "cyberdyne",
    "wonka",
    "tyrell",
    "monarch",
    "soylent",
];

const PORTS: [u16; 4] = [3000, 5173, 8080, 8443];
