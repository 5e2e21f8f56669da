// The clerk's pages work without this. With it, they follow the clock: what is marked data-live is
// taken anew when the clock moves or changes have been delivered, and what is typed stays.
"use strict";

const WAIT_SECONDS = 20;
const WAIT_SECONDS_WHILE_DUE = 1;

async function refresh() {
  const answer = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  Object.assign(document.body.dataset, page.body.dataset);
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
      await new Promise((done) => setTimeout(done, 2000));
    }
  }
}

async function preview() {
  const form = document.querySelector("form.filing");
  const place = document.getElementById("preview-body");
  if (!form || !place) return;
  const asked = new URLSearchParams();
  for (const name of ["Kind", "InsurerNumber", "FiledOn", "EffectiveDate"]) {
    const field = form.elements[name];
    if (field && field.value) asked.set(name, field.value);
  }
  const answer = await fetch(`/file/preview?${asked}`);
  if (answer.ok) place.innerHTML = await answer.text();
}

const form = document.querySelector("form.filing");
if (form) {
  form.addEventListener("change", preview);
}
document.querySelector(".refusal a, .refusal")?.focus();
document.querySelector("[aria-invalid]")?.focus();
follow();
