/** Dossiers as a one-stop system hands them in; every name is invented. */
import { type Api, acceptedId } from './api.ts';
import { AGENCY } from './messages.ts';

/** Metadata of a dossier of the commune that goes to no ministry. */
export function dossierRequest(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    agency: AGENCY.commune.code,
    procedureCode: '1.000001',
    procedureName: 'Đăng ký thử nghiệm',
    fieldCode: 'G99-LV01',
    fieldName: 'Thử nghiệm',
    applicant: {
      name: 'Trần Thị Thử',
      identities: [{ type: 1, number: '012345678901' }],
      phone: '0912345678',
    },
    ...more,
  };
}

/** Hands one in. */
export async function submitDossier(
  api: Api,
  more: Record<string, unknown> = {},
): Promise<{ code: string; packageId: string }> {
  const answer = await api.postJson('/api/v1/dossiers', dossierRequest(more));
  acceptedId(answer);
  return answer.json;
}
