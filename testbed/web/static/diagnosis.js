// Looks once more at a press; what is shown stays until the answer is there.
"use strict";
const again = document.getElementById("again");
const summary = document.getElementById("summary");
const found = document.getElementById("looked-at");
const PATIENCE = 30_000;

async function lookAgain() {
  if (again.ariaBusy === "true") return;
  again.ariaBusy = found.ariaBusy = "true";
  summary.textContent = again.dataset.busy;
  try {
    const response = await fetch(location.href, { signal: AbortSignal.timeout(PATIENCE) });
    if (!response.ok) throw new Error(response.status);
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    found.replaceChildren(...fresh.getElementById("looked-at").childNodes);
    summary.className = fresh.getElementById("summary").className;
    summary.replaceChildren(...fresh.getElementById("summary").childNodes);
  } catch {
    summary.className = "bad";
    summary.textContent = again.dataset.lost;
  }
  again.ariaBusy = found.ariaBusy = "false";
}

again.addEventListener("click", lookAgain);
document.getElementById("print").addEventListener("click", () => print());
