// Any call of the API, who makes it, and the operations of accounts.

import { Credentials } from "./credentials.js";
import { Sender } from "./sending.js";

/** @typedef {import("./api.js").components["schemas"]} Schemas */

/**
 * @typedef {object} Options
 * @property {string} [baseUrl] "" for the origin of the page
 * @property {string} [apiKey]
 * @property {string} [accessToken]
 * @property {string} [refreshToken] gets a new access token when the old one has ended
 * @property {() => Promise<string>} [renew] gives a new access token, in the place of a refresh token
 * @property {number} [timeoutMs] of one attempt
 * @property {number} [retries] of what passes by itself, such as a part that is away
 * @property {number} [retryBudgetMs] of all pauses of one call
 * @property {Sender} [sender] of another client, whose address, credentials and patience both have then
 */

export class Caller {
  /** @param {Options} [options] */
  constructor(options = {}) {
    const { baseUrl = "", timeoutMs = 30_000, retries = 3, retryBudgetMs = 60_000, renew } = options;
    const byRefreshToken = options.refreshToken ? () => this.#renewed() : undefined;
    const credentials = new Credentials(options, renew ?? byRefreshToken);
    /** @type {Sender} */
    this.sender = options.sender ?? new Sender(baseUrl, credentials, { timeoutMs, retries, retryBudgetMs });
  }

  /**
   * Any call of the API, for what has no method here.
   * @param {string} path @param {import("./sending.js").Call} [call]
   * @returns {Promise<Response>} of 2xx or 3xx
   */
  request(path, call) { return this.sender.send(path, call); }

  /** The JSON of any call. @param {string} path @param {import("./sending.js").Call} [call] @returns {Promise<any>} */
  json(path, call) { return this.sender.json(path, call); }

  /**
   * @param {string} email @param {string} password @param {{displayName?: string}} [more]
   * @returns {Promise<Schemas["User"]>}
   * @throws {import("./errors.js").Conflict} where the address has an account
   */
  signUp(email, password, { displayName } = {}) {
    return this.json("/v1/users", { method: "POST", json: { email, password, display_name: displayName }, open: true });
  }

  /**
   * From here on the client calls as this account.
   * @param {string} email @param {string} password
   * @throws {import("./errors.js").SignInFailed}
   */
  async signIn(email, password) {
    await this.#takeTokens({ grant_type: "password", username: email, password });
    this.sender.credentials.renew = () => this.#renewed();
  }

  /** Ends the session. */
  async signOut() {
    const token = this.sender.credentials.refreshToken;
    if (token) await this.request("/v1/oauth/revoke", { method: "POST", body: new URLSearchParams({ token }), open: true });
    Object.assign(this.sender.credentials, { accessToken: undefined, refreshToken: undefined, renew: undefined });
  }

  /**
   * A session that was begun in another way.
   * @param {string | undefined} accessToken undefined: the next call renews it
   */
  useToken(accessToken) { this.sender.credentials.accessToken = accessToken; }

  /** @returns {Promise<Schemas["User"]>} */
  me() { return this.json("/v1/me"); }

  /** @param {{month?: string, limit?: number}} [query] `month`: as 2026-11, this one by default @returns {Promise<Schemas["Usage"]>} */
  usage(query = {}) { return this.json("/v1/me/usage", { query }); }

  /** @returns {Promise<Schemas["ApiKeyPage"]>} */
  apiKeys() { return this.json("/v1/me/api-keys", { query: { limit: 100 } }); }

  /**
   * @param {string} name @param {Schemas["ApiKeyRequest"]["scopes"]} scopes @param {{expiresAt?: string}} [more] RFC 3339
   * @returns {Promise<Schemas["NewApiKey"]>} whose `key` is shown this once
   */
  makeApiKey(name, scopes, { expiresAt } = {}) {
    return this.json("/v1/me/api-keys", { method: "POST", json: { name, scopes, expires_at: expiresAt } });
  }

  /** @param {string} id */
  async deleteApiKey(id) { await this.request(`/v1/me/api-keys/${id}`, { method: "DELETE" }); }

  /** @returns {Promise<string>} */
  async webhookSecret() { return (await this.json("/v1/me/webhook-secret")).secret; }

  /** Public: services, engines and objectives. @returns {Promise<Schemas["SystemStatus"]>} */
  status() { return this.json("/v1/status", { open: true }); }

  /** @returns {Promise<string>} */
  async #renewed() {
    await this.#takeTokens({ grant_type: "refresh_token", refresh_token: this.sender.credentials.refreshToken ?? "" });
    return /** @type {string} */ (this.sender.credentials.accessToken);
  }

  /** @param {Record<string, string>} form */
  async #takeTokens(form) {
    const tokens = await this.json("/v1/oauth/token", { method: "POST", body: new URLSearchParams(form), open: true });
    Object.assign(this.sender.credentials, { accessToken: tokens.access_token, refreshToken: tokens.refresh_token });
  }
}
