import { readXmlTree } from '../../packages/index.ts';
import { ConnectorError } from '../errors.ts';
import type { TaxNotice } from './types.ts';

/** Largest notice: some hundred lines of 500 bytes. */
const MAX_BYTES = 2 * 1024 * 1024;

function broken(...fields: string[]): ConnectorError {
  return new ConnectorError('CONNECTOR_INVALID_DOCUMENT', {
    system: 'land-tax',
    operation: 'ThongBaoThue',
    fields,
    remoteMessage: fields.join(', '),
  });
}

/**
 * Reads the XML of a tax notice, `/DATA/BODY/ROW_LIST/{MA_HSO, LIST*}`; one notice per ROW_LIST. No DTD, bounded size and depth.
 * @throws ConnectorError CONNECTOR_INVALID_DOCUMENT naming the fields that are missing or wrong.
 */
export async function parseTaxNotice(bytes: Uint8Array): Promise<TaxNotice[]> {
  const root = await readXmlTree(bytes, MAX_BYTES).catch((cause: unknown) => {
    throw Object.assign(broken('DATA'), { cause });
  });
  const rows = root.name === 'DATA' ? root.all('BODY').flatMap((body) => body.all('ROW_LIST')) : [];
  if (rows.length === 0) throw broken('DATA.BODY.ROW_LIST');
  return rows.map((row) => {
    const dossierCode = row.text('MA_HSO');
    if (dossierCode === '') throw broken('MA_HSO');
    const lines = row.all('LIST').map((line) => {
      const [, day, month, year] = /^(\d{2})-(\d{2})-(\d{4})$/.exec(line.text('NGAY_QUYET_DINH')) ?? [];
      const amount = line.text('SO_TIEN');
      const wrong = [
        ...(line.text('SO_QUYET_DINH') === '' ? ['SO_QUYET_DINH'] : []),
        ...(year === undefined ? ['NGAY_QUYET_DINH'] : []),
        ...(/^\d{1,15}$/.test(amount) ? [] : ['SO_TIEN']),
      ];
      if (wrong.length > 0) throw broken(...wrong);
      return {
        taxCode: line.text('MA_SO_THUE'),
        decisionNumber: line.text('SO_QUYET_DINH'),
        decidedOn: `${year}-${month}-${day}`,
        item: line.text('TEN_TIEUMUC'),
        amountVnd: Number(amount),
      };
    });
    if (lines.length === 0) throw broken('LIST');
    return { dossierCode, lines };
  });
}
