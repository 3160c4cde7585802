// How long an answer may be given again (RFC 9111, 9213), and whether it may be given when it is old.

import fields from "./fields.mjs";

/** Statuses that a cache understands (RFC 9111 §5.2.2.3): all that are not about a part or a condition. */
const UNDERSTOOD = [200, 203, 204, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 410, 414, 421, 451, 500, 501, 502, 503, 504];
const STALE_FOR_S = 86400; // while the origin does not answer
const FORBIDS_STALE = ["must-revalidate", "proxy-revalidate", "s-maxage", "no-cache"];

/**
 * What to do with an answer.
 * @param answer {status, cacheControl, targeted, expires, date, age, hasVaryStar, carriesCookie}: fields as text, "" where they are not there
 * @param limits {min, default, max} in seconds, of the route's policy
 * @param now seconds since the epoch, when the answer began to come
 * @returns {store, fresh, end, age, mayBeStale}: `fresh` seconds from now, 0 or less for what is stored and always validated;
 * `end` of its life in seconds since the epoch, from which on it is old, 1 for what never was fresh
 */
function of(answer, limits, now) {
    const own = answer.targeted ? fields.targeted(answer.targeted) : null;
    const rules = own || fields.directives(answer.cacheControl);
    const aged = initialAge(answer, now);
    if (!mayStore(answer, rules)) return { store: false, fresh: 0, age: aged, mayBeStale: false };
    const told = rules["no-cache"] ? 0 : lifetime(rules, own ? "" : answer.expires, answer, now);
    if (told === null && limits.default === 0) return { store: false, fresh: 0, age: aged, mayBeStale: false };
    const life = Math.min(Math.max(told === null ? limits.default : told, limits.min), limits.max);
    const mayBeStale = !FORBIDS_STALE.some((name) => name in rules);
    return { store: true, fresh: life - aged, end: life > 0 ? Math.max(1, now + life - aged) : 1, age: aged, mayBeStale };
}

function mayStore(answer, rules) {
    if (answer.status === 206 || answer.status === 304 || answer.status < 200) return false;
    if (answer.hasVaryStar || answer.carriesCookie || "private" in rules) return false;
    if ("must-understand" in rules) return UNDERSTOOD.indexOf(answer.status) >= 0;
    return !("no-store" in rules);
}

/** Seconds, as the origin says (RFC 9111 §4.2.1); 0 for what cannot be read, null where it says nothing. */
function lifetime(rules, expires, answer, now) {
    const told = "s-maxage" in rules ? rules["s-maxage"] : rules["max-age"];
    if (told !== undefined) return fields.seconds(told) || 0;
    if (!expires) return null;
    const end = fields.date(expires);
    const made = fields.date(answer.date);
    return end === null ? 0 : Math.max(0, end - (made === null ? now : made));
}

/** Seconds (RFC 9111 §4.2.3); the way from the origin counts as nothing. */
function initialAge(answer, now) {
    const made = fields.date(answer.date);
    return Math.max(made === null ? 0 : now - made, fields.age(answer.age), 0);
}

export default { of, STALE_FOR_S };
