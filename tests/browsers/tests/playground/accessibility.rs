//! Checks the rules of axe.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::json;

use super::visit::Visit;

/// Checks the rules of axe, in wide and narrow windows with light and dark colors.
///
/// <https://github.com/dequelabs/axe-core>
pub async fn pages_are_accessible(visit: &Visit) -> Result<()> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("axe/node_modules/axe-core/axe.min.js");
    let rules = fs::read_to_string(&rules).context("run tests/run browsers, which installs axe")?;
    let browser = &visit.browser;
    for path in ["/", "/results"] {
        browser.evaluate("location.assign(arguments[0])", vec![path.into()]).await?;
        let is_done = "return location.pathname === 'PATH' && document.documentElement.dataset.state === 'done'";
        browser.wait_until(&is_done.replace("PATH", path)).await?;
        browser.evaluate(&rules, vec![]).await?;
        for (width, scheme) in [(1280, "light"), (1280, "dark"), (400, "light"), (400, "dark")] {
            browser.resize(width, 900).await?;
            let scheme = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
            let parameters = json!({ "features": scheme });
            browser.developer_tools("Emulation.setEmulatedMedia", parameters).await?;
            let run =
                "return (await axe.run()).violations.map(one => one.id + ': ' + one.nodes[0].html)";
            let violations = browser.evaluate_async(run, vec![]).await?;
            assert_eq!(violations, json!([]), "{path}, {width} {scheme}");
        }
    }
    Ok(())
}
