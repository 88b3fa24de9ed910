// Forms marked `data-passkey` talk to an authenticator: ask the server for a question, hand it to the browser, send the
// answer. `get` is a signature of a passkey that exists, `create` makes a new one. Without script, or where the browser has
// no passkeys, the button stays hidden and the page says what is missing.
import { announce } from "./swap.js";

// A page over plain http (but localhost) and a server reached by a number have no passkeys.
const able = "PublicKeyCredential" in window && isSecureContext;

prepare(document);

/** Makes the forms below `root` work; also for parts of a page that came later. */
export function prepare(root) {
  if (!able) return;
  for (const form of root.querySelectorAll("form[data-passkey]")) {
    form.querySelector("[data-passkey-missing]").hidden = true;
    form.querySelector("button[type=submit]").hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (form.getAttribute("aria-busy") !== "true") talk(form);
    });
  }
}

async function talk(form) {
  busy(form, true);
  fail(form, "");
  try {
    const create = form.dataset.passkey === "create";
    const fields = Object.fromEntries([...new FormData(form)]);
    const code = "code" in fields ? { code: fields.code } : {};
    const question = await send(form, form.dataset.question, code);
    const options = { publicKey: decoded(question.publicKey) };
    const made = await (create ? navigator.credentials.create(options) : navigator.credentials.get(options));
    const extra = create ? ("name" in fields ? { name: fields.name } : {}) : { next: form.dataset.next };
    const answer = { ceremony: question.ceremony, credential: encoded(made), ...extra };
    const done = await send(form, form.getAttribute("action"), answer);
    location.assign(done.location);
  } catch (error) {
    fail(form, words(form, error));
    busy(form, false);
  }
}

class Refusal extends Error {}

async function send(form, address, body) {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  if (form.dataset.csrf) headers["X-CSRF-Token"] = form.dataset.csrf;
  const response = await fetch(address, {
    method: "POST",
    credentials: "same-origin",
    headers,
    body: JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(response.status >= 500 ? "failed" : answer.code);
  return answer;
}

function words(form, error) {
  const text = form.dataset;
  if (error instanceof Refusal) {
    if (error.message === "failed") return text.textFailed;
    return error.message === "code_not_valid" ? text.textCode : text.textRefused;
  }
  if (error.name === "InvalidStateError") return text.textKnown;
  if (error.name === "SecurityError") return text.textSite;
  if (error.name === "NotAllowedError" || error.name === "AbortError") return text.textCancelled;
  return text.textFailed;
}

function fail(form, text) {
  const place = form.querySelector("[data-passkey-failure]");
  place.textContent = text;
  place.hidden = !text;
}

function busy(form, on) {
  const button = form.querySelector("button[type=submit]");
  for (const element of [form, button]) {
    if (on) element.setAttribute("aria-busy", "true");
    else element.removeAttribute("aria-busy");
  }
  if (on) announce(document.body.dataset.textWorking);
}

// Bytes travel as base64url in JSON; the browser wants and gives buffers.
function decoded(options) {
  const bytes = { ...options, challenge: buffer(options.challenge) };
  if (options.user) bytes.user = { ...options.user, id: buffer(options.user.id) };
  for (const list of ["allowCredentials", "excludeCredentials"]) {
    if (options[list]) bytes[list] = options[list].map((known) => ({ ...known, id: buffer(known.id) }));
  }
  return bytes;
}

function encoded(made) {
  const { response } = made;
  const parts = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) {
    parts.attestationObject = text(response.attestationObject);
    parts.transports = response.getTransports?.() ?? null;
  } else {
    parts.authenticatorData = text(response.authenticatorData);
    parts.signature = text(response.signature);
    parts.userHandle = response.userHandle ? text(response.userHandle) : null;
  }
  return {
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    response: parts,
    clientExtensionResults: made.getClientExtensionResults(),
  };
}

function buffer(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0)).buffer;
}

function text(bytes) {
  const plain = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
