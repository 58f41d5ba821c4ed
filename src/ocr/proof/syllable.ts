/** Whether letters can be a Vietnamese syllable: initial, rhyme and tone by the rules of quốc ngữ spelling. */

const INITIALS = 'ngh,ng,nh,gh,gi,kh,ph,th,tr,ch,qu,b,c,d,đ,g,h,k,l,m,n,p,r,s,t,v,x,'.split(',');

/** Rhymes without tone marks. */
const RHYMES = new Set(
  `a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
  e ec em en eng eo ep et ê êch êm ên ênh êp êt êu i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu
  o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong ooc oong op ot
  ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt
  u ua uân uâng uât uây uc uê uêch uênh ui um un ung uôc uôi uôm uôn uông uôt up ut uơ uy uya uych uyên uyêt uynh uyp uyt uyu
  ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu y yêm yên yêng yêt yêu ych ynh yt`.split(/\s+/),
);

const TONES = /[\u0300\u0301\u0303\u0309\u0323]/gu;
const ACUTE_OR_DOT = /[\u0301\u0323]/u;
/** Before these, c, g and ng are written k, gh and ngh. */
const FRONT = /^[eêiy]/u;

function fits(initial: string, rhyme: string): boolean {
  if (!RHYMES.has(rhyme)) return false;
  if (initial === 'k' || initial === 'gh' || initial === 'ngh') return FRONT.test(rhyme);
  if (initial === 'c' || initial === 'ng') return !FRONT.test(rhyme);
  if (initial === 'g') return !/^[eêy]/u.test(rhyme);
  if (initial === 'qu') return !/^[uưoô]/u.test(rhyme) || rhyme === 'ôc';
  return true;
}

/**
 * Whether `letters` (any case, no punctuation) can be one Vietnamese syllable. Foreign words and abbreviations cannot;
 * that a syllable is possible does not mean it is the one on the paper.
 */
export function isVietnameseSyllable(letters: string): boolean {
  const marked = letters.toLocaleLowerCase('vi').normalize('NFD');
  const tones = marked.match(TONES) ?? [];
  if (tones.length > 1) return false;
  const bare = marked.replace(TONES, '').normalize('NFC');
  // A syllable that ends in a stop bears the acute or the dot: `học`, `sách`, never `hoc`.
  if (/(c|ch|p|t)$/u.test(bare) && !ACUTE_OR_DOT.test(tones[0] ?? '')) return false;
  return INITIALS.some((initial) => bare.startsWith(initial) && fits(initial, bare.slice(initial.length)));
}
