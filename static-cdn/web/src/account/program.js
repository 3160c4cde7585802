// "Chrome on Linux" of what a browser says at length; programs say who they are in few words.

import { t } from "../words/words.js";

/** @param {string | null} agent a User-Agent @returns {string} "" where it says nothing */
export function program(agent) {
  if (!agent) return "";
  const browser = /Firefox|Edg|Chrome|Safari/.exec(agent)?.[0];
  const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(agent)?.[0];
  return browser && system ? t("account.program", { browser: browser.replace("Edg", "Edge"), system }) : agent;
}
