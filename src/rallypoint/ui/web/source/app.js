// All of the browser's part in one file: htmx looks for its extensions as soon as it runs, so they must be there.
import htmx from "htmx.org/dist/htmx.esm.js";
import "./sse.js";
import "./badge.js";
import "./renew.js";
import "./times.js";
import "./table.js";

// With its jitter, and once refused by a server that has just begun: live again within 15 s.
htmx.config.sse = { reconnectMaxDelay: 5000, reconnectJitter: 0.3 };

// On a phone the sections are one line, which may be longer than the screen.
document.querySelector("nav.sections [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
