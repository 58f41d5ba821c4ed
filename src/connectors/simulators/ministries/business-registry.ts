import { isAuthorized } from '../kit/effects.ts';
import { type Simulator, type SimulatorOptions, startSimulatorServer } from '../kit/server.ts';

/** Enterprises of the simulated register; all invented. */
export const SAMPLE_ENTERPRISES: Readonly<Record<string, object>> = {
  '0100000001': {
    MainInformation: {
      NAME: 'CÔNG TY TNHH THỬ NGHIỆM MỘT',
      SHORT_NAME: 'TN1',
      NAME_F: 'TEST ONE CO., LTD',
      ENTERPRISE_ID: 1,
      ENTERPRISE_GDT_CODE: '0100000001',
      ENTERPRISE_TYPE_NAME: 'Công ty TNHH một thành viên',
      ENTERPRISE_STATUS_NAME: 'Đang hoạt động',
      FOUNDING_DATE: '01/02/2020',
      CAPITAL_AMOUNT: 1_000_000_000,
    },
    HOAdress: { AddressFullText: 'Số 1, đường Mẫu, phường Mẫu, tỉnh Thử Nghiệm' },
    // One person comes without a list around it, as the real register sends it.
    Representatives: { FULL_NAME: 'NGUYỄN VĂN THỬ' },
  },
  '0100000002': {
    MainInformation: {
      NAME: 'CÔNG TY CỔ PHẦN THỬ NGHIỆM HAI',
      ENTERPRISE_GDT_CODE: '0100000002',
      ENTERPRISE_STATUS_NAME: 'Đã giải thể',
    },
    Representatives: [{ FULL_NAME: 'LÊ THỊ THỬ' }, { FULL_NAME: 'PHẠM VĂN MẪU' }],
  },
};

/** Starts a register behind a bearer token. */
export function startBusinessRegistry(options: SimulatorOptions & { token: string }): Promise<Simulator> {
  return startSimulatorServer(options, (app) => {
    app.get('/apiCSDLDKDN/1.0/chiTietDoanhNghiep', (req, res) => {
      if (!isAuthorized(res, req.get('authorization'), `Bearer ${options.token}`))
        return void res.status(401).json({ fault: 'token' });
      res.json(SAMPLE_ENTERPRISES[String(req.query['msdn'])] ?? {});
    });
  });
}
