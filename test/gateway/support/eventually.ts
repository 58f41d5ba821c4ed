/**
 * Asks again until `done` agrees and gives that value; after `limitMs` (default 150,000) it throws with what was seen last.
 * For conditions of other parts that send no event.
 */
export async function eventually<T>(
  ask: () => Promise<T> | T,
  done: (value: T) => boolean,
  limitMs = 150_000,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const value = await ask();
    if (done(value)) return value;
    if (Date.now() > deadline)
      throw new Error(`not so after ${limitMs} ms; last: ${JSON.stringify(value)?.slice(0, 3000)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
