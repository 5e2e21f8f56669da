// The patient's screen: one question at a time, in the four steps of the reader. The digits of a
// PIN are in one variable here and nowhere else: not in the page, not in its address, not in a log;
// it is emptied before the answer comes.
import { follow, post, sentenceOf } from "./live.js";

let digits = "";
let screen = "wait";
let sure = false; // the holder knows that this is the last try
let reader = null; // the last event of the reader
let met = null; // the insertion of the card that this conversation is about
let steps = null; // the last that the service told of the steps of this card
let agreed = null; // what the holder agreed to, until it is sent
let subsidies = null;
let wrongPasscode = false; // the staff's last one was
const main = document.getElementById("patient");
const one = (selector, root = document) => root.querySelector(selector);
const all = (selector) => document.querySelectorAll(selector);

// Which of the four steps are behind at each screen: card, identity, consent, done.
const progress = {
  wait: 0, reading: 1, ask: 1, face: 1, "face-wrong": 1, last: 1, unsure: 1, pad: 1, wrong: 1, visual: 1, passcode: 1,
  consent: 2, items: 2, subsidy: 2, checking: 2, register: 3, refused: 3, done: 4, "done-desk": 4,
};
const consenting = ["consent", "items", "subsidy", "register", "refused"];
const ended = ["done", "done-desk"];

function show(name) {
  screen = name;
  digits = "";
  draw();
  for (const section of all("[data-screen]")) section.hidden = section.dataset.screen !== name;
  const tries = reader?.Card?.RemainingTries;
  for (const line of all("[data-tries]")) line.hidden = +line.dataset.tries !== tries || !offers("pin");
  const ways = steps?.Methods ?? [];
  for (const way of all("[data-offer]")) {
    // The reception is the last way: where nobody can compare a photograph.
    way.hidden = way.dataset.offer === "staff" ? ways.includes("visual") : !ways.includes(way.dataset.offer);
  }
  for (const line of all("[data-by]")) line.hidden = line.dataset.by !== (offers("device") ? "device" : "pin");
  for (const line of all("[data-own-last]")) line.hidden = !keepsLastTry() || line.dataset.ownLast !== String(tries);
  for (const way of all("[data-passcode]")) way.hidden = !steps?.Passcode;
  for (const line of all("[data-passcode-wrong]")) line.hidden = !wrongPasscode;
  for (const line of all("[data-face-locked]")) line.hidden = !faceLocked();
  for (const place of all("[data-face-tries]")) {
    place.textContent = steps?.FaceTries ? place.dataset.form.replace("{}", steps.FaceTries) : "";
  }
  const bar = document.getElementById("progress");
  bar.hidden = !(name in progress);
  [...bar.children].forEach((dot, index) => dot.classList.toggle("on", index < progress[name]));
  // A step that does not come is not announced.
  bar.children[2].hidden = Boolean(steps?.Question) && !asksAnything();
  one(`[data-screen="${name}"] .choices button:not([hidden]), [data-screen="${name}"] .pad button, [data-screen="${name}"] .beside button`)?.focus({ focusVisible: false });
  touched();
}

const offers = (method) => Boolean(steps?.Methods?.includes(method));
/** What may be the last try of somebody's own card is not used. */
const keepsLastTry = () => reader?.Reader.OwnCard === "pin" && Boolean(reader.Card) && (reader.Card.RemainingTries ?? 1) === 1;
const faceLocked = () => steps?.FaceTries === 0;
const asksAnything = () => steps.Question.Items.length > 0 || steps.Question.AsksForSubsidies;

function draw() {
  for (const dots of all("[data-dots]")) {
    [...dots.children].forEach((dot, index) => dot.classList.toggle("on", index < digits.length));
    dots.setAttribute("aria-label", `${dots.dataset.label}: ${digits.length} / 4`);
  }
  for (const enter of all("[data-enter]")) enter.disabled = digits.length !== 4;
}

// --- time, and the card that is forgotten --------------------------------------------------------
let idle = 0;
let forgotten = 0;
let silence = 0;

function touched() {
  clearTimeout(idle);
  const resting = ["wait", "again", "other-card", "phone", "reading", "call", "checking", "staff", "visual", "timeout", ...ended];
  if (!resting.includes(screen)) idle = setTimeout(runOut, main.dataset.idle * 1000);
}

/** Nobody touches it: who is identified is checked without consent, anybody else begins anew. */
function runOut() {
  if (["register", "refused"].includes(screen)) check({ WithoutRegistration: true });
  else if (consenting.includes(screen)) check();
  else { post("/api/reader/restart", { Insertion: met }); show("timeout"); }
}

