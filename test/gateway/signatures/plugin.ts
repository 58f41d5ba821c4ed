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

export async function startPlugin(signer: Signer): Promise<FakePlugin> {
  const plugin = { signer, fault: null as PluginFault };
  const server = createServer((req, res) => {
    res.setHeader('Access-Control-Allow-Origin', '*');
    res.setHeader('Access-Control-Allow-Headers', 'content-type');
    if (req.method === 'OPTIONS') return void res.end();
    const parts: Buffer[] = [];
    req.on('data', (part: Buffer) => parts.push(part));
    req.on('end', () => {
      runPlugin(plugin, JSON.parse(Buffer.concat(parts).toString('utf8')) as Argument).then(
        (answer) => res.end(JSON.stringify(answer)),
        (error: Error) => res.end(JSON.stringify({ Status: false, Message: error.message })),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const script = `function vgca_sign_approved(json, done) {
  fetch('${url}/', { method: 'POST', body: json }).then((answer) => answer.text()).then(done);
}\n`;
  return Object.assign(plugin, {
    url,
    script,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
