//! Runs rows with pages in a browser.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Context, Result};
use browsers::{Browser, Engine};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{
    places::{Place, Ports},
    recorder::Recorder,
    row::{Protocol, Row},
};

/// Runs all rows, and returns the results of the pages.
pub async fn run(
    engine: Engine,
    browser: &Browser,
    rows: &[Row<'_>],
    ports: &Ports,
    recorder: &Recorder,
) -> Result<Vec<String>> {
    for protocol in Protocol::ALL {
        browser.open(&format!("{}/cookie", Place::Service.origin(ports, protocol))).await?;
    }
    let mut results = vec![String::new(); rows.len()];
    let pages: BTreeSet<_> = rows.iter().map(Row::page).collect();
    for (protocol, place) in pages {
        let of_page: Vec<_> = rows.iter().filter(|row| row.page() == (protocol, place)).collect();
        browser.open(&place.page(ports, protocol)).await?;
        let lines: Vec<_> = of_page.iter().map(|row| row.to_json(ports)).collect();
        let arguments = vec![json!(lines), frame(place)];
        let seen = browser.evaluate_async("return await runAll(...arguments);", arguments).await;
        let seen = seen.with_context(|| format!("{engine:?}, {place:?}, {protocol:?}"))?;
        let seen = seen.as_array().context("the page returns a list")?;
        for (row, result) in of_page.iter().zip(seen) {
            results[row.number] = result.as_str().unwrap_or_default().to_owned();
        }
        wait_for_requests(engine, &of_page, recorder).await;
    }
    Ok(results)
}

/// Returns the attributes of the frame that runs the rows.
fn frame(place: Place) -> Value {
    match place {
        Place::Sandbox => json!({ "sandbox": "allow-scripts", "src": "/page" }),
        Place::Data => {
            let script = url::form_urlencoded::byte_serialize(SCRIPT.as_bytes());
            let script = script.collect::<String>().replace('+', "%20");
            json!({ "src": format!("data:text/html,<script>{script}</script>") })
        }
        _ => Value::Null,
    }
}

/// Waits until the servers have responded to the expected number of requests.
///
/// Pages cannot wait for the requests of beacons. Missing requests fail the comparison later.
async fn wait_for_requests(engine: Engine, rows: &[&Row<'_>], recorder: &Recorder) {
    let end = Instant::now() + LIMIT;
    for row in rows {
        let (_, requests) = row.expected(engine);
        while !recorder.has_responses(row.number, requests.len()) && Instant::now() < end {
            sleep(Duration::from_millis(5)).await;
        }
    }
}

const SCRIPT: &str = include_str!("page.js");

/// Only rows that fail wait for this time.
const LIMIT: Duration = Duration::from_secs(5);
