use crate::data::Figures;

/// Compares the counts of this crate with the recorded counts, in relation to their baselines.
///
/// The baseline is the cost of the same headers set by hand, or of the bare service. It is in the same binary, so that
/// another compiler changes both.
pub(crate) fn check(measured: &Figures, recorded: &Figures) -> Result<(), String> {
    let (mut checked, mut faults) = (0, Vec::new());
    for (program, function, id, count) in measured.iter() {
        let Some(baseline) = baseline(program, function).filter(|_| is_usual(program, id)) else {
            continue;
        };
        checked += 1;
        let ratio = |figures: &Figures| -> Result<f64, String> {
            let [count, baseline] =
                [function, &baseline].map(|name| figures.get(program, name, id));
            #[allow(clippy::cast_precision_loss)] // all counts are far below 2^52
            Ok(count? as f64 / baseline? as f64)
        };
        let (now, before) = (ratio(measured)?, ratio(recorded)?);
        if now > before * SLACK {
            faults.push(format!(
                "{program}, {function}, {id}: {now:.3} times {baseline} ({count} instructions), recorded {before:.3}"
            ));
        }
    }
    println!("counts: {checked} compared, {} grown", faults.len());
    if faults.is_empty() && checked > 0 {
        return Ok(());
    }
    faults.push("if the change is intended, run: RENEW_FIGURES=1 tests/run counts".to_owned());
    Err(faults.join("\n"))
}

/// Returns the function with which a function of this crate is compared.
fn baseline(program: &str, function: &str) -> Option<String> {
    match program {
        "requests" => function.strip_prefix("ours").map(|mode| format!("by_hand{mode}")),
        "sources" | "guards" | "whole" if function != "bare" => Some("bare".to_owned()),
        _ => None,
    }
}

/// Returns whether a browser sends such a request.
///
/// The others have up to 128 KiB of headers. Their counts depend on the vector instructions of the machine.
fn is_usual(program: &str, id: &str) -> bool {
    let index = id.strip_prefix("request_").and_then(|index| index.parse().ok()).unwrap_or(0);
    !matches!(program, "requests" | "sources") || index < FIRST_UNUSUAL_REQUEST
}

/// The first request in `RequestKind::ALL` that has more names or bytes than browsers send.
const FIRST_UNUSUAL_REQUEST: usize = 6;

const SLACK: f64 = 1.02;
