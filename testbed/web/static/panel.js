// What the panel does beside what it shows (see looking.js): the search, and the way by arrow keys.
"use strict";
const search = document.getElementById("search");
const found = document.getElementById("found");
const slot = document.getElementById("slot");
const LIVE = ["persons", "clock", "readers", "disturbances", "services"];

function show(fresh) {
  for (const id of LIVE) become(document.getElementById(id), fresh.getElementById(id));
  narrow();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!isPressable(button)) return;
  send(button, button.dataset.path.replace("{slot}", slot.value), button.dataset.body);
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
narrow();
