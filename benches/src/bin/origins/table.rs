use benches::{group_digits, origins::LookupKind};

/// Prints the title and the head of a table.
pub(crate) fn head<const N: usize>(title: &str, columns: [&str; N]) {
    println!("\n{title}\n");
    row(columns.map(str::to_owned));
    row([const { "---" }; N].map(str::to_owned));
}

pub(crate) fn row<const N: usize>(cells: [String; N]) {
    print!("|");
    for (index, cell) in cells.into_iter().enumerate() {
        let width = if index == 0 { 32 } else { 16 };
        print!(" {cell:<width$} |");
    }
    println!();
}

/// Returns the title of a row with the set's size and the kind of lookup.
pub(crate) fn row_title(tenants: usize, kind: LookupKind) -> String {
    format!("{}, {}", format_number(count_as_f64(tenants)), kind.title())
}

/// Returns the number, marked with `!` if it exceeds its goal.
pub(crate) fn mark_goal(number: f64, goal: Option<f64>) -> String {
    let mark = if goal.is_some_and(|goal| number > goal) { " !" } else { "" };
    format!("{}{mark}", format_number(number))
}

/// Formats a number: `1,234`, `12.3`, `1.23`; whole numbers without decimals.
#[allow(clippy::cast_possible_truncation)] // all measurements are far below `i64::MAX`
pub(crate) fn format_number(number: f64) -> String {
    match number.abs() {
        size if size >= 100.0 || number.fract() == 0.0 => group_digits(number.round() as i64),
        size if size >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

#[allow(clippy::cast_precision_loss)] // all counts are far below 2^52
pub(crate) fn count_as_f64(count: usize) -> f64 {
    count as f64
}

pub(crate) const NOT_MEASURED: &str = "-";
