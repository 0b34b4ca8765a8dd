// The operator console. It never learns what the participant sees: feedback and sham look alike.
import { Chart, Surface, colourOfCondition } from "/static/chart.js";
import { Link } from "/static/link.js";
import { Mosaic } from "/static/mosaic.js";

const $ = (id) => document.getElementById(id);
const SIGNATURES = ["#f3bd62", "#f58aa6", "#8fd0c4", "#c9b6f2"];
const SYSTEMS = [
  [/experience|sharing/i, "#7ccf8f"],
  [/mentali/i, "#7fb2ff"],
  [/concern/i, "#c39cf5"],
];
const MOTION = ["#f3bd62", "#8fd0c4", "#c9b6f2"];
const STATUS = { ok: "#5f8f6d", received: "#5b554b", marked: "#f3bd62", lost: "#ff8f7a" };
const FD_LIMIT_MM = 0.5;

const model = { rows: [], log: [], session: null, state: "waiting", reason: "", pages: null };
const charts = {
  signatures: new Chart($("chart-signatures"), { least: [-2, 2], limit: 8 }),
  score: new Chart($("chart-score"), { least: [-2, 2], limit: 10 }),
  motion: new Chart($("chart-motion"), { least: [-0.5, 0.5] }),
  fd: new Chart($("chart-fd"), { least: [0, 0.7], threshold: FD_LIMIT_MM, limit: 3 }),
  quality: new Chart($("chart-quality"), { least: [0, 2], limit: 20 }),
  latency: new Chart($("chart-latency"), { least: [0, 100], limit: 1000 }),
};
const timeline = new Surface($("timeline"), drawTimeline);
const strip = new Surface($("strip"), drawStrip);
const mosaic = new Mosaic($("mosaic"));
const gauges = new Map();
let frame = 0;
let pending = null;
let picture = null;

// ---------------------------------------------------------------- numbers

function column(read) {
  return model.rows.map((row) => (row === undefined ? undefined : read(row)));
}

