// The clerk's pages work without this. With it, they follow the clock: what is marked data-live is
// taken anew when the clock moves or changes have been delivered, and what is typed stays. What does
// not answer is said within seconds, also when it is the service of this page itself.
"use strict";

const WAIT_SECONDS = 20;
const WAIT_SECONDS_WHILE_DUE = 1;
const LOOK_EVERY = 2000;
const LOOK_WITHIN = 5000;
const PROGRESS_EVERY = 500;

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const clock = () => new Date().toLocaleTimeString("ja-JP", { hour12: false });

async function refresh() {
  const answer = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  Object.assign(document.body.dataset, page.body.dataset);
  for (const id of ["now", "state"]) {
    document.getElementById(id).innerHTML = page.getElementById(id).innerHTML;
  }
  for (const fresh of page.querySelectorAll("[data-live]")) {
    const shown = document.getElementById(fresh.id);
    if (!shown || fresh.id === "preview" || shown.contains(document.activeElement)) continue;
    if (shown.innerHTML !== fresh.innerHTML) shown.innerHTML = fresh.innerHTML;
  }
  await preview();
}

async function follow() {
  for (;;) {
    try {
      const { revision, due } = document.body.dataset;
      const seconds = due > 0 ? WAIT_SECONDS_WHILE_DUE : WAIT_SECONDS;
      const answer = await fetch(`/live?Revision=${revision}&WaitSeconds=${seconds}`);
      if (!answer.ok) throw new Error(answer.status);
      await answer.json();
      await refresh();
    } catch {
      await pause(2000);
    }
  }
}

// --- what answers, and what does not ---
const state = document.getElementById("state");
const gone = document.getElementById("gone");
let since = "";

async function look() {
  try {
    const answer = await fetch("/state", { signal: AbortSignal.timeout(LOOK_WITHIN) });
    if (!answer.ok) throw new Error(answer.status);
    const fresh = document.createElement("div");
    fresh.innerHTML = await answer.text();
    const wasOut = state.querySelector(".part.bad, .part.waiting") !== null;
    const now = document.getElementById("now");
    now.textContent = fresh.querySelector("[data-now]").dataset.now;
    now.classList.toggle("bad", fresh.querySelector("#part-clock.bad") !== null);
    now.classList.remove("stale");
    if (state.innerHTML.trim() !== fresh.innerHTML.trim()) state.innerHTML = fresh.innerHTML;
    const isOut = state.querySelector(".part.bad, .part.waiting") !== null;
    if (since) {
      gone.textContent = gone.dataset.back.replace("{since}", clock());
      gone.classList.add("back");
      state.classList.remove("stale");
      since = "";
      setTimeout(() => { if (!since) gone.hidden = true; }, 60000);
    }
    mark();
    if (wasOut && !isOut) await refresh();
  } catch {
    if (since) return;
    since = clock();
    gone.textContent = gone.dataset.gone.replace("{since}", since);
    gone.classList.remove("back");
    gone.hidden = false;
    // Nothing stays green: how the rest is, nobody knows now.
    state.classList.add("stale");
    document.getElementById("now").classList.add("stale");
    for (const part of state.querySelectorAll(".part")) {
      part.className = "part waiting";
      part.firstElementChild.textContent = "？";
      part.lastElementChild.textContent = "";
    }
    mark();
  }
}

async function watch() {
  for (;;) {
    await pause(LOOK_EVERY);
    await look();
  }
}

// --- the form ---
async function preview() {
  const form = document.querySelector("form.filing");
  const place = document.getElementById("preview-body");
  if (!form || !place) return;
  const asked = new URLSearchParams();
  const days = ["QualificationDate", "DisqualificationDate", "EffectiveDate", "ValidUntil"];
  for (const name of ["Kind", "InsurerNumber", "FiledOn", "PersonalFamilyClassification", "InsuredBranchNumber", ...days]) {
    const field = form.elements[name];
    if (field && field.value) asked.set(name, field.value);
  }
  // Of a person only whether something was typed: what stands in an address stands in logs.
  for (const name of ["Householder", "Address", "PostNumber"]) {
    if (form.elements[name]?.value.trim()) asked.set(name, "1");
  }
  const answer = await fetch(`/file/preview?${asked}`);
  if (answer.ok) place.innerHTML = await answer.text();
}

/** Say whose the twelve digits are as soon as they are there. */
function sayName(number) {
  let place = number.closest("tr")?.querySelector("output");
  if (!place) {
    place = document.createElement("output");
    place.className = "named";
    number.closest(".field").after(place);
  }
  if (number.id) place.htmlFor = number.id;
  place.setAttribute("aria-live", "polite");
  let asked = "";
  // Fewer digits are a mistake only when the field is left.
  const ask = async (left) => {
    const digits = number.value.normalize("NFKC").replace(/[\s-]/g, "");
    if (digits === asked) return;
    place.textContent = "";
    asked = "";
    if (!digits || (digits.length < 12 && !left)) return;
    asked = digits;
    place.textContent = document.body.dataset.twelve;
    try {
      const answer = await fetch("/persons/name", {
        method: "POST",
        body: new URLSearchParams({ IndividualNumber: digits }),
      });
      const said = await answer.text();
      if (asked !== digits) return;
      place.innerHTML = answer.headers.get("Content-Type")?.startsWith("text/html") ? said : "";
      fillNumber(number.form, place);
      fillHead(number.form);
    } catch {
      if (asked === digits) place.textContent = "";
    }
  };
  number.addEventListener("input", () => ask(false));
  number.addEventListener("change", () => ask(true));
  // What stands there after a mistake keeps its name; what is wrong with itself is said already.
  if (!document.getElementById(`${number.id}-fault`)) ask(true);
}

