// Only when the sources run unbuilt (tests, `npm run dev`): a worker thread does not inherit tsx' loader, so it is registered here.
import { register } from 'tsx/esm/api';

register();
const { prepare, raise, report, sign, verify } = await import('./crypto-worker.ts');

export { prepare, raise, report, sign, verify };