function last(values) {
  return values.findLast((value) => value !== undefined);
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

// ---------------------------------------------------------------- words

function legend(id, entries) {
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

function tellHeader() {
  const { session, state, pages } = model;
  $("state").dataset.state = state;
  $("state").textContent = state[0].toUpperCase() + state.slice(1);
  $("state").title = model.reason;
  if (session) {
    const { study, participant, session: visit, task, run } = session;
    const labels = [`sub-${participant}`, visit && `ses-${visit}`, `task-${task}`, run && `run-${run}`];
    $("labels").textContent = `${study} · ${labels.filter(Boolean).join(" ")}`;
  }
  const n = model.rows.length;
  const seconds = Math.round(n * (session?.tr_s ?? 0));
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  $("count").firstElementChild.textContent = n ? `${n}` : "–";
  $("count").lastChild.textContent = session ? ` of ${session.n_expected} volumes · ${clock}` : " volumes";
  tellPages(pages);
  tellSynthetic(session);
  const live = state === "running" || state === "paused";
  $("start").disabled = state !== "waiting";
  $("pause").disabled = !live;
  $("pause").textContent = state === "paused" ? "Resume" : "Pause";
  $("stop").disabled = state === "finished";
}

function tellPages(pages) {
  const { participants = 0, hidden = 0, operators = [] } = pages ?? {};
  let words = "Participant page: not open";
  if (participants > 0) words = hidden ? "Participant page: hidden" : "Participant page: showing";
  if (participants > 1) words += ` (${participants})`;
  if (operators.length > 1) words += ` · ${operators.length} operators`;
  $("pages").textContent = words;
  $("pages").dataset.level = participants === 0 || hidden ? "warning" : "ok";
}

function tellSynthetic(session) {
  const parts = [];
  if (session?.synthetic) parts.push("The participant is simulated: no brain is being measured.");
  if (session?.synthetic_signatures) parts.push("The signatures are stand-ins made by the simulation, not published maps.");
  $("synthetic").hidden = parts.length === 0;
  $("synthetic").textContent = parts.join(" ");
}

function tellLog(fresh) {
  for (const { level, text, volume } of fresh) {
    const item = document.createElement("li");
    item.dataset.level = level;
    item.dataset.volume = volume < 0 ? "–" : volume;
    item.textContent = text;
    $("log").prepend(item);
  }
  const alarms = model.log.filter(({ level }) => level === "alarm");
  const warnings = model.log.filter(({ level }) => level === "warning").length;
  legend("legend-events", [["alarms", `${alarms.length}`], ["warnings", `${warnings}`]]);
  if (fresh.some(({ level }) => level === "alarm")) $("alarms").textContent = alarms.at(-1).text;
}

function tellTally() {
  const counts = { ok: 0, marked: 0, lost: 0 };
  for (const row of model.rows) if (row && row.status in counts) counts[row.status] += 1;
  const parts = Object.entries(counts).map(([name, count]) => {
    const figure = document.createElement("b");
    figure.textContent = count;
    return [figure, ` ${name}   `];
  });
  const why = model.rows.findLast((row) => row?.why);
  const note = why ? `newest problem, volume ${why.i}: ${why.why}` : "";
  $("tally").replaceChildren(...parts.flat(), note);
}

// ---------------------------------------------------------------- pictures

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

function drawSignatures(n, blocks) {
  const names = model.session?.scored ?? Object.keys(model.rows.find((r) => r?.signatures)?.signatures ?? {});
  const series = names.map((name, i) => ({
    values: column((row) => row.signatures?.[name]?.[0]),
    errors: column((row) => row.signatures?.[name]?.[1]),
    colour: SIGNATURES[i % SIGNATURES.length],
    dash: i === 1 ? [6, 2] : [],
  }));
  charts.signatures.show({ n, blocks, series });
  legend("legend-signatures", names.map((name, i) => {
    const [value, error] = [last(series[i].values), last(series[i].errors)];
    return [name, `${signed(value)} ± ${error?.toFixed(2) ?? "–"}`, series[i].colour];
  }));
  const score = column((row) => row.score);
  charts.score.show({ n, blocks, series: [{ values: score, colour: "#efe9de" }] });
  legend("legend-score", [["", signed(last(score))]]);
}

function drawMotion(n, blocks) {
  const series = [0, 1, 2, 3, 4, 5].map((axis) => ({
    values: column((row) => row.motion?.[axis]),
    colour: MOTION[axis % 3],
    dash: axis < 3 ? [] : [3, 3],
  }));
  charts.motion.show({ n, blocks, series });
  legend("legend-motion", ["x", "y", "z"].map((name, i) => [
    name, `${signed(last(series[i].values))} mm ${signed(last(series[i + 3].values))}°`, MOTION[i],
  ]));
  const fd = column((row) => row.fd);
  const over = fd.filter((value) => value > FD_LIMIT_MM).length;
  charts.fd.show({ n, blocks, series: [{ values: fd, colour: "#efe9de", width: 1.2 }] });
  legend("legend-fd", [["", last(fd)?.toFixed(2) ?? "–"], [`over ${FD_LIMIT_MM}:`, `${over}`]]);
  const dvars = column((row) => row.dvars);
  charts.quality.show({ n, blocks, series: [{ values: dvars, colour: "#8fd0c4", width: 1.2 }] });
  const tsnr = last(column((row) => row.tsnr));
  legend("legend-quality", [["DVARS", last(dvars)?.toFixed(2) ?? "–"], ["tSNR", tsnr ? whole(tsnr) : "–"]]);
}

function drawLatency(n, blocks) {
  const delays = column((row) => row.participant_ms);
  const console_ = column((row) => row.operator_ms);
  charts.latency.show({ n, blocks, series: [
    { values: console_, colour: "#7d7568", width: 1 }, { values: delays, colour: "#f3bd62", width: 1.2 },
  ] });
  const order = sorted(delays);
  const decode = quantile(sorted(column((row) => row.decode_ms)), 0.5);
  legend("legend-latency", [
    ["median", whole(quantile(order, 0.5))], ["p99", whole(quantile(order, 0.99))],
    ["decode", whole(decode)],
  ]);
}

function colourOfSystem(name) {
  return SYSTEMS.find(([words]) => words.test(name))?.[1] ?? "#aea596";
}

function makeGauges(id, names, colourOf) {
  $(id).replaceChildren(...names.map((name) => {
    const item = document.createElement("li");
    const label = document.createElement("span");
    label.textContent = label.title = name.replaceAll("_", " ");
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${name} over the run`);
    const output = document.createElement("output");
    item.append(label, canvas, output);
    gauges.set(`${id}/${name}`, { surface: new Surface(canvas, request), output, colour: colourOf(name) });
    return item;
  }));
}

function drawGauges(n) {
  for (const [key, gauge] of gauges) {
    const [group, name] = key.split("/");
    const field = group === "systems" ? "systems" : "signatures";
    const values = column((row) => row[field]?.[name]?.[0]);
    gauge.output.textContent = signed(last(values));
    spark(gauge.surface, values, n, gauge.colour);
  }
}

function spark(surface, values, n, colour) {
  const context = surface.clear();
  const { width, height } = surface;
  const y = (value) => height / 2 - (Math.max(-4, Math.min(4, value)) / 4) * (height / 2 - 2);
  context.fillStyle = "#4a443c";
  context.fillRect(0, Math.round(height / 2), width, 1);
  context.strokeStyle = colour;
  context.lineWidth = 1.3;
  context.beginPath();
  let down = false;
  values.forEach((value, i) => {
    if (value === undefined) return (down = false);
    context[down ? "lineTo" : "moveTo"]((i / Math.max(n - 1, 1)) * width, y(value));
    down = true;
  });
  context.stroke();
}

function draw() {
  frame = 0;
  tellHeader();
  tellTally();
  const [n, blocks] = [runLength(), ranBlocks()];
  drawTimeline();
  drawStrip();
  drawSignatures(n, blocks);
  drawMotion(n, blocks);
  drawLatency(n, blocks);
  drawGauges(n);
  if (picture !== null) {
    mosaic.show(picture);
    $("volume").textContent = `${mosaic.volume}`;
    picture = null;
  }
  if (pending !== null) {
    link.drawn(pending);
    pending = null;
  }
}

function request() {
  frame ||= requestAnimationFrame(draw);
}

// ---------------------------------------------------------------- overlay

let chosen = "none";

async function cover() {
  if (chosen === "none") return mosaic.cover(null);
  const wanted = chosen;
  const answer = await fetch(`/overlay/${encodeURIComponent(wanted)}${location.search}`).catch(() => null);
  if (wanted !== chosen) return undefined;
  if (answer?.ok) return mosaic.cover(await answer.arrayBuffer());
  return setTimeout(() => wanted === chosen && cover(), 500); // not painted yet
}

function makeOverlays(session) {
  const names = ["none", ...(session?.overlays ?? [])];
  if (!names.includes(chosen)) chosen = "none";
  $("overlays").replaceChildren($("overlays").querySelector("legend"), ...names.map((name) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    Object.assign(input, { type: "radio", name: "overlay", value: name, checked: name === chosen });
    input.addEventListener("change", () => {
      chosen = name;
      cover();
    });
    label.append(input, ` ${name}`);
    return label;
  }));
  cover();
}

// ---------------------------------------------------------------- messages

function hello(message) {
  Object.assign(model, { rows: [], log: [], session: message.session });
  $("log").replaceChildren();
  $("alarms").replaceChildren();
  gauges.clear();
  makeGauges("systems", message.session?.systems ?? [], colourOfSystem);
  makeGauges("monitors", message.session?.monitors ?? [], () => "#aea596");
  makeOverlays(message.session);
}

function take(message) {
  if (message.type === "hello") hello(message);
  for (const row of message.rows) model.rows[row.i] = row;
  model.log.push(...message.log);
  if (message.log.length || message.type === "hello") tellLog(message.log);
  Object.assign(model, { state: message.state, reason: message.reason });
  if (message.pages) model.pages = message.pages;
  if (message.draw) pending = message.update;
  request();
}

const link = new Link("operator", {
  onMessage: take,
  onPicture: (buffer) => {
    picture = buffer;
    request();
  },
  onOpen: () => ($("lost").hidden = true),
  onLost: () => ($("lost").hidden = false),
});

function command(action, text = "") {
  return link.send({ type: "command", action, text });
}

$("start").addEventListener("click", () => command("start"));
$("pause").addEventListener("click", () => command(model.state === "paused" ? "resume" : "pause"));
$("stop").addEventListener("click", () => $("confirm").showModal());
$("confirm").addEventListener("close", () => {
  if ($("confirm").returnValue === "stop") command("stop");
  $("confirm").returnValue = "";
});
$("marker").addEventListener("submit", (event) => {
  event.preventDefault();
  if (command("marker", $("marker-text").value.trim())) $("marker-text").value = "";
});
$("opacity").addEventListener("input", (event) => {
  mosaic.opacity = Number(event.target.value);
  mosaic.draw();
});
