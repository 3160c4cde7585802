// What this system offers beside e-mail address and password.

import { publicJson } from "../api/client.js";
import { useResource } from "../design/use-resource.js";

/** @returns {{password_reset: boolean, email_verification: boolean, providers: {id: string, name: string}[]}} nothing, until the system has said it */
export function useSignInOptions() {
  const { value } = useResource(() => publicJson("/v1/sign-in-options"), []);
  return { password_reset: false, email_verification: false, providers: [], ...value };
}
