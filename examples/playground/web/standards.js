// Links to the standards that define the rules.

export function fetchStandard(text, anchor) {
  return { text: `Fetch: ${text}`, href: `https://fetch.spec.whatwg.org/#${anchor}` };
}

export function xhrStandard(text, anchor) {
  return { text: `XMLHttpRequest: ${text}`, href: `https://xhr.spec.whatwg.org/#${anchor}` };
}

export function fetchMetadata(text, anchor) {
  return { text: `Fetch Metadata: ${text}`, href: `https://w3c.github.io/webappsec-fetch-metadata/#${anchor}` };
}

export function beaconStandard(text, anchor) {
  return { text: `Beacon: ${text}`, href: `https://w3c.github.io/beacon/#${anchor}` };
}

export function rfc(number, section, text) {
  return { text: `RFC ${number}: ${text}`, href: `https://www.rfc-editor.org/rfc/rfc${number}#section-${section}` };
}

export function htmlStandard(text, anchor) {
  return htmlStandardPage(text, "server-sent-events.html", anchor);
}

export function htmlStandardPage(text, page, anchor) {
  return { text: `HTML: ${text}`, href: `https://html.spec.whatwg.org/multipage/${page}#${anchor}` };
}
