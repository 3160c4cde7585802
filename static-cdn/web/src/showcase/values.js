// The names in design/tokens.css, as the page of the design shows them; a unit test holds the two together.

export const COLOURS = ["--page", "--card", "--raised", "--ink", "--soft", "--line", "--edge", "--accent", "--on-accent", "--good", "--warn", "--bad",
  "--mark-face", "--mark-object", "--mark-text", "--mark-code", "--casing"];
export const SIZES = ["--size-small", "--size-body", "--size-heading", "--size-title"];
export const SPACES = ["--space-1", "--space-2", "--space-3", "--space-4", "--space-5", "--space-6"];
export const STATES = /** @type {const} */ (["queued", "running", "succeeded", "failed", "canceled"]);
