// What is done with an answer of the origin: the inner server tells the outer one, which stores, in nginx's own words
// (X-Accel-Expires).

import fields from "./fields.mjs";
import freshness from "./freshness.mjs";
import marks from "./marks.mjs";
import names from "./names.mjs";

const SAFE = /^(GET|HEAD|OPTIONS|TRACE)$/;
const PASS_MS = 60000; // for which an answer that could not be stored makes nobody wait
/** Not taken over from a 304 (RFC 9111 §3.2): they are about the body that is stored, or about one connection. */
const NOT_RENEWED = /^(content-(length|encoding|range|md5)|etag|last-modified|transfer-encoding|connection|keep-alive|te|trailer|upgrade|proxy-.*|x-edge-.*|server|date|age)$/;

/** $asked_alone: 1 where the last answer to the same question could serve one client only. */
function askedAlone(r) {
    return ngx.shared.passed_by.get(`alone|${r.headersIn["X-Edge-Key"]}`) ? "1" : "";
}

/** $serves_one: 1 where the answer that has just come must not be given to others who ask the same at that moment. */
function servesOne(r) {
    const from = r.variables;
    const ruling = freshness.of({
        status: from.upstream_status === "304" ? 200 : Number(from.upstream_status),
        cacheControl: from.upstream_http_cache_control || "",
        targeted: from.upstream_http_cdn_cache_control || "",
        expires: from.upstream_http_expires || "",
        date: from.upstream_http_date || "",
        age: from.upstream_http_age || "",
        hasVaryStar: Boolean(from.upstream_http_vary), // others may have asked with other fields
        carriesCookie: Boolean(from.upstream_http_set_cookie),
    }, names.policyOf(r.headersIn["X-Edge-Path"] || "/"), Math.floor(Date.now() / 1000));
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
    const ruling = freshness.of(answerOf(r), names.policyOf(r.headersIn["X-Edge-Path"]), now);
    if (r.status === 304) {
        renew(r, key, ruling, now);
        return;
    }
    if (r.method === "GET") {
        if (ruling.store) ngx.shared.passed_by.delete(key);
        else ngx.shared.passed_by.set(key, 1, PASS_MS);
    }
    r.headersOut["X-Accel-Expires"] = ruling.store ? expires(ruling) : "0";
    r.headersOut["X-Edge-Stamp"] = `${now} ${ruling.age}`;
    allowStale(r, ruling);
    varyByCoding(r);
}

/** In nginx's words; what an edge farther in has had for longer than its life is old since then. */
function expires(ruling) {
    return ruling.fresh > 0 ? String(ruling.fresh) : `@${ruling.end}`;
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
    ngx.shared.renewed.set(names.renewalKey(key, r.headersIn["If-None-Match"], r.headersIn["If-Modified-Since"]), renewed);
    const told = ["cache-control", "cdn-cache-control", "expires"].some((name) => text(r, name) !== "");
    if (told) {
        const stored = freshness.of(Object.assign(answerOf(r), { status: 200 }), names.policyOf(r.headersIn["X-Edge-Path"]), now);
        r.headersOut["X-Accel-Expires"] = stored.store ? expires(stored) : "@1";
        allowStale(r, stored);
    }
}

/** What was changed by an unsafe method (RFC 9111 §4.4): its address, and others of the same host that the answer names. */
function invalidate(r) {
    marks.put(r.headersIn["X-Edge-Path"]);
    ["location", "content-location"].forEach((name) => {
        const named = /^(?:https?:\/\/([^\/?#]+))?(\/[^?#]*)/i.exec(text(r, name));
        if (named && (!named[1] || named[1].toLowerCase() === (r.headersIn["Host"] || "").toLowerCase())) marks.put(named[2]);
    });
}

export default { askedAlone, rule, servesOne };
