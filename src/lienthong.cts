#!/usr/bin/env node
/**
 * The program: sets what has to be set before Node reads its first module, then runs `cli.ts`. Files are written, synced and renamed
 * by libuv's threads, 4 unless told otherwise, and reading waits behind syncs there; more of them also let the disk take
 * several syncs in one go. An operator's own UV_THREADPOOL_SIZE stays. Not a module, since loading one starts those threads.
 */
process.env['UV_THREADPOOL_SIZE'] ??= '16';
// Until the command says otherwise: one that is lost on the way must not look like one that was done (node(1) gives modules this code).
process.exitCode = 13;

void import('./cli.ts');
