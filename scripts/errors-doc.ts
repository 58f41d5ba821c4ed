/**
 * Writes docs/errors.md from the tables and unions of the code: `npx tsx scripts/errors-doc.ts --write`; without it, the
 * page goes to stdout. A test keeps the page equal to what this makes.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CONNECTOR_ERRORS } from '../src/connectors/index.ts';
import { BusError, type BusErrorCode } from '../src/gateway/bus/index.ts';
import { actionFor, DELIVERY_REASONS } from '../src/gateway/exchange/index.ts';
import { PROBLEMS } from '../src/gateway/http/problem.ts';
import { STORE_ERROR_CODES, type StoreErrorCode } from '../src/gateway/store/index.ts';
import { OCR_ERRORS } from '../src/ocr/index.ts';
import { PACKAGE_ERROR_CODES, PackageError } from '../src/packages/index.ts';
import { SIGNING_ERROR_CODES, SigningError } from '../src/signing/index.ts';

/** Where the page is. */
export const ERRORS_PAGE = fileURLToPath(new URL('../docs/errors.md', import.meta.url));

interface Entry {
  readonly code: string;
  readonly vi: string;
  readonly en: string;
  /** What the reader does about it. */
  readonly act: string;
  /** HTTP status or other short facts. */
  readonly facts?: string;
}

interface Section {
  readonly title: string;
  readonly intro: string;
  readonly factsTitle?: string;
  readonly entries: readonly Entry[];
}

const SEND_AGAIN = 'Send the same request again, with the same `Idempotency-Key`.';

const PROBLEM_ACTS: Readonly<Record<keyof typeof PROBLEMS, string>> = {
  UNAUTHENTICATED:
    'Send `Authorization: Bearer <token>`; ask the operator for a new token when it was revoked.',
  FORBIDDEN: 'Use a token of the agency or role that may; from a browser, act from our own pages only.',
  NOT_FOUND: 'Check the id. What belongs to another agency is answered in the same way.',
  METHOD_NOT_ALLOWED: 'Use a method of the `Allow` header.',
  BAD_REQUEST: 'Correct every field named in `errors[]`.',
  UNSUPPORTED_MEDIA_TYPE: 'Use a content type that `/openapi.json` lists for the address.',
  BODY_TOO_LARGE: 'Send less, or ask the operator to raise `LIENTHONG_MAX_FILE_BYTES`.',
  BUSY: `${SEND_AGAIN} Wait as long as \`Retry-After\` says.`,
  SHUTTING_DOWN: `${SEND_AGAIN} Wait as long as \`Retry-After\` says.`,
  TOO_MANY_REQUESTS: 'Wait, then go on more slowly.',
  UPLOAD_INCOMPLETE: SEND_AGAIN,
  INTERNAL: `${SEND_AGAIN} Tell the operator when it stays; the log has the cause.`,
  PACKAGE_INVALID: 'Correct every fault in `errors[]` (code, path, line) and send it as a new request.',
  PACKAGE_TOO_LARGE: 'Send less, or ask the operator to raise `LIENTHONG_MAX_PACKAGE_BYTES`.',
  SENDER_NOT_ALLOWED: 'Send in the name of the agency of the token, or of the document system.',
  RECIPIENT_UNKNOWN:
    'Correct the codes named in `errors[]`, or have the agency added to the directory. Nothing was sent to anyone.',
  DOCUMENT_CONFLICT:
    'To change a document, send an update or replacement (`BussinessDocType` 2 or 3), not other bytes under its id.',
  IDEMPOTENCY_CONFLICT: 'Use a new `Idempotency-Key` for a new request.',
  HUB_LOOP: 'The route between the axes goes in a circle: tell the operators of both.',
  STATUS_NOT_ALLOWED: 'Read the present status of the delivery and answer with one that may follow.',
  DOSSIER_ACT_NOT_ALLOWED:
    'Read the state of the dossier; what is asked for fits another state (a rating needs a finished dossier).',
  DOSSIER_MOVE_NOT_ALLOWED:
    'Read the state of the dossier and tell a step that may follow; another system may have been faster.',
  DOSSIER_UNKNOWN: 'Check the code. A dossier of another agency is answered in the same way.',
  DELIVERY_UNKNOWN: 'Check the id. A delivery of another agency is answered in the same way.',
  CONTENT_EXPIRED:
    'The proof (`/evidence`) and the timeline are still here; the agency that has the document keeps its file. Retention is set with `LIENTHONG_RETENTION`.',
  DOCUMENT_WITHDRAWN:
    'Destroy what was fetched before (NĐ 30/2020 art. 18.4); the timeline says who asked and when.',
  RECALL_NOT_POSSIBLE:
    'Recall the document itself, once; see its timeline for what became of an earlier request.',
  BRIDGE_TOKEN: 'Open the signing page again; a pass works once, for ten minutes.',
  BRIDGE_FILE: 'Sign the file that was handed out, with one signature and nothing else; see the reason.',
  KEY_UNKNOWN: 'Name a key of the agency in `keys.json` that allows the profile.',
  SIGNER_MISMATCH: 'Sign with the key of the person named as signer, or correct the name on the document.',
  SYSTEM_UNKNOWN:
    'The operator configures the counterparty (`lienthong config check`), or gives the agency another route.',
  STORE: `${SEND_AGAIN} The operator looks at database and disk.`,
  BLOBS: `${SEND_AGAIN} The operator looks at the object store.`,
};

