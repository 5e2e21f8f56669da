// The desk: the clock runs, the parts marked `data-live` follow the server, buttons act.
import { follow, post, sentenceOf } from "./live.js";

// --- the clock ---------------------------------------------------------------------------------
const clock = document.getElementById("clock");
const english = document.documentElement.lang === "en";
let anchor = { now: Date.parse(clock.dataset.now), at: performance.now(), rate: +clock.dataset.rate };
const parts = new Intl.DateTimeFormat(
  english ? "en-GB" : "eras" in clock.dataset ? "ja-JP-u-ca-japanese" : "ja-JP",
  {
    timeZone: "Asia/Tokyo", year: "numeric", era: "eras" in clock.dataset ? "short" : undefined,
    month: english ? "short" : "2-digit", day: english ? "numeric" : "2-digit",
    weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  },
);

function tick() {
  const now = anchor.now + (performance.now() - anchor.at) * anchor.rate;
  const part = Object.fromEntries(parts.formatToParts(now).map((one) => [one.type, one.value]));
  const time = `${part.hour}:${part.minute}`;
  let text = `${part.year}-${part.month}-${part.day} (${part.weekday}) ${time}`;
  if (english) text = `${part.weekday} ${part.day} ${part.month} ${part.year} ${time}`;
  else if (part.era) text = `${part.era}${part.year}年${+part.month}月${+part.day}日 (${part.weekday}) ${time}`;
  if (clock.textContent !== text) {
    // A new day brings a new list.
    if (clock.textContent.slice(0, -6) !== text.slice(0, -6)) refresh();
    clock.textContent = text;
  }
}

// --- the parts that follow the server ----------------------------------------------------------
const shown = new Map();
for (const part of document.querySelectorAll("[data-live]")) shown.set(part.id, part.innerHTML);
let underWay = false;
let next = null;
/** What changes only the states around the page: reader, line, the steps of the patient. */
const STATES = ["reader", "steps", "line", "exchange"];
/** For so long states gather: a card that comes changes several, one after the other. */
const GATHER_MS = 40;
let gathering = 0;

/** Read the page anew: "all" of it, or its "states". */
async function refresh(parts = "all") {
  if (next !== "all") next = parts;
  if (underWay) return;
  underWay = true;
  try {
    while (next) {
      const headers = { Accept: "text/html", "Live-Parts": next };
      next = null;
      const response = await fetch(location.href, { headers });
      if (!response.ok) break;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      for (const fresh of page.querySelectorAll("[data-live]")) swap(fresh.id, fresh.innerHTML);
    }
  } catch {
    // The stream says when the service is back, and then this is done again.
  } finally {
    underWay = false;
  }
}

function swap(id, html) {
  const part = document.getElementById(id);
  if (!part || shown.get(id) === html) return;
  shown.set(id, html);
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  if (focused?.form?.dataset.put && focused.value !== focused.defaultValue) note(focused.form);
  const key = focused && (focused.id ? `#${focused.id}` : focused.getAttribute("href") && `[href="${focused.getAttribute("href")}"]`);
  part.innerHTML = html;
  if (key) part.querySelector(key)?.focus();
  else if (document.activeElement === document.body) part.querySelector("[autofocus]")?.focus();
  loadFragments(part);
}

async function loadFragments(root) {
  for (const place of root.querySelectorAll("[data-fragment]")) {
    try {
      const response = await fetch(place.dataset.fragment);
      if (response.ok) place.innerHTML = await response.text();
    } catch {
      // It is a convenience; without it the page is whole.
    }
  }
}

follow(
  (name, content) => {
    if (name === "clock") {
      anchor = { now: Date.parse(content.Now), at: performance.now(), rate: content.Rate };
      loadFragments(document);
    }
    if (!STATES.includes(name)) refresh();
    else gathering ||= setTimeout(() => { gathering = 0; refresh("states"); }, GATHER_MS);
  },
  (up) => { document.getElementById("stale").hidden = up; },
);
setInterval(tick, 1000);
loadFragments(document);

