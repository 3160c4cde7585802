// What the edge stores, under which key, for how long, and how it is shown. The outer server stores; the inner one
// asks the origin and tells the outer in nginx's own words what to do with the answer (X-Accel-Expires).

import fields from "./fields.mjs";
import freshness from "./freshness.mjs";
import marks from "./marks.mjs";

const SAFE = /^(GET|HEAD|OPTIONS|TRACE)$/;
const FROM_STORE = /^(HIT|STALE|UPDATING|REVALIDATED)$/;
const PASS_MS = 60000; // for which an answer that could not be stored makes nobody wait
/** Not taken over from a 304 (RFC 9111 §3.2): they are about the body that is stored, or about one connection. */
const NOT_RENEWED = /^(content-(length|encoding|range|md5)|etag|last-modified|transfer-encoding|connection|keep-alive|te|trailer|upgrade|proxy-.*|x-edge-.*|server|date|age)$/;
const LIMITS = { query: null, min: 0, default: 0, max: 31536000 };

/** The first policy whose path is this one, or with `*` at its end the beginning of it. */
function policyOf(path) {
    for (let at = 0; at < policies.length; at++) {
        const pattern = policies[at].path;
        const end = pattern.length - 1;
        if (pattern[end] === "*" ? path.startsWith(pattern.slice(0, end)) : path === pattern) {
            return Object.assign({}, LIMITS, policies[at]);
        }
    }
    return LIMITS;
}

/** $cache_key: host, path, the known parameters of the query by name, and the newest mark. */
function key(r) {
    const address = r.variables.request_uri;
    const cut = address.indexOf("?");
    const path = cut < 0 ? address : address.slice(0, cut);
    const query = cut < 0 ? "" : sorted(address.slice(cut + 1), policyOf(path).query);
    return `${r.variables.host}|${path}?${query}|${marks.of(path)}`;
}

function sorted(query, known) {
    const pairs = query.split("&").map((pair) => [pair.split("=")[0], pair]);
    const kept = known === null ? pairs : pairs.filter((pair) => isAmong(known, pair[0]));
    return kept.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0)).map((pair) => pair[1]).join("&");
}

/** What is preloaded has no methods of arrays. */
function isAmong(names, name) {
    for (let at = 0; at < names.length; at++) if (names[at] === name) return true;
    return false;
}

/** $passed_by: 1 where the last answer could not be stored, so that nobody waits for another's. */
function passedBy(r) {
    return ngx.shared.passed_by.get(r.variables.cache_key) ? "1" : "";
}

/** $asked_alone: 1 where the last answer to the same question could serve one client only. */
function askedAlone(r) {
    return ngx.shared.passed_by.get(`alone|${r.headersIn["X-Edge-Key"]}`) ? "1" : "";
}

/** $serves_one: 1 where the answer that has just come must not be given to others who ask the same at that moment. */
function servesOne(r) {
    const from = r.variables;
    const ruling = freshness.of({
        status: r.variables.upstream_status === "304" ? 200 : Number(r.variables.upstream_status),
        cacheControl: from.upstream_http_cache_control || "",
        targeted: from.upstream_http_cdn_cache_control || "",
        expires: from.upstream_http_expires || "",
        date: from.upstream_http_date || "",
        age: from.upstream_http_age || "",
        hasVaryStar: Boolean(from.upstream_http_vary),
        carriesCookie: Boolean(from.upstream_http_set_cookie),
    }, policyOf(r.headersIn["X-Edge-Path"] || "/"), Math.floor(Date.now() / 1000));
    const shared = ruling.store && ruling.fresh > 0;
    const name = `alone|${r.headersIn["X-Edge-Key"]}`;
    if (shared) ngx.shared.passed_by.delete(name);
    else ngx.shared.passed_by.set(name, 1, PASS_MS);
    return shared ? "" : "1";
}

function text(r, name) {
    const values = r.rawHeadersOut.filter((pair) => pair[0].toLowerCase() === name).map((pair) => pair[1]);
    return values.join(", ");
}

/** The inner server's header filter: rules on an answer of the origin. */
function rule(r) {
    const key = r.headersIn["X-Edge-Key"];
    dropNamedInConnection(r);
    if (!SAFE.test(r.method)) {
        if (r.status >= 200 && r.status < 400) invalidate(r);
        r.headersOut["X-Accel-Expires"] = "0";
        return;
    }
    const now = Math.floor(Date.now() / 1000);
    const ruling = freshness.of(answerOf(r), policyOf(r.headersIn["X-Edge-Path"]), now);
    if (r.status === 304) {
        renew(r, key, ruling, now);
        return;
    }
    if (r.method === "GET") {
        if (ruling.store) ngx.shared.passed_by.delete(key);
        else ngx.shared.passed_by.set(key, 1, PASS_MS);
    }
    r.headersOut["X-Accel-Expires"] = !ruling.store ? "0" : ruling.fresh > 0 ? String(ruling.fresh) : "@1";
    r.headersOut["X-Edge-Stamp"] = `${now} ${ruling.age}`;
    allowStale(r, ruling);
    varyByCoding(r);
}