function awaitRemoval() {
  for (const line of all(".forgotten")) line.hidden = true;
  clearTimeout(forgotten);
  clearInterval(silence);
  if (!ended.includes(screen) || !reader?.Reader.CardPresent) return;
  forgotten = setTimeout(() => {
    for (const line of all(".forgotten")) line.hidden = false;
    call();
    silence = setInterval(call, 4000);
  }, main.dataset.forgotten * 1000);
}

/** Two tones, where the browser lets a page sound. */
function call() {
  try {
    const sound = new AudioContext();
    [880, 660].forEach((pitch, index) => {
      const tone = new OscillatorNode(sound, { frequency: pitch });
      const loudness = new GainNode(sound, { gain: 0.15 });
      tone.connect(loudness).connect(sound.destination);
      tone.start(sound.currentTime + index * 0.25);
      tone.stop(sound.currentTime + index * 0.25 + 0.2);
    });
    setTimeout(() => sound.close(), 1000);
  } catch { /* the words are on the screen */ }
}

let finished = null;
function finish(visit) {
  finished = visit.VisitId;
  for (const place of all("[data-name]")) {
    place.textContent = visit.Name ? place.dataset.form.replace("{}", visit.Name) : "";
  }
  const asked = steps?.Question;
  for (const line of all("[data-renewal]")) {
    line.hidden = !asked?.Renewal;
    const day = asked?.ExpiresOn.replace(/(\d{4})(\d\d)(\d\d)/, (_, year, month, of) => dayOf(+year, +month, +of));
    if (asked?.Renewal) line.textContent = (asked.InGrace ? line.dataset.grace : line.dataset.form).replace("{}", day);
  }
  agreed = subsidies = null;
  show(visit.Word === "VALID" ? "done" : visit.Cause === "AUTHENTICATION" ? "staff" : "done-desk");
  awaitRemoval();
}

function dayOf(year, month, day) {
  if (document.documentElement.lang !== "en") return `${year}年${month}月${day}日`;
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" }).format(Date.UTC(year, month - 1, day));
}

/** The language is that of one patient: it goes with the card, or where none comes. */
const WAITS_FOR_A_CARD_MS = 60_000;
let leaves = 0;
let cardLay = false;
function forgetLanguage() {
  if (location.search) location.replace(location.pathname);
}

/** Choose the screen by what lies on the reader. */
async function arrive() {
  sure = false;
  agreed = subsidies = null;
  const lies = reader.Reader.CardPresent;
  if (cardLay && !lies) forgetLanguage();
  cardLay = lies;
  clearTimeout(leaves);
  if (!lies) leaves = setTimeout(forgetLanguage, WAITS_FOR_A_CARD_MS);
  met = reader.Reader.Insertion;
  const { StandIn: standsIn, OwnCard: own } = reader.Reader;
  document.getElementById("stand-in").hidden = !standsIn || Boolean(own);
  for (const use of ["pin", "face"]) document.getElementById(`own-card-${use}`).hidden = own !== use;
  if (steps?.Insertion !== met) steps = null;
  if (reader.Reader.Trouble) show("call");
  else if (!reader.Reader.CardPresent) show("wait");
  // The card is in order then; the desk looks again by itself until it is free.
  else if (reader.CardTrouble?.NextStep === "close-other-program") show("call");
  else if (reader.CardTrouble) show({ "not-my-number-card": "other-card", "phone-not-taken": "phone" }[reader.CardTrouble.Kind] ?? "again");
  else if (!reader.Card) show("reading");
  else {
    if (!steps?.Methods) show("reading");
    const before = screen;
    await learn();
    if (screen === before) begin(); // else the patient has gone on
  }
  awaitRemoval();
}

/** Ask the service by what the holder of this card can be identified. */
async function learn() {
  const asked = met;
  try {
    const answer = await (await fetch("/api/reader/steps")).json();
    if (answer.Insertion === asked && asked === met) steps = answer;
  } catch { /* the stream says when the service is back */ }
}

/** The first question of a card that was looked at; or the next, of who is identified already. */
function begin() {
  if (steps?.Step === "COMPLETED") show("done"); // the card is still to be taken
  else if (steps?.Step === "IDENTIFIED") ask();
  else if (steps?.WaitsForStaff) show("visual");
  else if (reader.Card?.WithoutPin) show("without-pin");
  else if (reader.Card?.RemainingTries === 0) show("locked");
  else show("ask");
}

