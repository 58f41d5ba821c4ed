import { once } from 'node:events';
import { expect } from 'chai';
import { startCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/folders.ts';

/** What a log must never hold: the applicant of the demo, what is written on the letter, and the tokens printed. */
const PERSONAL = [
  'Trần Thị Bình',
  'identityNumber',
  'báo cáo tình hình gửi, nhận',
  'Bearer ',
  '<edXML',
  'applicant',
];

describe('logs of two whole exchanges', () => {
  let logs = '';
  let shown = '';
  let code = -1;
  before(async () => {
    const args = ['serve', '--demo', '--demo-exit', '--data', temporaryFolder(), '--port', '0'];
    const child = startCli(args, { LIENTHONG_LOG_LEVEL: 'debug' });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      logs += text;
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
    });
    [code] = (await once(child, 'close')) as [number];
  });

  it('come to the end, one JSON object a line, with nothing at level error', () => {
    expect(code, shown + logs).to.equal(0);
    const lines = logs.trim().split('\n');
    expect(lines.length).to.be.greaterThan(5);
    for (const line of lines) {
      const entry = JSON.parse(line) as { level: string; msg: string };
      expect(entry.level, line).to.not.be.oneOf(['error', 'fatal']);
    }
  });

  it('hold no token, no secret, no payload and nothing of the applicant', () => {
    const tokens = shown.match(/lt_[0-9a-z_]+_[0-9a-f]{64}/g) ?? [];
    expect(tokens).to.have.length(3);
    const identity = /identityNumber +(\d{9,12})/.exec(shown)?.[1] ?? /nhập "(\d{12})"/.exec(shown)?.[1];
    const name = /applicantName +([^(]+) \(/.exec(shown)?.[1]?.trim();
    expect(name, shown).to.be.a('string');

    for (const secret of [
      ...tokens,
      ...PERSONAL,
      ...(identity === undefined ? [] : [identity]),
      name ?? '',
    ]) {
      expect(logs.includes(secret), `logs hold "${secret.slice(0, 12)}…"`).to.equal(false);
    }
    expect(logs).to.not.match(/[?&]signature=[0-9a-f]{64}/);
    expect(logs).to.match(/"packageId":"pkg_/);
  });
});
