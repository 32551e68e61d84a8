// The control door, as this page uses it.

const OPEN_AGAIN = 1000; // ms

/** A no of the control door, in its own words. */
export class Refusal extends Error {
  constructor(status, code, words) {
    super(words);
    this.status = status;
    this.code = code;
  }
}

/** GET, or POST where there is a *body*, or another *method*. */
export async function ask(path, body = undefined, method = body === undefined ? "GET" : "POST") {
  const options = body === undefined ? { method } : { method, ...json(body) };
  const [response, text] = await answer(path, options);
  if (response.ok) return text ? JSON.parse(text) : null;
  throw refusal(response, text);
}

async function answer(path, options) {
  try {
    const response = await fetch(`/_control${path}`, options);
    return [response, await response.text()];
  } catch {
    throw new Refusal(0, "cut", "fakecord does not answer. Is it still running?");
  }
}

/** `at("members", id, "join")` → `/members/…/join` */
export function at(...steps) {
  return steps.map((step) => `/${encodeURIComponent(step)}`).join("");
}

export function query(given) {
  return `?${new URLSearchParams(given)}`;
}

function json(body) {
  return { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

function refusal(response, text) {
  try {
    const { code, message } = JSON.parse(text).error;
    return new Refusal(response.status, code, message);
  } catch {
    return new Refusal(response.status, "broken", `${response.status} ${response.statusText}`);
  }
}

/**
 * Call *changed* whenever something changed there, and *live* with whether we would hear of it.
 * A hidden page lets go: browsers open six connections to a server, and each page here holds one.
 */
export function follow(changed, live) {
  let source = null;
  let timer = 0;
  function open() {
    close();
    source = new EventSource("/_control/events");
    source.onopen = () => live(true);
    source.onmessage = changed;
    source.onerror = () => {
      live(false);
      close();
      timer = setTimeout(open, OPEN_AGAIN);
    };
  }
  function close() {
    clearTimeout(timer);
    source?.close();
  }
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  open();
}
