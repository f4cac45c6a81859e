// A loudspeaker in the browser: enrolled, verifying, playing and signing like one on a pole.
import { Device, openShelf, ownKey, receiptId, wireTime } from "./device.js";
import { allowed, isFor, slotId } from "./slots.js";
import { Sound } from "./sound.js";
import { Trust } from "./trust.js";
import { inside } from "./wire.js";

const POLL_MS = 2000;
const LATE_MS = 3000;
const page = document.querySelector("[data-speaker]");
const say = (name, text) => { page.querySelector(`[data-say=${name}]`).textContent = text; };
// The hour on the wall of the place it speaks to, wherever this browser stands.
const hour = (moment) => moment.toLocaleTimeString("vi-VN", { timeZone: "Asia/Ho_Chi_Minh" });
const line = (text) => {
  const row = document.createElement("li");
  const time = document.createElement("time");
  time.textContent = hour(new Date());
  row.append(time, ` ${text}`);
  page.querySelector("[data-log]").prepend(row);
};

class Speaker {
  constructor(shelf, key, sound) {
    this.shelf = shelf;
    this.sound = sound;
    this.offset = 0;
    this.errorBound = Infinity;
    this.clock = () => performance.timeOrigin + performance.now() + this.offset;
    this.device = new Device(page.dataset.device, key, this.clock);
    // What the node assigned: known once `begin` has judged its assignment.
    this.outlet = this.station = this.area = "";
    /** @type {string[]} */
    this.paths = [];
    this.busy = null;
    this.timers = new Map();
  }

  async begin() {
    let papers = await this.shelf.get("papers");
    if (!papers || papers.anchor !== page.dataset.root) papers = await this.#enrol();
    this.trust = new Trust(papers.anchor);
    await this.trust.begin(papers.root);
    const now = this.clock();
    await this.trust.learn(papers.chain, now);
    await this.trust.learnRevocations(papers.trust, now);
    const assignment = await this.trust.believe(papers.assignment, "assignment", "node", now);
    if (assignment.target[0] !== `outlet:${papers.outlet}`) throw new Error("not_for_me");
    Object.assign(this, { outlet: papers.outlet, station: assignment.station, area: assignment.area, paths: assignment.paths });
    Object.assign(this.device, { outlet: papers.outlet, node: assignment.node, path: assignment.area });
    await this.#learnPolicies(papers.policy, now);
    this.trust.place(assignment);
    this.played = new Set((await this.shelf.get("played")) ?? []);
    say("outlet", papers.name ?? papers.outlet);
  }

