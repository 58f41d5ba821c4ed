import { expect } from 'chai';
import { addressRule, isNetworkList, isPublicAddress } from '../../../src/gateway/pki/addresses.ts';
import { createGuardedFetch, type GuardedFetchOptions } from '../../../src/gateway/pki/fetch.ts';
import { hostRule, isHostList, readRewrites } from '../../../src/gateway/pki/hosts.ts';
import { PkiFault, type PkiRequest } from '../../../src/signing/index.ts';
import { serve, startWebServer, type WebServer } from './authority-server.ts';

describe('addresses that may be connected to', () => {
  it('are public ones only, in every spelling of a private one', () => {
    const no = [
      ...[
        '127.0.0.1',
        '10.1.2.3',
        '172.31.255.255',
        '192.168.1.1',
        '169.254.169.254',
        '100.64.0.1',
        '0.0.0.0',
      ],
      ...[
        '224.0.0.1',
        '255.255.255.255',
        '198.18.0.1',
        '::1',
        '::',
        'fe80::1',
        'fe80::1%eth0',
        'fc00::1',
        'fd12::1',
      ],
      ...[
        'ff02::1',
        '::ffff:127.0.0.1',
        '::ffff:7f00:1',
        '::ffff:10.0.0.1',
        '::127.0.0.1',
        '2002:7f00:1::',
        '64:ff9b::7f00:1',
      ],
      ...['2001:db8::1', '2001::1', 'not an address', ''],
    ];
    const yes = ['8.8.8.8', '203.113.0.1', '172.32.0.1', '2405:4800::1', '::ffff:8.8.8.8'];

    expect(no.filter(isPublicAddress)).to.deep.equal([]);
    expect(yes.filter((address) => !isPublicAddress(address))).to.deep.equal([]);
  });

  it('are private ones too when the operator named their network', () => {
    const rule = addressRule('10.20.0.0/16, fd00:1::/32');

    expect(['10.20.3.4', 'fd00:1::5', '::ffff:10.20.0.1', '8.8.8.8'].every(rule)).to.equal(true);
    expect(['10.21.0.1', 'fd00:2::1', '127.0.0.1'].some(rule)).to.equal(false);
    expect(isNetworkList('10.0.0.0/8,::1')).to.equal(true);
    expect(['10.0.0.0/33', 'ca.gov.vn', '10.0.0', '1.2.3.4/x'].some(isNetworkList)).to.equal(false);
  });
});

describe('hosts that may be asked', () => {
  it('are those of the list, at the usual port unless another is named', () => {
    const rule = hostRule('ca.gov.vn, *.vnpt-ca.vn, 10.0.0.1:8080, [::1]:81');
    const allowed = (address: string) => rule(new URL(address));

    expect(
      [
        'http://ca.gov.vn/x',
        'https://CA.gov.vn/',
        'http://ca.gov.vn./',
        'http://ocsp.vnpt-ca.vn/',
        'http://10.0.0.1:8080/',
        'http://[::1]:81/',
      ].filter((address) => !allowed(address)),
    ).to.deep.equal([]);
    expect(
      [
        'http://ca.gov.vn:8080/',
        'http://evil-ca.gov.vn/',
        'http://ca.gov.vn.evil.vn/',
        'http://vnpt-ca.vn/',
        'http://evilvnpt-ca.vn/',
        'http://10.0.0.1/',
        'https://ca.gov.vn:80/',
      ].filter(allowed),
    ).to.deep.equal([]);
  });

  it('must be written as hosts', () => {
    expect(['', 'ca.gov.vn', '*.gov.vn,a.b:80', '[::1]:8080'].every(isHostList)).to.equal(true);
    expect(
      ['*', 'http://ca.gov.vn', 'ca.gov.vn/x', 'a b', '*.', 'a.*.vn', '-a.vn'].some(isHostList),
    ).to.equal(false);
    expect(readRewrites('a.vn=b.vn, c.vn = d.vn:81')).to.deep.equal({ 'a.vn': 'b.vn', 'c.vn': 'd.vn:81' });
    expect(['a.vn', 'a.vn=b.vn=c.vn', 'a.vn=', '*.a.vn=b.vn'].map(readRewrites)).to.deep.equal([
      null,
      null,
      null,
      null,
    ]);
  });
});

