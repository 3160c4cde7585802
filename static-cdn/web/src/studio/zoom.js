// A frame in which a picture is brought closer. It is moved by what scrolls: wheel, finger, keys, or by dragging.

import { useLayoutEffect, useRef, useState } from "preact/hooks";

import { html } from "../design/html.js";
import { percent, t } from "../words/words.js";

export const STEPS = [1, 1.5, 2, 3, 4, 6, 8];

/** @param {{children?: any}} properties */
export function Zoom({ children }) {
  const [step, setStep] = useState(0);
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const scale = STEPS[step] ?? 1;
  useMiddleKept(frame, scale);
  const to = (/** @type {number} */ next) => setStep(Math.max(0, Math.min(STEPS.length - 1, next)));
  const dragging = useDragging(frame);
  return html`<div class="stack">
    <div class=${`frame ${step > 0 ? "closer" : ""}`} ref=${frame} ...${step > 0 ? { tabindex: 0, role: "region", "aria-label": t("zoom.frame"), ...dragging } : {}}>
      <div style=${{ width: `${100 * scale}%` }}>${children}</div></div>
    <div class="row" role="group" aria-label=${t("zoom.zoom")}>
      <button type="button" class="button quiet small" aria-label=${t("zoom.out")} disabled=${step === 0} onClick=${() => to(step - 1)}>−</button>
      <span class="small" role="status">${percent(scale)}</span>
      <button type="button" class="button quiet small" aria-label=${t("zoom.in")} disabled=${step === STEPS.length - 1} onClick=${() => to(step + 1)}>+</button>
    </div></div>`;
}

/** What was in the middle stays there. @param {{current: HTMLElement | null}} frame @param {number} scale */
function useMiddleKept(frame, scale) {
  const before = useRef(scale);
  useLayoutEffect(() => {
    const { current: seen } = frame;
    if (!seen) return;
    const change = scale / before.current;
    seen.scrollLeft = kept(seen.scrollLeft, seen.clientWidth, change);
    seen.scrollTop = kept(seen.scrollTop, seen.clientHeight, change);
    before.current = scale;
  }, [scale]);
}

/** @param {number} start @param {number} size of the frame @param {number} change of the scale */
export const kept = (start, size, change) => (start + size / 2) * change - size / 2;

/** @param {{current: HTMLElement | null}} frame */
function useDragging(frame) {
  const from = useRef(/** @type {{x: number, y: number} | null} */ (null));
  return {
    onPointerDown: (/** @type {PointerEvent} */ event) => {
      if (event.pointerType !== "mouse" || event.button !== 0) return; // fingers scroll by themselves
      from.current = { x: event.clientX, y: event.clientY };
      frame.current?.setPointerCapture(event.pointerId);
    },
    onPointerMove: (/** @type {PointerEvent} */ event) => {
      if (!from.current) return;
      frame.current?.scrollBy(from.current.x - event.clientX, from.current.y - event.clientY);
      from.current = { x: event.clientX, y: event.clientY };
    },
    onPointerUp: () => { from.current = null; },
    onPointerCancel: () => { from.current = null; },
  };
}
