// Draws what the console knows: protocol, traces, gauges. The model is the messages' rows.
import { Chart, Surface, colourOfCondition } from "/static/chart.js";

const $ = (id) => document.getElementById(id);
const SIGNATURES = ["#f3bd62", "#f58aa6", "#8fd0c4", "#c9b6f2"];
const SYSTEMS = [
  [/sharing/i, "#7ccf8f"],
  [/mentali/i, "#7fb2ff"],
  [/concern/i, "#c39cf5"],
];
const MOTION = ["#f3bd62", "#8fd0c4", "#c9b6f2"];
const STATUS = { ok: "#5f8f6d", received: "#5b554b", marked: "#f3bd62", lost: "#ff8f7a" };

const LEAST = 120; // volumes on the time axis of the traces
const WINDOW = 240;
const STEP = 40;
const RECENT = 100; // volumes whose delays are summed up

export const model = { rows: [], log: [], session: null, state: "waiting", reason: "", pages: null };

const charts = {
  signatures: new Chart($("chart-signatures"), { least: [-2, 2], limit: 8, onPoint: point }),
  score: new Chart($("chart-score"), { least: [-2, 2], limit: 10, onPoint: point }),
  motion: new Chart($("chart-motion"), { least: [-0.5, 0.5], onPoint: point }),
  fd: new Chart($("chart-fd"), { least: [0, 0.7], limit: 3, onPoint: point }),
  quality: new Chart($("chart-quality"), { least: [0, 2], limit: 20, onPoint: point }),
  latency: new Chart($("chart-latency"), { least: [0, 100], limit: 1000, onPoint: point }),
};
const timeline = new Surface($("timeline"), drawTimeline);
const strip = new Surface($("strip"), drawStrip);
const gauges = new Map();
let wholeRun = false;
let pointed = null; // the volume under the pointer
let frame = 0;

function column(read) {
  return model.rows.map((row) => (row === undefined ? undefined : read(row)));
}

// The value under the pointer, else the newest.
function now(values) {
  return pointed === null ? values.findLast((value) => value !== undefined) : values[pointed];
}

function point(volume) {
  if (volume === pointed) return;
  pointed = volume;
  frame ||= requestAnimationFrame(drawPanels);
}

function signed(value, digits = 2) {
  if (value === undefined) return "–";
  const text = Math.abs(value).toFixed(digits);
  return (value < 0 && Number(text) !== 0 ? "−" : "+") + text;
}

function quantile(sorted, share) {
  if (sorted.length === 0) return undefined;
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}

function sorted(values) {
  return values.filter((value) => value !== undefined).sort((a, b) => a - b);
}

function whole(value) {
  return value === undefined ? "–" : value.toFixed(value < 10 ? 1 : 0);
}

function runLength() {
  return Math.max(model.session?.n_expected ?? 0, model.rows.length, 20);
}

// The stretch of the run that the traces show. It moves in steps: nothing slides all the time.
function stretch() {
  const n = model.rows.length;
  const from = wholeRun ? 0 : Math.ceil(Math.max(0, n - WINDOW) / STEP) * STEP;
  const wanted = Math.max(LEAST, Math.ceil((1.1 * (n - from)) / STEP) * STEP);
  const length = from > 0 ? WINDOW : Math.max(n, Math.min(wanted, runLength()));
  $("range").hidden = n <= WINDOW;
  return { from, n: length, blocks: ranBlocks(), pointed };
}

function ranBlocks() {
  const found = [];
  model.rows.forEach((row, i) => {
    if (row?.block === undefined || row.block < 0) return;
    const open = found.at(-1);
    if (open?.block === row.block) open.to = i + 0.5;
    else found.push({ block: row.block, condition: row.phase, from: i, to: i + 0.5 });
  });
  return found;
}

