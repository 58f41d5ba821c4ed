import { after } from 'mocha';

/** Root hooks shared by every test file: a test must never leave a rejection unhandled. */
const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => {
  unhandled.push(reason);
});

after(function failOnUnhandledRejections() {
  if (unhandled.length > 0) {
    throw new AggregateError(unhandled, `${unhandled.length} unhandled rejection(s) during the run`);
  }
});
