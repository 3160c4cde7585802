"""Scripts that Redis runs for a work stream."""

# One script, so that a retry is never in both places or in neither.
PROMOTE = """
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, id in ipairs(due) do
  local event = redis.call('HGET', KEYS[2], id)
  if event then add(id, event) end
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
end
return #due
"""

# One script counts and reads, so that all workers together never exceed their limit over this stream,
# whose key comes first, and the others.
READ_WITHIN = """
local pending = 0
for _, stream in ipairs(KEYS) do
  local found = redis.pcall('XPENDING', stream, ARGV[1])
  pending = pending + (found.err and 0 or found[1])
end
local count = math.min(tonumber(ARGV[3]), tonumber(ARGV[4]) - pending)
if count <= 0 then return {} end
local found = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', count, 'STREAMS', KEYS[1], '>')
return found and found[1][2] or {}
"""
