// Marks of what must not be given any more: each changes the keys of the answers that it is about. A mark is a time in
// milliseconds, and holds for longer than anything stored before it.

const DEPTH = 12; // folders of a path that can be marked
const EVERYTHING = "/*"; // there from the start, so that it can be changed when the table is full

/** Names of the marks that a path is under: itself, and each folder above it. */
function namesOf(path) {
    const names = [path, EVERYTHING];
    for (let at = path.indexOf("/", 1), n = 1; at > 0 && n < DEPTH; at = path.indexOf("/", at + 1), n++) {
        names.push(`${path.slice(0, at)}/*`);
    }
    return names;
}

/** The newest mark that a path is under, 0 where there is none. */
function of(path) {
    const table = ngx.shared.marks;
    return namesOf(path).reduce((newest, name) => Math.max(newest, table.get(name) || 0), 0);
}

/** Marks a path, or with `/*` at its end all below a folder. A table that is full marks everything. */
function put(name) {
    const table = ngx.shared.marks;
    const now = Math.max(Date.now(), (table.get(name) || 0) + 1);
    try {
        table.set(name, now);
    } catch (e) {
        table.set(EVERYTHING, Math.max(now, (table.get(EVERYTHING) || 0) + 1));
    }
}

export default { of, put };
