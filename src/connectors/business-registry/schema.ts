import { z } from 'zod';

const text = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => String(value ?? '').trim());
const person = z.looseObject({ FULL_NAME: text });

/** An enterprise; `Representatives` comes as one object or a list. An unknown number comes as an empty object or null. */
export const enterpriseAnswer = z
  .looseObject({
    MainInformation: z
      .looseObject({
        NAME: text,
        SHORT_NAME: text,
        NAME_F: text,
        ENTERPRISE_ID: text,
        ENTERPRISE_GDT_CODE: text,
        ENTERPRISE_TYPE_NAME: text,
        ENTERPRISE_STATUS_NAME: text,
        FOUNDING_DATE: text,
        CAPITAL_AMOUNT: text,
      })
      .nullish(),
    HOAdress: z.looseObject({ AddressFullText: text }).nullish(),
    Representatives: z
      .union([z.array(person), person])
      .nullish()
      .transform((value) =>
        value === null || value === undefined ? [] : Array.isArray(value) ? value : [value],
      ),
  })
  .nullable();