export function legend(id, entries) {
  $(id).replaceChildren(
    ...entries.map(([name, value, colour]) => {
      const entry = document.createElement("span");
      if (colour) {
        const mark = document.createElement("i");
        mark.style.color = colour;
        entry.append(mark);
      }
      const figure = document.createElement("b");
      figure.textContent = value;
      entry.append(name ? `${name} ` : "", figure);
      return entry;
    }),
  );
}

function drawTimeline() {
  const context = timeline.clear();
  const blocks = model.session?.blocks ?? [];
  const total = blocks.reduce((sum, block) => sum + block.n, 0);
  if (!total || timeline.width < 20) return;
  const newest = model.rows.findLast((row) => row?.block !== undefined);
  const x = (volume) => (volume / total) * timeline.width;
  context.textBaseline = "middle";
  blocks.forEach((block, number) => {
    const [left, wide] = [x(block.start), x(block.n) - 2];
    const current = newest?.block === number;
    context.fillStyle = colourOfCondition(block.condition);
    context.globalAlpha = current ? 0.75 : 0.28;
    context.fillRect(left, 2, wide, timeline.height - 4);
    context.globalAlpha = 1;
    if (block.feedback) context.fillRect(left, timeline.height - 5, wide, 3);
    context.fillStyle = current ? "#171513" : "#cfc6b8";
    if (context.measureText(block.condition).width < wide - 10) {
      context.fillText(block.condition, left + 6, timeline.height / 2);
    }
  });
  const now = blocks[newest?.block];
  if (!now) return;
  context.fillStyle = "#efe9de";
  context.fillRect(x(now.start + now.n * Math.min(1, newest.elapsed)) - 1, 0, 2, timeline.height);
}

function drawStrip() {
  const context = strip.clear();
  const n = runLength();
  context.fillStyle = "#2b2723";
  context.fillRect(0, 0, strip.width, strip.height);
  model.rows.forEach((row, i) => {
    if (!row) return;
    const [left, right] = [(i / n) * strip.width, ((i + 1) / n) * strip.width];
    const bad = row.status === "marked" || row.status === "lost";
    context.fillStyle = STATUS[row.status];
    const wide = Math.max(right - left - (right - left > 3 ? 1 : 0), bad ? 2 : 0.5);
    context.fillRect(left, bad ? 0 : 3, wide, bad ? strip.height : strip.height - 6);
  });
}

function drawSignatures(view) {
  const names = model.session?.scored ?? Object.keys(model.rows.find((r) => r?.signatures)?.signatures ?? {});
  const series = names.map((name, i) => ({
    values: column((row) => row.signatures?.[name]?.[0]),
    errors: column((row) => row.signatures?.[name]?.[1]),
    colour: SIGNATURES[i % SIGNATURES.length],
    dash: i === 1 ? [6, 2] : [],
  }));
  charts.signatures.show({ ...view, series });
  legend("legend-signatures", names.map((name, i) => {
    const [value, error] = [now(series[i].values), now(series[i].errors)];
    return [name, `${signed(value)} ± ${error?.toFixed(2) ?? "–"}`, series[i].colour];
  }));
  $("pointed").textContent = pointed === null ? "" : `volume ${pointed}`;
  const score = column((row) => row.score);
  charts.score.show({ ...view, series: [{ values: score, colour: "#efe9de" }] });
  legend("legend-score", [["", signed(now(score))]]);
}