// --- what the buttons do -----------------------------------------------------------------------
/** Say beside each field what is wrong with it, and lead to the first one. Tells whether it could. */
function mark(form, faults) {
  for (const old of form.querySelectorAll(".fault")) old.remove();
  for (const input of form.querySelectorAll("[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
  }
  const wrong = faults.filter(([name]) => form.elements[name]);
  for (const [name, sentence] of wrong) {
    const input = form.elements[name];
    const place = document.createElement("span");
    Object.assign(place, { className: "fault", id: `fault-${name}`, textContent: sentence });
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", place.id);
    input.after(place);
  }
  form.elements[wrong[0]?.[0]]?.focus();
  return wrong.length > 0;
}

function missing(form) {
  return [...form.elements]
    .filter((one) => one.required && !one.value.trim() && !form.elements[one.dataset.unless]?.checked)
    .map((one) => [one.name, one.dataset.missing]);
}

function faultsOf(problem) {
  return (problem?.fields ?? []).map(({ field, reason, japanese }) =>
    [field.split(".").pop(), english ? reason : japanese ?? reason]);
}

function fail(problem, form) {
  const place = document.getElementById("failure");
  if (place) place.hidden = true;
  if (form && mark(form, faultsOf(problem))) return;
  if (!place) return;
  place.textContent = sentenceOf(problem, place.dataset.offline);
  place.hidden = false;
}

// What was typed of a number stays until the next patient comes: who mistyped it mends one digit.
const TYPED = "number";
const numberForm = document.getElementById("number-form");
if (numberForm) {
  const typed = JSON.parse(sessionStorage.getItem(TYPED) ?? "{}");
  const fields = [...numberForm.elements].filter((one) => one.name && one.type !== "hidden" && one.type !== "checkbox");
  if (fields.every((one) => !one.value)) for (const one of fields) one.value = typed[one.name] ?? "";
}
// The form may come later, where the desk waits for no card.
document.addEventListener("input", ({ target }) => {
  if (target.form?.id !== "number-form") return;
  const entries = Object.fromEntries(new FormData(target.form));
  delete entries.ForVisit;
  sessionStorage.setItem(TYPED, JSON.stringify(entries));
});

// One thing at a time: a second press, of another button too, receives nobody twice.
let sending = false;

/** Say that an answer is waited for, where it does not come at once. */
function working() {
  const place = document.getElementById("failure");
  if (!place) return () => {};
  place.hidden = true;
  const told = document.createElement("p");
  Object.assign(told, { className: "working", role: "status", textContent: place.dataset.working });
  const late = setTimeout(() => place.after(told), 700);
  return () => { clearTimeout(late); told.remove(); };
}

async function send(path, body, button) {
  if (sending) return;
  sending = button.disabled = true;
  const arrived = working();
  const { ok, content } = await post(path, body);
  arrived();
  sending = button.disabled = false;
  if (!ok) { fail(content, button.form); return; }
  if (path === "/api/next") sessionStorage.removeItem(TYPED);
  if (location.pathname !== "/") location.assign("/");
}

function unchecked(button) {
  const reason = button.dataset.unchecked;
  const birthdate = button.form?.elements.Birthdate;
  const body = { Cause: reason, Birthdate: birthdate?.value || null };
  if ("withoutCard" in button.dataset) body.CardAtHand = false;
  // The card that the page shows, not the one that may have taken its place.
  if (button.dataset.insertion) body.Insertion = button.dataset.insertion;
  send("/api/visits/unchecked", body, button);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.unchecked) unchecked(button);
  else if (button.dataset.send) send(button.dataset.send, { Insertion: button.dataset.insertion, Method: button.dataset.method }, button);
  else if (button.dataset.record) record(JSON.parse(button.dataset.record), button);
  else if (button.dataset.copy) copy(button);
  else if (button.dataset.delete) remove(button.dataset.delete, button);
  else if (button.dataset.put) put(button.dataset.put, button);
  else if (button.dataset.act === "clear") send("/api/next", { Insertion: button.dataset.clears }, button);
  else if (button.dataset.act === "print") print();
});

