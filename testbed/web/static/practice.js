// What the practice does beside what it shows (see looking.js).
"use strict";
const main = document.getElementById("practice");

// The address names the exercise, so that the page can tell when it is not there any more.
function nameExercise() {
  const { exercise, lang } = main.dataset;
  const here = new URL(location.href);
  if (!exercise || here.searchParams.get("exercise") === exercise) return;
  history.replaceState(null, "", `/practice?lang=${lang}&exercise=${exercise}`);
}

function show(fresh) {
  const lost = document.activeElement?.id;
  become(main, fresh.getElementById("practice"));
  if (lost && document.activeElement === document.body) document.getElementById(lost)?.focus();
  become(document.querySelector("header"), fresh.querySelector("header"));
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

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.id === "print") print();
  if (!isPressable(button)) return;
  const body = orderOf(button);
  if (body === null) {
    say(button.dataset.none, true);
    return;
  }
  send(button, button.dataset.path, body, (begun) => {
    main.dataset.exercise = begun.Exercise;
    nameExercise();
  });
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
  if (typing || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key.toLowerCase() === "n" && !event.repeat) document.getElementById("next")?.click();
});

nameExercise();
