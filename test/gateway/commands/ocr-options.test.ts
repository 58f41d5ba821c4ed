import { expect } from 'chai';
import { type CliHost, startCliHost } from '../support/cli.ts';

describe('lienthong ocr: options', () => {
  let host: CliHost;
  before(() => {
    host = startCliHost();
  });
  after(() => host.close());

  it('refuses what it cannot use before anything is read, naming the option', async () => {
    const asked = [
      ['--jobs', 'nhiều'],
      ['--jobs', '0'],
      ['--timeout', '0'],
      ['--lang', 'fra'],
      ['--engine', 'không-có'],
    ];

    for (const [option = '', value = ''] of asked) {
      const { code, stderr } = await host.run(['ocr', 'x.png', option, value]);
      expect([code, stderr.includes(`${option}:`)], `${option} ${value}`).to.deep.equal([64, true]);
    }
  });
});
