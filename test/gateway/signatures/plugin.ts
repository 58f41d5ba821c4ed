/** A stand-in for VGCA Sign Service on the officer's machine: it fetches, really signs, and posts back. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Signer, signPdf } from '../../../src/signing/index.ts';

/** How it misbehaves. */
export type PluginFault = 'other-document' | 'changed' | 'not-signed' | null;

export interface FakePlugin {
  readonly url: string;
  /** The script its maker would ship as vgcaplugin.js. */
  readonly script: string;
  signer: Signer;
  fault: PluginFault;
  close(): Promise<void>;
}

interface Argument {
  readonly Files?: readonly { readonly URL: string }[];
  readonly FileUploadHandler: string;
  readonly SessionId: string;
  readonly JWTToken: string;
  readonly FileName: string;
}

/** Fetches, signs and posts back; what a plugin answers its page. */
export async function runPlugin(
  plugin: Pick<FakePlugin, 'signer' | 'fault'>,
  argument: Argument,
): Promise<object> {
  const fetched = await fetch(argument.FileName);
  if (!fetched.ok) return { Status: false, Message: `HTTP ${fetched.status}` };
  let pdf = new Uint8Array(await fetched.arrayBuffer());
  if (plugin.fault === 'other-document')
    pdf = new Uint8Array(
      Buffer.from(Buffer.from(pdf).toString('latin1').replace('%PDF-1.', '%PDF-1.'), 'latin1'),
    ).map((byte, at) => (at === 12 ? 32 : byte));
  const signed =
    plugin.fault === 'not-signed' ? pdf : await signPdf(pdf, plugin.signer, { signingTime: new Date() });
  const form = new FormData();
  form.set('SessionId', argument.SessionId);
  form.set('JWTToken', argument.JWTToken);
  form.set('uploadfile', new Blob([Uint8Array.from(signed)], { type: 'application/pdf' }), 'ky.pdf');
  const answer = await fetch(argument.FileUploadHandler, { method: 'POST', body: form });
  const body = (await answer.json()) as { Status?: boolean; detail?: string; code?: string };
  return answer.ok ? body : { Status: false, Message: body.detail, Code: body.code };
}

/** A list of files is signed one after the other; the first that is refused ends it. */
async function runList(plugin: FakePlugin | Pick<FakePlugin, 'signer' | 'fault'>, argument: Argument) {
  let answer: object = { Status: 0, Message: '' };
  for (const { URL } of argument.Files ?? [{ URL: argument.FileName }]) {
    answer = await runPlugin(plugin, { ...argument, FileName: URL });
    if ((answer as { Status?: unknown }).Status !== true) break;
  }
  return answer;
}

export async function startPlugin(signer: Signer): Promise<FakePlugin> {
  const plugin = { signer, fault: null as PluginFault };
  const server = createServer((req, res) => {
    res.setHeader('Access-Control-Allow-Origin', '*');
    res.setHeader('Access-Control-Allow-Headers', 'content-type');
    if (req.method === 'OPTIONS') return void res.end();
    const parts: Buffer[] = [];
    req.on('data', (part: Buffer) => parts.push(part));
    req.on('end', () => {
      runList(plugin, JSON.parse(Buffer.concat(parts).toString('utf8')) as Argument).then(
        (answer) => res.end(JSON.stringify(answer)),
        (error: Error) => res.end(JSON.stringify({ Status: false, Message: error.message })),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // All functions take the argument as JSON and answer as JSON; the one for lists differs in its argument alone.
  const functions = ['approved', 'issued', 'income', 'copy', 'appendix', 'files'];
  const script = functions
    .map(
      (name) => `function vgca_sign_${name}(json, done) {
  fetch('${url}/', { method: 'POST', body: json }).then((answer) => answer.text()).then(done);
}\n`,
    )
    .join('');
  return Object.assign(plugin, {
    url,
    script,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
