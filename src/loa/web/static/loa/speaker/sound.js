// Playing at the right instant, and measuring what was really sent to the loudspeaker.

const FRAME_MS = 100;

export class Sound {
  constructor() {
    this.context = new AudioContext({ latencyHint: "playback" });
    this.gain = this.context.createGain();
    // ITU-R BS.1770 weighting: a high shelf, then a high pass; measured beside what is heard.
    const shelf = new BiquadFilterNode(this.context, { type: "highshelf", frequency: 1500, gain: 4 });
    const pass = new BiquadFilterNode(this.context, { type: "highpass", frequency: 38, Q: 0.5 });
    this.meter = new AnalyserNode(this.context, { fftSize: 8192 });
    this.gain.connect(this.context.destination);
    this.gain.connect(shelf).connect(pass).connect(this.meter);
  }

  resume() { return this.context.resume(); }

  decode(bytes) { return this.context.decodeAudioData(bytes.slice(0)); }

  // Plays `buffer` when `clock()` reaches `startsAt` (ms), `offset_s` in if that has passed.
  // Resolves with what was heard: whole or not, for how long, how loud.
  play(buffer, startsAt, clock, onStart) {
    const source = new AudioBufferSourceNode(this.context, { buffer });
    source.connect(this.gain);
    const wait_s = (startsAt - clock()) / 1000;
    const offset_s = Math.max(0, -wait_s);
    const at = this.context.currentTime + Math.max(0, wait_s);
    source.start(at, offset_s);
    this.source = source;
    return new Promise((resolve) => {
      const levels = [];
      const begun = window.setTimeout(onStart, Math.max(0, wait_s) * 1000);
      const timer = window.setInterval(() => {
        if (this.context.currentTime > at) levels.push(this.#meanSquare());
      }, FRAME_MS);
      source.onended = () => {
        window.clearInterval(timer);
        window.clearTimeout(begun);
        const heard_s = Math.min(buffer.duration - offset_s, Math.max(0, this.context.currentTime - at));
        resolve({ from_ms: Math.round(offset_s * 1000), played_ms: Math.round(heard_s * 1000),
          whole: heard_s > buffer.duration - offset_s - 0.25, level_lufs: loudness(levels) });
      };
    });
  }

  stop() { this.source?.stop(); }

  #meanSquare() {
    const samples = new Float32Array(this.meter.fftSize);
    this.meter.getFloatTimeDomainData(samples);
    return samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  }
}

const lufs = (meanSquare) => -0.691 + 10 * Math.log10(meanSquare);

// Gated as BS.1770 gates: above -70 LUFS, then above ten below the mean of those.
function loudness(levels) {
  const mean = (list) => list.reduce((sum, level) => sum + level, 0) / list.length;
  const loud = levels.filter((level) => level > 0 && lufs(level) > -70);
  if (!loud.length) return -120;
  const gate = lufs(mean(loud)) - 10;
  return Math.round(lufs(mean(loud.filter((level) => lufs(level) > gate))));
}
