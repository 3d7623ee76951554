//! Faults for the unknown keys of a file.

use super::{
    config::{
        BeaconConfig, CrossOriginSettings, CsrfConfig, FetchMetadataConfig, GuardConfig,
        HostConfig, LongPollConfig, RequirePreflightConfig, SseConfig, WebSocketConfig,
    },
    error::{CrossOriginDiagnostics, FaultKind},
};
use crate::{
    config::{OtherSection, UnknownKeys, file::keys},
    cors::{CorsSettings, RuleSettings},
};

/// Reports the keys that are not settings of their sections.
///
/// The policies of `cors`, `embedding` and `jsonp` report the keys of their sections.
pub(super) fn report(config: &CrossOriginSettings, diagnostics: &mut CrossOriginDiagnostics) {
    let CrossOriginSettings { guard, sse, long_poll, beacon, unknown_keys, .. } = config;
    let GuardConfig {
        host,
        web_socket,
        csrf,
        fetch_metadata,
        require_preflight,
        unknown_keys: in_guard,
    } = guard;
    let preflight_keys = require_preflight.as_ref().map(|section| &section.unknown_keys);
    let sections: [(&str, Option<&UnknownKeys>); 10] = [
        ("", Some(unknown_keys)),
        ("guard", Some(in_guard)),
        ("guard.host", host.as_ref().map(|section| &section.unknown_keys)),
        ("guard.web_socket", web_socket.as_ref().map(|section| &section.unknown_keys)),
        ("guard.csrf", csrf.as_ref().map(|section| &section.unknown_keys)),
        ("guard.fetch_metadata", fetch_metadata.as_ref().map(|section| &section.unknown_keys)),
        ("guard.require_preflight", preflight_keys),
        ("sse", sse.as_ref().map(|section| &section.unknown_keys)),
        ("long_poll", long_poll.as_ref().map(|section| &section.unknown_keys)),
        ("beacon", beacon.as_ref().map(|section| &section.unknown_keys)),
    ];
    let others = all_sections();
    for (section, keys) in sections {
        if let Some(keys) = keys {
            diagnostics.unknown_keys(section, keys, &others, FaultKind::UnknownKey);
        }
    }
}

/// Returns the sections to which a key in a wrong place can belong.
fn all_sections() -> [OtherSection; 12] {
    let section = |name, keys| OtherSection { name, keys };
    [
        section("the top level", keys::<CrossOriginSettings>()),
        section("the section cors", keys::<CorsSettings>()),
        section("a rule of cors.rules", keys::<RuleSettings>()),
        section("the section guard", keys::<GuardConfig>()),
        section("the section guard.host", keys::<HostConfig>()),
        section("the section guard.web_socket", keys::<WebSocketConfig>()),
        section("the section guard.csrf", keys::<CsrfConfig>()),
        section("the section guard.fetch_metadata", keys::<FetchMetadataConfig>()),
        section("the section guard.require_preflight", keys::<RequirePreflightConfig>()),
        section("the section sse", keys::<SseConfig>()),
        section("the section long_poll", keys::<LongPollConfig>()),
        section("the section beacon", keys::<BeaconConfig>()),
    ]
}
