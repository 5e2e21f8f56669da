// Each button names what it sends; afterwards the panel is read anew.
"use strict";
const said = document.getElementById("said");
const LOOK_EVERY = 1000;
const PATIENCE = 1500;
let away = false;
let sending = false;

function enable(enabled) {
  for (const each of document.querySelectorAll("button")) each.disabled = !enabled;
}

function goAway() {
  away = true;
  enable(false);
  said.textContent = said.dataset.away;
}

async function send(button) {
  sending = true;
  enable(false);
  const { method, path, body } = button.dataset;
  try {
    const response = await fetch(path, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body || undefined,
    });
    if (response.ok) {
      location.reload();
      return;
    }
    const problem = await response.json();
    const detail = problem.detail ? `${problem.title} ${problem.detail}` : problem.title;
    said.textContent = document.documentElement.lang === "ja" ? problem.japanese : detail;
  } catch {
    goAway();
  } finally {
    sending = false;
  }
  enable(!away);
}

// The service may end, or hang, while the page is open: that is told, and so is its return.
async function look() {
  try {
    const there = await fetch("/health", { signal: AbortSignal.timeout(PATIENCE) });
    if (!there.ok) throw new Error(there.status);
    if (away) {
      location.reload();
      return;
    }
  } catch {
    if (!sending) goAway();
  }
  setTimeout(look, LOOK_EVERY);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-path]");
  if (button) send(button);
});
setTimeout(look, LOOK_EVERY);
