// The usual spec output; counts and what failed as JSON in the file LIENTHONG_TEST_REPORT names, for the run that sums up.
const { writeFileSync } = require('node:fs');
const Mocha = require('mocha');

/** What a test left open may hold the process this long after the end; then it is named, and the run ends. */
const LEFT_OPEN_MS = 30_000;

class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    this.failed = [];
    runner.on('fail', (test, error) => {
      this.failed.push(
        `${test.fullTitle()}: ${String(error?.message ?? error).split('\n')[0]}`.slice(0, 300),
      );
    });
  }

  done(failures, finish) {
    const file = process.env.LIENTHONG_TEST_REPORT;
    if (file) {
      const { passes, pending } = this.stats;
      const report = { passed: passes, failed: failures, skipped: pending, failures: this.failed };
      writeFileSync(file, JSON.stringify(report));
    }
    // Unreferenced: a process with nothing left open ends before.
    setTimeout(() => {
      process.stderr.write(`still open after the tests: ${process.getActiveResourcesInfo().join(', ')}\n`);
      process.exit(failures > 0 ? 1 : 0);
    }, LEFT_OPEN_MS).unref();
    finish?.(failures);
  }
}

module.exports = CountingReporter;
