// The patient's screen: one question at a time. The digits of a PIN are in one variable here and
// nowhere else: not in the page, not in its address, not in a log; it is emptied before the
// answer comes.
import { follow, post } from "./live.js";

let digits = "";
let screen = "wait";
let sure = false; // the holder knows that this is the last try
let reader = null; // the last event of the reader
let met = null; // the insertion of the card that this conversation is about
const progress = { wait: 0, reading: 1, ask: 1, last: 1, unsure: 1, pad: 2, wrong: 2, checking: 3, done: 4, "done-desk": 4 };

function show(name) {
  screen = name;
  digits = "";
  draw();
  for (const section of document.querySelectorAll("[data-screen]")) section.hidden = section.dataset.screen !== name;
  const tries = reader?.Card?.RemainingTries;
  for (const line of document.querySelectorAll("[data-tries]")) line.hidden = +line.dataset.tries !== tries;
  const bar = document.getElementById("progress");
  bar.hidden = !(name in progress);
  [...bar.children].forEach((dot, index) => dot.classList.toggle("on", index < progress[name]));
  document.querySelector(`[data-screen="${name}"] .choices button, [data-screen="${name}"] .pad button`)?.focus({ focusVisible: false });
}

function draw() {
  const dots = document.getElementById("dots");
  [...dots.children].forEach((dot, index) => dot.classList.toggle("on", index < digits.length));
  dots.setAttribute("aria-label", `${dots.dataset.label}: ${digits.length} / 4`);
  document.querySelector('[data-go="enter"]').disabled = digits.length !== 4;
}

function finish(visit) {
  for (const place of document.querySelectorAll("[data-name]")) {
    place.textContent = visit.Name ? place.dataset.form.replace("{}", visit.Name) : "";
  }
  show(visit.Word === "VALID" ? "done" : visit.Cause === "AUTHENTICATION" ? "staff" : "done-desk");
}

/** The language is that of one patient: it goes with the card, or where none comes. */
const WAITS_FOR_A_CARD_MS = 60_000;
let leaves = 0;
let cardLay = false;
function forgetLanguage() {
  if (location.search) location.replace(location.pathname);
}

/** Choose the screen by what lies on the reader. */
function arrive() {
  sure = false;
  const lies = reader.Reader.CardPresent;
  if (cardLay && !lies) forgetLanguage();
  cardLay = lies;
  clearTimeout(leaves);
  if (!lies) leaves = setTimeout(forgetLanguage, WAITS_FOR_A_CARD_MS);
  met = reader.Reader.Insertion;
  document.getElementById("stand-in").hidden = !reader.Reader.StandIn;
  if (reader.Reader.Trouble) show("call");
  else if (!reader.Reader.CardPresent) show("wait");
  // The card is in order then; the desk looks again by itself until it is free.
  else if (reader.CardTrouble?.NextStep === "close-other-program") show("call");
  else if (reader.CardTrouble) show(reader.CardTrouble.Kind === "not-my-number-card" ? "other-card" : "again");
  else if (!reader.Card) show("reading");
  else if (reader.Card.WithoutPin) show("without-pin");
  else if (reader.Card.RemainingTries === 0) show("locked");
  else show("ask");
}

/** Whether the event says something that the screen does not show already. */
function concerns(before, now) {
  const same = (pick) => JSON.stringify(pick(before)) === JSON.stringify(pick(now));
  if (!before || !same((one) => one.Reader)) return true;
  if (!same((one) => one.CardTrouble)) return true;
  return ["wait", "reading", "again", "other-card", "call"].includes(screen) && !same((one) => one.Card);
}

follow(
  async (name, content) => {
    if (name === "reader") {
      const before = reader;
      reader = content;
      if (screen === "checking") {
        // The answer to the question that is under way decides.
        return;
      }
      if (!before && content.Reader.CardPresent) await resume();
      else if (screen === "again" && !content.Reader.CardPresent) return;
      else if (concerns(before, content)) arrive();
    } else if (name === "visit" && content.VisitId && screen !== "checking") {
      await resume();
    }
  },
  (up) => {
    if (!up) { reader = null; show("call"); }
  },
);

/** Go on where the desk stands: a card may have been checked already. */
async function resume() {
  const response = await fetch("/api/state");
  const { CurrentVisit: visit } = await response.json();
  if (visit && reader?.Reader.CardPresent) finish(visit);
  else arrive();
}

async function enter() {
  const body = { Pin: digits, ConfirmLastTry: sure, Insertion: met };
  sure = false; // each such try is confirmed by itself
  show("checking"); // it empties the digits
  const asked = post("/api/visits", body);
  body.Pin = "";
  const { ok, content } = await asked;
  if (ok) { finish(content); }
  else if (content?.kind === "pin-wrong") {
    if (reader?.Card) reader.Card.RemainingTries = content.attempts_remaining;
    show("wrong");
  } else if (content?.kind === "pin-blocked") {
    if (reader?.Card) reader.Card.RemainingTries = 0;
    show("locked");
  } else if (content?.kind === "pin-not-sent") {
    if (reader?.Card && content.attempts_remaining) reader.Card.RemainingTries = content.attempts_remaining;
    show(content.next_step !== "confirm-last-try" ? "pad" : content.attempts_remaining === 1 ? "last" : "unsure");
  } else if (content?.code === "SIM-CARD-EXCHANGED") { arrive();
  } else if (content?.kind) { show("again"); }
  else { show("call"); }
  if (ok && reader && !reader.Reader.CardPresent) arrive();
}

async function staff() {
  show("staff");
  await post("/api/visits/unchecked", { Cause: "authentication", Insertion: met });
}

function go(where) {
  if (where === "pin") show({ 1: "last", null: "unsure" }[reader?.Card?.RemainingTries] ?? "pad");
  else if (where === "last-try") { sure = true; show("pad"); }
  else if (where === "staff") staff();
  else if (where === "restart") arrive();
  else if (where === "delete") { digits = digits.slice(0, -1); draw(); }
  else if (where === "enter" && digits.length === 4) enter();
}

function digit(one) {
  if (digits.length < 4) { digits += one; draw(); }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.digit) digit(button.dataset.digit);
  else if (button?.dataset.go) go(button.dataset.go);
});

document.addEventListener("keydown", (event) => {
  if (screen !== "pad" || event.ctrlKey || event.altKey || event.metaKey) return;
  if (/^[0-9]$/.test(event.key)) digit(event.key);
  else if (event.key === "Backspace") go("delete");
  else if (event.key === "Enter" && !event.target.closest?.("button")) go("enter");
  else if (event.key === "Enter" && digits.length === 4) { event.preventDefault(); go("enter"); }
});

show("wait");
