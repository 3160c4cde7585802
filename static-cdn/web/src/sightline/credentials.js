// Who calls: an API key, or an access token that is renewed for all callers at once.

import { Unauthorized } from "./errors.js";

/** @typedef {Record<string, string>} Headers_ */

export class Credentials {
  #apiKey;
  /** @type {Promise<string> | null} */
  #renewing = null;

  /**
   * @param {{apiKey?: string | undefined, accessToken?: string | undefined, refreshToken?: string | undefined}} given
   * @param {(() => Promise<string>) | undefined} renew gives a new access token, by whatever the caller has for that
   */
  constructor({ apiKey, accessToken, refreshToken }, renew) {
    this.#apiKey = apiKey;
    /** @type {string | undefined} */
    this.accessToken = accessToken;
    /** @type {string | undefined} */
    this.refreshToken = refreshToken;
    this.renew = renew;
  }

  /**
   * Sends with the credentials; where the access token is too old, a second time with the next one, which another
   * call may have brought meanwhile.
   * @template T
   * @param {(headers: Headers_) => Promise<T>} send
   * @returns {Promise<T>}
   */
  async use(send) {
    if (!this.renew) return send(this.#known());
    const token = this.accessToken ?? await this.#renewed(this.renew);
    try {
      return await send(bearer(token));
    } catch (error) {
      if (!(error instanceof Unauthorized)) throw error;
      if (this.accessToken === token) this.accessToken = undefined;
      return send(bearer(this.accessToken ?? await this.#renewed(this.renew)));
    }
  }

  /** @returns {Headers_} */
  #known() {
    if (this.accessToken) return bearer(this.accessToken);
    return this.#apiKey ? { "X-API-Key": this.#apiKey } : {};
  }

  // A refresh token works once: calls that find the access token too old share one renewal.
  /** @param {() => Promise<string>} renew */
  async #renewed(renew) {
    this.#renewing ??= renew().finally(() => { this.#renewing = null; });
    this.accessToken = await this.#renewing;
    return this.accessToken;
  }
}

/** @param {string} token @returns {Headers_} */
const bearer = (token) => ({ Authorization: `Bearer ${token}` });
