// A local door, on a socket in the den, by which tests make a server fail and come back.
import { chmodSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const LARGEST_REQUEST = 64 * 1024;

/** Serves `POST /<server>/<action>` with a JSON list of arguments; answers 200 with text, or 500 with the reason. */
export async function openControl(den, servers) {
  const path = join(den.dir, 'control.sock');
  const http = createServer((request, response) => {
    answer(request, servers).then(
      (text) => response.end(String(text ?? '')),
      (error) => response.writeHead(500).end(error.message),
    );
  });
  await new Promise((resolve, reject) => {
    http.once('error', reject);
    http.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  return { path, close: () => http.closeAllConnections() ?? http.close() };
}

async function answer(request, servers) {
  const [, name, action] = (request.url ?? '').split('/');
  const handle = servers[name]?.[action];
  if (request.method !== 'POST' || typeof handle !== 'function')
    throw new Error(`no such action: ${request.url}`);
  let body = '';
  for await (const chunk of request) {
    body += chunk;
    if (body.length > LARGEST_REQUEST) throw new Error('request too large');
  }
  return handle(...(body === '' ? [] : JSON.parse(body)));
}
