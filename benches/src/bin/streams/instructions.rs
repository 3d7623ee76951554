use benches::{InstructionCounts, group_digits, streams::StreamLayer};

/// Prints the instructions for an event, without the instructions of axum's `Sse`.
pub(crate) fn print(counts: &InstructionCounts) -> Result<(), String> {
    println!("Instructions that a layer adds to an event of axum's `Sse`.\n");
    println!("| layer | per event |\n| --- | --- |");
    let no_layer = an_event(counts, StreamLayer::NoLayer)?;
    for layer in StreamLayer::ALL {
        let beyond = an_event(counts, layer)? - no_layer;
        println!("| {} | {} |", title(layer), group_digits(beyond));
    }
    Ok(())
}

pub(crate) fn title(layer: StreamLayer) -> &'static str {
    match layer {
        StreamLayer::NoLayer => "no_layer",
        StreamLayer::Axum => "axum's keep-alive",
        StreamLayer::Headers => "ours: headers",
        StreamLayer::KeepAlive => "ours: keep-alive",
        StreamLayer::Everything => "ours: everything",
    }
}

/// Returns the instructions per event, without the fixed instructions of the stream.
fn an_event(counts: &InstructionCounts, layer: StreamLayer) -> Result<i64, String> {
    let function = match layer {
        StreamLayer::NoLayer => "no_layer",
        StreamLayer::Axum => "axum",
        StreamLayer::Headers => "headers",
        StreamLayer::KeepAlive => "keep_alive",
        StreamLayer::Everything => "everything",
    };
    let [few, many] = ["few", "many"].map(|id| counts.get(function, id));
    Ok((many? - few?) / 1_000)
}
