/** Settings of verification: what follows from a verdict, whom to trust, and the way out to certificate authorities. */
import { z } from 'zod';
import { count, flag, MIB, positive, setting } from '../settings/setting.ts';
import { isNetworkList } from './addresses.ts';
import { isHostList, readRewrites } from './hosts.ts';

/** Authorities every agency meets: the specialised CA of the Government Cipher Committee, and the national root (NEAC). */
const NATIONAL_PKI_HOSTS = 'ca.gov.vn,ocsp.ca.gov.vn,rootca.gov.vn,ocsp.vnpt-ca.vn';

/** Part of the settings table. */
export const PKI_SETTINGS = {
  verifyPolicy: setting(
    'LIENTHONG_VERIFY_INBOUND',
    z.enum(['accept', 'flag', 'hold', 'refuse']),
    'flag',
    'an inbound document with a file whose signature is not in order: accept, flag, hold for a person, or refuse with status 02; for agencies without a policy of their own (lienthong agencies policy)',
  ),
  verifyPackage: setting(
    'LIENTHONG_VERIFY_PACKAGE',
    z.enum(['accept', 'flag', 'hold', 'refuse']),
    'flag',
    'the same for the signature of the package itself',
  ),
  verifyThreshold: setting(
    'LIENTHONG_VERIFY_THRESHOLD',
    z.enum(['failed', 'unproven', 'unsigned']),
    'failed',
    'from which fault on these two take effect: a failed signature; also one not proved valid; also no signature at all',
  ),
  trustSets: setting(
    'LIENTHONG_TRUST_SETS',
    z.string().regex(/^[a-z0-9-]*( *, *[a-z0-9-]+)*$/, 'names of trust sets, comma separated'),
    'public-service,public-ca',
    'trust sets that signatures may lead to (lienthong trust sets), comma separated',
  ),
  reportLinkDays: setting(
    'LIENTHONG_REPORT_LINK_DAYS',
    count,
    7,
    'days a verification report is kept when its link was asked for; 0: never kept',
  ),
  pkiHosts: setting(
    'LIENTHONG_PKI_HOSTS',
    z.string().refine(isHostList, 'hosts as name, name:port or *.suffix, comma separated'),
    NATIONAL_PKI_HOSTS,
    'hosts that may be asked for CRLs, OCSP answers and issuers, comma separated; empty: nothing is fetched',
  ),
  pkiPrivateAddresses: setting(
    'LIENTHONG_PKI_PRIVATE_ADDRESSES',
    z.string().refine(isNetworkList, 'addresses or networks such as 10.1.0.0/16, comma separated'),
    '',
    'private addresses these hosts may lead to (the specialised network), comma separated; empty: public ones only',
  ),
  pkiRewrites: setting(
    'LIENTHONG_PKI_REWRITES',
    z.string().refine((value) => readRewrites(value) !== null, 'old-host=new-host, comma separated'),
    '',
    'hosts that moved, old=new, comma separated; ocsp.ca.ptc=ocsp.ca.gov.vn is always there',
  ),
  pkiTimeoutSeconds: setting(
    'LIENTHONG_PKI_TIMEOUT_SECONDS',
    z.coerce.number().positive(),
    10,
    'longest wait for an OCSP answer, and for the next octets of a CRL',
  ),
  pkiMaxAgeSeconds: setting(
    'LIENTHONG_PKI_MAX_AGE_SECONDS',
    positive,
    3600,
    'a CRL or OCSP answer is asked for again after this long even while in force',
  ),
  pkiMaxCrlBytes: setting('LIENTHONG_PKI_MAX_CRL_BYTES', positive, 64 * MIB, 'largest CRL fetched, bytes'),
  pkiFetchIssuers: setting(
    'LIENTHONG_PKI_FETCH_ISSUERS',
    flag,
    false,
    'fetch issuers that a file leaves out, from the address in the certificate (authorityInfoAccess), if its host is allowed',
  ),
} as const;
