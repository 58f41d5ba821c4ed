/**
 * Asks `probe` again every few milliseconds until it says yes; throws after `limitMs` (default 120,000), so that a failed
 * test ends instead of spinning. For conditions of another process that send no event.
 */
export async function until(probe: () => Promise<boolean> | boolean, limitMs = 120_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await probe())) {
    if (Date.now() > deadline) throw new Error(`not so after ${limitMs} ms: ${probe.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
