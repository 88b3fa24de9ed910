// Replaces the parts of a page that an answer brings anew. The answer is HTML from our own server; each
// of its top-level elements that has an id takes the place of the element with that id. Scripts in it
// do not run: the parser leaves them inert and the content policy forbids inline ones.

/** Puts every top-level element of `html` in the place of its namesake. Returns the new elements. */
export function swap(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const placed = [];
  for (const fresh of [...parsed.body.children]) {
    const old = fresh.id && document.getElementById(fresh.id);
    if (!old) continue;
    const element = document.importNode(fresh, true);
    keepOpen(old, element);
    const refocus = focusPath(old);
    old.replaceWith(element);
    restoreFocus(element, refocus);
    placed.push(element);
  }
  return placed;
}

/** Says `text` to a screen reader. */
export function announce(text) {
  const place = document.getElementById("announcer");
  if (!place || !text) return;
  // The same sentence twice is only read again if the place was empty in between.
  place.textContent = "";
  requestAnimationFrame(() => { place.textContent = text; });
}

// What the reader unfolded or scrolled stays so.
function keepOpen(old, fresh) {
  const before = old.querySelectorAll("details");
  fresh.querySelectorAll("details").forEach((details, at) => {
    if (before[at]?.open) details.open = true;
  });
  const scrolled = old.querySelectorAll(".chart__scroll, .tablewrap");
  const places = [...scrolled].map((frame) => frame.scrollLeft);
  if (places.some((left) => left > 0)) {
    requestAnimationFrame(() => {
      fresh.querySelectorAll(".chart__scroll, .tablewrap").forEach((frame, at) => {
        frame.scrollLeft = places[at] ?? 0;
      });
    });
  }
}

// Where the focus is inside `old`: an id, or a position among what can have the focus.
function focusPath(old) {
  const active = document.activeElement;
  if (!active || active === document.body || !old.contains(active)) return null;
  return { id: active.id, at: focusable(old).indexOf(active) };
}

function restoreFocus(element, path) {
  if (!path) return;
  const named = path.id && document.getElementById(path.id);
  const target = named || focusable(element)[path.at] || element.querySelector("[tabindex]");
  target?.focus({ preventScroll: true });
}

function focusable(root) {
  return [...root.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")];
}
