// What both screens need: the stream of events, and asking the service.

/** Follow the desk. `onEvent(name, content)` is told of each event; `onLink(up)` of the stream. */
export function follow(onEvent, onLink = () => {}) {
  const source = new EventSource("/events");
  for (const name of ["reader", "steps", "visit", "clock", "line", "exchange"]) {
    source.addEventListener(name, (event) => onEvent(name, JSON.parse(event.data)));
  }
  source.addEventListener("open", () => onLink(true));
  source.addEventListener("error", () => onLink(false));
  addEventListener("pagehide", () => source.close());
  return source;
}

/** A name for one request, so that it can be sent again and is done once. */
function newKey() {
  // Not randomUUID, which a page without TLS has on this computer only.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Send JSON. Returns {ok, content}; without an answer, `content` is null.
 *
 * What breaks on the way is sent once more by the same key: it is done once. What is `once` is not,
 * as a PIN, which would cost another try.
 */
export async function post(path, body, method = "POST", once = false) {
  const request = {
    method,
    headers: { "Content-Type": "application/json", "Idempotency-Key": newKey() },
    body: JSON.stringify(body ?? {}),
  };
  try {
    const response = await fetch(path, request).catch((error) => { if (once) throw error; return fetch(path, request); });
    const text = await response.text();
    return { ok: response.ok, content: text ? JSON.parse(text) : null };
  } catch {
    return { ok: false, content: null };
  }
}

/** The sentence of a problem in the language of the page. */
export function sentenceOf(problem, offline) {
  if (!problem) return offline;
  const english = document.documentElement.lang === "en";
  return english ? problem.english ?? problem.detail ?? problem.title : problem.japanese;
}
