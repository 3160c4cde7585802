// The same with each of many, a few at a time.

const AT_ONCE = 4;

/**
 * @template T
 * @param {readonly T[]} things
 * @param {(thing: T) => Promise<unknown>} act
 * @throws what the first one that failed did; the others are done all the same
 */
export async function each(things, act) {
  const waiting = [...things];
  /** @type {unknown[]} */
  const failures = [];
  const work = async () => {
    for (let thing = waiting.shift(); thing !== undefined; thing = waiting.shift()) {
      await act(thing).catch((error) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (failures.length > 0) throw failures[0];
}
