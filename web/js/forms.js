// Forms marked `data-swap` are sent in place: the answer's fragments replace theirs, the focus goes
// where the answer says (`data-focus`), and what it announces (`data-announce`) is read aloud. Without
// script, or when sending in place fails before an answer came, the browser sends the form as ever.
import { announce, swap } from "./swap.js";

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !(form instanceof HTMLFormElement)) return;
  if (form.getAttribute("aria-busy") === "true") {
    event.preventDefault();
    return;
  }
  if (!form.hasAttribute("data-swap")) return;
  event.preventDefault();
  send(form, event.submitter);
});

async function send(form, submitter) {
  const body = new URLSearchParams(new FormData(form, submitter));
  busy(form, submitter, true);
  try {
    const response = await fetch(submitter?.getAttribute("formaction") ?? form.action, {
      method: "POST",
      body,
      credentials: "same-origin",
      headers: { "X-Requested-With": "fetch", Accept: "text/html" },
    });
    receive(response, await response.text());
  } catch {
    // Whether it arrived is unknown. Sending again by itself could do the thing twice, so say it.
    announce(document.body.dataset.textFailed);
    showFailure(form);
  } finally {
    if (form.isConnected) busy(form, submitter, false);
  }
}

function receive(response, html) {
  const elsewhere = response.headers.get("X-Location");
  if (elsewhere) {
    location.assign(new URL(elsewhere, location.href));
    return;
  }
  const isPage = /^\s*<!doctype/i.test(html);
  if (response.redirected && isPage) {
    location.assign(response.url);
    return;
  }
  if (isPage) {
    // A whole page as an answer: an error page, or a sign-in that has ended.
    location.reload();
    return;
  }
  const placed = swap(html);
  const find = (selector) =>
    placed.flatMap((element) => [element.matches(selector) ? element : null, element.querySelector(selector)])
      .find(Boolean);
  find("[data-focus]")?.focus();
  announce(find("[data-announce]")?.dataset.announce);
}

function busy(form, submitter, on) {
  form.toggleAttribute("data-busy", on);
  for (const element of [form, submitter]) {
    if (!element) continue;
    if (on) element.setAttribute("aria-busy", "true");
    else element.removeAttribute("aria-busy");
  }
  if (on) announce(document.body.dataset.textWorking);
}

function showFailure(form) {
  const text = document.body.dataset.textFailed;
  if (!text) return;
  let place = form.querySelector("[data-form-failure]");
  if (!place) {
    place = document.createElement("p");
    place.className = "field__error";
    place.setAttribute("data-form-failure", "");
    form.append(place);
  }
  place.textContent = text;
}
