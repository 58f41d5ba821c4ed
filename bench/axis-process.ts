/** The simulated national axis in a process of its own, so that it does not share a thread with the clients. */
import { join } from 'node:path';
import { startNationalAxis } from '../src/connectors/index.ts';
import { DEMO } from '../src/gateway/demo/world.ts';

const [folder = '', secret = ''] = process.argv.slice(2);
const axis = await startNationalAxis({
  dataFile: join(folder, 'national-axis.jsonl'),
  dir: join(folder, 'national-axis'),
  systems: [
    { systemId: DEMO.centre, secret, agencies: [{ ...DEMO.district }] },
    { systemId: '00.98.W00', secret: 'khong-dung-den-0123456789', agencies: [{ ...DEMO.ministry }] },
  ],
});
process.send?.({ baseUrl: axis.baseUrl });
process.on('disconnect', () => void axis.close().then(() => process.exit(0)));
