// What the bot asked of REST: kept here, so that each look asks only for what is new or was under way.

import { ask, query } from "./door.js";

const KEPT = 300;
const log = new Map();

/** Start anew: another fakecord counts from one again. */
export function forgetRequests() {
  log.clear();
}

/** All that is kept, oldest first. */
export async function newRequests() {
  const first = [...log.values()].find((each) => each.status === null)?.id ?? Infinity;
  const after = Math.min(first - 1, Math.max(0, ...log.keys()));
  for (const each of await ask(`/requests${query({ after, limit: KEPT })}`)) log.set(each.id, each);
  for (const id of [...log.keys()].slice(0, -KEPT)) log.delete(id);
  return [...log.values()];
}
