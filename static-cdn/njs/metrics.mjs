// Counts for Prometheus. nginx writes a short line for each request into a file in memory (modules/debian/http.conf),
// and a few times a second they are added up here: a script run for each request would cost a file half as much again.

import fs from "fs";

const LINES = "/run/sightline/counts.log";
const READ_AT_ONCE = 262144; // about 10,000 lines, some milliseconds: more than one worker answers meanwhile
const LONGEST = 1048576; // of the file, which begins anew then
const LOST_BEYOND = 16777216; // what came faster than it can be read

const FROM_STORE = "hit stale updating revalidated";
const CACHE = `${FROM_STORE} miss expired bypass scarce`;

/**
 * Each line that has come since is added up: `c|STATUS|CACHE|SERVERS|BYTES|STATUSES` of what clients were answered, and
 * `o|||SERVERS||STATUSES` of what the stored routes asked of the origin. SERVERS and STATUSES have a member for each try.
 */
function collect() {
    const counts = ngx.shared.counts;
    const size = fs.statSync(LINES).size;
    let at = counts.get("at") || 0;
    if (size < at) at = 0;
    if (size - at > LOST_BEYOND) return begin(counts, "lost");
    if (size === at) return;
    const text = read(at, Math.min(size - at, READ_AT_ONCE));
    const end = text.lastIndexOf("\n") + 1; // bytes, since the lines are ASCII
    const sums = added(text.slice(0, end).split("\n"));
    Object.keys(sums).forEach((name) => counts.incr(name, sums[name], 0));
    counts.set("at", at + end);
    if (at + end === size && size > LONGEST) begin(counts, "begun");
}

/** Nothing is written meanwhile but by a worker that is at its end. */
function begin(counts, why) {
    fs.writeFileSync(LINES, "");
    counts.set("at", 0);
    counts.incr(why, 1, 0);
}

function read(at, length) {
    const file = fs.openSync(LINES, "r");
    try {
        const buffer = new Uint8Array(length);
        const bytes = fs.readSync(file, buffer, 0, length, at);
        return Buffer.from(buffer.buffer, 0, bytes).toString();
    } finally {
        fs.closeSync(file);
    }
}

/** Sums by their names in the table: `requests|2xx|hit`, `sent|hit`, `saved`, `origin|2xx`. */
function added(lines) {
    const times = {}; // few lines differ, and each of those is read once
    for (let at = 0; at < lines.length; at++) times[lines[at]] = (times[lines[at]] || 0) + 1;
    const sums = {};
    Object.keys(times).forEach((line) => {
        const n = times[line];
        const add = (name, value) => { sums[name] = (sums[name] || 0) + n * value; };
        const parts = line.split("|");
        if (parts.length < 6) return;
        const isOurs = parts[3].startsWith("unix:"); // asks on its behalf, and has a line of its own
        if (parts[0] === "c") {
            const cache = cacheOf(parts[1], parts[2], parts[3]);
            const bytes = Number(parts[4]);
            add(`requests|${classOf(parts[1])}|${cache}`, 1);
            add(`sent|${cache}`, bytes);
            if (FROM_STORE.indexOf(cache) >= 0) add("saved", bytes);
        }
        if (parts[3] !== "-" && !isOurs) {
            tries(parts[5]).forEach((status) => add(`origin|${classOf(status)}`, 1));
        }
    });
    return sums;
}

/** After a redirect inside nginx puts a colon, after a try that failed a comma. */
function tries(statuses) {
    return statuses.split(" : ").join(", ").split(", ");
}

/** Where an answer came from: nginx's word, or `pass`, `file`, or `none` for what the edge itself refused. */
function cacheOf(status, said, servers) {
    const word = said.toLowerCase();
    if (said !== "-") return CACHE.indexOf(word) >= 0 ? word : "other";
    if (servers !== "-") return "pass";
    return status[0] === "2" || status[0] === "3" ? "file" : "none";
}

function classOf(status) {
    return status[0] >= "1" && status[0] <= "5" ? `${status[0]}xx` : "none";
}

const FAMILIES = [
    ["requests", "sightline_edge_requests_total", "Answers to clients.", ["status", "cache"]],
    ["sent", "sightline_edge_sent_bytes_total", "Bytes sent to clients, with the headers.", ["cache"]],
    ["saved", "sightline_edge_saved_bytes_total", "Bytes of answers whose body the origin did not send.", []],
    ["origin", "sightline_edge_origin_requests_total", "Requests to servers behind the edge, each try.", ["status"]],
    ["lost", "sightline_edge_counts_lost_total", "Times that requests came faster than they can be counted.", []],
];

/** In the text format of Prometheus. */
function show(r) {
    const region = `region="${r.variables.region}"`;
    const items = ngx.shared.counts.items();
    const lines = [];
    FAMILIES.forEach((family) => {
        lines.push(`# HELP ${family[1]} ${family[2]}`, `# TYPE ${family[1]} counter`);
        items.sort().forEach((item) => {
            const parts = item[0].split("|");
            if (parts[0] !== family[0]) return;
            const labels = family[3].map((label, at) => `${label}="${parts[at + 1]}"`);
            lines.push(`${family[1]}{${[region].concat(labels).join(",")}} ${item[1]}`);
        });
    });
    r.headersOut["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8";
    r.return(200, `${lines.join("\n")}\n`);
}

export default { added, collect, show };
