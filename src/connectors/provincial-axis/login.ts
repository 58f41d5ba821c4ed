import { z } from 'zod';
import { codeOfStatus, createHttp, type HttpOptions, readJson } from '../http.ts';
import { type Authorization, holdToken } from '../lgsp-token.ts';

/** The account of a provincial axis that wants a login beside the system's id and key (Lạng Sơn, since May 2026). */
export interface ProvincialLoginOptions extends Omit<HttpOptions, 'authorization'> {
  /** That of the axis, without trailing slash; `/v1/auth/login` is added. */
  baseUrl: string;
  username: string;
  password: string;
  /** Given out with the account. */
  applicationCode: string;
  now?: () => Date;
}

/** Tokens end after 30 minutes; the answer does not say so. */
const LIFE_MS = 30 * 60_000;

const token = z.string().min(1).max(8192);
/** `{code, message, data: {token}}`; an older generation has the token at the top. A refusal may come with HTTP 200. */
const loginAnswer = z.object({
  token: token.nullish(),
  data: z.object({ token: token.nullish() }).nullish().catch(null),
  message: z.string().nullish().catch(null),
});

/** Logs in and keeps the token for the axis' other calls, as {@link HttpOptions.authorization}. Throws ConnectorError. */
export function createProvincialLogin(options: ProvincialLoginOptions): Authorization {
  const { baseUrl, username, password, applicationCode, now = () => new Date() } = options;
  const http = createHttp('provincial-axis', options);
  const operation = 'auth/login';
  return holdToken(async () => {
    const account = {
      username,
      password,
      applicationCode,
      otp: null,
      twoFactorProvider: null,
      typeObjs: [0, 1],
    };
    const answer = await http.text({
      operation,
      method: 'POST',
      url: `${baseUrl.replace(/\/+$/, '')}/v1/auth/login?allow_anonymous=true`,
      headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
      body: JSON.stringify(account),
    });
    const { status } = answer;
    if (status === 400) throw http.fail('CONNECTOR_AUTH_FAILED', operation, { status });
    if (status >= 300) throw http.fail(codeOfStatus(status), operation, { status });
    const { token: atTop, data, message } = readJson(http, operation, answer, loginAnswer);
    const given = data?.token ?? atTop;
    if (given) return { header: `Bearer ${given}`, lifeMs: LIFE_MS };
    throw http.fail('CONNECTOR_AUTH_FAILED', operation, { status, remoteMessage: message ?? 'no token' });
  }, now);
}
