// Tables for spreadsheets.

/** @param {(string | number)[][]} rows @returns {string} CSV (RFC 4180) */
export const written = (rows) => rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";

/**
 * In quotes where RFC 4180 wants it. What a spreadsheet would take for a formula begins with an apostrophe: some of
 * the text is a stranger's.
 * @param {string | number} value
 */
function cell(value) {
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
