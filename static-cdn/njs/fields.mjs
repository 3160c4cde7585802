// Fields of HTTP as the caching rules read them.

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const DIRECTIVE = new RegExp(`^\\s*(${TOKEN})(?:=(?:(${TOKEN})|"((?:[^"\\\\]|\\\\.)*)"))?\\s*$`);
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const IMF_DATE = new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\\d{2}) (${MONTHS.join("|")}) (\\d{4}) (\\d{2}):(\\d{2}):(\\d{2}) GMT$`);
const LONGEST_S = 2147483647; // RFC 9111 §1.2.2: what is longer counts as this

/** The members of a list (RFC 9110 §5.6.1): a comma inside quotes divides nothing. */
function members(value) {
    return value.match(/(?:"(?:[^"\\]|\\.)*"|[^,"]|"(?![^]*"))+/g) || [];
}

/**
 * Directives of Cache-Control (RFC 9111 §5.2) by their lower-case names: an argument as text, true without one. Of a
 * directive that comes twice the first counts (§4.2.1).
 */
function directives(value) {
    const found = {};
    members(value).forEach((member) => {
        const parts = DIRECTIVE.exec(member);
        if (!parts) return;
        const name = parts[1].toLowerCase();
        const quoted = parts[3] === undefined ? undefined : parts[3].replace(/\\(.)/g, "$1");
        const argument = parts[2] === undefined ? quoted : parts[2];
        if (!(name in found)) found[name] = argument === undefined ? true : argument;
    });
    return found;
}

const KEY = "[a-z*][a-z0-9_.*-]*";
const ITEM = "(-?\\d{1,15}(?:\\.\\d{1,3})?|\"(?:[\\x20-\\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\[\"\\\\])*\"|[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*|\\?[01])";
const MEMBER = new RegExp(`^(${KEY})(?:=${ITEM})?(?:; *${KEY}(?:=${ITEM})?)*$`);

/**
 * Directives of a targeted field such as CDN-Cache-Control (RFC 9213 §2.1), a dictionary of RFC 8941. Null where it is
 * none or is empty: then it does not count.
 */
function targeted(value) {
    const found = {};
    const parts = members(value);
    if (parts.length === 0 || /(^|,)\s*(,|$)/.test(value)) return null;
    for (let at = 0; at < parts.length; at++) {
        const read = MEMBER.exec(parts[at].trim());
        if (!read) return null;
        found[read[1]] = read[2] === undefined || read[2] === "?1" ? true : read[2];
    }
    Object.keys(found).forEach((name) => { if (found[name] === "?0") delete found[name]; });
    return Object.keys(found).length > 0 ? found : null;
}

/** Seconds (RFC 9111 §1.2.2); null for what is no number of them. */
function seconds(argument) {
    if (typeof argument !== "string" || !/^\d+$/.test(argument)) return null;
    return Math.min(Number(argument), LONGEST_S);
}

/** Seconds since the epoch; null for what is no date (RFC 9110 §5.6.7, the one form that is sent). */
function date(value) {
    const parts = IMF_DATE.exec(value || "");
    if (!parts) return null;
    const made = Date.UTC(Number(parts[3]), MONTHS.indexOf(parts[2]), Number(parts[1]), Number(parts[4]), Number(parts[5]), Number(parts[6]));
    return isNaN(made) ? null : made / 1000;
}

/** Seconds of Age (RFC 9111 §5.1); what is there and cannot be read is as old as can be. */
function age(value) {
    const told = value ? seconds(value.trim()) : 0;
    return told === null ? LONGEST_S : told;
}

export default { age, date, directives, members, seconds, targeted };
