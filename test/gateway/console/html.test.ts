import { expect } from 'chai';
import fc from 'fast-check';
import { element, escapeHtml, html } from '../../../src/gateway/console/html.ts';

describe('console html', () => {
  it('writes values as text, whatever they hold', () => {
    const name = `<img src=x onerror="alert(1)">'&\``;

    const made = html`<p title="${name}">${name}</p>`;

    const escaped = '&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&#39;&amp;&#96;';
    expect(made.markup).to.equal(`<p title="${escaped}">${escaped}</p>`);
  });

  it('keeps markup it made itself and leaves nothing for null, undefined and false', () => {
    expect(
      html`<ul>${[html`<li>${1}</li>`, html`<li>${'a<b'}</li>`]}${null}${undefined}${false}</ul>`.markup,
    ).to.equal('<ul><li>1</li><li>a&lt;b</li></ul>');
  });

  it('shows marks that turn the direction of text instead of obeying them', () => {
    expect(escapeHtml('hoso\u202efdp.exe\u0000')).to.equal('hoso\ufffdfdp.exe\ufffd');
  });

  it('never lets a value open a tag, an attribute or an entity of its own', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const text = escapeHtml(value);
        return !/[<>"'`]/.test(text) && !text.replace(/&(amp|lt|gt|quot|#39|#96);/g, '').includes('&');
      }),
    );
  });

  it('refuses elements and attributes that can run something', () => {
    expect(() => element('img src=x', {})).to.throw(TypeError);
    expect(() => element('a', { onclick: 'x()' })).to.throw(TypeError);
    expect(() => element('a', { 'href x': '' })).to.throw(TypeError);
  });
});
