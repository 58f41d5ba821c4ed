// The usual spec output, and the counts as JSON in the file LIENTHONG_TEST_REPORT names, for the run that sums up.
const { writeFileSync } = require('node:fs');
const Mocha = require('mocha');

class CountingReporter extends Mocha.reporters.Spec {
  done(failures, finish) {
    const file = process.env.LIENTHONG_TEST_REPORT;
    if (file) {
      const { passes, pending } = this.stats;
      writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending }));
    }
    finish?.(failures);
  }
}

module.exports = CountingReporter;
