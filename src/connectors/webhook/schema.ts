import { z } from 'zod';

/** An address a webhook may have: http or https, no user name in it, no fragment. */
export const webhookUrl = z
  .url()
  .max(2000)
  .refine((text) => {
    // Checks go on after one has failed.
    if (!URL.canParse(text)) return false;
    const url = new URL(text);
    return /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' && url.hash === '';
  }, 'http(s) address without user name and fragment');
