// The practice: the page is read anew each second and after each press (see become.js), so that a
// reload, another window or a service that was away shows it as it is.
"use strict";
const said = document.getElementById("said");
const main = document.getElementById("practice");
const LOOK_EVERY = 1000;
const PATIENCE = 4000;
const SAID_FOR = 6000;
let away = false;
let looking = null;
let quieten = 0;

function say(text, stays) {
  said.textContent = text;
  clearTimeout(quieten);
  if (!stays && text) quieten = setTimeout(() => { said.textContent = ""; }, SAID_FOR);
}

// The address names the exercise, so that the page can tell when it is not there any more.
function nameExercise() {
  const { exercise, lang } = main.dataset;
  const here = new URL(location.href);
  if (!exercise || here.searchParams.get("exercise") === exercise) return;
  history.replaceState(null, "", `/practice?lang=${lang}&exercise=${exercise}`);
}

async function look() {
  const response = await fetch(location.href, { signal: AbortSignal.timeout(PATIENCE) });
  if (!response.ok) throw new Error(response.status);
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  const lost = document.activeElement?.id;
  become(main, fresh.getElementById("practice"));
  if (lost && document.activeElement === document.body) document.getElementById(lost)?.focus();
  become(document.querySelector("header"), fresh.querySelector("header"));
  if (away) {
    away = false;
    for (const each of document.querySelectorAll("button")) each.removeAttribute("aria-disabled");
    say("");
  }
}

function lookAnew() {
  looking = (looking || Promise.resolve()).then(look).catch(goAway);
  return looking;
}

function goAway() {
  away = true;
  for (const each of document.querySelectorAll("button")) each.setAttribute("aria-disabled", "true");
  say(said.dataset.away, true);
}

async function keepLooking() {
  if (!document.hidden) await lookAnew();
  setTimeout(keepLooking, LOOK_EVERY);
}

// --- presses ---

function orderOf(button) {
  const resets = document.getElementById("reset")?.checked || false;
  if (button.id === "start-own") {
    const entries = [...document.querySelectorAll(".comes:checked")].map((box) => ({
      Person: box.value,
      Outage: box.closest("tr").querySelector("select").value || null,
    }));
    return entries.length ? JSON.stringify({ Entries: entries, Reset: resets }) : null;
  }
  const { body } = button.dataset;
  if (!("begins" in button.dataset)) return body;
  return JSON.stringify({ ...JSON.parse(body), Reset: resets });
}

async function send(button) {
  const { method, path, done, none } = button.dataset;
  const body = orderOf(button);
  if (body === null) {
    say(none, true);
    return;
  }
  button.setAttribute("aria-busy", "true");
  say("");
  try {
    const response = await fetch(path, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body || undefined,
    });
    if (response.ok) {
      if (response.status !== 204) {
        main.dataset.exercise = (await response.json()).Exercise;
        nameExercise();
      }
      say(done || "");
    } else {
      const problem = await response.json();
      const detail = problem.detail ? `${problem.title} ${problem.detail}` : problem.title;
      say(document.documentElement.lang === "ja" ? problem.japanese : detail, true);
    }
  } catch {
    say(said.dataset.lost, true);
  }
  await lookAnew();
  button.removeAttribute("aria-busy");
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.id === "print") print();
  if (!button.dataset.path || button.ariaBusy === "true" || button.ariaDisabled === "true") return;
  send(button);
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
  if (typing || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key.toLowerCase() === "n" && !event.repeat) document.getElementById("next")?.click();
});

document.addEventListener("visibilitychange", () => { if (!document.hidden) lookAnew(); });
nameExercise();
setTimeout(keepLooking, LOOK_EVERY);
