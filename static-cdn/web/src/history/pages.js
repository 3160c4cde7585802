// The analyses that were read, page by page.

/** @typedef {{items: any[], next: string | null}} Read `next`: the cursor of what follows */
/** @typedef {{items: any[], next_cursor: string | null}} Page */

/**
 * With the first page read anew: it takes the place of what it reaches over, and the rest stays. Where it does not
 * reach what was read before, there may be a gap between them, and it stands alone.
 * @param {Read} before @param {Page} page
 * @returns {Read}
 */
export function refreshed(before, page) {
  const known = new Set(page.items.map(({ id }) => id));
  const reached = before.items.findLastIndex(({ id }) => known.has(id));
  const rest = before.items.slice(reached + 1);
  const joined = page.next_cursor && reached >= 0 && rest.length > 0;
  return joined ? { items: [...page.items, ...rest], next: before.next } : { items: page.items, next: page.next_cursor };
}

/** With what follows. @param {Read} before @param {Page} page @returns {Read} */
export function continued(before, page) {
  const known = new Set(page.items.map(({ id }) => id));
  return { items: [...before.items.filter(({ id }) => !known.has(id)), ...page.items], next: page.next_cursor };
}
