// Whom this loudspeaker believes: a root known beforehand, and what the root delegated.
import { Refused, envelopeOf, inside, payloadOf, signedBy } from "./wire.js";

const VERSION_AHEAD_MS = 10 * 60 * 1000;

/**
 * @typedef {import("./wire.js").Envelope} Envelope
 * @typedef {{ id: string, type: string, alg: string, key: string }} Subject
 * @typedef {{ subject: Subject, path: string, kinds: string[], from: string, to: string, issuer: any }} Delegation
 * @typedef {{ threshold: number, keys: { holder: string, alg: string, key: string }[] }} Root
 * @typedef {{ node: string, area: string, station: string }} Place
 */
export class Trust {
  // `anchor` is the root's hash; it came with the page's claim, never from the devices' side.
  /** @param {string} anchor */
  constructor(anchor) {
    this.anchor = anchor;
    /** @type {Root | null} */
    this.root = null;
    /** @type {Delegation[]} */
    this.delegations = [];
    /** @type {Map<string, number>} */
    this.revoked = new Map();
    /** @type {Map<string, { id: string, version: number }>} */
    this.versions = new Map();
    /** @type {string | null} */
    this.node = null;
    /** @type {string | null} */
    this.area = null;
    /** @type {string | null} */
    this.station = null;
  }

  // From here on only the node of this assignment, with a right over this place, is believed, and
  // only a plan of this station.
  /** @param {Place} assignment */
  place(assignment) {
    this.node = assignment.node;
    this.area = assignment.area;
    this.station = assignment.station;
  }

  /** @param {unknown} rootValue */
  async begin(rootValue) {
    const envelope = await envelopeOf(rootValue);
    if (envelope.kind !== "root" || envelope.id !== this.anchor) throw new Refused("root_mismatch");
    const root = payloadOf(envelope);
    await this.#rootSigned(envelope, root);
    this.root = root;
  }

  /** @param {Envelope} envelope @param {Root | null} [root] */
  async #rootSigned(envelope, root = this.root) {
    if (root === null) throw new Refused("unknown_key", "no root");
    const holders = new Set();
    for (const { holder, alg, key } of root.keys) {
      if (await signedBy(envelope, alg, key)) holders.add(holder);
    }
    if (holders.size < root.threshold) throw new Refused("not_enough_signers");
  }

  // Learns the delegations that the root signed. Persons' are not needed to play programmes.
  /** @param {any[]} values @param {number} now */
  async learn(values, now) {
    for (const value of values) {
      const envelope = await envelopeOf(value);
      if (envelope.kind !== "delegation") continue;
      const claimed = payloadOf(envelope);
      if (!claimed.issuer.root) continue;
      await this.#rootSigned(envelope);
      if (Date.parse(claimed.from) > now || Date.parse(claimed.to) <= now) continue;
      this.delegations = this.delegations.filter((known) => !sameSlot(known, claimed));
      this.delegations.push(claimed);
    }
  }

  /** @param {any[]} values @param {number} now */
  async learnRevocations(values, now) {
    for (const value of values) {
      const trust = await this.believe(value, "trust", "registrar", now);
      // Lists only grow: what was revoked once stays so, whatever a later list says.
      for (const { kid, since } of trust.revoked) this.revoked.set(kid, Date.parse(since));
    }
  }

  // The payload of a signed document, or Refused. `type` is who may sign it: node or registrar.
  // `now` is null only for the answer that tells the time.
  /** @param {unknown} value @param {string} kind @param {string} type @param {number | null} now */
  async believe(value, kind, type, now) {
    const envelope = await envelopeOf(value);
    if (envelope.kind !== kind) throw new Refused("wrong_channel", envelope.kind);
    const signer = await this.#signer(envelope, type, now);
    const payload = payloadOf(envelope);
    const id = payload.issuer.node ?? payload.issuer.person;
    if (id !== signer.subject.id || payload.issuer.path !== signer.path) throw new Refused("issuer_mismatch");
    if (now !== null && Date.parse(payload.issued) > now + 5000) throw new Refused("not_yet");
    // A list of revoked keys is for ever, also past the date on it.
    if (now !== null && kind !== "trust" && Date.parse(payload.expires) <= now) throw new Refused("expired");
    if (type === "node" && this.node !== null && id !== this.node) throw new Refused("wrong_node", id);
    if (type === "node" && this.area !== null && !inside(this.area, signer.path)) throw new Refused("outside_issuer");
    const placed = payload.target.filter((/** @type {string} */ target) => target.startsWith("vn"));
    if (kind === "assignment") placed.push(payload.area, ...payload.paths);
    if (!placed.every((/** @type {string} */ target) => inside(target, signer.path))) throw new Refused("outside_issuer");
    if (kind === "plan" && this.station !== null && payload.target[0] !== `station:${this.station}`) throw new Refused("not_for_me");
    return payload;
  }

  /** @param {Envelope} envelope @param {string} type @param {number | null} now */
  async #signer(envelope, type, now) {
    for (const known of this.delegations) {
      const { subject } = known;
      if (subject.type !== type || !known.kinds.includes(envelope.kind)) continue;
      if (now !== null && (Date.parse(known.from) > now || Date.parse(known.to) <= now)) continue;
      if (await signedBy(envelope, subject.alg, subject.key)) {
        const kid = envelope.sigs.find((signature) => this.revoked.has(signature.kid));
        if (kid) throw new Refused("revoked");
        return known;
      }
    }
    throw new Refused("unknown_key");
  }

  // As `believe`, by version: {payload, fresh}. The same document again is no news; an older one,
  // or another of the same version, is refused.
  /** @param {unknown} value @param {string} kind @param {string} type @param {number} now */
  async newest(value, kind, type, now) {
    const payload = await this.believe(value, kind, type, now);
    if (payload.version > now + VERSION_AHEAD_MS) throw new Refused("version_ahead");
    const name = `${kind} ${payload.target[0]}`;
    const { id } = await envelopeOf(value);
    const known = this.versions.get(name);
    if (known && known.id !== id && payload.version <= known.version) throw new Refused("old_version");
    this.versions.set(name, { id, version: payload.version });
    return { payload, fresh: known?.id !== id };
  }
}

/** @param {Delegation} one @param {Delegation} other */
function sameSlot(one, other) {
  return one.subject.type === other.subject.type && one.subject.id === other.subject.id
    && one.subject.key === other.subject.key && one.path === other.path;
}
