// Times come in UTC; here they are shown in the reader's language and zone, which is the browser's unless they have set
// another, with UTC in the tooltip.
const language = document.documentElement.lang || undefined;
const timeZone = known(document.documentElement.dataset.zone);
const shapes = {
  moment: new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", timeZone }),
  clock: new Intl.DateTimeFormat(language, { timeStyle: "short", timeZone }),
};
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

// A browser may know fewer zones than we do.
function known(zone) {
  try {
    return new Intl.DateTimeFormat(language, { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

function fromNow(moment) {
  const seconds = (moment - Date.now()) / 1000;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS.at(-1);
  return relative.format(Math.trunc(seconds / size), unit);
}

function lasting(moment) {
  let seconds = Math.max(0, Math.floor((Date.now() - moment) / 1000));
  const parts = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(seconds / size);
    seconds -= count * size;
    if (count || (unit === "second" && !parts.length)) parts.push(`${count} ${unit === "minute" ? "min" : unit[0]}`);
  }
  return parts.slice(0, 2).join(" ");
}

function show(time) {
  const moment = Date.parse(time.dateTime);
  const shape = time.dataset.shape;
  const words = shape === "relative" ? fromNow(moment) : shape === "lasting" ? lasting(moment) : shapes[shape]?.format(moment);
  if (words && time.textContent !== words) time.textContent = words;
}

function showAll() {
  for (const time of document.querySelectorAll("time[data-shape]")) show(time);
}

showAll();
setInterval(showAll, 1000);
document.addEventListener("htmx:after:swap", showAll);
document.addEventListener("htmx:sse:after:message", showAll);
document.addEventListener("renewed", showAll);
for (const field of document.querySelectorAll("input[data-zone]")) {
  if (!field.value) field.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
}
