// Of a page that is read anew only that changes which has become another: what somebody typed,
// opened, chose or scrolled to stays as it is.
"use strict";
const MINE = new Set(["open", "hidden", "aria-busy"]);
// A node is the same one where its element and its id are: it stays, with its focus.
const fits = (old, fresh) => old && old.nodeName === fresh.nodeName && (old.id || "") === (fresh.id || "");

function become(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !MINE.has(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !MINE.has(name)) old.setAttribute(name, value);
  }
  let at = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    let same = at;
    if (wanted.id) same = [...old.childNodes].find((one) => fits(one, wanted));
    if (fits(same, wanted)) {
      if (same !== at) old.insertBefore(same, at);
      else at = at.nextSibling;
      become(same, wanted);
    } else {
      old.insertBefore(document.importNode(wanted, true), at);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}