document.addEventListener("keydown", (event) => {
  if (event.repeat || event.isComposing || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const way = document.querySelector(`[aria-keyshortcuts="${CSS.escape(event.key)}"]`);
  if (!way) return;
  event.preventDefault();
  way.click();
});

async function note(form) {
  const { ok, content } = await post(form.dataset.put, Object.fromEntries(new FormData(form)), "PUT");
  if (!ok) fail(content);
}

/** What is declared: what is left empty is open. */
async function declare(form, button) {
  const read = {};
  for (const one of form.elements) {
    if (!one.name || one.type === "submit" || !one.value.trim()) continue;
    read[one.name] = "number" in one.dataset ? +one.value : one.value.trim();
  }
  if (button.value === "accept") read.Accept = true;
  // Opened before the answer comes, as browsers let only a press of a button open a page.
  const paper = button.value === "print" ? open("about:blank", "paper") : null;
  button.disabled = true;
  const { ok, content } = await post(form.dataset.declaration, read, "PUT");
  button.disabled = false;
  if (!ok) { paper?.close(); fail(content, form); return; }
  if (paper) { paper.location = form.dataset.pdf; location.reload(); return; }
  location.assign(form.dataset.then);
}

/** Put a text on the clipboard as it came, byte for byte. */
async function copy(button) {
  const response = await fetch(button.dataset.copy).catch(() => null);
  if (!response?.ok) { fail(await response?.json()); return; }
  const text = await response.text();
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Over plain HTTP from another machine a page has no clipboard but that of a copy.
    document.addEventListener("copy", (event) => { event.clipboardData.setData("text/plain", text); event.preventDefault(); }, { once: true });
    document.execCommand("copy");
  }
  button.textContent = `✔ ${button.dataset.copied}`;
}

/** What differs, with what it should be; each as a ticket of its own. */
async function differ(form, button) {
  const told = Object.fromEntries(new FormData(form));
  const chosen = [...form.querySelectorAll("[data-kind]:checked")].map((one) => one.dataset.kind);
  const empty = chosen.filter((kind) => !told[`ShouldBe-${kind}`].trim());
  if (mark(form, [...empty.map((kind) => [`ShouldBe-${kind}`, form.dataset.empty]), ...missing(form)])) return;
  if (!chosen.length) { fail({ japanese: form.dataset.none, english: form.dataset.none }); return; }
  const { Name, Birthdate, Sex1, Address, InsuredNumber } = told;
  const body = {
    Name, Birthdate, Sex1, Address, InsuredNumber, RatioPaid: +told.RatioPaid,
    Differing: chosen.map((Kind) => ({ Kind, ShouldBe: told[`ShouldBe-${Kind}`] })),
  };
  button.disabled = true;
  const { ok, content } = await post(form.dataset.discrepancy, body);
  button.disabled = false;
  if (ok) location.assign(form.dataset.then); else fail(content, form);
}

async function remove(path, button) {
  button.disabled = true;
  const { ok, content } = await post(path, {}, "DELETE");
  button.disabled = false;
  if (ok) location.reload(); else fail(content);
}

/** Withdraw a visit; who did so last at this desk stands in the form already. */
const STAFF = "staff";
async function withdraw(form, button) {
  if (mark(form, missing(form))) return;
  const said = Object.fromEntries(new FormData(form));
  button.disabled = true;
  const { ok, content } = await post(form.dataset.withdraw, said, "PUT");
  button.disabled = false;
  if (!ok) { fail(content, form); return; }
  sessionStorage.setItem(STAFF, said.Staff.trim());
  location.assign(form.dataset.then);
}
document.addEventListener("toggle", ({ target }) => {
  const staff = target.id === "withdraw" && target.open && target.querySelector("[name=Staff]");
  if (staff && !staff.value) staff.value = sessionStorage.getItem(STAFF) ?? "";
  if (staff) target.querySelector("[name=Reason]").focus();
}, true);

