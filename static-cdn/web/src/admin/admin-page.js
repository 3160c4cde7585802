import { html } from "../design/html.js";
import { useSession } from "../shell/session.js";
import { Missing } from "../shell/missing.js";
import { t } from "../words/words.js";
import { DeadLetters } from "./dead-letters.js";
import { FunctionPanel } from "./function-panel.js";
import { Queues } from "./queues.js";
import { Users } from "./users.js";

/** For admins; to everybody else there is no such page. */
export function AdminPage() {
  const { me } = useSession();
  if (!me.scopes.includes("admin")) return html`<${Missing} />`;
  return html`<div class="stack columns">
    <h1>${t("admin.title")}</h1>
    <${FunctionPanel} />
    <${Queues} />
    <${DeadLetters} />
    <${Users} />
  </div>`;
}
