//! Pages read through the gateway by the rules of each path.

use anyhow::Result;
use browsers::{Browser, Difference, Engine};
use serde_json::{Value, json};

use super::{
    PAGE,
    gateway::{policy::PolicyFile, upstream::Upstream},
    raw_server,
};

browsers::test_in_engines!(pages_read_by_the_rules_of_each_path);

// R10, R19, S15: public paths next to an API with credentials, and paths whose preflights the upstream answers.
async fn pages_read_by_the_rules_of_each_path(engine: Engine) -> Result<()> {
    let upstream = Upstream::start().await?;
    let (app, other) = (raw_server(PAGE).await?, raw_server(PAGE).await?);
    let policy = POLICY.replace("https://app.example.com", &app);
    let file = PolicyFile::new(&policy)?;
    let gateway = file.gateway(upstream.address(), &[]).await?;
    let browser = Browser::start(engine).await?;
    let use_paths = async |page: &str| -> Result<Value> {
        browser.open(page).await?;
        browser.evaluate_async(USE_PATHS, vec![gateway.address().into()]).await
    };
    let is_decoded = Difference::DecodedPaths.is_in(engine);
    let seen = |metadata: &str, api: &str, file: &str, other: &str| {
        let decoded = if is_decoded { metadata } else { "rejected" };
        json!({
            "public": metadata,
            "item": api,
            "saved item": api,
            "saved file": file,
            "ambiguous": "rejected",
            "decoded": decoded,
            "elsewhere": other,
        })
    };
    let from_app = seen("read", "read with the cookie", "read", "rejected");
    let from_other = seen("read", "rejected", "read", "rejected");
    assert_eq!(use_paths(&app).await?, from_app);
    assert_eq!(use_paths(&other).await?, from_other);

    // Without the rule for the public paths, no page reads them.
    let without_rule = format!("{NOT_HANDLED}{}", api_rule(&app));
    file.replace(&without_rule)?;
    while gateway.error().await? != "policy: reloaded" {}
    assert_eq!(
        use_paths(&app).await?,
        seen("rejected", "read with the cookie", "read", "rejected")
    );
    assert_eq!(use_paths(&other).await?, seen("rejected", "rejected", "read", "rejected"));

    // Without its path, the rule lets every page read everything, except with credentials.
    file.replace(&policy.replace("paths = [\"/.well-known/*\"]\n", ""))?;
    while gateway.error().await? != "policy: reloaded" {}
    let read = use_paths(&other).await?;
    assert_eq!([&read["public"], &read["elsewhere"]], ["read", "read"]);

    // Without `not_handled`, the layer answers the preflight of a file and rejects it.
    file.replace(&policy.replace(NOT_HANDLED, ""))?;
    while gateway.error().await? != "policy: reloaded" {}
    assert_eq!(use_paths(&app).await?["saved file"], "rejected");
    browser.close().await
}

fn api_rule(app: &str) -> String {
    let (_, rule) = POLICY.split_once("\n\n").expect("two rules");
    rule.replace("https://app.example.com", app)
}

const POLICY: &str = r#"[cors]
not_handled = ["/files/*"]
[[cors.rules]]
paths = ["/.well-known/*"]
origins = ["*"]

[[cors.rules]]
paths = ["/api/*"]
origins = ["https://app.example.com"]
allow_credentials = true
allow_methods = ["PUT"]
"#;
const NOT_HANDLED: &str = "[cors]\nnot_handled = [\"/files/*\"]\n";

const USE_PATHS: &str = r#"
    const [gateway] = arguments;
    document.cookie = "session=1";
    const read = (path, settings) =>
        fetch(`${gateway}${path}`, settings)
            .then(response => response.text())
            .then(text => text.includes("cookie: session=1") ? "read with the cookie" : "read")
            .catch(() => "rejected");
    const ambiguous = [
        "//api/items/1", "/..;/api/items/1", "/..%3b/api/items/1", "/..%2fapi/items/1", "/..%5capi/items/1",
        "/..%00/api/items/1", "/..%20/api/items/1", "/%252e%252e/api/items/1",
    ];
    const readAll = async (paths) => {
        const all = await Promise.all(paths.map(path => read(`/.well-known${path}`)));
        return [...new Set(all)].join(", ");
    };
    const withCookie = { credentials: "include" };
    return {
        "public": await read("/.well-known/oauth-protected-resource"),
        "item": await read("/api/items/1", withCookie),
        "saved item": await read("/api/items/1", { ...withCookie, method: "PUT" }),
        "saved file": await read("/files/1", { method: "PUT" }),
        "ambiguous": await readAll(ambiguous),
        "decoded": await readAll(["/%61"]),
        "elsewhere": await read("/elsewhere"),
    };
"#;