/** Fill in the number of the only membership that is meant, where nothing was typed; it can be changed. */
function fillNumber(form, place) {
  if (!("fill" in form.dataset)) return;
  const fields = form.elements;
  const typed = ["InsuredCardSymbol", "InsuredIdentificationNumber", "InsuredBranchNumber"].map((name) => fields[name]);
  if (typed.some((field) => !field || field.value)) return;
  if (typed.includes(document.activeElement)) {
    // Who is about to type there is not interrupted; what is left empty is filled in.
    document.activeElement.addEventListener("blur", () => fillNumber(form, place), { once: true });
    return;
  }
  const all = [...place.querySelectorAll("[data-number]")].map((one) => one.dataset);
  const own = all.filter((one) => one.insurer === fields.InsurerNumber.value);
  const [meant, ...others] = own.length ? own : all;
  if (!meant || others.length) return;
  fields.InsurerNumber.value = meant.insurer;
  [meant.symbol, meant.number, meant.branch].forEach((text, at) => { typed[at].value = text; });
  form.dispatchEvent(new Event("change"));
}

/** Propose the grown-up who is 本人, or the first, as the head of the household, where no other name was typed. */
function fillHead(form) {
  const head = form.elements.Householder;
  if (!head || !form.querySelector("table.household")) return;
  if (head.value && head.value !== head.dataset.proposed) return;
  const names = [];
  let first = "";
  for (const row of form.querySelectorAll("table.household tbody tr")) {
    const chosen = row.querySelector("select[name^=PersonalFamilyClassification]");
    const name = row.querySelector(".named b[data-head]")?.textContent;
    if (chosen?.value === "1" && name) names.push(name);
    if (chosen?.value !== "2") first ||= name ?? "";
  }
  head.dataset.proposed = names.length === 1 ? names[0] : names.length ? "" : first;
  head.value = head.dataset.proposed;
  if (head.value) head.closest("details")?.setAttribute("open", "");
}

// --- what cannot be sent now ---

/** Say why a form is not sent now; empty where it is. */
function hindrance(form, submitter) {
  if (since) return document.body.dataset.blocked;
  const files = form.matches(".filing") && !(submitter && submitter.name && submitter.name !== "Confirmed");
  const out = ["clock", "oqs", "database"].some((part) => document.querySelector(`#part-${part}.bad`));
  return files && out ? document.body.dataset.untaken : "";
}

function sayBlocked(form, reason) {
  const main = form.querySelector("button.main") ?? form.querySelector("button:not(.default)");
  if (!main) return;
  let place = form.querySelector(".blocked");
  if (!place) {
    place = document.createElement("small");
    place.className = "blocked";
    place.setAttribute("role", "alert");
    main.after(place);
  }
  if (place.textContent !== reason) place.textContent = reason;
  if (reason) main.setAttribute("aria-disabled", "true");
  else main.removeAttribute("aria-disabled");
}

function mark() {
  for (const form of document.querySelectorAll("form[method=post]:has(button.main)")) sayBlocked(form, hindrance(form));
}

document.addEventListener("submit", (event) => {
  const reason = hindrance(event.target, event.submitter);
  if (!reason) return;
  event.preventDefault();
  sayBlocked(event.target, reason);
});

// --- a file that is being taken ---
async function progress(place) {
  for (;;) {
    await pause(PROGRESS_EVERY);
    try {
      const answer = await fetch(place.dataset.progress);
      if (answer.status === 404 || answer.headers.get("X-Running") === "0") break;
      if (answer.ok) place.innerHTML = await answer.text();
    } catch {
      // The banner says that the service is gone; the file goes on when it is not.
    }
  }
  location.reload();
}

const form = document.querySelector("form.filing");
if (form) {
  form.addEventListener("change", preview);
  form.addEventListener("change", (event) => {
    if (event.target.name?.startsWith("PersonalFamilyClassification.")) fillHead(form);
  });
  form.elements.InsurerNumber?.addEventListener("change", (event) => {
    for (const one of form.querySelectorAll(".wanted")) one.hidden = one.dataset.insurer !== event.target.value;
  });
  form.elements.KindKey?.addEventListener("input", (event) => {
    const digits = event.target.value.normalize("NFKC");
    form.querySelector(`.kind[data-key="${CSS.escape(digits)}"]`)?.click();
  });
  form.querySelectorAll("[name^=IndividualNumber]").forEach(sayName);
}
// Where all stands in one column, the long list of kinds does not stand before the form.
const narrow = matchMedia("(max-width: 1000px)");
const fold = () => {
  for (const one of document.querySelectorAll("details[data-folds]")) one.open = !narrow.matches;
};
narrow.addEventListener("change", fold);
fold();
if (narrow.matches && document.activeElement.matches("[autofocus]")) {
  scrollTo(0, 0); // it was found below a long list
  document.activeElement.scrollIntoView({ block: "nearest" });
}

/** Have what was just done in view; the next thing is typed at once where both fit. */
function showReceipt(receipt) {
  const next = document.querySelector("[autofocus]");
  receipt.tabIndex = -1;
  const shown = next && !narrow.matches ? next : receipt;
  shown.focus({ preventScroll: true });
  const { top, bottom } = receipt.getBoundingClientRect();
  if (top < 0 || bottom > innerHeight) receipt.scrollIntoView();
}
const receipt = document.querySelector(".receipt[role=status]");
if (receipt) showReceipt(receipt);
const running = document.getElementById("progress");
if (running) progress(running);
document.querySelector(".refusal a, .refusal[tabindex], .undoing")?.focus();
document.querySelector("[aria-invalid]")?.focus();
follow();
watch();
