use benches::{Counted, grouped, streams::Keeper};

/// What an event takes, beyond axum's `Sse` that makes it.
pub(crate) fn print(counted: &Counted) -> Result<(), String> {
    println!("Instructions of an event, beyond axum's `Sse` alone.\n");
    println!("| kept by | an event |\n| --- | --- |");
    let nobody = an_event(counted, Keeper::Nobody)?;
    for keeper in Keeper::ALL {
        let beyond = an_event(counted, keeper)? - nobody;
        println!("| {} | {} |", title(keeper), grouped(beyond));
    }
    Ok(())
}

pub(crate) fn title(keeper: Keeper) -> &'static str {
    match keeper {
        Keeper::Nobody => "nobody",
        Keeper::Axum => "axum's keep-alive",
        Keeper::Headers => "ours: headers",
        Keeper::KeepAlive => "ours: keep-alive",
        Keeper::Everything => "ours: everything",
    }
}

/// Without what the stream takes whatever it says.
fn an_event(counted: &Counted, keeper: Keeper) -> Result<i64, String> {
    let function = match keeper {
        Keeper::Nobody => "nobody",
        Keeper::Axum => "axum",
        Keeper::Headers => "headers",
        Keeper::KeepAlive => "keep_alive",
        Keeper::Everything => "everything",
    };
    let [few, many] = ["few", "many"].map(|id| counted.taken(function, id));
    Ok((many? - few?) / 1_000)
}
