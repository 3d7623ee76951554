/// Formats a number with separators, such as `-1,234`.
pub fn group_digits(number: i64) -> String {
    let mut digits = number.unsigned_abs().to_string();
    let mut index = digits.len();
    while index > 3 {
        index -= 3;
        digits.insert(index, ',');
    }
    if number < 0 { format!("-{digits}") } else { digits }
}