describe('the guarded fetch', () => {
  let server: WebServer;
  beforeEach(async () => {
    server = await startWebServer();
    server.on('/', serve('here'));
  });
  afterEach(() => server.close());

  const request = (url: string): PkiRequest => ({ url, method: 'GET', accept: '*/*', maxBytes: 100 });

  async function faultOf(url: string, options: Partial<GuardedFetchOptions> = {}): Promise<string> {
    const fetch = createGuardedFetch({
      mayAsk: () => true,
      mayConnect: addressRule(''),
      timeoutMs: 20_000,
      ...options,
    });
    try {
      const { status } = await fetch(request(url));
      return String(status);
    } catch (error) {
      return error instanceof PkiFault ? error.code : String(error);
    }
  }

  const portOf = () => new URL(server.url).port;

  it('opens no connection to a private address, by number or by name', async () => {
    const resolve: GuardedFetchOptions['resolve'] = (_host, done) =>
      done(null, [{ address: '127.0.0.1', family: 4 }]);

    expect(await faultOf(server.url)).to.equal('PRIVATE_ADDRESS');
    expect(await faultOf(`http://2130706433:${portOf()}/`)).to.equal('PRIVATE_ADDRESS');
    expect(await faultOf(`http://0x7f.1:${portOf()}/`)).to.equal('PRIVATE_ADDRESS');
    expect(await faultOf(`http://[::ffff:127.0.0.1]:${portOf()}/`)).to.equal('PRIVATE_ADDRESS');
    expect(await faultOf(`http://ca.test:${portOf()}/`, { resolve })).to.equal('PRIVATE_ADDRESS');
    expect(server.asked).to.deep.equal([]);
  });

  it('connects to the address it checked, whatever the name says a moment later', async () => {
    let asked = 0;
    const answers = [['127.0.0.1'], ['169.254.169.254']];
    const resolve: GuardedFetchOptions['resolve'] = (_host, done) => {
      const addresses = answers[Math.min(asked, 1)] ?? [];
      asked += 1;
      done(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      );
    };
    const mayConnect = addressRule('127.0.0.1');

    expect(await faultOf(`http://ca.test:${portOf()}/`, { resolve, mayConnect })).to.equal('200');
    expect(asked).to.equal(1);
    expect(await faultOf(`http://ca.test:${portOf()}/`, { resolve, mayConnect })).to.equal('PRIVATE_ADDRESS');
  });

  it('uses only the allowed ones among the addresses of a name', async () => {
    const resolve: GuardedFetchOptions['resolve'] = (_host, done) =>
      done(null, [
        { address: '10.0.0.1', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ]);

    expect(
      await faultOf(`http://ca.test:${portOf()}/`, { resolve, mayConnect: addressRule('127.0.0.1') }),
    ).to.equal('200');
  });

  it('checks every redirect like the first address, and follows three', async () => {
    const elsewhere = await startWebServer();
    elsewhere.on('/', serve('secret'));
    server.on('/to-other', (res) => void res.writeHead(302, { location: elsewhere.url }).end());
    server.on('/to-file', (res) => void res.writeHead(302, { location: 'file:///etc/passwd' }).end());
    server.on('/to-nowhere', (res) => void res.writeHead(302, { location: 'http://[' }).end());
    server.on('/hop', (res, _body, req) => {
      const left = Number((req.url ?? '').slice(-1));
      res.writeHead(302, { location: left === 0 ? '/here' : `/hop${left - 1}` }).end();
    });
    const options = { mayAsk: hostRule(server.host), mayConnect: addressRule('127.0.0.1') };

    expect(await faultOf(`${server.url}/to-other`, options)).to.equal('NOT_ALLOWED');
    expect(await faultOf(`${server.url}/to-file`, options)).to.equal('NOT_ALLOWED');
    expect(await faultOf(`${server.url}/to-nowhere`, options)).to.equal('BAD_STATUS');
    expect(await faultOf(`${server.url}/hop2`, options)).to.equal('200');
    expect(await faultOf(`${server.url}/hop3`, options)).to.equal('TOO_MANY_REDIRECTS');
    expect(elsewhere.asked).to.deep.equal([]);
    await elsewhere.close();
  });

  it('bounds what it reads, whether the size is told or not, and reads nothing compressed', async () => {
    server.on('/told', serve(Buffer.alloc(101)));
    server.on('/untold', (res) => {
      res.writeHead(200);
      res.write(Buffer.alloc(60));
      res.end(Buffer.alloc(60));
    });
    server.on('/gzip', (res) => void res.writeHead(200, { 'content-encoding': 'gzip' }).end('x'));
    server.on('/exact', serve(Buffer.alloc(100)));
    const options = { mayConnect: addressRule('127.0.0.1') };

    expect(await faultOf(`${server.url}/told`, options)).to.equal('TOO_LARGE');
    expect(await faultOf(`${server.url}/untold`, options)).to.equal('TOO_LARGE');
    expect(await faultOf(`${server.url}/gzip`, options)).to.equal('UNREADABLE');
    expect(await faultOf(`${server.url}/exact`, options)).to.equal('200');
  });

  it('gives up on silence, on a drip, and on a connection cut short', async () => {
    server.on('/silent', () => undefined);
    server.on('/drip', (res) => {
      res.writeHead(200);
      const timer = setInterval(() => res.write('.'), 50);
      res.on('close', () => clearInterval(timer));
    });
    server.on('/cut', (res) => {
      res.writeHead(200, { 'content-length': '50' });
      res.write('half');
      setImmediate(() => res.destroy());
    });
    const options = { mayConnect: addressRule('127.0.0.1') };

    const hasty = { ...options, timeoutMs: 300 };
    expect(await faultOf(`${server.url}/silent`, hasty)).to.equal('TIMEOUT');
    expect(await faultOf(`${server.url}/drip`, hasty)).to.equal('TIMEOUT');
    expect(await faultOf(`${server.url}/cut`, options)).to.equal('UNREACHABLE');
  });

  it('knows no other scheme and sends no password', async () => {
    for (const address of [
      'ftp://ca.test/',
      'file:///etc/passwd',
      'ldap://ca.test/x',
      'http://user:pw@ca.test/',
    ])
      expect(await faultOf(address)).to.equal('NOT_ALLOWED');
  });
});