async function put(path, button) {
  button.disabled = true;
  const { ok, content } = await post(path, {}, "PUT");
  button.disabled = false;
  if (ok) refresh(); else fail(content);
}

async function record(body, button) {
  const visit = button.closest("[data-visit]").dataset.visit;
  button.disabled = true;
  const { ok, content } = await post(`/api/visits/${visit}/shown`, body, "PUT");
  button.disabled = false;
  if (ok) refresh(); else fail(content, button.form);
}

/** A document as it was read off: what was left empty is not printed on it. */
function documentOf(form) {
  const read = { Document: form.dataset.document };
  const shown = { Presented: [read] };
  for (const one of form.elements) {
    if (!one.name) continue;
    const value = one.value.trim();
    if (one.type === "checkbox") { if (one.checked) read[one.name] = true; }
    else if (one.name === "Ratio") { if (+value) read.Ratio = +value; }
    else if (one.name === "SelfPayAmount") { if (value) read.SelfPayAmount = yen(value); }
    else if (value) (one.name === "Birthdate" ? shown : read)[one.name] = value;
  }
  if ("withoutCard" in form.dataset) shown.CardAtHand = false;
  return shown;
}

/** What is recorded already, with the share that was not known then. */
function withShare(form) {
  const shown = JSON.parse(form.dataset.share);
  shown.Presented[0].Ratio = +form.elements.Ratio.value;
  return shown;
}

/** An amount as it is typed, 1,500円 or １５００; what is no number is left for the service to refuse. */
function yen(typed) {
  const digits = typed.normalize("NFKC").replace(/[,\s円]/g, "");
  return /^\d+$/.test(digits) ? +digits : typed;
}

/** The date of birth that the patient says, from which the share by age follows. */
async function sayBirthdate(form, button) {
  if (mark(form, missing(form))) return;
  button.disabled = true;
  const { ok, content } = await post(form.dataset.birthdate, Object.fromEntries(new FormData(form)), "PUT");
  button.disabled = false;
  if (ok) refresh(); else fail(content, form);
}

// Who writes what is right has chosen the element.
document.addEventListener("input", ({ target }) => {
  if (!target.name?.startsWith("ShouldBe-")) return;
  target.closest("li").querySelector("[data-kind]").checked = target.value.trim() !== "";
});

// What is typed of a name is kept when the field is left, by Enter or otherwise.
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.dataset.put) note(form);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.document) { event.preventDefault(); if (!mark(form, missing(form))) record(documentOf(form), event.submitter ?? form.querySelector("button")); return; }
  if (form.dataset.share) { event.preventDefault(); if (!mark(form, missing(form))) record(withShare(form), event.submitter ?? form.querySelector("button")); return; }
  if (form.dataset.declaration) { event.preventDefault(); declare(form, event.submitter ?? form.querySelector("button")); return; }
  if (form.dataset.birthdate) { event.preventDefault(); sayBirthdate(form, event.submitter ?? form.querySelector("button")); return; }
  if (form.dataset.discrepancy) { event.preventDefault(); differ(form, event.submitter ?? form.querySelector("button")); return; }
  if (form.dataset.withdraw) { event.preventDefault(); withdraw(form, event.submitter ?? form.querySelector("button")); return; }
  if (form.dataset.put) { event.preventDefault(); form.elements[0].blur(); return; }
  if (!form.dataset.post) return;
  event.preventDefault();
  const empty = missing(form);
  if (mark(form, empty)) return;
  send(form.dataset.post, Object.fromEntries(new FormData(form)), event.submitter ?? form.querySelector("button"));
});
