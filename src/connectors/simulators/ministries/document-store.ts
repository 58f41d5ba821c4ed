import express from 'express';
import { z } from 'zod';
import { buildRecordPdf } from '../judicial/record-pdf.ts';
import { fieldsOf } from '../kit/effects.ts';
import { type Simulator, type SimulatorOptions, startSimulatorServer } from '../kit/server.ts';

/** A paper the simulated store holds. */
export interface StorePaper {
  ownerId: string;
  resultCode: string;
  name: string;
  number: string;
  holder: string;
}

const query = z.object({
  KenhThucHien: z.enum(['1', '2']),
  SoDinhDanhChuSoHuu: z.string().min(9),
  HoTenNguoiYeuCau: z.string().min(1),
  SoDinhDanhNguoiYeuCau: z.string().min(9),
  MaThuTuc: z.string().min(1),
  DanhSachDanhMucKetQua: z.array(z.object({ MaKetQua: z.string().min(1), SoKyHieu: z.string() })).min(1),
});

/** Starts a store of digital papers. An owner's papers are shown to the owner (channel 1) or to an officer (channel 2). */
export function startDocumentStore(options: SimulatorOptions & { papers: StorePaper[] }): Promise<Simulator> {
  const pathOf = (paper: StorePaper): string =>
    `/${paper.resultCode}/${paper.number.replaceAll('/', '_')}.pdf`;
  return startSimulatorServer(options, (app) => {
    app.use(express.json());
    app.post('/tra-cuu', (req, res) => {
      const parsed = query.safeParse(req.body);
      if (!parsed.success)
        return void res.json({ errorCode: 1, message: `Thiếu ${fieldsOf(parsed.error)}`, signature: '' });
      const {
        SoDinhDanhChuSoHuu: owner,
        SoDinhDanhNguoiYeuCau: asker,
        KenhThucHien,
        DanhSachDanhMucKetQua: wanted,
      } = parsed.data;
      if (KenhThucHien === '1' && owner !== asker)
        return void res.json({ errorCode: 2, message: 'Người yêu cầu không phải chủ sở hữu', signature: '' });
      const papers = options.papers.filter(
        (paper) =>
          paper.ownerId === owner &&
          wanted.some(
            (kind) =>
              kind.MaKetQua === paper.resultCode && (kind.SoKyHieu === '' || kind.SoKyHieu === paper.number),
          ),
      );
      const rows = papers.map((paper) => ({
        MaKetQua: paper.resultCode,
        TenGiayTo: paper.name,
        SoKyHieu: paper.number,
        CoQuanChuQuan: paper.holder,
        DanhSachTepDinhKem: [{ TenTep: `${paper.resultCode}.pdf`, DuongDan: pathOf(paper) }],
      }));
      res.json({ errorCode: 0, message: '', signature: '', result: { DanhSachGiayToKetQua: rows } });
    });
    app.post('/tai-tep', (req, res) => {
      const { CoQuanChuQuan, DuongDan } = (req.body ?? {}) as Record<string, unknown>;
      const paper = options.papers.find(
        (known) => known.holder === CoQuanChuQuan && pathOf(known) === DuongDan,
      );
      if (paper === undefined)
        return void res.json({ errorCode: 4, message: 'Không tìm thấy tệp', result: null });
      const pdf = buildRecordPdf([paper.name, `Số: ${paper.number}`, '(Bản thử nghiệm)']);
      res.json({ errorCode: 0, message: '', result: Buffer.from(pdf).toString('base64') });
    });
  });
}
