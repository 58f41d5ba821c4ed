/** Work done though its caller may be gone, as behind a proxy that queues: the request is read, and made again later. */
import { request as sendRequest } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { NextFunction, Request, Response } from 'express';

/** Marks the request made again, which is handled as any other. */
const AGAIN = 'x-sim-again';

/** Whether this is the request of {@link workLater}, made again. */
export function isMadeAgain(req: Request): boolean {
  return req.headers[AGAIN] !== undefined;
}

/** Reads the request, makes it again to this very server after `delayMs`, and cuts its connection when that is answered. */
export function workLater(
  req: Request,
  res: Response,
  delayMs: number,
  timers: Set<NodeJS.Timeout>,
  next: NextFunction,
): void {
  const { localPort: port, localAddress: host } = req.socket;
  buffer(req).then((body) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      const headers = { ...req.headers, [AGAIN]: '1' };
      const again = sendRequest({ port, host, method: req.method, path: req.originalUrl, headers });
      again.on('response', (answer) => answer.resume().on('end', () => res.socket?.destroy()));
      // The server may be closed before it comes to this.
      again.on('error', () => undefined);
      again.end(body);
    }, delayMs);
    timers.add(timer);
  }, next);
}
