#!/usr/bin/env node
/**
 * The program: sets what has to be set before Node reads its first module, then runs `cli.ts`. Files are written, synced and renamed
 * by libuv's threads, 4 unless told otherwise, and reading waits behind syncs there; more of them also let the disk take
 * several syncs in one go. An operator's own UV_THREADPOOL_SIZE stays. Not a module, since loading one starts those threads.
 */
process.env['UV_THREADPOOL_SIZE'] ??= '16';

void import('./cli.ts');
