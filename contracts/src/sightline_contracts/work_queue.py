"""The layout of the work queues in Redis, shared by who fills them and who empties them.

Work that a worker can have next is in the stream. That holds only a short runway; what comes while
the runway is full stands in its user's line, and the lines take turns. So one user's thousand cost
another's single one the runway and a turn, not a thousand analyses. The turns are start-time fair
queueing (Goyal, Vin and Cheng, 1996): a user's next turn is one after the last that the user had,
and never before the turn that is being served, so that who was quiet is first and saves nothing up.

Text has such a queue of its own: it costs some twenty times the rest, which must not wait for it.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sightline_contracts import events

GROUP = "image-service"
RUNWAY = 4
"""Entries that nobody has read yet. Each is a head start over who comes later; workers fill the
runway again before each read, so that more would not make them faster."""
MARKER_TTL_S = 7 * 86400
IN_LINE = "0-1"
"""The marker of what stands in a line: an entry id that no entry has."""

# The entries after the last that was delivered are counted, up to the runway. Neither the length
# of the stream nor `lag` tell that once entries have been deleted.
_RUNWAY = """
local function now_ms()
  local now = redis.call('TIME')
  return now[1] * 1000 + math.floor(now[2] / 1000)
end
local function look_at_head(user)
  local since = tonumber(string.match(redis.call('LINDEX', LINE .. user, 0) or '', '^%d+'))
  if since then redis.call('ZADD', HEADS, since, user) else redis.call('ZREM', HEADS, user) end
  return since
end
local function room()
  local delivered, groups = '-', redis.pcall('XINFO', 'GROUPS', STREAM)
  for _, group in ipairs(groups.err and {} or groups) do
    local found = {}
    for i = 1, #group, 2 do found[group[i]] = group[i + 1] end
    if found['name'] == GROUP then delivered = '(' .. found['last-delivered-id'] end
  end
  return RUNWAY - #redis.call('XRANGE', STREAM, delivered, '+', 'COUNT', RUNWAY)
end
local function onto_runway(id, event)
  local entry = redis.call('XADD', STREAM, '*', 'event', event)
  redis.call('SET', 'queued:' .. id, entry, 'EX', MARKER_TTL_S)
end
"""

_ADD = """
local function add(id, event)
  if redis.call('EXISTS', TURNS) == 0 and room() > 0 then return onto_runway(id, event) end
  redis.call('SET', 'queued:' .. id, IN_LINE, 'EX', MARKER_TTL_S)
  if redis.call('HSET', LINED_UP, id, event) == 0 then return end
  local user, now = cjson.decode(event)['data']['user_id'], now_ms()
  redis.call('RPUSH', LINE .. user, now .. ' ' .. id)
  if not redis.call('ZSCORE', TURNS, user) then
    redis.call('ZADD', HEADS, now, user)
    local served = tonumber(redis.call('HGET', TAKEN, '') or 0)
    local own = tonumber(redis.call('HGET', TAKEN, user) or 0)
    redis.call('ZADD', TURNS, math.max(served, own), user)
  end
end
"""

_FILL = """
local free = room()
while free > 0 do
  local user, turn = unpack(redis.call('ZRANGE', TURNS, 0, 0, 'WITHSCORES'))
  if not user then
    redis.call('DEL', TAKEN)
    break
  end
  local id = string.match(redis.call('LPOP', LINE .. user) or '', ' (.+)$')
  redis.call('HSET', TAKEN, '', turn, user, turn + 1)
  if look_at_head(user) then
    redis.call('ZADD', TURNS, turn + 1, user)
  else
    redis.call('ZREM', TURNS, user)
  end
  local event = id and redis.call('HGET', LINED_UP, id)
  if event then
    redis.call('HDEL', LINED_UP, id)
    onto_runway(id, event)
    free = free - 1
  end
