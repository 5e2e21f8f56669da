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
      forgetOthers(page.getElementById("ways").dataset.turn);
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
  if (!part) return;
  if (shown.get(id) === html) { if (held?.id === id) show(null); return; }
  if (halfTyped(part)) { show({ id, html }); return; }
  if (held?.id === id) show(null);
  shown.set(id, html);
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  const key = focused && (focused.id ? `#${focused.id}` : focused.getAttribute("href") && `[href="${focused.getAttribute("href")}"]`);
  part.innerHTML = html;
  if (key) part.querySelector(key)?.focus();
  else if (document.activeElement === document.body) part.querySelector("[autofocus]")?.focus();
  recall();
  loadFragments(part);
  restorePoints(part);
}

// --- what is half typed ------------------------------------------------------------------------
/** What a part would show by now, while a form in it is half typed: {id, html}, or null. */
let held = null;

function isTyped(one) {
  // Points are reckoned as they are typed, and put back.
  if (one.type === "hidden" || one.form && ("sent" in one.form.dataset || "charge" in one.form.dataset)) return false;
  if (one.type === "checkbox") return one.checked !== one.defaultChecked;
  if (one.tagName !== "SELECT") return one.value !== one.defaultValue;
  return one.selectedIndex !== Math.max([...one.options].findIndex((option) => option.defaultSelected), 0);
}

function halfTyped(root) {
  return [...root.querySelectorAll("input, select, textarea")].some(isTyped);
}

const visitIn = (html) => new DOMParser().parseFromString(html, "text/html").querySelector("[data-visit]")?.dataset.visit;

/** Keep the page as it is, and say so with a button for what has come; null ends that. */
function show(kept) {
  held = kept;
  const place = document.getElementById("held");
  if (!place) return;
  place.hidden = !kept;
  if (kept) place.querySelector("span").textContent = isOfAnother() ? place.dataset.other : place.dataset.same;
}

function isOfAnother() {
  return held !== null && visitIn(shown.get(held.id)) !== visitIn(held.html);
}

/** Show what has come in the place of what is half typed. A name goes on the record all the same. */
function letGo() {
  for (const form of document.forms) {
    if (form.dataset.put && [...form.elements].some(isTyped)) note(form);
    form.dataset.sent = "";
  }
  if (held) swap(held.id, held.html);
}

// Who types on after a form was sent has something half typed again.
document.addEventListener("input", ({ target }) => { if (target.form) delete target.form.dataset.sent; });

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
  const first = form.elements[wrong[0]?.[0]];
  (first?.elements?.[0] ?? first)?.focus(); // a group is gone into
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
  // What is missing is said in the form's own words, beside all that the service found.
  const faults = form && problem?.fields ? { ...Object.fromEntries(faultsOf(problem)), ...Object.fromEntries(missing(form)) } : {};
  if (form && mark(form, Object.entries(faults))) return;
  if (!place) return;
  place.textContent = sentenceOf(problem, place.dataset.offline);
  place.hidden = false;
  offerPersons(problem);
}

/** Where the number is another person's: receive them by themselves, or say that it is the same. */
function offerPersons(problem) {
  const place = document.getElementById("other-person");
  if (!place) return;
  place.hidden = problem?.code !== "SIM-OTHER-PERSON";
  place.querySelector("[data-resend=same]").hidden = !problem?.may_be_same;
  // The sentence and what can be pressed, both in sight below a long form.
  if (!place.hidden) place.scrollIntoView({ block: "end" });
}

function resend(button) {
  const { ForVisit, ...body } = Object.fromEntries(new FormData(button.form));
  if (button.dataset.resend === "same") Object.assign(body, { ForVisit, SamePerson: true });
  send(button.form.dataset.post, body, button);
}

// What was typed of a number stays while it is the turn of the patient that it was typed for: who
// mistyped it mends one digit. It never comes into the form of anybody else.
const TYPED = "number";

function keepTyped(turn, { ForVisit = "", ...fields }) {
  sessionStorage.setItem(TYPED, JSON.stringify({ turn, visit: ForVisit, fields }));
}

const typed = () => JSON.parse(sessionStorage.getItem(TYPED) ?? "{}");

function forgetOthers(turn) {
  if (typed().turn !== turn) sessionStorage.removeItem(TYPED);
}

function recall() {
  const form = document.getElementById("number-form");
  const { turn, visit, fields } = typed();
  if (!form || !fields || turn !== form.dataset.turn || visit !== (form.elements.ForVisit?.value ?? "")) return;
  const empty = [...form.elements].filter((one) => one.name && one.type !== "hidden" && one.type !== "checkbox");
  if (empty.every((one) => !one.value)) for (const one of empty) one.value = fields[one.name] ?? "";
}
document.addEventListener("input", ({ target }) => {
  if (target.form?.id === "number-form") keepTyped(target.form.dataset.turn, Object.fromEntries(new FormData(target.form)));
});
forgetOthers(document.getElementById("ways").dataset.turn);
recall();

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

