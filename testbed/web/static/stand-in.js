// The page of the stand-ins follows the reader: what has changed is shown within a second, and
// nothing else jumps. It is a page of its own: the panel's script needs what only the panel has.
"use strict";
const FOLLOW_EVERY = 700;
const PATIENCE = 3000;
const said = document.getElementById("said");
const shown = document.querySelector("[data-follow]");
let was = shown.innerHTML; // as it was sent: what changed before the first look is shown by that
let sending = false;
let away = false;

async function look() {
  try {
    const answer = await fetch(location.href, { signal: AbortSignal.timeout(PATIENCE) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.querySelector("[data-follow]")?.innerHTML;
    if (!answer.ok || now === undefined) throw new Error(answer.status);
    if (now !== was) shown.innerHTML = was = now;
    if (away) said.textContent = "";
    away = false;
  } catch {
    away = true;
    said.textContent = said.dataset.away;
  }
}

async function keepLooking() {
  if (!sending) await look();
  setTimeout(keepLooking, FOLLOW_EVERY);
}

async function send({ method, path, body }) {
  const headers = body ? { "Content-Type": "application/json" } : {};
  try {
    const answer = await fetch(path, { method, headers, body: body || undefined });
    const problem = answer.ok ? null : await answer.json();
    if (!problem) said.textContent = "";
    else if (document.documentElement.lang === "ja") said.textContent = problem.japanese;
    else said.textContent = [problem.title, problem.detail].filter(Boolean).join(" ");
  } catch {
    said.textContent = said.dataset.lost;
  }
}

shown.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-path]");
  if (!button || sending) return;
  sending = true;
  for (const each of shown.querySelectorAll("button")) each.disabled = true;
  await send(button.dataset);
  was = "";
  await look();
  sending = false;
});
keepLooking();
