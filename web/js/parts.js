// Sections marked `data-part` are parts of other features: each is fetched from its own page and put in the place of its
// link. One that fails says so and keeps the link, and the others are not touched.
import { prepare } from "./passkeys.js";

for (const place of document.querySelectorAll("[data-part]")) load(place);

async function load(place) {
  place.setAttribute("aria-busy", "true");
  try {
    const headers = { "X-Requested-With": "part", Accept: "text/html" };
    const response = await fetch(place.dataset.part, { credentials: "same-origin", headers });
    if (!response.ok || response.redirected) throw new Error(String(response.status));
    const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = [...parsed.body.children].map((element) => document.importNode(element, true));
    if (!fresh.length) throw new Error("empty");
    place.replaceWith(...fresh);
    fresh.forEach((element) => prepare(element));
  } catch {
    place.removeAttribute("aria-busy");
    const text = document.createElement("p");
    text.className = "label";
    text.textContent = place.dataset.textFailed;
    place.querySelector(".panel__body")?.append(text);
  }
}
