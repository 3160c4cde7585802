// Templates: htm's tagged strings, made into Preact's elements.

import htm from "htm";
import { h } from "preact";

/** @type {(strings: TemplateStringsArray, ...values: any[]) => import("preact").VNode} */
// htm answers a list where a template has several roots; ours have one.
export const html = /** @type {any} */ (htm.bind(h));
