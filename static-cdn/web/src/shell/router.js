// Where the reader is: paths that survive a reload, a step back and a detour through signing in.

import { useEffect, useState } from "preact/hooks";

/** Pages that are files of their own, and what the API shows. */
const ELSEWHERE = /^\/(v1|problems|samples|assets)(\/|$)|\.\w+$/;
const moved = new EventTarget();
let back = false;

/** Whether a step back or forth through the browser's history has led here, instead of a link. */
export const cameBack = () => back;

/** @param {string} to a path of this app, with its query @param {{replace?: boolean}} [options] */
export function navigate(to, { replace = false } = {}) {
  if (to === location.pathname + location.search) return;
  back = false;
  history[replace ? "replaceState" : "pushState"](null, "", to);
  moved.dispatchEvent(new Event("move"));
}

/** @returns {URL} */
export function usePlace() {
  const [href, setHref] = useState(location.href);
  useEffect(() => {
    const look = () => setHref(location.href);
    const step = () => { back = true; look(); };
    look(); // a link may have been followed since it was drawn
    moved.addEventListener("move", look);
    addEventListener("popstate", step);
    return () => {
      moved.removeEventListener("move", look);
      removeEventListener("popstate", step);
    };
  }, []);
  return new URL(href);
}

/**
 * Links to pages of this app are followed without loading the page anew.
 * @param {Document} document
 */
export function followLinks(document) {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || event.defaultPrevented || event.button !== 0) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
    if (ELSEWHERE.test(link.pathname) || (link.hash && link.pathname === location.pathname)) return;
    event.preventDefault();
    navigate(link.pathname + link.search);
  });
}

/**
 * Where a sign-in leads to afterwards: a path of this app, whatever the address says.
 * @param {string | null} next
 */
export const within = (next) => (next && /^\/(?![/\\])/.test(next) ? next : "/");