/** A form that was sent is no longer half typed, unless that fails. */
function sent(form) {
  if (form) form.dataset.sent = "";
}

function failed(problem, form) {
  if (form) delete form.dataset.sent;
  fail(problem, form);
}

/** Show what came of a form of a visit: on the desk, or, where `another` patient had come there
 * before it was sent, on the page of the visit. */
function showOutcome(visit, another) {
  if (another) { location.assign(`/visits/${visit}`); return; }
  letGo();
  refresh();
}

async function send(path, body, button) {
  if (sending) return;
  sending = button.disabled = true;
  offerPersons(null);
  const arrived = working();
  sent(button.form);
  const { ok, content } = await post(path, body);
  arrived();
  sending = button.disabled = false;
  if (!ok) { failed(content, button.form); return; }
  if (path === "/api/next") sessionStorage.removeItem(TYPED);
  // Who finds nobody by it mends it as the re-check of this very visit.
  if (button.form?.id === "number-form") keepTyped(content.VisitId, { ...body, ForVisit: content.VisitId });
  letGo();
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
  else if (button.dataset.resend) resend(button);
  else if (button.dataset.record) record(JSON.parse(button.dataset.record), button);
  else if (button.dataset.copy) copy(button);
  else if (button.dataset.delete) remove(button.dataset.delete, button);
  else if (button.dataset.put) put(button.dataset.put, button);
  else if (button.dataset.act === "show-held") letGo();
  // The one who has come meanwhile is next, and was not seen yet.
  else if (button.dataset.act === "clear" && isOfAnother()) letGo();
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

// --- the amount for given points -----------------------------------------------------------------
let points = { path: "", typed: "" }; // of the visit that is shown, so that news take nothing away

/** Say beneath the points what the patient pays for them. */
async function reckon(form) {
  const input = form.elements.Points;
  const place = form.querySelector("output");
  const { path, typed } = points = { path: form.dataset.charge, typed: input.value };
  let [amount, beneath, wrong, taken] = ["", place.dataset.hint, false, ""];
  if (typed.trim()) {
    const response = await fetch(`${path}?${new URLSearchParams({ Points: typed })}`).catch(() => null);
    const content = await response?.json();
    wrong = !response?.ok;
    const written = (form, yen) => form.replace("{}", yen.toLocaleString("ja-JP"));
    if (wrong) beneath = content ? (english ? content.detail : content.japanese) : "";
    else {
      amount = content.Charge === null ? "" : written(place.dataset.yen, content.Charge);
      const back = content.Refund === null ? "" : written(place.dataset.back, content.Refund);
      const after = content.Afterwards;
      beneath = [back, after ? after.Text[english ? "English" : "Japanese"] : ""].filter(Boolean).join(english ? ". " : "。");
      taken = (after?.ToSettle ? after.Then.Charge : content.Charge) ?? "";
    }
  }
  if (points.typed !== typed || !form.isConnected) return; // a later one is on its way
  place.replaceChildren(...[["b", amount], ["small", beneath]].filter(([, text]) => text)
    .map(([tag, text]) => Object.assign(document.createElement(tag), { textContent: text })));
  input.setAttribute("aria-invalid", wrong);
  form.dataset.taken = taken; // what is to be given back should the visit be withdrawn
}

/** Put the points back that were typed for the visit before its page was brought up to date. */
function restorePoints(root) {
  const form = root.querySelector("[data-charge]");
  if (!form || form.dataset.charge !== points.path || !points.typed) return;
  form.elements.Points.value = points.typed;
  reckon(form);
}

document.addEventListener("input", ({ target }) => {
  if (target.form && "charge" in target.form.dataset) reckon(target.form);
});

async function note(form) {
  const field = form.elements[0];
  const noted = field.value;
  sent(form);
  const { ok, content } = await post(form.dataset.put, Object.fromEntries(new FormData(form)), "PUT");
  if (!ok) { failed(content, form); return; }
  field.defaultValue = noted;
  if (held && !halfTyped(document.getElementById(held.id))) swap(held.id, held.html);
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
  // Who was received is done with: the desk goes on, with the next one where one has come.
  location.assign(read.Accept ? "/" : form.dataset.then);
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

/** What differs, with what it should be; each as a ticket of its own. What is missing is said in the
 * form's own words, beside all that the service found. */
async function differ(form, button) {
  const told = Object.fromEntries([...new FormData(form)].map(([name, text]) => [name, text.trim()]));
  const chosen = [...form.querySelectorAll("[data-kind]:checked")].map((one) => one.dataset.kind);
  const empty = chosen.filter((kind) => !told[`ShouldBe-${kind}`]);
  const lacking = [...empty.map((kind) => [`ShouldBe-${kind}`, form.dataset.empty]), ...missing(form)];
  if (!chosen.length) lacking.unshift(["Differing", form.dataset.none]);
  const { Name, Birthdate, Sex1, Address, InsuredNumber } = told;
  const body = {
    Name, Birthdate, Sex1, Address, InsuredNumber, RatioPaid: +told.RatioPaid,
    Differing: chosen.map((Kind) => ({ Kind, ShouldBe: told[`ShouldBe-${Kind}`] })),
  };
  button.disabled = true;
  const { ok, content } = await post(form.dataset.discrepancy, body);
  button.disabled = false;
  if (ok) { location.assign(form.dataset.then); return; }
  // What is wrong of the third that was chosen is said there.
  for (const one of content?.fields ?? []) {
    one.field = one.field.replace(/^body\.Differing\.(\d+)\..*/, (_, place) => `body.ShouldBe-${chosen[place]}`);
  }
  // One that is in itself wrong is not counted as chosen by the service.
  if (chosen.length && content?.fields) content.fields = content.fields.filter(({ field }) => field !== "body.Differing");
  // Their order is that of the first, and their words those of the last that are told of a field.
  const faults = Object.fromEntries([...lacking, ...faultsOf(content), ...lacking]);
  if (!mark(form, Object.entries(faults))) fail(content, form);
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
  const { Paid, ...said } = Object.fromEntries(new FormData(form));
  if (Paid.trim()) said.Paid = yen(Paid);
  button.disabled = true;
  sent(form);
  const { ok, content } = await post(form.dataset.withdraw, said, "PUT");
  button.disabled = false;
  if (!ok) { failed(content, form); return; }
  sessionStorage.setItem(STAFF, said.Staff.trim());
  location.assign(form.dataset.then);
}
document.addEventListener("toggle", ({ target }) => {
  const staff = target.id === "withdraw" && target.open && target.querySelector("[name=Staff]");
  if (staff && !staff.value) staff.value = staff.defaultValue = sessionStorage.getItem(STAFF) ?? "";
  if (!staff) return;
  const paid = target.querySelector("[name=Paid]");
  paid.value ||= paid.defaultValue = document.getElementById("charge")?.dataset.taken ?? "";
  target.querySelector("[name=Reason]").focus();
}, true);

async function put(path, button) {
  button.disabled = true;
  const { ok, content } = await post(path, {}, "PUT");
  button.disabled = false;
  if (ok) refresh(); else fail(content);
}

async function record(body, button) {
  const visit = button.closest("[data-visit]").dataset.visit;
  const another = isOfAnother();
  button.disabled = true;
  sent(button.form);
  const { ok, content } = await post(`/api/visits/${visit}/shown`, body, "PUT");
  button.disabled = false;
  if (ok) showOutcome(visit, another); else failed(content, button.form);
}

/** A document as it was read off: what was left empty is not printed on it. */
function documentOf(form) {
  const read = { Document: form.dataset.document };
  const shown = { Presented: [read] };
  for (const one of form.elements) {
    if (!one.name) continue;
    const value = one.value.trim();
    if (one.type === "checkbox") { if (one.checked) read[one.name] = true; }
    else if (one.name === "Current") { if (value) read.Current = value === "true"; }
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
  const digits = typed.normalize("NFKC").replace(/[,\s円点]/g, "");
  return /^\d+$/.test(digits) ? +digits : typed;
}

/** The date of birth that the patient says, from which the share by age follows. */
async function sayBirthdate(form, button) {
  if (mark(form, missing(form))) return;
  const { visit } = form.closest("[data-visit]").dataset;
  const another = isOfAnother();
  button.disabled = true;
  sent(form);
  const { ok, content } = await post(form.dataset.birthdate, Object.fromEntries(new FormData(form)), "PUT");
  button.disabled = false;
  if (ok) showOutcome(visit, another); else failed(content, form);
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
  if ("charge" in form.dataset) { event.preventDefault(); reckon(form); return; }
  if (form.dataset.document || form.dataset.share) {
    event.preventDefault();
    const shown = form.dataset.share ? withShare : documentOf;
    if (!mark(form, missing(form))) record(shown(form), event.submitter ?? form.querySelector("button"));
    return;
  }
  if (form.dataset.declaration) { event.preventDefault(); declare(form, event.submitter ?? form.querySelector("button")); return; }
  if (form.dataset.birthdate) { event.preventDefault(); sayBirthdate(form, event.submitter ?? form.querySelector("button")); return; }
  if (form.dataset.discrepancy) { event.preventDefault(); differ(form, event.submitter ?? form.querySelector("button")); return; }
  if (form.dataset.withdraw) { event.preventDefault(); withdraw(form, event.submitter ?? form.querySelector("button")); return; }
  if (form.dataset.put) { event.preventDefault(); form.elements[0].blur(); return; }
  if (!form.dataset.post) return;
  event.preventDefault();
  send(form.dataset.post, Object.fromEntries(new FormData(form)), event.submitter ?? form.querySelector("button"));
});

takeOver(); // of early.js: what was pressed before

// A record that was opened to be printed, once.
if (location.hash === "#print") {
  history.replaceState(null, "", location.pathname + location.search);
  addEventListener("load", () => print());
}