end
"""

# The heads are kept by whoever changes a line. A service of a release before them does not: then they are
# not as many as the lines, or one of them is not what its line begins with.
_DEPTH = """
local function oldest_in_line()
  if redis.call('ZCARD', HEADS) ~= redis.call('ZCARD', TURNS) then
    redis.call('DEL', HEADS)
    for _, user in ipairs(redis.call('ZRANGE', TURNS, 0, -1)) do look_at_head(user) end
  end
  while true do
    local user, since = unpack(redis.call('ZRANGE', HEADS, 0, 0, 'WITHSCORES'))
    if not user or look_at_head(user) == tonumber(since) then return tonumber(since) end
  end
end
local pending = redis.pcall('XPENDING', STREAM, GROUP)
if pending.err and not string.find(pending.err, '^NOGROUP') then return pending end
local in_flight = pending.err and 0 or pending[1]
local lined_up, oldest, first = redis.call('HLEN', LINED_UP), oldest_in_line(), nil
for _, entry in ipairs(redis.call('XRANGE', STREAM, '-', '+', 'COUNT', 1)) do
  first = tonumber(string.match(entry[1], '^%d+'))
end
local now = now_ms()
return {
  redis.call('XLEN', STREAM) - in_flight + lined_up,
  in_flight,
  redis.call('ZCARD', DELAYED),
  math.max(0, now - math.min(oldest or now, first or now))
}
"""


@dataclass(frozen=True)
class Queue:
    """One queue's keys, and the Lua that works on them. `name` is for people and metrics."""

    name: str
    suffix: str

    @property
    def stream(self) -> str:
        return events.REQUESTED + self.suffix

    @property
    def lined_up(self) -> str:
        """Hash of the events of all that stand in a line, by analysis id."""
        return "analysis.lined-up" + self.suffix

    @property
    def turns(self) -> str:
        """Sorted set of the users with a line, by their next turn."""
        return "analysis.turns" + self.suffix

    @property
    def heads(self) -> str:
        """Sorted set of the users with a line, by the milliseconds since when its first one stands there."""
        return "analysis.heads" + self.suffix

    @property
    def taken(self) -> str:
        """Hash of the turn after each user's last, and under "" the turn that was served last. Gone
        as soon as nobody waits."""
        return "analysis.turns.taken" + self.suffix

    @property
    def delayed(self) -> str:
        """Sorted set of the analyses that wait for a further attempt, by the milliseconds when it
        is due."""
        return "analysis.delayed" + self.suffix

    def line(self, user_id: str) -> str:
        """List of "<milliseconds> <analysis id>", the time since when it stands there."""
        return f"analysis.line{self.suffix}:{user_id}"

    @property
    def add(self) -> str:
        """Lua: `add(id, event)` puts one where it belongs. `event` is a valid
        `analysis.requested`."""
        return self._names + _RUNWAY + _ADD

    @property
    def fill(self) -> str:
        """Lua: the lines' heads onto the runway, in turn, until it is full."""
        return self._names + _RUNWAY + _FILL

    @property
    def depth(self) -> str:
        """Lua: how many messages nobody has, how many a worker has, how many wait for a further attempt, and
        for how many milliseconds the oldest that has not ended has been there."""
        return self._names + _RUNWAY + _DEPTH

    @property
    def _names(self) -> str:
        return f"""
local STREAM, GROUP, RUNWAY = '{self.stream}', '{GROUP}', {RUNWAY}
local LINE, LINED_UP = '{self.line("")}', '{self.lined_up}'
local TURNS, TAKEN, HEADS, DELAYED = '{self.turns}', '{self.taken}', '{self.heads}', '{self.delayed}'
local MARKER_TTL_S, IN_LINE = {MARKER_TTL_S}, '{IN_LINE}'
"""


ORDINARY = Queue("ordinary", "")
TEXT = Queue("text", ".text")
QUEUES = (ORDINARY, TEXT)


def of(operations: Collection[str]) -> Queue:
    """Where an analysis stands. It stands there whole, so that its image is decoded once."""
    return TEXT if "text" in operations else ORDINARY
