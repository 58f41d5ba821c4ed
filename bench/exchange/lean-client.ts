/** A client that costs as little as it can: it shares the machine with what is measured. */
import { Agent, request } from 'node:http';

/** Hands documents in over kept connections. */
export interface LeanClient {
  /** @returns the packageId. @throws Error with the answer when it is not 202. */
  send(metadata: object, pdf: Buffer): Promise<string>;
  close(): void;
}

const BOUNDARY = 'lienthong-bench-7d1f';

export function createLeanClient(baseUrl: string, token: string, connections: number): LeanClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const { hostname, port } = new URL(baseUrl);
  return {
    send(metadata, pdf) {
      const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n${JSON.stringify(metadata)}\r\n--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="van-ban.pdf"\r\nContent-Type: application/pdf\r\n\r\n`;
      const body = Buffer.concat([Buffer.from(head), pdf, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]);
      const headers = {
        Authorization: `Bearer ${token}`,
        'Content-Type': `multipart/form-data; boundary=${BOUNDARY}`,
        'Content-Length': body.length,
      };
      return new Promise((resolve, reject) => {
        const options = { agent, hostname, port, method: 'POST', path: '/api/v1/documents', headers };
        const call = request(options, (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (part: string) => {
            text += part;
          });
          answer.on('error', reject);
          answer.on('end', () => {
            if (answer.statusCode === 202) resolve((JSON.parse(text) as { packageId: string }).packageId);
            else reject(new Error(`HTTP ${answer.statusCode}: ${text.slice(0, 500)}`));
          });
        });
        call.on('error', reject);
        call.end(body);
      });
    },
    close: () => agent.destroy(),
  };
}
