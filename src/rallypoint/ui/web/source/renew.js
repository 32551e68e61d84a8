// Keeps the part of a page that carries `data-live` (milliseconds) as the server has it now: for who is not logged in.
const part = document.querySelector("[data-live]");

async function renew() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" }, cache: "no-store" });
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-live]");
  if (!fresh) throw new Error("answered with another page");
  part.classList.remove("stale");
  if (fresh.innerHTML !== part.dataset.last) {
    part.dataset.last = fresh.innerHTML;
    part.replaceChildren(...fresh.childNodes);
    document.dispatchEvent(new CustomEvent("renewed"));
  }
}

async function keepRenewing() {
  if (!document.hidden) {
    try {
      await renew();
    } catch {
      part.classList.add("stale");
      part.querySelector("[data-lost]")?.removeAttribute("hidden");
    }
  }
  setTimeout(keepRenewing, Number(part.dataset.live));
}

if (part) setTimeout(keepRenewing, Number(part.dataset.live));
