// All rows of the page in groups, one file for each: { id, title, description, rows }. A row has these properties:
//
//   id           part of the URL of each request, and the key of the row's result.
//   title        a few words.
//   description  the rule that the row shows, in one or two sentences.
//   clause       the text of the rule: { text, href }.
//   run          sends requests with a context (see context.js), and returns the page's result.
//   expect       returns the expected `page` result and the expected record of each request in `servers`
//                (see expectations.js)

import { credentials } from "./rows/credentials.js";
import { embedding } from "./rows/embedding.js";
import { enforcement } from "./rows/enforcement.js";
import { guards } from "./rows/guards.js";
import { jsonp } from "./rows/jsonp.js";
import { pings } from "./rows/pings.js";
import { preflights } from "./rows/preflights.js";
import { rejections } from "./rows/rejections.js";
import { responses } from "./rows/responses.js";
import { simple } from "./rows/simple.js";
import { streams } from "./rows/streams.js";
import { xhr } from "./rows/xhr.js";

export const groups = [
  simple, preflights, credentials, responses, rejections, enforcement, guards, streams, jsonp, pings, embedding, xhr,
];
