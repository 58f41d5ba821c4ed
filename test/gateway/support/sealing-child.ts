/** Opens the sealer of a folder and tells a signature made with its key. */
import { openSealer } from '../../../src/gateway/access/index.ts';

process.send?.(openSealer(process.argv[2] ?? '').sign('x'));
process.disconnect?.();
