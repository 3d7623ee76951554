//! Polling, streams and server-sent events.

use super::super::technique::Technique;

pub fn techniques() -> Vec<Technique> {
    let read = |path: &str| format!("GET {path} [origin, cookie?] 200");
    let own = |path: &str| format!("GET {path} [cookie] 200");
    let stream = |name, clause, script, path: &str, result, blocked| {
        Technique::new(name, clause, script)
            .to("/whole")
            .same_origin(result, &[&own(path)])
            .allowed(result, &[&read(path)])
            .rejected(blocked, &[&read(path)])
    };
    let (poll, own_poll) = (read("/poll"), own("/poll"));
    let short_poll = Technique::new("short polling", FETCH, SHORT_POLL)
        .to("/whole")
        .same_origin("news", &[&own_poll, &own_poll, &own_poll])
        .allowed("news", &[&poll, &poll, &poll])
        .rejected("TypeError", &[&poll]);
    let (events, own_events) = (read("/events"), own("/events"));
    // An event stream is reopened without a preflight, although it sends `Last-Event-ID`.
    let reconnected = Technique::new("EventSource that reconnects", EVENTS, RECONNECT)
        .to("/whole")
        .same_origin("one, two, three", &[&own_events, &own_events])
        .allowed("one, two, three", &[&events, &events])
        .rejected("error", &[&events]);
    let polled = "200 news";
    vec![
        short_poll,
        stream("long polling", FETCH, LONG_POLL, "/long-poll", polled, "TypeError"),
        stream("XHR streaming", READY_STATE, XHR, "/lines", "first at 3, second at 4", "error"),
        stream("fetch streaming", BODY, READER, "/lines", "first, second", "TypeError"),
        stream("EventSource", EVENTS, "return events('/events', 1);", "/events", "one", "error"),
        reconnected,
    ]
}

const FETCH: &str = "https://fetch.spec.whatwg.org/#http-cors-protocol";
const BODY: &str = "https://fetch.spec.whatwg.org/#dom-body-body";
const READY_STATE: &str = "https://xhr.spec.whatwg.org/#handle-response-end-of-body";
const EVENTS: &str = "https://html.spec.whatwg.org/multipage/server-sent-events.html";

const SHORT_POLL: &str = "
    for (;;) {
        const text = await send(url('/poll'), {}, response => response.text());
        if (text !== 'nothing new') {
            return text;
        }
    }";

const LONG_POLL: &str = "
    const news = send(url('/long-poll'));
    await release();
    return news;";

const XHR: &str = "
    const seen = [];
    const prepare = xhr => {
        xhr.onreadystatechange = () => {
            if (seen.length === 0 && xhr.responseText.includes('first')) {
                seen.push(`first at ${xhr.readyState}`);
                release();
            }
        };
    };
    const look = xhr => {
        const second = xhr.responseText.includes('second') ? 'second' : 'nothing';
        return [...seen, `${second} at ${xhr.readyState}`].join(', ');
    };
    return xhr('GET', '/lines', { prepare, look });";

const READER: &str = "
    const look = async response => {
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        const lines = [];
        for (;;) {
            const { value, done } = await reader.read();
            if (done) {
                return lines.join(', ');
            }
            lines.push(JSON.parse(value));
            await release();
        }
    };
    return send(url('/lines'), {}, look);";

const RECONNECT: &str = "return events('/events', 3);";
