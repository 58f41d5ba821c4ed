/** `lienthong serve --demo`: the whole product on one machine, with nothing but Node. */
import { createToken } from '../access/index.ts';
import { startGateway } from '../compose.ts';
import { loadConfig } from '../config.ts';
import { saveAgencies } from '../directory/index.ts';
import { createApiClient } from './client.ts';
import { exchangeDocument, exchangeDossier, type Say } from './exchanges.ts';
import { DEMO, type DemoWorld, startWorld } from './world.ts';

export interface DemoOptions {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly configFile?: string | undefined;
  /** End after the two exchanges instead of staying up. */
  readonly exitWhenDone: boolean;
  until(): Promise<unknown>;
}

const POLL_MS = 300;

/** Runs the demo until a signal comes. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const startedAt = Date.now();
  const stopSignal = options.until();
  const base = loadConfig({ flags: options.flags, file: options.configFile }).config;
  const world = await startWorld(base.dataDir, base.port, POLL_MS);
  try {
    await runIn(world, options, startedAt, stopSignal);
  } finally {
    await world.close();
  }
}

async function runIn(
  world: DemoWorld,
  options: DemoOptions,
  startedAt: number,
  stopSignal: Promise<unknown>,
): Promise<void> {
  const say: Say = (line) => void process.stdout.write(`${line}\n`);
  const isQuiet = loadConfig({ flags: options.flags, file: options.configFile }).report.some(
    ({ name, source }) => name === 'logLevel' && source === 'default',
  );
  const quiet = isQuiet ? { logLevel: 'warn' } : {};
  const { config } = loadConfig({
    flags: {
      ...options.flags,
      ...world.settings,
      ...quiet,
      pollSeconds: POLL_MS / 1000,
      insecureCookies: true,
    },
    file: options.configFile,
  });
  const gateway = await startGateway(config);
  try {
    const { store } = gateway.deps.x;
    await saveAgencies(store, world.agencies, Date.now());
    const district = (await createToken(store, DEMO.district.code, 'clerk', Date.now())).token;
    const commune = (await createToken(store, DEMO.commune.code, 'clerk', Date.now())).token;
    const operator = (await createToken(store, DEMO.district.code, 'operator', Date.now())).token;
    say(`Liên Thông đang chạy / is up: ${gateway.url}  (${store.kind}, ${gateway.deps.x.bus.state().kind})`);
    say('\n1. Văn bản giữa các cấp / a document between levels');
    const packageId = await exchangeDocument(createApiClient(gateway.url, district), say);
    const deliveredMs = Date.now() - startedAt;
    say(`   giao xong sau / delivered after ${(deliveredMs / 1000).toFixed(1)} s`);
    say('\n2. Hồ sơ giấy / a paper dossier');
    const dossier = await exchangeDossier(createApiClient(gateway.url, commune), say);
    say('\nXem tại / look at:');
    say(`   ${gateway.url}/                         trang của cán bộ / clerks' page`);
    say(`   ${gateway.url}/goi-tin/${packageId}   văn bản vừa gửi`);
    say(`   ${gateway.url}/ho-so/${dossier.code}   hồ sơ vừa nộp`);
    say(
      `   ${gateway.url}/ho-so-giay   nộp hồ sơ giấy từ bản quét (mã của phường) / hand in paper (commune's token)`,
    );
    say(`   ${gateway.url}/tra-cuu?ma=${dossier.code}   người dân tra cứu / what a citizen sees`);
    say(`   ${gateway.url}/man-hinh   ${gateway.url}/chi-so   màn hình, chỉ số / wall screen, indicators`);
    say(`   ${gateway.url}/openapi.json   ${gateway.url}/metrics`);
    say(
      `   trục quốc gia ${world.nationalAxis.url}/__sim/ledger   trục tỉnh ${world.provincialAxis.url}/__sim/ledger`,
    );
    say(`   Cổng DVCQG ${world.portal.url}/   Bộ Tư pháp ${world.judicial.url}/__sim/ledger`);
    say(`   sở nhận ${world.recipients.department.url}/   bộ nhận ${world.recipients.ministry.url}/`);
    say('\nMã đăng nhập thử (chỉ trên máy này) / trial tokens (this machine only):');
    say(`   huyện / district: ${district}`);
    say(`   phường / commune: ${commune}`);
    say(`   quản trị / operator: ${operator}`);
    if (!options.exitWhenDone) {
      say('\nCtrl+C để dừng / to stop.');
      await stopSignal;
    }
  } finally {
    await gateway.stop();
  }
}
