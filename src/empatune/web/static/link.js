// One WebSocket that comes back by itself, and the word that an update has been drawn.

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 2000;

export class Link {
  #socket = null;
  #wait = FIRST_WAIT_MS;
  #newest = null;
  #painted = new MessageChannel();

  constructor(page, { onMessage, onPicture = () => {}, onOpen = () => {}, onLost = () => {} }) {
    this.page = page;
    this.handlers = { onMessage, onPicture, onOpen, onLost };
    this.#painted.port1.onmessage = (event) => this.#acknowledge(event.data);
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.#acknowledge(this.#newest);
      else requestAnimationFrame(() => this.drawn(this.#newest));
    });
    this.#open();
  }

  #open() {
    const address = new URL(`/ws/${this.page}${location.search}`, location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.#wait = FIRST_WAIT_MS;
      this.handlers.onOpen();
    };
    socket.onmessage = ({ data }) => this.#take(data);
    socket.onclose = () => {
      this.#newest = null;
      this.handlers.onLost();
      setTimeout(() => this.#open(), this.#wait);
      this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT_MS);
    };
    this.#socket = socket;
  }

  #take(data) {
    if (typeof data !== "string") return this.handlers.onPicture(data);
    const message = JSON.parse(data);
    this.#newest = message.update;
    this.handlers.onMessage(message);
    // A hidden page gets no frames: it says so instead of claiming to have drawn.
    if (document.hidden) this.#acknowledge(message.update);
  }

  // Call inside an animation frame: the message is delivered after that frame was painted.
  drawn(update) {
    if (update !== null) this.#painted.port2.postMessage(update);
  }

  #acknowledge(update) {
    if (update === null) return;
    this.send(document.hidden ? { type: "drawn", update, hidden: true } : { type: "drawn", update });
  }

  send(message) {
    const open = this.#socket.readyState === WebSocket.OPEN;
    if (open) this.#socket.send(JSON.stringify(message));
    return open;
  }
}
