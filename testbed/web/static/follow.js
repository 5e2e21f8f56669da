// The page follows the reader: what has changed is shown within a second, and nothing jumps else.
"use strict";
const FOLLOW_EVERY = 700;

async function follow() {
  const shown = document.querySelector("[data-follow]");
  try {
    const answer = await fetch(location.href, { signal: AbortSignal.timeout(1500) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.querySelector("[data-follow]");
    if (answer.ok && now && !sending && now.innerHTML !== shown.dataset.was) {
      if (shown.dataset.was !== undefined) shown.innerHTML = now.innerHTML;
      shown.dataset.was = now.innerHTML;
    }
  } catch {
    // That the service is away is told by the panel's own look.
  }
  setTimeout(follow, FOLLOW_EVERY);
}
follow();
