/** Root hooks shared by every test file: a test must never leave a rejection unhandled. */
const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => {
  unhandled.push(reason);
});

/** Picked up by mocha through `require` in .mocharc.json. */
export const mochaHooks = {
  afterAll(): void {
    if (unhandled.length > 0) {
      throw new AggregateError(unhandled, `${unhandled.length} unhandled rejection(s) during the run`);
    }
  },
};
