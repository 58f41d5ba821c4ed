import { createHash } from 'node:crypto';
import express from 'express';
import { readXmlTree, type XmlNode } from '../../../packages/index.ts';
import { modeOf, type Simulator, type SimulatorOptions, startSimulatorServer } from '../kit/server.ts';

/** A citizen of the simulated database; all invented. */
export interface SimulatedCitizen {
  personalNumber: string;
  fullName: string;
  /** yyyyMMdd */
  born: string;
  gender: string;
  address: string;
}

/** Settings of the simulated population database. */
export interface PopulationSimulatorOptions extends SimulatorOptions {
  clientId: string;
  apiKey: string;
  username: string;
  secret: string;
  citizens: SimulatedCitizen[];
}

const NAMESPACE = 'http://dancuquocgia.bca';

/** Starts a SOAP 1.1 service that checks the gateway's headers and answers only when number, name and birth belong together. */
export function startPopulation(options: PopulationSimulatorOptions): Promise<Simulator> {
  return startSimulatorServer(options, (app) => {
    app.post('/', express.text({ type: 'text/xml', limit: '200kb' }), async (req, res) => {
      const url = `http://${req.get('host')}/`;
      const timestamp = req.get('timestamp') ?? '';
      const digest = createHash('sha256')
        .update(`${url}${options.username}${timestamp}${options.secret}`)
        .digest('hex');
      const basic = `Basic ${Buffer.from(`${options.username}:${digest}`).toString('base64')}`;
      const known =
        modeOf(res) !== 'wrong-session' &&
        req.get('x-road-client') === options.clientId &&
        req.get('apikey') === options.apiKey &&
        req.get('authorization') === basic;
      if (!known)
        return void res
          .status(401)
          .type('text/xml')
          .send(
            soap('<soap:Fault><faultcode>Client</faultcode><faultstring>xác thực</faultstring></soap:Fault>'),
          );
      const tree = await readXmlTree(Buffer.from(String(req.body)), 200_000);
      const [body] = tree.all('Body');
      const operation = ['TraCuuThongTinCongDan', 'XacThucThongTinCongDan'].find(
        (name) => body?.all(name)[0] !== undefined,
      );
      const request = operation === undefined ? undefined : body?.all(operation)[0];
      if (operation === undefined || request === undefined)
        return void res
          .type('text/xml')
          .send(
            soap(
              '<soap:Fault><faultcode>Client</faultcode><faultstring>không tồn tại thao tác</faultstring></soap:Fault>',
            ),
          );
      res.type('text/xml').send(soap(answer(operation, request, options.citizens)));
    });
  });
}

function answer(operation: string, request: XmlNode, citizens: readonly SimulatedCitizen[]): string {
  const wrap = (inner: string): string =>
    `<d:${operation}Response xmlns:d="${NAMESPACE}">${inner}</d:${operation}Response>`;
  if (['MaYeuCau', 'MaDVC', 'MaTichHop', 'MaCanBo', 'SoDinhDanh'].some((name) => request.text(name) === ''))
    return wrap('<d:MaLoi>2</d:MaLoi><d:MoTaLoi>Thiếu trường bắt buộc</d:MoTaLoi>');
  const [birth] = request.all('NgayThangNamSinh');
  const born = birth?.text('NgayThangNam') || birth?.text('Nam') || '';
  const found = citizens.find(
    (citizen) =>
      citizen.personalNumber === request.text('SoDinhDanh') &&
      citizen.fullName.toLocaleUpperCase('vi') === request.text('HoVaTen') &&
      born.length >= 4 &&
      citizen.born.startsWith(born),
  );
  if (found === undefined) return wrap('<d:MaLoi>1</d:MaLoi><d:MoTaLoi>Thông tin không khớp</d:MoTaLoi>');
  const row = `<d:CongDan><d:SoDinhDanh>${found.personalNumber}</d:SoDinhDanh><d:HoVaTen>${found.fullName}</d:HoVaTen><d:NgayThangNamSinh>${found.born}</d:NgayThangNamSinh><d:GioiTinh>${found.gender}</d:GioiTinh><d:ThuongTru>${found.address}</d:ThuongTru></d:CongDan>`;
  return wrap(`<d:MaLoi>0</d:MaLoi><d:MoTaLoi/>${operation === 'TraCuuThongTinCongDan' ? row : ''}`);
}

function soap(inner: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>${inner}</soap:Body></soap:Envelope>`;
}