/** What is about the origin's own connection ends there (RFC 9110 §7.6.1). */
function dropNamedInConnection(r) {
    fields.members(r.variables.upstream_http_connection || "").forEach((one) => {
        const name = one.trim();
        if (!/^(close|keep-alive|cache-control|content-.*|x-edge-.*)$/i.test(name)) delete r.headersOut[name];
    });
}

function answerOf(r) {
    return {
        status: r.status,
        cacheControl: text(r, "cache-control"),
        targeted: text(r, "cdn-cache-control"),
        expires: text(r, "expires"),
        date: text(r, "date"),
        age: text(r, "age"),
        hasVaryStar: fields.members(text(r, "vary")).some((one) => one.trim() === "*"),
        carriesCookie: text(r, "set-cookie") !== "",
    };
}

/** The outer server keeps what it is allowed to for while the origin is away. Clients are shown the origin's own field. */
function allowStale(r, ruling) {
    const own = text(r, "cache-control");
    if (!ruling.store || !ruling.mayBeStale || /stale-if-error/i.test(own)) return;
    r.headersOut["X-Edge-Cache-Control"] = own || "none";
    r.headersOut["Cache-Control"] = `${own ? `${own}, ` : ""}stale-if-error=${freshness.STALE_FOR_S}`;
}

/** The origin is asked for no content coding, so that what varies by it is one answer. */
function varyByCoding(r) {
    const own = text(r, "vary");
    const members = fields.members(own).map((one) => one.trim());
    const others = members.filter((one) => one && one.toLowerCase() !== "accept-encoding");
    if (others.length === members.length) return;
    r.headersOut["X-Edge-Vary"] = own;
    if (others.length > 0) r.headersOut["Vary"] = others.join(", ");
    else delete r.headersOut["Vary"];
}

/** A 304: its fields take the place of the stored ones (RFC 9111 §4.3.4), which nginx does with its lifetime alone. */
function renew(r, key, ruling, now) {
    const taken = {};
    if (r.headersOut["Content-Type"]) taken["Content-Type"] = r.headersOut["Content-Type"]; // not among the raw ones
    r.rawHeadersOut.forEach((pair) => {
        const name = pair[0].toLowerCase();
        if (!NOT_RENEWED.test(name)) taken[pair[0]] = taken[pair[0]] ? `${taken[pair[0]]}, ${pair[1]}` : pair[1];
    });
    const made = text(r, "date");
    const renewed = JSON.stringify({ at: now, age: ruling.age, date: made, taken });
    ngx.shared.renewed.set(renewalKey(key, r.headersIn["If-None-Match"], r.headersIn["If-Modified-Since"]), renewed);
    const told = ["cache-control", "cdn-cache-control", "expires"].some((name) => text(r, name) !== "");
    if (told) {
        const stored = freshness.of(Object.assign(answerOf(r), { status: 200 }), policyOf(r.headersIn["X-Edge-Path"]), now);
        r.headersOut["X-Accel-Expires"] = stored.store && stored.fresh > 0 ? String(stored.fresh) : "@1";
        allowStale(r, stored);
    }
}

function renewalKey(key, etag, modified) {
    return `${key}|${etag || ""}|${modified || ""}`;
}

/** What was changed by an unsafe method (RFC 9111 §4.4): its address, and others of the same host that the answer names. */
function invalidate(r) {
    marks.put(r.headersIn["X-Edge-Path"]);
    ["location", "content-location"].forEach((name) => {
        const named = /^(?:https?:\/\/([^\/?#]+))?(\/[^?#]*)/i.exec(text(r, name));
        if (named && (!named[1] || named[1].toLowerCase() === (r.headersIn["Host"] || "").toLowerCase())) marks.put(named[2]);
    });
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
    if (!FROM_STORE.test(from.upstream_cache_status || "")) return;
    const stored = stamp.split(" ");
    const now = Math.floor(Date.now() / 1000);
    r.headersOut["Age"] = String(Math.max(0, Number(stored[1]) + now - Number(stored[0])));
    const etag = r.headersOut["ETag"];
    const modified = r.headersOut["Last-Modified"];
    if (etag || modified) layOver(r, ngx.shared.renewed.get(renewalKey(from.cache_key, etag, modified)), Number(stored[0]), now);
}

function layOver(r, known, at, now) {
    const renewed = known ? JSON.parse(known) : null;
    if (!renewed || renewed.at < at) return;
    Object.keys(renewed.taken).forEach((name) => { r.headersOut[name] = renewed.taken[name]; });
    if (renewed.date) r.headersOut["Date"] = renewed.date;
    r.headersOut["Age"] = String(Math.max(0, renewed.age + now - renewed.at));
}

export default { askedAlone, key, passedBy, rule, servesOne, shown };
