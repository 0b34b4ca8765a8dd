// The operator console. It never learns what the participant sees: feedback and sham look alike.
import { Link } from "/static/link.js";
import { Mosaic } from "/static/mosaic.js";
import { drawPanels, legend, makeGauges, model } from "/static/panels.js";

const $ = (id) => document.getElementById(id);
const mosaic = new Mosaic($("mosaic"));
const LOST = "The connection to the session is lost. Trying again… What is on this page is old.";
const ENDED = "The session has ended and its server is closed. What is on this page is its end.";
let frame = 0;
let pending = null;
let picture = null;
let chosen = "none";

function tellHeader() {
  const { session, state, pages } = model;
  $("state").dataset.state = state;
  $("state").textContent = state[0].toUpperCase() + state.slice(1);
  $("state").title = model.reason;
  if (session) {
    const { study, participant, session: visit, task, run } = session;
    const labels = [`sub-${participant}`, visit && `ses-${visit}`, `task-${task}`, run && `run-${run}`];
    $("study").textContent = study;
    $("labels").textContent = $("labels").title = labels.filter(Boolean).join(" ");
  }
  const n = model.rows.length;
  const seconds = Math.round(n * (session?.tr_s ?? 0));
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  $("count").firstElementChild.textContent = n ? `${n}` : "–";
  $("count").lastChild.textContent = session ? ` of ${session.n_expected} volumes · ${clock}` : " volumes";
  tellPages(pages);
  tellSynthetic(session);
  const live = state === "running" || state === "paused";
  const deaf = pages === null || state === "finished";
  $("start").disabled = deaf || live;
  $("pause").disabled = deaf || !live;
  $("pause").textContent = state === "paused" ? "Resume" : "Pause";
  $("stop").disabled = $("mark").disabled = deaf;
}

function tellPages(pages) {
  const { participants = 0, hidden = 0, operators = [] } = pages ?? {};
  let words = `Participant page: ${pages === null ? "unknown" : "not open"}`;
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
  if (fresh.some(({ level }) => level === "alarm")) {
    $("alarm-text").textContent = alarms.at(-1).text;
    $("alarms").hidden = false;
  }
}

function tellTally() {
  const counts = { ok: 0, marked: 0, lost: 0 };
  for (const row of model.rows) if (row && row.status in counts) counts[row.status] += 1;
  const parts = Object.entries(counts).map(([name, count]) => {
    const figure = document.createElement("b");
    figure.textContent = count;
    return [figure, ` ${name} · `];
  });
  const why = model.rows.findLast((row) => row?.why);
  const note = why ? `newest problem: volume ${why.i}, ${why.why}` : "no problem so far";
  $("tally").replaceChildren(...parts.flat(), note);
}

function draw() {
  frame = 0;
  tellHeader();
  tellTally();
  drawPanels();
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
  if (session && !names.includes(chosen)) chosen = "none"; // kept while a session is being resumed
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

function hello(message) {
  Object.assign(model, { rows: [], log: [], session: message.session });
  $("log").replaceChildren();
  $("alarms").hidden = true;
  makeGauges(message.session);
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
  onLost: () => {
    $("lost").dataset.state = model.state;
    $("lost").textContent = model.state === "finished" ? ENDED : LOST;
    $("lost").hidden = false;
    model.pages = null;
    request();
  },
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
$("seen").addEventListener("click", () => ($("alarms").hidden = true));
$("opacity").addEventListener("input", (event) => {
  mosaic.opacity = Number(event.target.value);
  mosaic.draw();
});