function drawMotion(view) {
  const series = [0, 1, 2, 3, 4, 5].map((axis) => ({
    values: column((row) => row.motion?.[axis]),
    colour: MOTION[axis % 3],
    dash: axis < 3 ? [] : [3, 3],
  }));
  charts.motion.show({ ...view, series });
  const most = (lines) => Math.max(0, ...lines.map(({ values }) => Math.abs(now(values) ?? 0))).toFixed(2);
  legend("legend-motion", [
    ...["x", "y", "z"].map((name, i) => [name, "", MOTION[i]]),
    ["", `${most(series.slice(0, 3))} mm`], ["", `${most(series.slice(3))}°`],
  ]);
  const fd = column((row) => row.fd);
  const limit = charts.fd.threshold = model.session?.fd_limit_mm ?? null;
  const over = limit === null ? [] : [[`over ${limit}:`, `${fd.filter((value) => value > limit).length}`]];
  charts.fd.show({ ...view, series: [{ values: fd, colour: "#efe9de", width: 1.2 }] });
  legend("legend-fd", [["", now(fd)?.toFixed(2) ?? "–"], ...over]);
  const dvars = column((row) => row.dvars);
  charts.quality.show({ ...view, series: [{ values: dvars, colour: "#8fd0c4", width: 1.2 }] });
  const tsnr = now(column((row) => row.tsnr));
  legend("legend-quality", [["DVARS", now(dvars)?.toFixed(2) ?? "–"], ["tSNR", tsnr ? whole(tsnr) : "–"]]);
}

function drawLatency(view) {
  const delays = column((row) => row.participant_ms);
  const console_ = column((row) => row.operator_ms);
  charts.latency.show({ ...view, series: [
    { values: console_, colour: "#7d7568", width: 1 }, { values: delays, colour: "#f3bd62", width: 1.2 },
  ] });
  const order = sorted(delays.slice(-RECENT));
  const decode = quantile(sorted(column((row) => row.decode_ms).slice(-RECENT)), 0.5);
  legend("legend-latency", [
    ["median", whole(quantile(order, 0.5))], ["p99", whole(quantile(order, 0.99))],
    ["decode", whole(decode)],
  ]);
}

function colourOfSystem(name) {
  return SYSTEMS.find(([words]) => words.test(name))?.[1] ?? "#aea596";
}

export function makeGauges(session) {
  gauges.clear();
  fillGauges("systems", session?.systems ?? [], colourOfSystem);
  fillGauges("monitors", session?.monitors ?? [], () => "#aea596");
}

function fillGauges(id, names, colourOf) {
  $(id).dataset.empty = model.session && names.length === 0 ? "none in this study" : "";
  $(id).replaceChildren(...names.map((name) => {
    const item = document.createElement("li");
    const label = document.createElement("span");
    label.textContent = label.title = name.replaceAll(/[-_]/g, " ");
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${name} over the run`);
    const output = document.createElement("output");
    item.append(label, canvas, output);
    gauges.set(`${id}/${name}`, { surface: new Surface(canvas, drawGauges), output, colour: colourOf(name) });
    return item;
  }));
}

function drawGauges(view = stretch()) {
  for (const [key, gauge] of gauges) {
    const [group, name] = key.split("/");
    const field = group === "systems" ? "systems" : "signatures";
    const values = column((row) => row[field]?.[name]?.[0]);
    gauge.output.textContent = signed(now(values));
    spark(gauge.surface, values, view, gauge.colour);
  }
}

function spark(surface, values, { from, n }, colour) {
  const context = surface.clear();
  const { width, height } = surface;
  const y = (value) => height / 2 - (Math.max(-4, Math.min(4, value)) / 4) * (height / 2 - 2);
  context.fillStyle = "#4a443c";
  context.fillRect(0, Math.round(height / 2), width, 1);
  context.strokeStyle = colour;
  context.lineWidth = 1.3;
  context.beginPath();
  let down = false;
  for (let i = from; i < values.length; i++) {
    const x = ((i - from) / Math.max(n - 1, 1)) * width;
    if (values[i] !== undefined) context[down ? "lineTo" : "moveTo"](x, y(values[i]));
    down = values[i] !== undefined;
  }
  context.stroke();
}

export function drawPanels() {
  frame = 0;
  const view = stretch();
  drawTimeline();
  drawStrip();
  drawSignatures(view);
  drawMotion(view);
  drawLatency(view);
  drawGauges(view);
}

$("range").addEventListener("click", () => {
  wholeRun = !wholeRun;
  $("range").textContent = wholeRun ? "Last minutes" : "Whole run";
  drawPanels();
});
