// Every row of the page, in groups: { id, title, says, rows }, a file each. A row has:
//
//   id      in the URL of each of its requests, and the name that the page's results go by
//   title   a few words
//   says    one sentence: what is shown, and by which rule
//   clause  the rule's text: { text, href }
//   run     given a context (see context.js), sends requests and returns what the page got
//   expect  given the same context, what `run` is to return as `page`, and in `servers` what is to
//           be recorded of each request, in order (see expectations.js)

import { credentials } from "./rows/credentials.js";
import { embedding } from "./rows/embedding.js";
import { enforcement } from "./rows/enforcement.js";
import { guards } from "./rows/guards.js";
import { jsonp } from "./rows/jsonp.js";
import { pings } from "./rows/pings.js";
import { preflights } from "./rows/preflights.js";
import { refusals } from "./rows/refusals.js";
import { responses } from "./rows/responses.js";
import { simple } from "./rows/simple.js";
import { streams } from "./rows/streams.js";
import { xhr } from "./rows/xhr.js";

export const groups = [
  simple, preflights, credentials, responses, refusals, enforcement, guards, streams, jsonp, pings, embedding, xhr,
];
