// The page is read anew every two seconds; only what differs is put in its place, so that nothing
// moves under the finger: a part in which something is focused or marked stays as it is.
"use strict";
const LOOK_EVERY = 2000;
const PATIENCE = 5000;
const said = document.getElementById("said");
let away = false;

function isInUse(part) {
  if (part.contains(document.activeElement) && document.activeElement !== part) return true;
  const marked = document.getSelection();
  return marked && !marked.isCollapsed && part.contains(marked.anchorNode);
}

function takeOver(fresh) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const newer = fresh.getElementById(part.id);
    if (newer && newer.innerHTML !== part.innerHTML && !isInUse(part)) part.innerHTML = newer.innerHTML;
  }
}

function enable(enabled) {
  for (const each of document.querySelectorAll("button")) each.disabled = !enabled;
}

async function look() {
  if (!document.hidden) {
    try {
      const address = new URL(location.href);
      address.searchParams.delete("said");
      address.searchParams.delete("ms");
      const answer = await fetch(address, { signal: AbortSignal.timeout(PATIENCE) });
      if (!answer.ok) throw new Error(answer.status);
      takeOver(new DOMParser().parseFromString(await answer.text(), "text/html"));
      if (away) {
        away = false;
        said.textContent = "";
        said.classList.remove("bad");
        enable(true);
      }
    } catch {
      away = true;
      said.textContent = said.dataset.away;
      said.classList.add("bad");
      enable(false);
    }
  }
  setTimeout(look, LOOK_EVERY);
}

setTimeout(look, LOOK_EVERY);
