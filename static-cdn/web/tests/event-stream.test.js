import assert from "node:assert/strict";
import { test } from "node:test";

import { EventReader } from "../src/api/event-stream.js";

test("events are whole, however the stream is cut", () => {
  const stream = 'id: 1\nevent: state\ndata: {"a": 1}\n\n: keep-alive\n\nid: 2\r\ndata: one\r\ndata: two\r\n\r\n';
  for (let cut = 0; cut <= stream.length; cut += 1) {
    const reader = new EventReader();
    const found = [...reader.read(stream.slice(0, cut)), ...reader.read(stream.slice(cut))];
    assert.deepEqual(found, [{ id: "1", data: '{"a": 1}' }, { id: "2", data: "one\ntwo" }], `cut at ${cut}`);
  }
});

test("an event that never ended is not told", () => {
  assert.deepEqual(new EventReader().read("data: half"), []);
});
