// What both screens need: the stream of events, and asking the service.

/** Follow the desk. `onEvent(name, content)` is told of each event; `onLink(up)` of the stream. */
export function follow(onEvent, onLink = () => {}) {
  const source = new EventSource("/events");
  for (const name of ["reader", "visit", "clock", "line"]) {
    source.addEventListener(name, (event) => onEvent(name, JSON.parse(event.data)));
  }
  source.addEventListener("open", () => onLink(true));
  source.addEventListener("error", () => onLink(false));
  addEventListener("pagehide", () => source.close());
  return source;
}

/** Send JSON. Returns {ok, content}; without an answer, `content` is null. */
export async function post(path, body) {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body ?? {}),
    });
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
