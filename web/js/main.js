// Behaviour that every page loads. Each module looks for its own attributes and does nothing without
// them; a page without script works the same, only slower and standing still.
import "./forms.js";
import "./live.js";
import "./parts.js";
import "./passkeys.js";
