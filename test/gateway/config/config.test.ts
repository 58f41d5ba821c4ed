import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  ConfigError,
  type ConfigSources,
  loadConfig,
  retryRungs,
  SETTINGS,
} from '../../../src/gateway/config.ts';
import { temporaryFolder } from '../support/folders.ts';

function problemsOf(sources: ConfigSources): readonly string[] {
  try {
    loadConfig({ env: {}, ...sources });
  } catch (cause) {
    expect(cause).to.be.instanceOf(ConfigError);
    return (cause as ConfigError).problems;
  }
  return expect.fail('should have been refused');
}

function jsonFile(value: unknown): string {
  const file = join(temporaryFolder(), 'cau-hinh.json');
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
  return file;
}

describe('config', () => {
  it('takes the command line before the environment, the file and the default, and says which', () => {
    const file = jsonFile({ port: 3, leaseSeconds: 3, pollSeconds: 3 });
    const env = { LIENTHONG_PORT: '2', LIENTHONG_LEASE_SECONDS: '2' };

    const { config, report } = loadConfig({ flags: { port: '1' }, env, file });

    expect([config.port, config.leaseSeconds, config.pollSeconds, config.maxAttempts]).to.deep.equal([
      1, 2, 3, 12,
    ]);
    const source = (name: string) => report.find((line) => line.name === name)?.source;
    expect(['port', 'leaseSeconds', 'pollSeconds', 'maxAttempts'].map(source)).to.deep.equal([
      'command line',
      'environment',
      'file',
      'default',
    ]);
  });

  it('reports every setting with its meaning', () => {
    const { report } = loadConfig({ env: {} });

    expect(report.map((line) => line.name)).to.deep.equal(Object.keys(SETTINGS));
    for (const line of report) expect(line.meaning, line.name).to.match(/\w{3}/);
    expect(new Set(report.map((line) => line.env)).size).to.equal(report.length);
  });

  it('names every wrong setting at once, by its name and source', () => {
    const env = {
      LIENTHONG_PORT: '70000',
      LIENTHONG_LOG_LEVEL: 'loud',
      LIENTHONG_LEASE_SECONDS: '-1',
      LIENTHONG_RETRY_RUNGS_SECONDS: '10,x',
      LIENTHONG_PUBLIC_URL: 'khong phai dia chi',
      LIENTHONG_INSECURE_COOKIES: 'maybe',
      DATABASE_URL: 'mysql://x',
      AMQP_URL: 'http://x',
    };

    const problems = problemsOf({ env, flags: { maxAttempts: 'nhiều' } });

    for (const name of [...Object.keys(env), 'LIENTHONG_MAX_ATTEMPTS (maxAttempts, command line)']) {
      expect(
        problems.filter((problem) => problem.startsWith(name)),
        name,
      ).to.have.length(1);
    }
    expect(problems).to.have.length(9);
  });

  it('never prints a secret, neither in the report nor in a complaint', () => {
    const env = {
      LIENTHONG_VXP_URL: 'http://axis.test',
      LIENTHONG_VXP_SYSTEM_ID: 'x',
      LIENTHONG_VXP_SECRET: 'BI-MAT-1',
      DATABASE_URL: 'postgres://user:BI-MAT-2@db/x',
      AMQP_URL: 'amqp://user:BI-MAT-3@mq',
    };

    const { report } = loadConfig({ env });
    const problems = problemsOf({
      env: { ...env, DATABASE_URL: 'postgress://user:BI-MAT-2@db', AMQP_URL: 'BI-MAT-3' },
    });

    expect(JSON.stringify(report)).to.not.include('BI-MAT');
    expect(report.find((line) => line.name === 'vxpSecret')?.value).to.equal('********');
    expect(problems).to.have.length(2);
    expect(problems.join()).to.not.include('BI-MAT');
  });

  it('marks every setting that holds a secret as one', () => {
    for (const [name, spec] of Object.entries(SETTINGS)) {
      if (/secret|password|authKey|amqpUrl|databaseUrl|s3Url/i.test(name))
        expect(spec.secret, name).to.equal(true);
    }
  });

  it('takes a bucket with one pair of keys, in its address or apart, and tells no secret when it is wrong', () => {
    const url = 'https://s3.tinh.vn:9000/lienthong/truc';
    const pair = { LIENTHONG_S3_ACCESS_KEY: 'k', LIENTHONG_S3_SECRET_KEY: 'BI-MAT-1' };
    const inside = 'https://k:BI-MAT-2@s3.tinh.vn/lienthong';

    expect(loadConfig({ env: { S3_URL: url, ...pair } }).config.s3Url).to.equal(url);
    expect(loadConfig({ env: { S3_URL: inside } }).config.s3Url).to.equal(inside);
    for (const env of [
      { S3_URL: url },
      { S3_URL: url, LIENTHONG_S3_ACCESS_KEY: 'k' },
      { S3_URL: inside, ...pair },
      { S3_URL: 'https://k@s3.tinh.vn/lienthong', LIENTHONG_S3_SECRET_KEY: 'BI-MAT-1' },
      { S3_URL: 's3://lienthong/truc', ...pair },
      { S3_URL: 'https://BI-MAT:k@s3.tinh.vn/', ...pair },
      { S3_URL: 'https://s3.tinh.vn/lienthong/a/../b?BI-MAT', ...pair },
      { S3_URL: 'https://s3.tinh.vn/UPPER', ...pair },
    ]) {
      const problems = problemsOf({ env });
      expect(problems, env.S3_URL).to.have.length(1);
      expect(problems[0])
        .to.match(/^S3_URL/)
        .and.not.include('BI-MAT');
    }
    expect(JSON.stringify(loadConfig({ env: { S3_URL: inside } }).report)).not.to.include('BI-MAT');
  });

  it('reads a secret from a file, without the newline editors add', () => {
    const file = jsonFile('khoa\n');
    const env = {
      LIENTHONG_PORTAL_URL: 'http://p.test',
      LIENTHONG_PORTAL_USERNAME: 'u',
      LIENTHONG_PORTAL_UNIT: 'd',
      LIENTHONG_PORTAL_PASSWORD_FILE: file,
    };

    expect(loadConfig({ env }).config.portalPassword).to.equal('khoa');
  });

  it('names the setting whose file is not there', () => {
    const problems = problemsOf({ env: { LIENTHONG_VXP_SECRET_FILE: '/khong/co', LIENTHONG_PORT: 'x' } });

    expect(problems[0]).to.match(/LIENTHONG_PORT/);
    expect(problems.some((problem) => problem.includes('LIENTHONG_VXP_SECRET_FILE'))).to.equal(true);
  });

  for (const [url, missing] of [
    ['LIENTHONG_VXP_URL', { LIENTHONG_VXP_SYSTEM_ID: 'x' }],
    ['LIENTHONG_PROVINCIAL_URL', { LIENTHONG_PROVINCIAL_SECRET: 'x' }],
    ['LIENTHONG_PORTAL_URL', { LIENTHONG_PORTAL_USERNAME: 'x', LIENTHONG_PORTAL_PASSWORD: 'x' }],
    ['LIENTHONG_JUDICIAL_URL', { LIENTHONG_JUDICIAL_AUTH_KEY: 'x' }],
  ] as const) {
    it(`refuses ${url} without all that goes with it`, () => {
      const problems = problemsOf({ env: { [url]: 'http://x.test', ...missing } });

      expect(problems).to.have.length(1);
      expect(problems[0]).to.include(url);
    });
  }

  it('refuses a file with unknown settings, that is no JSON, or is not there', () => {
    expect(problemsOf({ file: jsonFile({ prot: 1 }) }).join()).to.include('prot');
    expect(problemsOf({ file: jsonFile('{') }).join()).to.include('cau-hinh.json');
    expect(problemsOf({ file: '/khong/co.json' }).join()).to.include('/khong/co.json');
  });

  it('wants a broker, free names and accounts of their own for systems at the broker', () => {
    const amqpUrl = 'amqp://truc:mat-khau@127.0.0.1/lt';
    const problemsOf = (amqpSystems: string, more: Record<string, unknown> = { amqpUrl }): string => {
      try {
        loadConfig({ env: {}, flags: { amqpSystems, ...more } });
      } catch (error) {
        return String(error);
      }
      return '';
    };

    expect(problemsOf('bo-noi-vu=bnv, so-y-te=syt')).to.equal('');
    expect(problemsOf('bo-noi-vu=bnv', {})).to.include('AMQP_URL');
    expect(problemsOf('vxp=bnv')).to.include('vxp');
    expect(problemsOf('a=bnv,b=bnv')).to.include('once only');
    expect(problemsOf('bo-noi-vu=truc')).to.include("gateway's own account");
    expect(problemsOf('Bộ=bnv')).to.include('LIENTHONG_AMQP_SYSTEMS');
  });

  it('orders the retry ladder', () => {
    expect(retryRungs({ retryRungsSeconds: '60, 10,1' })).to.deep.equal([1, 10, 60]);
  });

  it('treats an empty variable as not set', () => {
    expect(loadConfig({ env: { LIENTHONG_PORT: '' } }).config.port).to.equal(8080);
  });
});
