-- For wrk: asks as LOAD_METHOD says, with the bodies of LOAD_BODIES or for the paths of LOAD_PATHS (one a line) one after
-- the other; tells as JSON. Bodies are used once, paths again and again.
local method = os.getenv("LOAD_METHOD") or "GET"
local file = os.getenv("LOAD_BODIES")
local bodies, number = {}, 0
if file then
  for line in io.lines(file) do bodies[#bodies + 1] = line end
end
local listed = os.getenv("LOAD_PATHS")
local paths = {}
if listed then
  for line in io.lines(listed) do paths[#paths + 1] = line end
end
local headers = { ["Authorization"] = "Bearer " .. (os.getenv("LOAD_TOKEN") or ""), ["Content-Type"] = "application/json" }

request = function()
  if #paths > 0 then
    number = number % #paths + 1
    return wrk.format(method, paths[number], headers)
  end
  if #bodies == 0 then return wrk.format(method, nil, headers) end
  number = number + 1
  if number > #bodies then wrk.thread:stop() end
  return wrk.format(method, nil, headers, bodies[math.min(number, #bodies)])
end

done = function(summary, latency, requests)
  local errors = summary.errors
  io.stdout:write(string.format(
    '\nRESULT {"requests": %d, "seconds": %.4f, "p50_ms": %.3f, "p99_ms": %.3f, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
