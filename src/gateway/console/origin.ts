/** Whether a request was made by one of our own pages. */
import type { Request } from 'express';

/**
 * True when the browser says that one of our own pages made this request: by Sec-Fetch-Site, or, where the browser leaves
 * that out (plain http to another machine), by an Origin equal to the Host asked. Says no when neither is there.
 */
export function isSameOrigin(req: Pick<Request, 'get'>): boolean {
  const site = req.get('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin';
  const origin = req.get('origin');
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === req.get('host');
}
