// Which slots of a plan this loudspeaker plays, and by what name (docs/protocol, section 9).
/**
 * @typedef {{ from: string, to: string }} Span
 * @typedef {{ at: string, bulletin: string, media: { sha256: string }, only?: string[] }} Item
 * @typedef {{ sessions: Span[], quiet: Span[] }} Plan
 * @typedef {{ max_minutes_day: number, hours: { from_min: number, to_min: number }[] }} Policy
 */
import { bytesOf, hexSha256, inside } from "./wire.js";

// The first half of the hash of what makes a slot one and the same over all versions of the plan.
/** @param {string} station @param {Item} item */
export async function slotId(station, item) {
  const parts = ["loa/item/v1", station, item.at, item.bulletin, item.media.sha256];
  return (await hexSha256(bytesOf(parts.join("\0")))).slice(0, 32);
}

/** @param {Item} item @param {string} outlet @param {string[]} paths */
export function isFor(item, outlet, paths) {
  return !item.only || item.only.some((who) => who === `outlet:${outlet}` || paths.some((path) => inside(path, who)));
}

// Whether a programme may begin at `at` (ms): inside the plan's sessions and the hours of every
// policy, whatever the node says; without a policy nothing may sound.
/** @param {Plan} plan @param {Policy[]} policies @param {number} at */
export function allowed(plan, policies, at) {
  const within = (/** @type {Span} */ { from, to }) => Date.parse(from) <= at && at < Date.parse(to);
  const minute = Math.floor((at / 60000 + 7 * 60) % 1440);
  return plan.sessions.some(within) && !plan.quiet.some(within)
    && policies.length > 0 && policies.every((policy) => policy.max_minutes_day > 0
    && policy.hours.some(({ from_min, to_min }) => from_min <= minute && minute < to_min));
}
