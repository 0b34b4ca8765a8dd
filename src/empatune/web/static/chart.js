// Small canvas charts: traces with bands over a run, block shading, thresholds, sparklines.

const LINE = "#3a3630";
const MUTED = "#a89f92";
const FONT = "11px system-ui, 'Liberation Sans', sans-serif";

const LEFT = 34;
const RIGHT = 6;

export const CONDITION_COLOURS = {
  rest: "#6f6a62", baseline: "#6f6a62", care: "#e0a94f", view: "#6f93ad", transfer: "#a58bc9",
  feedback: "#86a96f",
};
const OTHER_COLOURS = ["#86a96f", "#c98b8b", "#7fa8a3", "#b59f6a"];

export function colourOfCondition(name) {
  if (name in CONDITION_COLOURS) return CONDITION_COLOURS[name];
  const code = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  return OTHER_COLOURS[code % OTHER_COLOURS.length];
}

// Fits a canvas to its box without asking for layout while drawing.
export class Surface {
  constructor(canvas, onResize) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.width = 0;
    this.height = 0;
    new ResizeObserver(([entry]) => {
      const scale = window.devicePixelRatio || 1;
      this.width = entry.contentRect.width;
      this.height = entry.contentRect.height;
      canvas.width = Math.round(this.width * scale);
      canvas.height = Math.round(this.height * scale);
      this.context.setTransform(scale, 0, 0, scale, 0, 0);
      onResize();
    }).observe(canvas);
  }

  clear() {
    this.context.clearRect(0, 0, this.width, this.height);
    this.context.font = FONT;
    return this.context;
  }
}

function extent(series, least, from) {
  let [low, high] = least;
  for (const { values, errors } of series) {
    for (let i = from; i < values.length; i++) {
      const value = values[i];
      if (value === undefined) continue;
      const error = errors?.[i] ?? 0;
      if (value - error < low) low = value - error;
      if (value + error > high) high = value + error;
    }
  }
  return [low, high];
}

function roundStep(span, most) {
  const power = 10 ** Math.floor(Math.log10(span / most));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => span / step <= most) ?? span;
}

export class Chart {
  // `least`: the range that is always shown; `threshold`: a line that should not be crossed.
  constructor(canvas, { least = [-1, 1], limit = Infinity, onPoint = () => {} } = {}) {
    this.surface = new Surface(canvas, () => this.draw());
    canvas.addEventListener("pointermove", (event) => onPoint(this.#volumeAt(event.offsetX)));
    canvas.addEventListener("pointerleave", () => onPoint(null));
    this.least = least;
    this.limit = limit;
    this.threshold = null;
    this.data = { from: 0, n: 1, series: [], blocks: [], pointed: null };
  }

  #volumeAt(x) {
    const share = (x - LEFT) / (this.surface.width - LEFT - RIGHT);
    const nth = Math.round(share * (this.data.n - 1));
    return nth >= 0 && nth < this.data.n ? this.data.from + nth : null;
  }

  show(data) {
    this.data = data;
    this.draw();
  }

  draw() {
    const { width, height } = this.surface;
    const context = this.surface.clear();
    if (width < 60 || height < 24) return;
    const { from, n, series, blocks, pointed } = this.data;
    const [left, right, top, bottom] = [LEFT, RIGHT, 5, 5];
    let [low, high] = extent(series, this.least, from);
    [low, high] = [Math.max(low, -this.limit), Math.min(high, this.limit)];
    const pad = (high - low) * 0.04;
    [low, high] = [low - (low < 0 ? pad : 0), high + pad];
    const x = (i) => left + ((i - from) / Math.max(n - 1, 1)) * (width - left - right);
    const share = (v) => (Math.min(high, Math.max(low, v)) - low) / (high - low);
    const y = (v) => top + (1 - share(v)) * (height - top - bottom);
    this.#shade(context, blocks, { x, top, height: height - top - bottom, from, n });
    this.#axis(context, { low, high, y, left, right: width - right, height });
    context.save();
    context.beginPath();
    context.rect(left, 0, width - left - right + 4, height);
    context.clip();
    for (const line of series) this.#band(context, line, { x, y, from });
    for (const line of series) this.#trace(context, line, { x, y, from });
    context.restore();
    if (pointed === null) return;
    context.fillStyle = MUTED;
    context.fillRect(Math.round(x(pointed)), top, 1, height - top - bottom);
  }

  #shade(context, blocks, { x, top, height, from, n }) {
    for (const block of blocks) {
      const [start, end] = [Math.max(block.from - 0.5, from), Math.min(block.to, from + n - 1)];
      if (end <= start) continue;
      context.fillStyle = colourOfCondition(block.condition);
      context.globalAlpha = block.condition === "rest" ? 0.05 : 0.13;
      context.fillRect(x(start), top, x(end) - x(start), height);
    }
    context.globalAlpha = 1;
  }

  #axis(context, { low, high, y, left, right, height }) {
    const step = roundStep(high - low, Math.max(3, Math.min(6, height / 26)));
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (let value = Math.ceil(low / step) * step; value <= high; value += step) {
      const place = Math.round(y(value)) + 0.5;
      context.strokeStyle = Math.abs(value) < step / 1e6 ? "#5b554b" : LINE;
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(left, place);
      context.lineTo(right, place);
      context.stroke();
      context.fillStyle = MUTED;
      const text = Number(value.toPrecision(6)).toString().replace("-", "−");
      context.fillText(text, left - 6, Math.min(Math.max(place, 7), height - 7));
    }
    if (this.threshold !== null && this.threshold < high) {
      context.strokeStyle = "#f08a6a";
      context.setLineDash([4, 4]);
      context.beginPath();
      context.moveTo(left, y(this.threshold));
      context.lineTo(right, y(this.threshold));
      context.stroke();
      context.setLineDash([]);
    }
  }

  #band(context, { values, errors, colour }, { x, y, from: first }) {
    if (!errors) return;
    context.fillStyle = colour;
    context.globalAlpha = 0.2;
    for (const [from, to] of runs(values, first)) {
      context.beginPath();
      for (let i = from; i < to; i++) context.lineTo(x(i), y(values[i] + (errors[i] ?? 0)));
      for (let i = to - 1; i >= from; i--) context.lineTo(x(i), y(values[i] - (errors[i] ?? 0)));
      context.fill();
    }
    context.globalAlpha = 1;
  }

  #trace(context, { values, colour, dash = [], width = 1.5 }, { x, y, from: first }) {
    context.strokeStyle = colour;
    context.fillStyle = colour;
    context.lineWidth = width;
    context.lineJoin = "round";
    context.setLineDash(dash);
    for (const [from, to] of runs(values, first)) {
      context.beginPath();
      if (to - from === 1) context.fillRect(x(from) - 1, y(values[from]) - 1, 2, 2);
      for (let i = from; i < to; i++) context.lineTo(x(i), y(values[i]));
      context.stroke();
    }
    context.setLineDash([]);
  }
}

// Stretches of volumes without a gap: a lost volume is a hole, never a bridge.
function runs(values, first) {
  const found = [];
  let start = -1;
  for (let i = first; i <= values.length; i++) {
    const there = i < values.length && values[i] !== undefined;
    if (there && start < 0) start = i;
    if (!there && start >= 0) {
      found.push([start, i]);
      start = -1;
    }
  }
  return found;
}