/** Whether the event says something that the screen does not show already. */
function concerns(before, now) {
  const same = (pick) => JSON.stringify(pick(before)) === JSON.stringify(pick(now));
  if (!before || !same((each) => each.Reader)) return true;
  if (!same((each) => each.CardTrouble)) return true;
  return ["wait", "reading", "again", "other-card", "phone", "call"].includes(screen) && !same((each) => each.Card);
}

follow(
  async (name, content) => {
    if (name === "reader") {
      const before = reader;
      reader = content;
      if (screen === "checking") return; // the answer to the question that is under way decides
      if (!before && content.Reader.CardPresent) await resume();
      else if (screen === "again" && !content.Reader.CardPresent) return;
      // Who takes the card after the identity is checked without consent.
      else if (consenting.includes(screen) && !content.Reader.CardPresent) check({ WithoutRegistration: true });
      else if (concerns(before, content)) arrive();
    } else if (name === "steps") {
      if (content.Insertion !== met || screen === "checking") return;
      if (ended.includes(screen)) {
        // Who was received begins anew when the desk wants the card once more.
        if (content.Step === "CARD_IN") { steps = content; await resume(); }
        return;
      }
      const offered = steps?.Methods;
      steps = content;
      if (content.Step === "IDENTIFIED") { if (!consenting.includes(screen)) ask(); }
      else if (content.WaitsForStaff) { if (screen !== "passcode") show("visual"); }
      // The desk has had the patient begin anew.
      else if (consenting.includes(screen) || ["visual", "passcode"].includes(screen)) arrive();
      else if (screen === "ask" && String(offered) !== String(content.Methods)) show("ask");
    } else if (name === "visit" && content.VisitId && content.VisitId !== finished && screen !== "checking") {
      // Whoever is received by number, or was here before, is none of this card's holder's business.
      const visit = await visitOfCard();
      if (visit && screen !== "checking") await conclude(visit);
    }
  },
  (up) => {
    if (!up) { reader = null; show("call"); }
  },
);

/** The visit that came of the card that lies there, as the desk shows it; null where none did. */
async function visitOfCard() {
  const { CurrentVisit: visit, CurrentInsertion: insertion } = await (await fetch("/api/state")).json();
  return reader?.Reader.CardPresent && insertion === reader.Reader.Insertion ? visit : null;
}

async function conclude(visit) {
  met = reader.Reader.Insertion;
  if (!steps) await learn();
  finish(visit);
}

/** Go on where the desk stands: a card may have been checked already. */
async function resume() {
  const visit = await visitOfCard();
  if (visit) await conclude(visit);
  else await arrive();
}

// --- step 2: identity ----------------------------------------------------------------------------
async function identify(method, pin) {
  const body = { Insertion: met, Method: method };
  if (pin) Object.assign(body, method === "visual" ? { Passcode: pin } : { Pin: pin, ConfirmLastTry: sure });
  sure = false; // each such try is confirmed by itself
  show("checking"); // it empties the digits
  const asked = post("/api/reader/identity", body, "POST", true);
  if (pin) body.Pin = body.Passcode = pin = "";
  const { ok, content } = await asked;
  if (ok && content.VisitId) finish(content); // OQS is out of reach; the desk knows how to go on
  else if (ok) { steps = content; ask(); }
  else if (content?.code === "SIM-FACE-NOT-RECOGNISED") { await learn(); show(content.attempts_remaining ? "face-wrong" : "ask"); }
  else if (content?.code === "SIM-CARD-EXCHANGED") arrive();
  else if (content?.code === "SIM-VISUAL-PASSCODE") { wrongPasscode = true; show("passcode"); }
  else if (content?.kind === "pin-wrong") {
    if (reader?.Card) reader.Card.RemainingTries = content.attempts_remaining;
    show("wrong");
  } else if (content?.kind === "pin-blocked") {
    if (reader?.Card) reader.Card.RemainingTries = 0;
    await learn();
    show("locked");
  } else if (content?.kind === "pin-not-sent") {
    if (reader?.Card && content.attempts_remaining) reader.Card.RemainingTries = content.attempts_remaining;
    if (keepsLastTry()) { await learn(); show("ask"); }
    else show(content.next_step !== "confirm-last-try" ? "pad" : content.attempts_remaining === 1 ? "last" : "unsure");
  } else if (content?.kind) show("again");
  else show("call");
  if (ok && reader && !reader.Reader.CardPresent) leave();
}

/** The card has gone while a question was under way. */
function leave() {
  if (consenting.includes(screen)) check({ WithoutRegistration: true });
  else arrive();
}

async function visual() {
  show("visual");
  const { ok } = await post("/api/reader/staff", { Insertion: met });
  if (!ok && screen === "visual") arrive();
}

