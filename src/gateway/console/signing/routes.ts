/** Addresses of the officers' pages. */
import type { Request, Router } from 'express';
import type { SafeHtml } from '../html.ts';
import type { ConsoleDeps, SignedInView } from '../view.ts';
import { loadSigningFiles } from './files.ts';
import { signingListPage, signingPage } from './pages.ts';

/** How a page for those signed in is mounted. */
export type OwnPage = (
  path: string,
  render: (view: SignedInView, req: Request) => Promise<SafeHtml | null>,
  connect?: readonly string[],
) => void;

/** Mounts them. */
export function signingRoutes(router: Router, deps: ConsoleDeps, ownPage: OwnPage): void {
  const files = loadSigningFiles(deps.config.signingPlugin);
  const plugin = deps.config.signingPluginAddresses.split(/[\s,]+/).filter((address) => address !== '');
  ownPage('/ky-so', (view, req) => signingListPage(view, deps, files, req.query), plugin);
  ownPage('/ky-so/:id', (view, req) => signingPage(view, deps, files, String(req.params['id'])), plugin);
  router.get('/console/signing/:version/:name', (req, res) => files.serve(req, res, req.params.name));
}
