/** Document time-stamps (ISO 32000-2 §12.8.5; ETSI EN 319 142-1 §5.4.3): an update whose hole holds a token over the whole file. */
import type { SigningDigest, TimestampAuthority } from '../../ports.ts';
import { listFields } from '../form.ts';
import { emptyAppearance, wantsAppearance } from '../pdf-a.ts';
import type { PdfDocument } from '../syntax/document.ts';
import { listPages } from '../syntax/pages.ts';
import { array, dict, name, type PdfValue, ref } from '../syntax/values.ts';
import { allocate } from '../syntax/write.ts';
import { fillContainer } from './container.ts';
import { added, addField, newUpdate, WIDGET_FLAGS } from './fields.ts';
import { measured, tokenRoom } from './token-size.ts';

function freeName(document: PdfDocument): string {
  const taken = new Set(listFields(document).map((field) => field.name));
  let count = 1;
  while (taken.has(`DauThoiGian${count}`)) count += 1;
  return `DauThoiGian${count}`;
}

/**
 * The update that stamps the document as it stands.
 * @throws SigningError what the authority throws, SIGNING_CONTAINER_TOO_SMALL
 */
export async function documentTimestamp(
  document: PdfDocument,
  authority: TimestampAuthority,
  digest: SigningDigest,
): Promise<Uint8Array> {
  const update = newUpdate(document);
  const stamp = allocate(update.counter);
  const entries = {
    Type: name('DocTimeStamp'),
    Filter: name('Adobe.PPKLite'),
    SubFilter: name('ETSI.RFC3161'),
  };
  update.changes.set(stamp.num, dict(entries));
  const [page] = listPages(document);
  const widget: Record<string, PdfValue> = { F: WIDGET_FLAGS, Rect: array(0, 0, 0, 0) };
  if (wantsAppearance(document, undefined)) widget['AP'] = emptyAppearance((value) => added(update, value));
  if (page?.num !== undefined && page.num !== null) widget['P'] = ref(page.num);
  addField(
    update,
    { name: freeName(document), existing: null },
    stamp,
    widget,
    page?.num == null ? undefined : page,
  );
  return fillContainer(document, update.changes, stamp.num, tokenRoom(authority), (pieces) =>
    measured(authority).timestamp(pieces, digest),
  );
}
