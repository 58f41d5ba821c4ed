/** RFC 3161 time-stamps: check of tokens, and the client that asks for them. */
export { checkTimestamp, type TimestampTrust, type TimestampVerdict } from './check.ts';
export { createTsaClient, type TsaClient, type TsaClientOptions, type TsaFetch } from './client.ts';
export { coversData, parseTimestampToken, type TimestampToken, tokenOfResponse } from './token.ts';
