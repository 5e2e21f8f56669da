// The page is read anew each second, and after each press (see become.js).
"use strict";
const said = document.getElementById("said");
const search = document.getElementById("search");
const found = document.getElementById("found");
const slot = document.getElementById("slot");
const LIVE = ["persons", "clock", "readers", "disturbances", "services"];
const LOOK_EVERY = 1000;
const PATIENCE = 3000;
const SAID_FOR = 6000;
let away = false;
let looking = null;
let quieten = 0;

function say(text, stays) {
  said.textContent = text;
  clearTimeout(quieten);
  if (!stays && text) quieten = setTimeout(() => { said.textContent = ""; }, SAID_FOR);
}

// --- the page as it is now ---

async function look() {
  const response = await fetch(location.href, { signal: AbortSignal.timeout(PATIENCE) });
  if (!response.ok) throw new Error(response.status);
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const id of LIVE) become(document.getElementById(id), fresh.getElementById(id));
  if (away) {
    away = false;
    document.body.classList.remove("away");
    say("");
  }
  narrow();
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

// --- presses ---

async function send(button) {
  const { method, path, body, done } = button.dataset;
  button.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(path.replace("{slot}", slot.value), {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body || undefined,
    });
    if (response.ok) {
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
  const button = event.target.closest("button[data-path]");
  if (!button || button.ariaBusy === "true" || button.ariaDisabled === "true") return;
  send(button);
});

// --- who is shown ---

function folded(text) {
  return text.normalize("NFKC").toLowerCase()
    .replace(/[ぁ-ゖ]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) + 0x60));
}

function shown() {
  return [...document.querySelectorAll("#persons > li:not([hidden])")];
}

function narrow() {
  const words = folded(search.value).split(/\s+/).filter(Boolean);
  const people = [...document.querySelectorAll("#persons > li")];
  for (const one of people) {
    const hidden = !words.every((word) => one.dataset.sought.includes(word));
    if (one.hidden !== hidden) one.hidden = hidden;
  }
  const left = shown();
  for (const one of people) one.classList.toggle("first", words.length > 0 && one === left[0]);
  const text = left.length ? found.dataset.text.replace("{n}", left.length) : found.dataset.none;
  if (found.textContent !== text) found.textContent = text;
}

const buttonOf = (person) => person.querySelector("button.lay");

function step(event) {
  const people = shown();
  const here = people.findIndex((one) => one.contains(document.activeElement));
  const columns = people.filter((one) => one.offsetTop === people[0]?.offsetTop).length || 1;
  const by = { ArrowDown: columns, ArrowUp: -columns, ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (document.activeElement === search) {
    if (event.key !== "ArrowDown" || !people.length) return;
    buttonOf(people[0]).focus();
  } else if (here >= 0) {
    const to = here + by;
    if (to < 0) search.focus();
    else buttonOf(people[Math.min(to, people.length - 1)]).focus();
  } else {
    return;
  }
  event.preventDefault();
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea");
  if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "/" && !typing) {
    event.preventDefault();
    search.focus();
    search.select();
  } else if (event.key === "Enter" && event.target === search) {
    const [first] = shown();
    if (first) buttonOf(first).click();
  } else if (event.key === "Escape" && event.target === search) {
    search.value = "";
    narrow();
  } else if (event.key.startsWith("Arrow")) {
    step(event);
  }
});
search.addEventListener("input", narrow);
document.addEventListener("visibilitychange", () => { if (!document.hidden) lookAnew(); });
narrow();
setTimeout(keepLooking, LOOK_EVERY);
