//! Parts that are tables, and nothing else.

use serde::Deserializer;

use crate::{
    config::file,
    cross_origin::{
        Beacons, CsrfGuard, EventStreams, FetchMetadataGuard, Guards, HostGuard, LongPolling,
        WebSocketGuard,
    },
};

pub(in crate::cross_origin) fn guards<'de, D>(deserializer: D) -> Result<Guards, D::Error>
where
    D: Deserializer<'de>,
{
    file::table(deserializer, "the guards host, web_socket, csrf and fetch_metadata, by key")
}

/// The table of a part that may be absent.
macro_rules! part {
    ($name:ident, $part:ty, $expected:literal) => {
        pub(in crate::cross_origin) fn $name<'de, D>(
            deserializer: D,
        ) -> Result<Option<$part>, D::Error>
        where
            D: Deserializer<'de>,
        {
            file::table(deserializer, concat!("the settings of ", $expected, ", by key")).map(Some)
        }
    };
}

part!(host, HostGuard, "the guard of hosts");
part!(web_socket, WebSocketGuard, "the guard of WebSockets");
part!(csrf, CsrfGuard, "the guard against forged requests");
part!(fetch_metadata, FetchMetadataGuard, "the guard by fetch metadata");
part!(sse, EventStreams, "streams of events");
part!(long_poll, LongPolling, "long polling");
part!(beacon, Beacons, "beacons");