  // Only a policy over this speaker's own place counts; without one nothing may sound.
  async #learnPolicies(values, now) {
    const policies = [];
    for (const value of values) {
      const policy = await this.trust.believe(value, "policy", "registrar", now);
      if (policy.target.some((target) => inside(this.area, target))) policies.push(policy);
    }
    this.policies = policies;
  }

  // Revocations, delegations and policies as they stand now: at start, and again and again.
  async renewTrust() {
    const now = this.clock();
    const papers = await this.device.get("/device/v1/trust");
    await this.trust.learn(papers.chain, now);
    await this.trust.learnRevocations(papers.trust, now);
    await this.#learnPolicies((await this.device.get("/device/v1/policy")).policy, now);
  }

  async #enrol() {
    await this.shelf.clear();
    const key = await ownKey(this.shelf);
    this.device.key = key;
    const response = await fetch(page.dataset.claim, { method: "POST", headers: { "X-CSRFToken": page.dataset.csrf } });
    if (!response.ok) throw new Error("Chưa xin được mã nhận thiết bị. Tải lại trang rồi thử lại.");
    const { claim, name } = await response.json();
    const answer = await this.device.enrol(claim, `web-${key.kid.toLowerCase().replace(/[^a-z0-9]/g, "").slice(0, 12)}`);
    const papers = { ...answer, anchor: page.dataset.root, name };
    delete papers.mqtt;
    await this.shelf.put("papers", papers);
    line("Đã ghép loa này với đài bằng khóa của riêng trình duyệt.");
    return papers;
  }

  // The node's clock under our own nonce; the answer with the shortest way counts.
  async syncClock() {
    for (let turn = 0; turn < 4; turn += 1) {
      const { value, nonce, before, after } = await this.device.time();
      const answer = await this.trust.believe(value, "time", "node", null);
      if (answer.nonce !== nonce) throw new Error("time");
      const bound = (after - before) / 2;
      if (bound < this.errorBound) {
        this.errorBound = bound;
        this.offset = Date.parse(answer.now) - (performance.timeOrigin + before + bound);
      }
    }
    this.errorBound += 5;
  }

  async lookAtPlan() {
    const value = await this.device.get("/device/v1/plan");
    if (!value) return;
    const { payload, fresh } = await this.trust.newest(value, "plan", "node", this.clock());
    if (fresh) {
      this.plan = payload;
      line("Lịch phát mới, chữ ký đúng.");
      this.#arrange();
    }
  }

  #arrange() {
    for (const timer of this.timers.values()) window.clearTimeout(timer);
    this.timers.clear();
    const now = this.clock();
    const coming = this.plan.items.filter((item) => item.kind === "media" && isFor(item, this.outlet, this.paths)
      && allowed(this.plan, this.policies, Date.parse(item.at)) && Date.parse(item.at) + LATE_MS > now);
    const next = coming[0];
    say("next", next ? `${next.title}, lúc ${hour(new Date(next.at))}` : "Chưa có tin nào trong lịch.");
    for (const item of coming.slice(0, 20)) {
      const wait = Math.max(0, Date.parse(item.at) - now - 8000);
      if (wait < 2 ** 31) this.timers.set(item.at + item.bulletin, window.setTimeout(() => this.#play(item), wait));
    }
    if (this.busy && !this.plan.items.some((item) => item.at === this.busy.at && item.bulletin === this.busy.bulletin)) {
      line("Tin đang phát đã được thu hồi."); this.sound.stop();
    }
  }

  async #play(item) {
    const id = await slotId(this.station, item);
    if (this.played.has(id)) return;
    const common = { id, bulletin: item.bulletin, media: item.media.sha256, run: 1 };
    let buffer;
    try {
      buffer = await this.sound.decode(await this.device.media(item.media.sha256));
    } catch (error) {
      line(`Không phát được: ${error.message}`);
      await this.#report({ ...common, result: "expired", at: wireTime(this.clock()), reason: error.reason ?? "media_missing" });
      return;
    }
    this.played.add(id);
    await this.shelf.put("played", [...this.played].slice(-500));
    this.busy = item;
    const startsAt = Date.parse(item.at);
    const heard = await this.sound.play(buffer, startsAt, this.clock, () => {
      say("now", item.title); page.dataset.state = "playing"; line(`Đang phát: ${item.title}`);
    });
    this.busy = null;
    say("now", "Đang im lặng"); page.dataset.state = "idle";
    await this.#report({ ...common, result: heard.whole ? "played" : "interrupted", at: wireTime(this.clock()),
      grade: "B", level_lufs: heard.level_lufs, started: wireTime(startsAt + heard.from_ms),
      from_ms: heard.from_ms, played_ms: heard.played_ms, volume_pct: 100 });
    line(`Đã phát xong, mức ${heard.level_lufs} LUFS, chứng nhận đã ký.`);
    this.#arrange();
  }

  async #report(item) {
    const waiting = (await this.shelf.get("receipts")) ?? [];
    waiting.push(await this.device.sendReceipt([item]));
    await this.shelf.put("receipts", waiting);
    await this.deliver();
  }

  async deliver() {
    const waiting = (await this.shelf.get("receipts")) ?? [];
    if (!waiting.length) return;
    const { stored, refused } = await this.device.deliver(waiting.slice(0, 50));
    const settled = new Set([...stored, ...Object.keys(refused ?? {})]);
    const left = [];
    for (const receipt of waiting) if (!settled.has(await receiptId(receipt))) left.push(receipt);
    await this.shelf.put("receipts", left);
  }

  async run() {
    await this.syncClock();
    say("clock", `${Math.round(this.errorBound)} ms`);
    let turn = 0;
    for (;;) {
      try {
        if (turn % 60 === 0) await this.renewTrust();
        await this.lookAtPlan();
        await this.deliver();
        turn += 1;
        if (turn % 60 === 0) await this.syncClock();
        say("line", "đang nối");
      } catch (error) {
        say("line", `đang chờ (${error.reason ?? error.message})`);
      }
      await new Promise((resolve) => { window.setTimeout(resolve, POLL_MS); });
    }
  }
}

async function start() {
  const shelf = await openShelf("loa-speaker");
  const sound = new Sound();
  await sound.resume();
  const speaker = new Speaker(shelf, await ownKey(shelf), sound);
  await speaker.begin();
  page.dataset.state = "idle";
  say("now", "Đang im lặng");
  await speaker.run();
}

const button = page.querySelector("[data-start]");
button.addEventListener("click", () => {
  button.disabled = true;
  page.dataset.state = "starting";
  start().catch((error) => {
    say("now", `Chưa bật được loa: ${error.message}`);
    page.dataset.state = "failed";
    button.disabled = false;
  });
});
