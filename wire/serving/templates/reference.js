// The reference of a service: find a route, and try it here and now, against this very service.
const LONGEST = 200_000; // characters of an answer that are shown
const SECONDS = 20; // for which an answer is waited for; a stream is read as long

const find = document.getElementById("find");
const all = [...document.querySelectorAll(".operation")];

function narrow() {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  let left = 0;
  for (const one of all) {
    const text = one.querySelector("summary").textContent.toLowerCase();
    one.hidden = !words.every((word) => text.includes(word));
    left += !one.hidden;
  }
  for (const group of document.querySelectorAll(".group")) group.hidden = !group.querySelector(".operation:not([hidden])");
  document.getElementById("found").textContent = words.length ? `${left} of ${all.length}` : `${all.length} routes`;
}
find.addEventListener("input", narrow);
narrow();

/** An address with a name of a route opens it. */
function open() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!named) return;
  named.open = true;
  named.scrollIntoView();
}
addEventListener("hashchange", open);
open();

/** What is to be sent, as `fetch` takes it. */
function requestOf(form) {
  const { method, path, type } = form.dataset;
  const query = new URLSearchParams();
  const headers = {};
  let address = path;
  for (const input of form.querySelectorAll("input")) {
    if (input.dataset.place === "path") address = address.replace(`{${input.name}}`, encodeURIComponent(input.value));
    else if (!input.value) continue;
    else if (input.dataset.place === "query") query.append(input.name, input.value);
    else headers[input.name] = input.value;
  }
  const body = form.querySelector("textarea")?.value;
  if (body) headers["Content-Type"] = type;
  return [query.size ? `${address}?${query}` : address, { method, headers, body: body || undefined }];
}

/** Read an answer as far as it can be shown; of one without an end, what comes in time. */
async function textOf(response, ends) {
  if (!/json|text|xml|javascript/.test(response.headers.get("Content-Type") ?? "")) {
    const size = (await response.arrayBuffer()).byteLength;
    return size ? `(${size.toLocaleString("en")} bytes)` : "";
  }
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (reader && text.length < LONGEST) {
    const late = new Promise((done) => { setTimeout(() => done({ done: true }), Math.max(0, ends - Date.now())); });
    const { done, value } = await Promise.race([reader.read(), late]);
    if (done) break;
    text += value;
  }
  reader?.cancel();
  return text;
}

function pretty(text, type) {
  if (!type?.includes("json")) return text;
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest(".try");
  if (!form) return;
  event.preventDefault();
  const [address, request] = requestOf(form);
  const told = form.querySelector("output");
  const button = form.querySelector("button");
  const began = performance.now();
  button.disabled = true;
  form.querySelector(".sent").textContent = `${request.method} ${address}`;
  const lines = [];
  try {
    const response = await fetch(address, { ...request, signal: AbortSignal.timeout(SECONDS * 1000) });
    const type = response.headers.get("Content-Type");
    const took = Math.round(performance.now() - began);
    lines.push(["p", `${response.status} ${response.statusText}, ${took} ms${type ? `, ${type}` : ""}`, response.ok ? "well" : "ill"]);
    lines.push(["pre", pretty(await textOf(response, Date.now() + 3000), type)]);
  } catch (error) {
    lines.push(["p", `No answer: ${error.message}. Is the service still running?`, "ill"]);
  }
  told.replaceChildren(...lines.filter(([, text]) => text).map(([tag, text, mark = ""]) =>
    Object.assign(document.createElement(tag), { textContent: text, className: mark })));
  button.disabled = false;
});