const STORE_ROWS: Readonly<Record<StoreErrorCode, Omit<Entry, 'code'>>> = {
  STORE_UNAVAILABLE: {
    vi: 'Không kết nối được cơ sở dữ liệu.',
    en: 'The database cannot be reached.',
    act: `${SEND_AGAIN} The operator starts the database; nothing that was accepted is lost.`,
  },
  STORE_FULL: {
    vi: 'Đĩa hoặc cơ sở dữ liệu đã đầy.',
    en: 'The disk or the database is full.',
    act: 'The operator makes room; then send again.',
  },
  STORE_CLOSED: {
    vi: 'Kho lưu trữ đã đóng.',
    en: 'The store is closed.',
    act: 'The gateway is stopping: send again later.',
  },
  STORE_IN_USE: {
    vi: 'Một trục khác đang chạy trên thư mục dữ liệu này.',
    en: 'Another gateway runs on this data folder.',
    act: 'Stop the other one, or use PostgreSQL to run several.',
  },
  BLOBS_UNAVAILABLE: {
    vi: 'Kho đối tượng (S3) không trả lời.',
    en: 'The object store (S3) does not answer.',
    act: `${SEND_AGAIN} The operator brings the service or the way to it back; nothing that was accepted is lost.`,
  },
  BLOBS_REFUSED: {
    vi: 'Kho đối tượng (S3) từ chối khoá truy cập, hoặc không có kho chứa (bucket) này.',
    en: 'The object store (S3) refuses our key, or there is no such bucket.',
    act: `${SEND_AGAIN} The operator corrects \`S3_URL\`, keys, rights or region (\`lienthong doctor\`).`,
  },
  BLOB_TOO_LARGE: {
    vi: 'Tệp lớn hơn giới hạn.',
    en: 'The file is larger than the limit.',
    act: 'Send less.',
  },
  BLOB_MISSING: {
    vi: 'Tệp đã lưu không còn.',
    en: 'A stored file is not there any more.',
    act: 'The operator restores the file from the backup (`blobs/`, or the bucket).',
  },
  BLOB_CORRUPT: {
    vi: 'Tệp đã lưu bị thay đổi.',
    en: 'A stored file was changed where it lies.',
    act: 'The operator restores the file from the backup (or an older version in the bucket) and looks for the cause.',
  },
};

/** `true` for each code, so that a code added to the union does not compile here until it is listed. */
const BUS_CODES: Readonly<Record<BusErrorCode, true>> = {
  BUS_UNROUTABLE: true,
  BUS_CONFIRM_TIMEOUT: true,
  BUS_UNAVAILABLE: true,
  BUS_BLOCKED: true,
  BUS_CLOSED: true,
  BUS_TOO_LARGE: true,
  BUS_QUEUE_MISSING: true,
  BUS_TOPOLOGY_MISMATCH: true,
  BUS_ACCESS_REFUSED: true,
};

const BUS_ACTS: Readonly<Partial<Record<BusErrorCode, string>>> = {
  BUS_BLOCKED: 'Free disk or memory of the broker; publishing goes on by itself.',
  BUS_TOPOLOGY_MISMATCH: 'Remove or rename the queue or exchange that has other settings, then start again.',
  BUS_ACCESS_REFUSED: 'Correct account, virtual host and permissions in `AMQP_URL`.',
  BUS_TOO_LARGE: 'A fault of ours: report it.',
};

/** Reasons that stand on a delivery, dossier or OCR job and are no thrown error. */
const REASONS: readonly Entry[] = [
  ...Object.entries(DELIVERY_REASONS).map(([code, { vi, en, act }]) => ({
    code,
    vi,
    en,
    act: `${act.vi}<br>${act.en}`,
  })),
  {
    code: 'RESULT_NOT_VERIFIED',
    vi: 'Chữ ký trên kết quả của bộ không được xác nhận là hợp lệ.',
    en: "The signatures of a ministry's result are not TOTAL-PASSED.",
    act: 'Bring trust anchors and CRLs up to date (asked again by itself), or ask the ministry for a correct paper.',
  },
  {
    code: 'OCR_GAVE_UP',
    vi: 'Nhận dạng đã thử nhiều lần không thành.',
    en: 'Recognition was tried several times and ended each time.',
    act: 'Check the file; send it again as another format.',
  },
  {
    code: 'CONFIG_INVALID',
    vi: 'Cấu hình sai.',
    en: 'The configuration is wrong.',
    act: 'Correct every setting named; `lienthong config check` lists them. Exit code 78.',
  },
];

const KIND_ACTS = {
  rejected: 'Correct the file and send it again.',
  unavailable: 'Try again later.',
  cancelled: 'Nothing: it was asked for.',
} as const;

