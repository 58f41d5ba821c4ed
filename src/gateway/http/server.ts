/** The HTTP server under the app: limits of connections, and habits of clients that HTTP allows and Node does not. */
import { createServer, type RequestListener, type Server } from 'node:http';

/** An HTTP server for `app` that is not listening yet. */
export function createHttpServer(app: RequestListener, requestTimeoutMs: number): Server {
  const server = createServer(
    {
      requestTimeout: requestTimeoutMs,
      headersTimeout: 20_000,
      keepAliveTimeout: 65_000,
      // VXP carries its arguments in headers, each twice: `to` of a document to a thousand agencies takes 40 KiB.
      maxHeaderSize: 128 * 1024,
    },
    app,
  );
  // A client that shuts its side down once it has sent everything still reads (RFC 9112 §9.6): without this its document is
  // taken in and the answer never leaves. The switch is Node's own, though it stands in no page of its documentation.
  Object.assign(server, { httpAllowHalfOpen: true });
  // An expectation nobody knows may be ignored (RFC 9110 §10.1.1); Node would answer 417 with nothing a client could read.
  server.on('checkExpectation', (req, res) => server.emit('request', req, res));
  return server;
}
