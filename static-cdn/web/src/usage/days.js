// A bill by days. Days and months are those of UTC, as on the bill.

const AT_MOST = 12;
const MS_PER_DAY = 86_400_000;

/** @typedef {{day: string, analyses: number, billed_ms: number, amount: number}} Day `day` as 2026-11-28, `amount` in US dollars */

/** @param {string} month as 2026-11 @param {{finished_at: string, billed_ms: number, amount: string}[]} lines @returns {Day[]} each day of the month */
export function daysOf(month, lines) {
  const begin = Date.parse(`${month}-01T00:00:00Z`);
  const days = Array.from({ length: 31 }, (_, index) => new Date(begin + index * MS_PER_DAY).toISOString().slice(0, 10))
    .filter((day) => day.startsWith(month)).map((day) => ({ day, analyses: 0, billed_ms: 0, amount: 0 }));
  for (const { finished_at, billed_ms, amount } of lines) {
    const day = days.find((one) => one.day === finished_at.slice(0, 10));
    if (!day) continue; // it was billed in this month and ended in another
    day.analyses += 1;
    day.billed_ms += billed_ms;
    day.amount += Number(amount);
  }
  return days;
}

/** @param {string} since RFC 3339 @param {Date} now @returns {string[]} the newest first, a year of them at the most */
export function monthsSince(since, now) {
  const months = [];
  for (let back = 0; back < AT_MOST; back += 1) {
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)).toISOString().slice(0, 7);
    if (back === 0 || month >= since.slice(0, 7)) months.push(month);
  }
  return months;
}
