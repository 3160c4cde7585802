// An OpenID provider on 127.0.0.1: node provider.js PORT CLIENT_ID CLIENT_SECRET REDIRECT_URI
// Whoever signs in is who they say. What stands before the @ says what is wrong with the ID token.

import Provider from "oidc-provider";

const [port, id, secret, redirect] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  clients: [{ client_id: id, client_secret: secret, redirect_uris: [redirect] }],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  cookies: { keys: ["a key of tests"] },
  findAccount: (_, sub) => ({
    accountId: sub,
    claims: () => ({ sub, email: sub, email_verified: !sub.startsWith("unproved"), name: "Ada" }),
  }),
});

const { IdToken } = provider;
const [issue, expiresIn] = [IdToken.prototype.issue, IdToken.expiresIn];
IdToken.expiresIn = (_, token) => (wrong(token) === "expired" ? -600 : expiresIn.call(IdToken, _, token, token.client));

const wrong = (token) => token.available.sub?.split(/[-@]/)[0];

IdToken.prototype.issue = async function ({ use, ...how }) {
  if (use !== "idtoken") return issue.call(this, { use, ...how });
  if (wrong(this) === "nonce") this.set("nonce", "another");
  if (wrong(this) === "audience") {
    const get = (client, name) => (name === "clientId" ? "another" : Reflect.get(client, name, client));
    this.client = new Proxy(this.client, { get });
  }
  if (wrong(this) !== "issuer") return issue.call(this, { use, ...how });
  provider.issuer = "https://example.test";
  return issue.call(this, { use, ...how }).finally(() => { provider.issuer = issuer; });
};

provider.listen(Number(port), "127.0.0.1", () => console.log("listening"));
