import { ConnectorError } from '../errors.ts';
import { createJsonClient } from '../json-client.ts';
import { enterpriseAnswer } from './schema.ts';
import type { BusinessRegistryClient, BusinessRegistryClientOptions, Enterprise } from './types.ts';

/** Client of the national business register. One attempt per call. */
export function createBusinessRegistryClient(options: BusinessRegistryClientOptions): BusinessRegistryClient {
  const client = createJsonClient('business-registry', options);
  return {
    async find(enterpriseCode) {
      const operation = 'chiTietDoanhNghiep';
      client.refuseFaults(operation, [['msdn', !/^\d{10}(-?\d{3})?$/.test(enterpriseCode)]]);
      const path = `${options.detailPath ?? '/apiCSDLDKDN/1.0/chiTietDoanhNghiep'}?msdn=${enterpriseCode}`;
      try {
        const answer = await client.call({ operation, method: 'GET', path, schema: enterpriseAnswer });
        return answer?.MainInformation ? toEnterprise(enterpriseCode, answer) : undefined;
      } catch (error) {
        if (error instanceof ConnectorError && error.details.status === 404) return undefined;
        throw error;
      }
    },
  };
}

function toEnterprise(
  code: string,
  answer: NonNullable<ReturnType<typeof enterpriseAnswer.parse>>,
): Enterprise {
  const main = answer.MainInformation;
  const given = {
    shortName: main?.SHORT_NAME,
    foreignName: main?.NAME_F,
    type: main?.ENTERPRISE_TYPE_NAME,
    status: main?.ENTERPRISE_STATUS_NAME,
    foundedOn: main?.FOUNDING_DATE,
    capital: main?.CAPITAL_AMOUNT,
    address: answer.HOAdress?.AddressFullText,
  };
  return {
    code: main?.ENTERPRISE_ID || code,
    taxCode: main?.ENTERPRISE_GDT_CODE || code,
    name: main?.NAME ?? '',
    ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value)) as Partial<Enterprise>),
    representatives: answer.Representatives.map((person) => person.FULL_NAME).filter((name) => name !== ''),
  };
}
