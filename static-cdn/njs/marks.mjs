// Marks of what must not be given any more: each changes the keys of the answers that it is about. A mark is a time in
// milliseconds, and holds for longer than anything stored before it.

const DEPTH = 12; // folders of a path that can be marked
const EVERYTHING = "/*";
const ANY = "any"; // whether there is a mark at all

/** The newest mark that a path is under, 0 where there is none: its own, or that of a folder above it. */
function of(path) {
    const table = ngx.shared.marks;
    if (!table.get(ANY)) return 0;
    let newest = Math.max(table.get(path) || 0, table.get(EVERYTHING) || 0);
    for (let at = path.indexOf("/", 1), n = 1; at > 0 && n < DEPTH; at = path.indexOf("/", at + 1), n++) {
        newest = Math.max(newest, table.get(`${path.slice(0, at)}/*`) || 0);
    }
    return newest;
}

/** Marks a path, or with `/*` at its end all below a folder. A table that is full marks everything. */
function put(name) {
    const table = ngx.shared.marks;
    const now = Math.max(Date.now(), (table.get(name) || 0) + 1);
    if (!table.get(ANY)) {
        table.set(EVERYTHING, 0); // a place for it, which a full table has not
        table.set(ANY, 1);
    }
    try {
        table.set(name, now);
    } catch (e) {
        table.set(EVERYTHING, Math.max(now, (table.get(EVERYTHING) || 0) + 1));
    }
}

export default { of, put };
