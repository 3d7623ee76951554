/// Whether `value` is a single range with a start: `bytes=0-` or `bytes=0-499`.
///
/// <https://fetch.spec.whatwg.org/#simple-range-header-value> without whitespace: the safelist asks
/// for a value that "parse a single range header value" takes with `allowWhitespace` false and whose
/// start is not null, so `bytes=-500` is not one.
pub(super) fn is_simple_range(value: &[u8]) -> bool {
    let Some(range) = value.strip_prefix(b"bytes=") else { return false };
    let Some(dash) = range.iter().position(|&byte| byte == b'-') else { return false };
    let (Some(start), Some(end)) = (range.get(..dash), range.get(dash + 1..)) else { return false };
    let all_digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    !start.is_empty()
        && all_digits(start)
        && all_digits(end)
        && (end.is_empty() || magnitude(start) <= magnitude(end))
}

/// Decimal numbers of any length, ordered: first by their digits without leading zeros, then by them.
fn magnitude(digits: &[u8]) -> (usize, &[u8]) {
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    let significant = digits.get(zeros..).unwrap_or_default();
    (significant.len(), significant)
}
