// What people do first, in the languages that they use. tests/browser/test_start.py runs each of these programs as the
// page shows it.

import { client, curl, javascript, MODULE, sample } from "./languages.js";
import { clarifai, rekognition } from "./vendors.js";

/**
 * @typedef {{name: string, text: string}} Program
 * @typedef {{title: import("../reference/words.js").Key, programs: Program[]}} Step
 */

const SCOPES = '["analyses:read", "analyses:write"]';

/** @param {string} origin of this system @returns {Step[]} */
export const stepsOf = (origin) => [key(origin), byAddress(origin), byFile(origin), many(origin), again(origin)];

/** @param {string} origin @returns {Step} */
const key = (origin) => ({
  title: "start.key",
  programs: [
    curl(origin, `curl -s $SIGHTLINE/v1/users --json '{"email": "ada@example.com", "password": "correct horse"}'

TOKEN=$(curl -s $SIGHTLINE/v1/oauth/token -d grant_type=password \\
  -d username=ada@example.com --data-urlencode 'password=correct horse' \\
  | python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])')

curl -s $SIGHTLINE/v1/me/api-keys -H "Authorization: Bearer $TOKEN" \\
  --json '{"name": "first", "scopes": ${SCOPES}}'
`),
    { name: "Python", text: `from sightline import Client

with Client("${origin}") as client:
    client.sign_up("ada@example.com", "correct horse")
    client.sign_in("ada@example.com", "correct horse")
    print(client.make_api_key("first", ${SCOPES})["key"])
` },
    { name: "JavaScript", text: `import { Client } from ${MODULE};

const client = new Client({ baseUrl: "${origin}" });
await client.signUp("ada@example.com", "correct horse");
await client.signIn("ada@example.com", "correct horse");
console.log((await client.makeApiKey("first", ${SCOPES})).key);
` },
  ],
});

/** @param {string} origin @returns {Step} */
const byAddress = (origin) => ({
  title: "start.address",
  programs: [
    curl(origin, `curl -s $SIGHTLINE/v1/analyses -H "X-API-Key: $SIGHTLINE_KEY" -H 'Prefer: wait=10' \\
  --json '{"image_url": "'$SIGHTLINE'/samples/astronaut.png", "operations": ["faces", "labels"]}'
`),
    client(origin, `    result = client.analyze("${sample(origin, "astronaut")}", operations=["faces", "labels"])
    print(result["faces"])
`),
    javascript(origin, "", `const result = await client.analyze("${sample(origin, "astronaut")}", { operations: ["faces", "labels"] });
console.log(result.faces);
`),
    clarifai(origin, `image = resources_pb2.Image(url="${sample(origin, "astronaut")}")
answer = ask(resources_pb2.Input(data=resources_pb2.Data(image=image)))
print(answer.outputs[0].data.regions)
`),
  ],
});

/** @param {string} origin @returns {Step} */
const byFile = (origin) => ({
  title: "start.file",
  programs: [
    curl(origin, `curl -s $SIGHTLINE/samples/coffee.png -o photo.png
curl -s $SIGHTLINE/v1/analyses -H "X-API-Key: $SIGHTLINE_KEY" -H 'Prefer: wait=10' \\
  -F image=@photo.png -F operations=colors -F operations=quality
`),
    client(origin, `    result = client.analyze("photo.png", operations=["colors", "quality"])
    print(result["colors"])
`),
    javascript(origin, 'import { openAsBlob } from "node:fs";\n', `const result = await client.analyze(await openAsBlob("photo.png"), { operations: ["colors", "quality"] });
console.log(result.colors);
`),
    rekognition(origin, `with open("photo.png", "rb") as photo:
    answer = rekognition.detect_labels(Image={"Bytes": photo.read()}, Features=["IMAGE_PROPERTIES"])
print(answer["ImageProperties"]["DominantColors"])
`),
    clarifai(origin, `with open("photo.png", "rb") as photo:
    image = resources_pb2.Image(base64=photo.read())
answer = ask(resources_pb2.Input(data=resources_pb2.Data(image=image)))
print(answer.outputs[0].data.regions)
`),
  ],
});

/** @param {string} origin @returns {Step} */
const many = (origin) => ({
  title: "start.many",
  programs: [
    curl(origin, `BATCH=$(curl -s $SIGHTLINE/v1/batches -H "X-API-Key: $SIGHTLINE_KEY" \\
  --json '{"items": [{"image_url": "'$SIGHTLINE'/samples/coffee.png"}, {"image_url": "'$SIGHTLINE'/samples/chelsea.png"}]}' \\
  | python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])')

curl -s $SIGHTLINE/v1/batches/$BATCH -H "X-API-Key: $SIGHTLINE_KEY"
`),
    client(origin, `    pictures = ["${sample(origin, "coffee")}", "${sample(origin, "chelsea")}"]
    batch = client.submit_batch([{"image_url": picture} for picture in pictures])
    batch = client.wait_batch(batch["id"], on_progress=lambda now: print(now["counts"]))
`),
    javascript(origin, "", `const pictures = ["${sample(origin, "coffee")}", "${sample(origin, "chelsea")}"];
const { id } = await client.submitBatch(pictures.map((image_url) => ({ image_url })));
await client.waitBatch(id, { onProgress: ({ counts }) => console.log(counts) });
`),
  ],
});

/** @param {string} origin @returns {Step} */
const again = (origin) => ({
  title: "start.again",
  programs: [
    curl(origin, `curl -s "$SIGHTLINE/v1/analyses?face_count=1..&status=succeeded" -H "X-API-Key: $SIGHTLINE_KEY"
`),
    client(origin, `    for analysis in client.analyses(face_count="1..", status="succeeded"):
        print(analysis["id"], analysis["summary"])
`),
    javascript(origin, "", `for await (const { id, summary } of client.analyses({ face_count: "1..", status: "succeeded" })) {
  console.log(id, summary);
}
`),
  ],
});
