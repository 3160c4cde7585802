// Which stored answer a request is given, and how it is shown: for the outer server, which stores. It runs for every
// request, so that it has no expressions, which would be compiled each time.

import marks from "./marks.mjs";
import names from "./names.mjs";

const FROM_STORE = ["HIT", "STALE", "UPDATING", "REVALIDATED"];

/**
 * $cache_key: host, path, the known parameters of the query by name, and the newest mark. And $passed_by: 1 where the last
 * answer could not be stored, so that nobody waits for another's.
 */
function key(r) {
    const address = r.variables.request_uri;
    const cut = address.indexOf("?");
    const path = cut < 0 ? address : address.slice(0, cut);
    const query = cut < 0 ? "" : sorted(address.slice(cut + 1), names.policyOf(path).query);
    const made = `${r.variables.host}|${path}?${query}|${marks.of(path)}`;
    if (ngx.shared.passed_by.get(made)) r.variables.passed_by = "1";
    return made;
}

function sorted(query, known) {
    const pairs = query.split("&").map((pair) => [pair.split("=")[0], pair]);
    const kept = known === null ? pairs : pairs.filter((pair) => isAmong(known, pair[0]));
    return kept.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0)).map((pair) => pair[1]).join("&");
}

/** What is preloaded has no methods of arrays. */
function isAmong(list, name) {
    for (let at = 0; at < list.length; at++) if (list[at] === name) return true;
    return false;
}

/** The outer server's header filter: clients are shown the origin's fields, those of a 304 laid over, and the age. */
function shown(r) {
    const from = r.variables;
    const stamp = from.upstream_http_x_edge_stamp;
    if (!stamp) return;
    const own = from.upstream_http_x_edge_cache_control;
    if (own === "none") delete r.headersOut["Cache-Control"];
    else if (own) r.headersOut["Cache-Control"] = own;
    const vary = from.upstream_http_x_edge_vary;
    if (vary) r.headersOut["Vary"] = vary;
    if (FROM_STORE.indexOf(from.upstream_cache_status) < 0) return;
    delete r.headersOut["Server-Timing"]; // of the answer that was stored
    const stored = stamp.split(" ");
    const now = Math.floor(Date.now() / 1000);
    r.headersOut["Age"] = String(Math.max(0, Number(stored[1]) + now - Number(stored[0])));
    const etag = r.headersOut["ETag"];
    const modified = r.headersOut["Last-Modified"];
    if (etag || modified) layOver(r, ngx.shared.renewed.get(names.renewalKey(from.cache_key, etag, modified)), Number(stored[0]), now);
}

function layOver(r, known, at, now) {
    const renewed = known ? JSON.parse(known) : null;
    if (!renewed || renewed.at < at) return;
    Object.keys(renewed.taken).forEach((name) => { r.headersOut[name] = renewed.taken[name]; });
    if (renewed.date) r.headersOut["Date"] = renewed.date;
    r.headersOut["Age"] = String(Math.max(0, renewed.age + now - renewed.at));
}

export default { key, shown };
