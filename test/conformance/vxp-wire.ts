/** Recorded requests of the axis' client SDK, byte for byte against our own endpoint: `*.http` files, one a call. */
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { addVxpSystem } from '../../src/gateway/access/index.ts';
import { saveAgencies } from '../../src/gateway/directory/index.ts';
import { startBareGateway } from '../gateway/support/bare.ts';
import { attempt, type CaseOutcome } from './kit.ts';

/** What each call must come to here: the documents it names are another server's, which is told by code 11. */
const EXPECTED: Readonly<Record<string, string>> = {
  getReceivedEdocList: 'OK 0',
  getEdoc: 'FAIL 11',
  sendEdoc: 'OK 0',
  updateStatus: 'FAIL 11',
  getSentEdocList: 'OK 0',
  getAgenciesList: 'OK 0',
  getAgenciesListQD20: 'OK 0',
  getSynchronizeUnit: 'OK 0',
  registerAgency: 'OK 0',
  deleteAgency: 'FAIL 11',
};
/** The recordings are older than any window. */
const WINDOW_SECONDS = 50 * 365 * 86_400;

/** Replays every recording of `dir`. The system's id and secret stand in its README. */
export async function runVxpWire(dir: string): Promise<readonly CaseOutcome[]> {
  const readme = readFileSync(join(dir, 'README.md'), 'utf8');
  const id = /systemid `([^`]+)`/.exec(readme)?.[1] ?? '';
  const secret = /secret `([^`]+)`/.exec(readme)?.[1] ?? '';
  const bare = await startBareGateway({ vxpWindowSeconds: WINDOW_SECONDS });
  try {
    const { x, sealer } = bare.gateway.deps;
    const agencies = ['000.00.00.H41', '000.00.00.G22'].map((code) => ({
      code,
      name: code,
      system: 'inbox' as const,
    }));
    await saveAgencies(x.store, agencies, Date.now());
    await addVxpSystem(x.store, sealer, { id, secret, agencies: ['000.00.00.H41'] }, Date.now());
    const outcomes: CaseOutcome[] = [];
    for (const file of readdirSync(dir)
      .filter((name) => name.endsWith('.http'))
      .sort())
      outcomes.push(await replay(bare.gateway.url, file, readFileSync(join(dir, file))));
    return outcomes;
  } finally {
    await bare.close();
  }
}

function replay(url: string, file: string, request: Buffer): Promise<CaseOutcome> {
  const call = /^POST \S*\/(\w+) /.exec(request.toString('latin1'))?.[1] ?? '';
  const expected = EXPECTED[call] ?? 'OK 0';
  return attempt(file, expected, async () => {
    const answer = await exchange(url, request);
    const { status, ErrorCode, ErrorDesc } = JSON.parse(answer) as Record<string, string>;
    const got = `${status} ${ErrorCode}`;
    return { got, met: got === expected, why: got === expected ? '' : (ErrorDesc ?? '') };
  });
}

/** Sends the bytes as they are; the first JSON object that comes back. */
function exchange(url: string, request: Buffer): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.write(request));
    const finish = (): void => {
      const json = /\{"status"[\s\S]*\}/.exec(text)?.[0];
      if (json === undefined) return;
      socket.destroy();
      resolve(json.replace(/\r\n[0-9a-f]+\r\n/g, ''));
    };
    socket.setTimeout(15_000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (/\}(?:\r\n0\r\n\r\n)?$/.test(text)) finish();
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`no answer: ${text.slice(0, 200)}`)));
  });
}
