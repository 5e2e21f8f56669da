// A page that is read anew each second and after each press (see become.js), so that a reload,
// another window or a service that was away shows it as it is. The page's own script has a function
// `show(fresh)`, which takes over what is new.
"use strict";
const said = document.getElementById("said");
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

async function look() {
  const response = await fetch(location.href, { signal: AbortSignal.timeout(PATIENCE) });
  if (!response.ok) throw new Error(response.status);
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  if (away) {
    away = false;
    document.body.classList.remove("away");
    for (const each of document.querySelectorAll("button")) each.removeAttribute("aria-disabled");
    say("");
  }
  show(fresh);
}

// One look after another; a press asks for one that begins after it.
function lookAnew() {
  looking = (looking || Promise.resolve()).then(look).catch(goAway);
  return looking;
}

function goAway() {
  away = true;
  document.body.classList.add("away");
  for (const each of document.querySelectorAll("button")) each.setAttribute("aria-disabled", "true");
  say(said.dataset.away, true);
}

async function keepLooking() {
  if (!document.hidden) await lookAnew();
  setTimeout(keepLooking, LOOK_EVERY);
}

// Sends what a button orders, and says what came of it; `take` takes an answer that has a content.
async function send(button, path, body, take = null) {
  const { method, done } = button.dataset;
  button.setAttribute("aria-busy", "true");
  say("");
  try {
    const response = await fetch(path, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body || undefined,
    });
    if (response.ok) {
      if (take && response.status !== 204) take(await response.json());
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

function isPressable(button) {
  return button?.dataset.path && button.ariaBusy !== "true" && button.ariaDisabled !== "true";
}

document.addEventListener("visibilitychange", () => { if (!document.hidden) lookAnew(); });
setTimeout(keepLooking, LOOK_EVERY);
