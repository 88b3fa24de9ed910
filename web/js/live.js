// A view that changes while one looks. `data-live` names a stream of server-sent events; each message
// is HTML whose elements replace their namesakes. The reader can pause it; a hidden tab does not keep
// the stream; a lost stream is tried again, each time later, and the page says since when it is stale.
// `event: end` ends the view for good, as when the session is over. `event: beat` only says "still here".
import { announce, swap } from "./swap.js";

const RETRY_MS_MIN = 1000;
const RETRY_MS_MAX = 60000;

class Live {
  constructor(region) {
    this.url = region.dataset.live;
    this.staleMs = 1000 * (Number(region.dataset.liveStaleS) || 10);
    this.button = document.querySelector("[data-live-pause]");
    this.status = document.querySelector("[data-live-status]");
    this.retryMs = RETRY_MS_MIN;
    this.lastNews = new Date();
    this.paused = false;
    this.ended = false;
    this.state = "";
    if (this.status) this.status.hidden = false;
    if (this.button) {
      this.button.hidden = false;
      this.button.addEventListener("click", () => this.setPaused(!this.paused));
    }
    document.addEventListener("visibilitychange", () => this.watch());
    addEventListener("pagehide", () => this.close());
    addEventListener("pageshow", () => this.watch());
    setInterval(() => this.checkStale(), 1000);
    this.watch();
  }

  // Someone begins to look: the time to hear something counts from here, not from each new try.
  watch() {
    this.watchedSince = Date.now();
    this.follow();
  }

  // Open exactly when someone can see it and has not paused it.
  follow() {
    const wanted = !this.paused && !this.ended && document.visibilityState === "visible";
    if (wanted && !this.source) this.open();
    if (!wanted) this.close();
    if (this.paused) this.say("paused");
  }

  open() {
    clearTimeout(this.timer);
    const source = new EventSource(this.url, { withCredentials: true });
    this.source = source;
    source.addEventListener("message", (event) => {
      if (source !== this.source) return;
      this.news();
      swap(event.data);
    });
    source.addEventListener("beat", () => this.news());
    source.addEventListener("end", () => {
      this.ended = true;
      this.close();
      this.say("ended");
    });
    source.addEventListener("error", () => {
      if (source !== this.source) return;
      // The browser's own retry has no growing pause and gives up on some answers; ours takes over.
      this.close();
      this.timer = setTimeout(() => this.follow(), this.retryMs * (0.75 + Math.random() / 2));
      this.retryMs = Math.min(this.retryMs * 2, RETRY_MS_MAX);
    });
  }

  close() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  news() {
    this.lastNews = new Date();
    this.retryMs = RETRY_MS_MIN;
    this.say("live");
  }

  checkStale() {
    const watching = !this.paused && !this.ended && document.visibilityState === "visible";
    const since = Math.max(this.lastNews.getTime(), this.watchedSince);
    if (watching && this.state !== "stale" && Date.now() - since > this.staleMs) this.say("stale");
  }

  setPaused(paused) {
    this.paused = paused;
    if (this.button) {
      this.button.setAttribute("aria-pressed", String(paused));
      const { textPause, textResume } = this.button.dataset;
      const word = this.button.querySelector("span");
      if (word) word.textContent = paused ? textResume : textPause;
    }
    this.watch();
  }

  say(state) {
    if (!this.status || state === this.state) return;
    const before = this.state;
    this.state = state;
    const time = this.lastNews.toLocaleTimeString("en-GB");
    const key = `text${state[0].toUpperCase()}${state.slice(1)}`;
    const text = (this.status.dataset[key] ?? "").replace("{time}", time);
    this.status.dataset.state = state;
    this.status.textContent = text;
    // Not the first "live": the page just loaded and says enough.
    if (before !== "") announce(text);
  }
}

const region = document.querySelector("[data-live]");
if (region && "EventSource" in window) new Live(region);