function signingAct(code: string): string {
  if (code.startsWith('KEY_')) return 'The holder checks key file, passphrase and kind of key.';
  if (code.startsWith('SIGNER_'))
    return 'Sign with a certificate that is in force, its revocation lists at hand.';
  if (code.startsWith('TSA_')) return 'Check the time-stamping service, then sign again.';
  if (/^(CRL|OCSP|CERTIFICATE|POLICY)_/.test(code))
    return 'The operator replaces the file in the trust folder.';
  return 'Correct the file or the options and try again.';
}

function sections(): Section[] {
  return [
    {
      title: 'Answers of the HTTP API',
      intro:
        'The `code` of `application/problem+json` (RFC 9457). Faults of single fields stand in `errors[]`, each with its own code and path.',
      factsTitle: 'HTTP',
      entries: Object.entries(PROBLEMS)
        .filter(([code]) => code !== 'STORE' && code !== 'BLOBS')
        .map(([code, row]) => ({
          code,
          vi: row.vi,
          en: row.en,
          facts: String(row.status),
          act: PROBLEM_ACTS[code as keyof typeof PROBLEMS],
        })),
    },
    {
      title: 'Store',
      intro: `Over HTTP ${PROBLEMS.STORE.status} with \`Retry-After\` (BLOB_TOO_LARGE: 413).`,
      entries: STORE_ERROR_CODES.map((code) => ({ code, ...STORE_ROWS[code] })),
    },
    {
      title: 'Reasons on deliveries, dossiers and jobs',
      intro:
        'Shown beside the state and on the timeline. A delivery also carries the codes of counterparties below.',
      entries: REASONS,
    },
    {
      title: 'Counterparties',
      intro:
        'Why a counterparty did not take something (`reason.code` of a delivery). Retryable ones are tried again by themselves; the others are parked for a person.',
      factsTitle: 'tried again',
      entries: Object.entries(CONNECTOR_ERRORS).map(([code, row]) => ({
        code,
        vi: row.vi,
        en: row.en,
        facts: row.retryable ? 'yes' : 'no',
        act: `${actionFor(code).vi}<br>${actionFor(code).en}`,
      })),
    },
    {
      title: 'Broker',
      intro:
        'Seen in logs and `/readyz`. Accepting goes on: what is durable is published when the broker is back.',
      factsTitle: 'tried again',
      entries: (Object.keys(BUS_CODES) as BusErrorCode[]).map((code) => {
        const { vi, en, retryable } = new BusError(code);
        return {
          code,
          vi,
          en,
          facts: retryable ? 'yes' : 'no',
          act: BUS_ACTS[code] ?? 'Nothing; look at the broker when it lasts.',
        };
      }),
    },
    {
      title: 'Packages',
      intro:
        'Why a package cannot be read or built. Over HTTP 422, in `errors[]` of PACKAGE_INVALID, with line and column. Faults of the content have the codes of the national axis (`N.…` missing, `M.…` malformed, `R.…` not real, with the path of the field).',
      entries: PACKAGE_ERROR_CODES.map((code) => {
        const { vi, en } = new PackageError(code);
        return { code, vi, en, act: 'The sending software corrects the package.' };
      }),
    },
    {
      title: 'Signing',
      intro:
        'Why something could not be signed, or read as a signed file at all. Over HTTP 422. A bad signature is no error: it is a verdict.',
      entries: SIGNING_ERROR_CODES.map((code) => {
        const { vi, en } = new SigningError(code);
        return { code, vi, en, act: signingAct(code) };
      }),
    },
    {
      title: 'OCR',
      intro: 'Why a scan could not be read (`reason.code` of a job; exit code 65 of `lienthong ocr`).',
      entries: Object.entries(OCR_ERRORS).map(([code, row]) => ({
        code,
        vi: row.vi,
        en: row.en,
        act: KIND_ACTS[row.kind],
      })),
    },
  ];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function renderSection({ title, intro, factsTitle, entries }: Section): string {
  const head = ['code', ...(factsTitle === undefined ? [] : [factsTitle]), 'nghĩa / meaning', 'what to do'];
  const rows = entries.map(({ code, facts, vi, en, act }) => [
    `\`${code}\``,
    ...(factsTitle === undefined ? [] : [facts ?? '']),
    `${vi}<br>${en}`,
    act,
  ]);
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`);
  return `## ${title}\n\n${intro}\n\n${lines.join('\n')}\n`;
}

/** The whole page. */
export function renderErrorsPage(): string {
  const head = `# Mã lỗi / error codes\n\nMade by \`scripts/errors-doc.ts\` from the tables of the code; a test keeps them equal. Do not edit by hand.\n`;
  return [head, ...sections().map(renderSection)].join('\n');
}

/** Every code on the page. */
export function documentedCodes(): string[] {
  return sections().flatMap((section) => section.entries.map((entry) => entry.code));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--write')) writeFileSync(ERRORS_PAGE, renderErrorsPage());
  else process.stdout.write(renderErrorsPage());
}
