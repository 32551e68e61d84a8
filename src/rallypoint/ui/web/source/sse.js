// The extension wants htmx as a global, which its module makes of itself.
import "htmx.org/dist/ext/hx-sse.js";
