// What both servers must name alike. Without expressions: they would be compiled for each request.

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

/** Under which the fields of a 304 are kept for what is stored under `key`, by its validators. */
function renewalKey(key, etag, modified) {
    return `${key}|${etag || ""}|${modified || ""}`;
}

export default { policyOf, renewalKey };
