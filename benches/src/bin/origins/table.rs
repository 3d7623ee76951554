use benches::{grouped, origins::Question};

/// Prints what stands above a table, and its head.
pub(crate) fn head<const N: usize>(title: &str, columns: [&str; N]) {
    println!("\n{title}\n");
    row(columns.map(str::to_owned));
    row([const { "---" }; N].map(str::to_owned));
}

pub(crate) fn row<const N: usize>(cells: [String; N]) {
    print!("|");
    for (place, cell) in cells.into_iter().enumerate() {
        let width = if place == 0 { 32 } else { 16 };
        print!(" {cell:<width$} |");
    }
    println!();
}

/// What stands before a row on a question about so many origins.
pub(crate) fn about(tenants: usize, question: Question) -> String {
    format!("{}, {}", shown(count_as_f64(tenants)), question.title())
}

/// A number, marked where it is past its goal.
pub(crate) fn marked(number: f64, goal: Option<f64>) -> String {
    let mark = if goal.is_some_and(|goal| number > goal) { " !" } else { "" };
    format!("{}{mark}", shown(number))
}

/// `1,234`, `12.3`, `1.23`; whole numbers as they are.
#[allow(clippy::cast_possible_truncation)] // nothing that is measured comes near
pub(crate) fn shown(number: f64) -> String {
    match number.abs() {
        size if size >= 100.0 || number.fract() == 0.0 => grouped(number.round() as i64),
        size if size >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

#[allow(clippy::cast_precision_loss)] // no count comes near
pub(crate) fn count_as_f64(count: usize) -> f64 {
    count as f64
}

pub(crate) const NOTHING: &str = "-";
