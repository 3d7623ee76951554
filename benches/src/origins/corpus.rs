use tower_cross_origin::origin::OriginSet;

/// The origin of the tenant of this number, and of no other: 27 to 44 bytes up to a million.
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

/// The first `count` of them.
pub fn tenants(count: usize) -> Vec<String> {
    (0..count).map(tenant).collect()
}

/// The pattern of this number, and of no other: by turns few labels, many labels, and any port.
pub fn pattern(number: usize) -> String {
    match number % 3 {
        0 => format!("https://*.tenant-{number}.example.com"),
        1 => format!("https://*.{number}.deep.labels.of.some.length.example"),
        _ => format!("http://service-{number}.internal.example:*"),
    }
}

/// An origin that [`pattern`] of this number covers.
pub fn pattern_hit(number: usize) -> String {
    match number % 3 {
        0 => format!("https://app.tenant-{number}.example.com"),
        1 => format!("https://app.{number}.deep.labels.of.some.length.example"),
        _ => format!("http://service-{number}.internal.example:8080"),
    }
}

/// 64 regular expressions, one for the previews of each application, and an origin that one of them
/// covers, or would but for its last byte.
///
/// # Panics
///
/// If this crate takes one of them for wrong.
pub fn regexes(is_hit: bool) -> (OriginSet, String) {
    let written = (0..64).map(|n| format!(r"https://pr-[0-9]+\.app-{n}\.preview\.example\.com"));
    let set = OriginSet::default().with_regexes(written).expect("every text is an expression");
    let asked =
        format!("https://pr-4711.app-32.preview.example.{}", if is_hit { "com" } else { "con" });
    (set, asked)
}

/// Not a multiple of 2 or of 5, so that every name has every form.
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
