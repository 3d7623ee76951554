//! The words of the standards, as a file has them.

use crate::{
    config::file::words,
    embedding::{
        CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy, CrossOriginResourcePolicy,
        DocumentIsolationPolicy, OriginAgentCluster, UpstreamHeaders,
    },
};

words!(CrossOriginResourcePolicy, "a resource policy, such as \"same-origin\"", {
    SameOrigin => "same-origin",
    SameSite => "same-site",
    CrossOrigin => "cross-origin",
});

words!(CrossOriginOpenerPolicy, "an opener policy, such as \"same-origin\"", {
    UnsafeNone => "unsafe-none",
    SameOriginAllowPopups => "same-origin-allow-popups",
    SameOrigin => "same-origin",
    NoopenerAllowPopups => "noopener-allow-popups",
});

words!(CrossOriginEmbedderPolicy, "an embedder policy, such as \"require-corp\"", {
    UnsafeNone => "unsafe-none",
    RequireCorp => "require-corp",
    Credentialless => "credentialless",
});

words!(DocumentIsolationPolicy, "an isolation policy, such as \"isolate-and-require-corp\"", {
    None => "none",
    IsolateAndRequireCorp => "isolate-and-require-corp",
    IsolateAndCredentialless => "isolate-and-credentialless",
});

words!(OriginAgentCluster, "\"origin-keyed\" or \"site-keyed\"", {
    OriginKeyed => "origin-keyed",
    SiteKeyed => "site-keyed",
});

words!(UpstreamHeaders, "\"replace\" or \"keep\"", {
    Replace => "replace",
    Keep => "keep",
});
