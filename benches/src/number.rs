/// `-1,234`
pub fn grouped(number: i64) -> String {
    let mut digits = number.unsigned_abs().to_string();
    let mut place = digits.len();
    while place > 3 {
        place -= 3;
        digits.insert(place, ',');
    }
    if number < 0 { format!("-{digits}") } else { digits }
}