async function staff() {
  show("staff");
  await post("/api/visits/unchecked", { Cause: "authentication", Insertion: met });
}

// --- step 3: consent -----------------------------------------------------------------------------
function ask() {
  const question = steps.Question;
  agreed = null;
  if (question.Items.length) {
    one('[data-go="consent-all"]').hidden = !question.Blanket;
    for (const item of all("[data-item]")) {
      item.hidden = !question.Items.includes(item.dataset.item);
      item.setAttribute("aria-pressed", "false");
    }
    show("consent");
  } else agree({});
}

function agree(consents) {
  agreed = consents;
  if (steps.Question.AsksForSubsidies) show("subsidy");
  else check();
}

// --- step 4: the check ---------------------------------------------------------------------------
async function check(more = {}) {
  const body = { Insertion: met, Consents: agreed ?? {}, UsesSubsidyCertificates: subsidies, ...more };
  show("checking");
  const { ok, content } = await post("/api/reader/visits", body);
  if (ok) finish(content);
  else if (content?.code === "SIM-NOT-REGISTERED" && reader?.Reader.CardPresent) show("register");
  else if (content?.code === "SIM-NOT-REGISTERED") return check({ WithoutRegistration: true });
  else if (content?.kind) show("again");
  // Another screen has sent it; the visit comes by the stream.
  else if (content?.code === "SIM-CHECK-UNDER-WAY") show("reading");
  else if (content?.code === "SIM-CARD-EXCHANGED" || content?.code === "SIM-HOLDER-NOT-IDENTIFIED") arrive();
  else show("call");
  if (ok && reader && (!reader.Reader.CardPresent || reader.Reader.Insertion !== met)) arrive();
}

async function register() {
  show("checking");
  const { ok, content } = await post("/api/reader/registration", { Insertion: met });
  if (ok) { check(); return; }
  if (content?.kind) { show("again"); return; }
  document.getElementById("refused").textContent = sentenceOf(content, "");
  show("refused");
}

function shuffle() {
  const keys = [...all("[data-digit]")];
  const left = keys.map((key) => key.dataset.digit);
  for (let last = left.length - 1; last > 0; last--) {
    const other = crypto.getRandomValues(new Uint32Array(1))[0] % (last + 1);
    [left[last], left[other]] = [left[other], left[last]];
  }
  keys.forEach((key, index) => { key.dataset.digit = key.textContent = left[index]; });
}

const does = {
  pin: async () => {
    if (!keepsLastTry()) return show({ 1: "last", null: "unsure" }[reader?.Card?.RemainingTries] ?? "pad");
    await learn();
    show("ask");
  },
  face: () => show("face"),
  compare: () => identify("face"),
  ways: () => begin(),
  visual,
  staff,
  shuffle,
  register,
  "last-try": () => { sure = true; show("pad"); },
  restart: async () => { await post("/api/reader/restart", { Insertion: met }); steps = null; arrive(); },
  passcode: () => { wrongPasscode = false; show("passcode"); },
  "passcode-enter": () => { if (digits.length === 4) identify("visual", digits); },
  "visual-wait": () => show("visual"),
  delete: () => { digits = digits.slice(0, -1); draw(); },
  enter: () => { if (digits.length === 4) identify(offers("device") ? "device" : "pin", digits); },
  consent: () => show("consent"),
  "consent-all": () => agree({ AllItems: true }),
  "consent-each": () => show("items"),
  "consent-none": () => agree({}),
  "consent-items": () => agree({ Items: [...all('[data-item][aria-pressed="true"]:not([hidden])')].map((item) => item.dataset.item) }),
  "subsidy-yes": () => { subsidies = true; check(); },
  "subsidy-no": () => { subsidies = false; check(); },
  "no-registration": () => check({ WithoutRegistration: true }),
};

function digit(key) {
  if (digits.length < 4) { digits += key; draw(); }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  touched();
  const key = button?.dataset.digit ?? button?.dataset.staffDigit;
  if (key) digit(key);
  else if (button?.dataset.item) button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
  else if (button?.dataset.go) does[button.dataset.go]();
});

document.addEventListener("keydown", (event) => {
  touched();
  if (!["pad", "passcode"].includes(screen) || event.ctrlKey || event.altKey || event.metaKey) return;
  const enter = does[screen === "pad" ? "enter" : "passcode-enter"];
  if (/^[0-9]$/.test(event.key)) digit(event.key);
  else if (event.key === "Backspace") does.delete();
  else if (event.key === "Enter" && !event.target.closest?.("button")) enter();
  else if (event.key === "Enter" && digits.length === 4) { event.preventDefault(); enter(); }
});

show("wait");
