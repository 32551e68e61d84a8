// Says of a live part whether it is live, and goes on trying where htmx gives up: after a first answer that failed.
const LOST = "[data-lost]";
const AGAIN_MS = 3000;

function show(part, live) {
  part.classList.toggle("stale", !live);
  const badge = document.querySelector(LOST);
  if (badge) badge.hidden = live;
}

function partOf(event) {
  return event.target.closest?.("[hx-sse\\:connect]");
}

document.addEventListener("htmx:sse:after:connection", (event) => {
  const part = partOf(event);
  if (part) show(part, true);
});
document.addEventListener("htmx:sse:before:connection", (event) => {
  const part = partOf(event);
  // Of a first connection it is known already that it answers.
  if (part && event.detail.connection.attempt > 0 && !document.hidden) show(part, false);
});
document.addEventListener("htmx:sse:error", (event) => {
  const part = partOf(event);
  if (!part) return;
  show(part, false);
  const status = event.detail.status;
  // Logged out, or no longer allowed: the page itself knows how to say so.
  if (status === 401 || status === 403 || status === 404) location.reload();
});
function tryAgain(event) {
  const part = partOf(event);
  if (!part) return;
  show(part, false);
  setTimeout(() => part.dispatchEvent(new CustomEvent("again")), AGAIN_MS);
}
document.addEventListener("htmx:error", (event) => {
  const part = partOf(event);
  if (part && !part._htmx?.sse) tryAgain(event);
});
document.addEventListener("htmx:response:error", (event) => {
  const part = partOf(event);
  if (part && !part._htmx?.sse) tryAgain(event);
});
