/** The table of settings: name, environment variable, schema, default and meaning of each. `config.ts` reads them. */
import { z } from 'zod';
import { DOSSIER_SETTINGS } from '../counterparties/settings.ts';
import { parseDays } from '../deadlines/index.ts';
import { LEVEL_SETTINGS } from '../levels/settings.ts';
import { PKI_SETTINGS } from '../pki/settings.ts';
import { BUS_SETTINGS } from './bus.ts';
import { RETENTION_SETTINGS } from './retention.ts';
import { S3_SETTINGS } from './s3.ts';
import { address, count, flag, MIB, positive, setting, text, url } from './setting.ts';

function isDayList(days: string): boolean {
  try {
    parseDays(days);
    return true;
  } catch {
    return false;
  }
}

/** The settings table. Units are in the names or the meaning. */
export const SETTINGS = {
  dataDir: setting('LIENTHONG_DATA', text, './data', 'folder of the embedded store, blobs, keys and trust'),
  host: setting('LIENTHONG_HOST', text, '127.0.0.1', 'address to listen on'),
  port: setting(
    'LIENTHONG_PORT',
    z.coerce.number().int().min(0).max(65535),
    8080,
    'port to listen on; 0 picks a free one',
  ),
  publicUrl: setting(
    'LIENTHONG_PUBLIC_URL',
    url,
    '',
    'address others reach us at, used in claim checks; default http://host:port',
  ),
  trustProxy: setting(
    'LIENTHONG_TRUST_PROXY',
    text,
    '',
    'addresses of our own proxies (loopback, a list, or a subnet) whose X-Forwarded-For is believed; empty: none',
  ),
  logLevel: setting(
    'LIENTHONG_LOG_LEVEL',
    z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']),
    'info',
    'least level logged',
  ),
  ...BUS_SETTINGS,
  databaseUrl: setting(
    'DATABASE_URL',
    address('postgres', 'postgresql'),
    '',
    'PostgreSQL address; empty: embedded SQLite',
    true,
  ),
  ...S3_SETTINGS,
  databasePool: setting('LIENTHONG_DATABASE_POOL', positive, 16, 'PostgreSQL connections'),
  workingHours: setting(
    'LIENTHONG_WORKING_HOURS',
    z.string().regex(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/, 'e.g. 07:30-17:00'),
    '07:30-17:00',
    'working hours of the agencies, Vietnam time; the legal clock of documents runs by them',
  ),
  holidays: setting(
    'LIENTHONG_HOLIDAYS',
    z.string().refine(isDayList, 'e.g. 2027-02-05,2027-02-08..2027-02-10,+2027-02-13'),
    '',
    'days off as announced, beside the public holidays we know; a range with .., a day worked instead with +',
  ),
  urgentMinutes: setting(
    'LIENTHONG_URGENT_MINUTES',
    positive,
    30,
    'how long an urgent document (Khẩn to Hoả tốc) may wait to be sent before it counts as late',
  ),
  deadlineWarnMinutes: setting(
    'LIENTHONG_DEADLINE_WARN_MINUTES',
    positive,
    60,
    'how long before its limit a document is shown as nearly late',
  ),
  centreCode: setting(
    'LIENTHONG_CENTRE_CODE',
    text,
    '00.53.W00',
    'our integration centre in TraceHeader (QCVN 102 §2)',
  ),
  maxPackageBytes: setting(
    'LIENTHONG_MAX_PACKAGE_BYTES',
    positive,
    1536 * MIB,
    'largest package accepted, bytes on the wire',
  ),
  maxFileBytes: setting(
    'LIENTHONG_MAX_FILE_BYTES',
    positive,
    256 * MIB,
    'largest single file taken for signing, verification or OCR, bytes',
  ),
  publicVerifyBytes: setting(
    'LIENTHONG_PUBLIC_VERIFY_BYTES',
    count,
    20 * MIB,
    'largest file verified without a token, bytes; 0 closes it',
  ),
  uploadConcurrency: setting(
    'LIENTHONG_UPLOAD_CONCURRENCY',
    positive,
    64,
    'uploads taken in at the same time; more get 503',
  ),
  diskReserveMb: setting(
    'LIENTHONG_DISK_RESERVE_MB',
    count,
    256,
    'free space of the data folder, MiB, below which nothing more is taken in (503) and only work under way goes on; 0: no reserve',
  ),
  requestTimeoutSeconds: setting(
    'LIENTHONG_REQUEST_TIMEOUT_SECONDS',
    positive,
    600,
    'longest time one request may take to arrive',
  ),
  leaseSeconds: setting(
    'LIENTHONG_LEASE_SECONDS',
    positive,
    30,
    'how long a process owns work before another may take it',
  ),
  redriveSeconds: setting(
    'LIENTHONG_REDRIVE_SECONDS',
    positive,
    120,
    'queued work not seen for this long is published again',
  ),
  maxAttempts: setting(
    'LIENTHONG_MAX_ATTEMPTS',
    positive,
    12,
    'attempts of one delivery before it is parked for a person',
  ),
  retryRungsSeconds: setting(
    'LIENTHONG_RETRY_RUNGS_SECONDS',
    z.string().regex(/^ *[1-9]\d{0,6} *(, *[1-9]\d{0,6} *)*$/, 'whole seconds, comma separated'),
    '10,60,300,1800,7200',
    'retry ladder, seconds, comma separated',
  ),
  deliverConcurrency: setting(
    'LIENTHONG_DELIVER_CONCURRENCY',
    positive,
    16,
    'deliveries at the same time per counterparty and urgency',
  ),
  takeInConcurrency: setting(
    'LIENTHONG_TAKE_IN_CONCURRENCY',
    positive,
    16,
    'arrivals fetched from one axis at the same time; no more than its own limit in LIENTHONG_COUNTERPARTY_LIMITS',
  ),
  direct: setting(
    'LIENTHONG_DIRECT',
    flag,
    true,
    'small packages go on in the process that took them in, without the way over the broker; false when others bind queues of their own beside ours',
  ),
  processConcurrency: setting(
    'LIENTHONG_PROCESS_CONCURRENCY',
    positive,
    16,
    'packages checked and verified at the same time',
  ),
  counterpartyLimits: setting(
    'LIENTHONG_COUNTERPARTY_LIMITS',
    z
      .string()
      .regex(
        /^ *$|^ *[a-z][a-z0-9-]*=[0-9.]+\/s(:\d+)? *(, *[a-z][a-z0-9-]*=[0-9.]+\/s(:\d+)? *)*$/,
        'e.g. vxp=20/s:4,provincial=5/s (0/s: no limit)',
      ),
    '',
    'deliveries a second and at a time, by system: vxp=20/s:4,provincial=5/s; empty: no rate limit',
  ),
  breakerFailures: setting(
    'LIENTHONG_BREAKER_FAILURES',
    positive,
    5,
    'deliveries that fail in a row before a counterparty is left alone',
  ),
  breakerSeconds: setting(
    'LIENTHONG_BREAKER_SECONDS',
    z.coerce.number().positive(),
    30,
    'how long it is left alone at first; doubled up to 30 times as long while it stays away',
  ),
  pollSeconds: setting(
    'LIENTHONG_POLL_SECONDS',
    z.coerce.number().positive(),
    5,
    'how often axes and ministries are asked for news',
  ),
  counterpartyTimeoutSeconds: setting(
    'LIENTHONG_COUNTERPARTY_TIMEOUT_SECONDS',
    positive,
    60,
    'longest wait for a counterparty',
  ),
  shutdownSeconds: setting(
    'LIENTHONG_SHUTDOWN_SECONDS',
    positive,
    10,
    'longest time to finish or hand back work on SIGTERM',
  ),
  workerThreads: setting(
    'LIENTHONG_WORKER_THREADS',
    count,
    0,
    'threads for signing and verification; 0: cores - 1, at least 1',
  ),
  ocrJobs: setting('LIENTHONG_OCR_JOBS', count, 0, 'pages read at the same time; 0: at most 2'),
  ocrTimeoutSeconds: setting('LIENTHONG_OCR_TIMEOUT_SECONDS', positive, 1800, 'longest time for one dossier'),
  ocrEngine: setting(
    'LIENTHONG_OCR_ENGINE',
    z.enum(['tesseract.js', 'native']),
    'tesseract.js',
    'recogniser: the one inside, or a program of the operator (half as fast again)',
  ),
  ocrTesseract: setting(
    'LIENTHONG_OCR_TESSERACT',
    text,
    '/usr/bin/tesseract',
    'the program of LIENTHONG_OCR_ENGINE=native, version 5 or newer',
  ),
  ocrDossiers: setting(
    'LIENTHONG_OCR_DOSSIERS',
    positive,
    2,
    'dossiers open at the same time, besides one urgent one; each takes up to 640 MB',
  ),
  ocrMaxPages: setting('LIENTHONG_OCR_MAX_PAGES', positive, 500, 'pages of one dossier'),
  keysFile: setting(
    'LIENTHONG_KEYS_FILE',
    text,
    '',
    'JSON list of signing keys; default DATA/keys/keys.json',
  ),
  trustDir: setting(
    'LIENTHONG_TRUST_DIR',
    text,
    '',
    'folder with trust/, intermediates/, crl/; default DATA/trust',
  ),
  ...PKI_SETTINGS,
  ...LEVEL_SETTINGS,
  signingPlugin: setting(
    'LIENTHONG_SIGNING_PLUGIN',
    text,
    '',
    'script of the signing plugin’s maker (vgcaplugin.js) for the officers’ page; empty: none',
  ),
  signingPluginAddresses: setting(
    'LIENTHONG_SIGNING_PLUGIN_ADDRESSES',
    z
      .string()
      .regex(
        /^((https?|wss?):\/\/(127\.0\.0\.1|localhost)(:\d{1,5})?[ ,]*)*$/,
        'addresses on the reader’s own machine',
      ),
    'wss://127.0.0.1:8987',
    'where that script finds the plugin on the officer’s machine; allowed by the page’s content security policy',
  ),
  vxpUrl: setting('LIENTHONG_VXP_URL', url, '', 'national document axis, …/XrdAdapter/adapter'),
  vxpSystemId: setting('LIENTHONG_VXP_SYSTEM_ID', text, '', 'our system id on the national axis'),
  vxpSecret: setting('LIENTHONG_VXP_SECRET', text, '', 'shared secret of the national axis', true),
  vxpWireOrder: setting(
    'LIENTHONG_VXP_WIRE_ORDER',
    z.enum(['vxp', 'qcvn']),
    'vxp',
    'how packages for the national axis are written: as its library does, or as the clauses of QCVN 102 go',
  ),
  directorySyncHours: setting(
    'LIENTHONG_DIRECTORY_SYNC_HOURS',
    count,
    24,
    "how often the national axis' directory of agencies is taken over; 0: only by command",
  ),
  vxpWindowSeconds: setting(
    'LIENTHONG_VXP_WINDOW_SECONDS',
    positive,
    300,
    'how far the clock of a document system that speaks VXP to us may be off',
  ),
  vxpZones: setting(
    'LIENTHONG_VXP_ZONES',
    z.string().regex(/^ *[+-]\d\d:\d\d *(, *[+-]\d\d:\d\d *)*$/, 'zones like +07:00, comma separated'),
    '+07:00,+00:00',
    'zones their SDK may write its local time in',
  ),
  vxpCheck: setting(
    'LIENTHONG_VXP_CHECK',
    z.enum(['strict', 'lenient']),
    'strict',
    'packages of document systems that speak VXP to us: strict refuses every fault; lenient, as the axis does, only what cannot be delivered, and tells the rest on the timeline',
  ),
  provincialUrl: setting('LIENTHONG_PROVINCIAL_URL', url, '', 'provincial document axis'),
  provincialSystemId: setting(
    'LIENTHONG_PROVINCIAL_SYSTEM_ID',
    text,
    '',
    'our system id on the provincial axis',
  ),
  provincialSecret: setting(
    'LIENTHONG_PROVINCIAL_SECRET',
    text,
    '',
    'secret key of the provincial axis',
    true,
  ),
  provincialUsername: setting(
    'LIENTHONG_PROVINCIAL_USERNAME',
    text,
    '',
    'account of an LGSP axis that wants a login beside id and key; empty: it wants none',
  ),
  provincialPassword: setting('LIENTHONG_PROVINCIAL_PASSWORD', text, '', 'password of that account', true),
  provincialApplicationCode: setting(
    'LIENTHONG_PROVINCIAL_APPLICATION_CODE',
    text,
    '',
    'application code given out with that account',
  ),
  provincialDriver: setting(
    'LIENTHONG_PROVINCIAL_DRIVER',
    z.enum(['lgsp', 'edoc']),
    'lgsp',
    'what the provincial axis speaks: the LGSP document API, or the eDoc REST service',
  ),
  provincialWireOrder: setting(
    'LIENTHONG_PROVINCIAL_WIRE_ORDER',
    z.enum(['vxp', 'qcvn']),
    'vxp',
    'how packages for the provincial axis are written; LGSP axes in the manner of Lạng Sơn write qcvn',
  ),
  ...DOSSIER_SETTINGS,
  insecureCookies: setting(
    'LIENTHONG_INSECURE_COOKIES',
    flag,
    false,
    'session cookies without Secure, for plain http on loopback',
  ),
  ...RETENTION_SETTINGS,
  crashAt: setting('LIENTHONG_CRASH_AT', text, '', 'test only: SIGKILL ourselves at this named point'),
} as const;
