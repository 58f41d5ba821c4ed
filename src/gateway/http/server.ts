/** The HTTP server under the app: limits of connections, and habits of clients that HTTP allows and Node does not. */
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { AXIS_CODES, vxpAnswer } from '../../connectors/index.ts';

const MAX_HEADER_KIB = 128;

/** An HTTP server for `app` that is not listening yet. */
export function createHttpServer(app: RequestListener, requestTimeoutMs: number): Server {
  const server = createServer(
    {
      requestTimeout: requestTimeoutMs,
      headersTimeout: 20_000,
      keepAliveTimeout: 65_000,
      // VXP carries its arguments in headers, each twice: `to` of a document to a thousand agencies takes 40 KiB.
      maxHeaderSize: MAX_HEADER_KIB * 1024,
    },
    app,
  );
  // A client that shuts its side down once it has sent everything still reads (RFC 9112 §9.6): without this its document is
  // taken in and the answer never leaves. The switch is Node's own, though it stands in no page of its documentation.
  Object.assign(server, { httpAllowHalfOpen: true });
  // An expectation nobody knows may be ignored (RFC 9110 §10.1.1); Node would answer 417 with nothing a client could read.
  server.on('checkExpectation', (req, res) => server.emit('request', req, res));
  server.on('clientError', refuse);
  return server;
}

/** What Node tells of bytes that are no request. */
interface ParseFault extends Error {
  readonly code?: string;
  readonly rawPacket?: Buffer;
}

const FAULTS: Readonly<Record<string, readonly [line: string, vi: string, en: string]>> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    `Các tiêu đề của yêu cầu dài quá ${MAX_HEADER_KIB} KiB.`,
    `The headers of the request are longer than ${MAX_HEADER_KIB} KiB.`,
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [
    '408 Request Timeout',
    'Yêu cầu không được gửi hết trong thời gian cho phép.',
    'The request did not arrive in time.',
  ],
};
const NO_REQUEST = [
  '400 Bad Request',
  'Dữ liệu nhận được không phải một yêu cầu HTTP hợp lệ.',
  'What came is no valid HTTP request.',
] as const;

/**
 * Java and .NET write a letter of a header as the lower byte of its code: `đ` (U+0111) becomes a control character, which no header
 * holds. A service object of the VXP SDK sends such an argument with every later call too.
 */
function badHeaderIn(packet: string): readonly [line: string, vi: string, en: string] | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const name = /^([\w-]{1,60}): ?[^\r\n]*?[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/m.exec(packet)?.[1];
  if (name === undefined) return undefined;
  return [
    '400 Bad Request',
    `Tiêu đề ${name} có ký tự mà HTTP không cho phép, thường do chữ có dấu bị mất khi gửi; hãy ghi không dấu và tạo lại đối tượng dịch vụ của SDK.`,
    `The header ${name} holds a character HTTP forbids, most often an accented letter lost on its way; write it without accents, and make the service object of the SDK anew.`,
  ];
}

/** Refuses what never becomes a request. Node would say no word; clients of VXP break on an answer that is not of its form. */
function refuse(fault: ParseFault, socket: Duplex): void {
  const answering = (socket as { _httpMessage?: ServerResponse })._httpMessage;
  // Another answer is under way, or nobody is left to be told.
  if (!socket.writable || fault.code === 'ECONNRESET' || answering?.headersSent === true) {
    socket.destroy(fault);
    return;
  }
  // Bytes behind a request that came whole: its document may be kept by now, and no other word than its own answer is true.
  if (answering?.req.complete === true) {
    answering.shouldKeepAlive = false;
    answering.once('close', () => socket.destroy());
    return;
  }
  const packet = fault.rawPacket?.toString('latin1') ?? '';
  const [line, vi, en] = FAULTS[fault.code ?? ''] ?? badHeaderIn(packet) ?? NO_REQUEST;
  // Nobody else has so much to say in headers, and of a long request only the last packet is left to look at.
  const isVxp = fault.code === 'HPE_HEADER_OVERFLOW' || /XroadVnpt-|\/XrdAdapter/i.test(packet);
  const title = `${vi} / ${en}`;
  const body = isVxp
    ? vxpAnswer.json({
        ...vxpAnswer.fail(AXIS_CODES.invalidFile, vi),
        // SDK 2.0.0 reads `data` of getEdoc as text, of refusals too.
        ...(/^\S+ \S*\/getEdoc[ ?/]/i.test(packet) && { data: '' }),
      })
    : JSON.stringify({ title, status: Number.parseInt(line, 10), code: 'BAD_REQUEST', detail: title });
  const head = [
    `HTTP/1.1 ${line}`,
    'Connection: close',
    `Content-Type: application/${isVxp ? '' : 'problem+'}json; charset=utf-8`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
