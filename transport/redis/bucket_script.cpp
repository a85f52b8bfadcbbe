#include "transport/redis/bucket_script.hpp"

#include <fmt/format.h>

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace transport {

using vmcp::errc;
using vmcp::fail;

namespace {

// Replies {0, 0}, or the number of the first empty bucket and the microseconds until every one has a token. A bucket that
// nobody used for two periods is full, and is forgotten.
constexpr const char* script = R"lua(
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local left = {}
local empty = 0
local wait = 0
for i = 1, #KEYS do
  local most = tonumber(ARGV[2 * i - 1])
  local period = tonumber(ARGV[2 * i])
  local state = redis.call('HMGET', KEYS[i], 'tokens', 'last_refill')
  local tokens = math.min(most, tonumber(state[1] or '') or most)
  local last = tonumber(state[2] or '') or now
  if now > last then
    tokens = math.min(most, tokens + (now - last) * most / period)
  end
  if tokens < 1 then
    if empty == 0 then
      empty = i
    end
    wait = math.max(wait, math.ceil((1 - tokens) * period / most))
  end
  left[i] = tokens - 1
end
if empty > 0 then
  return {empty, wait}
end
for i = 1, #KEYS do
  redis.call('HSET', KEYS[i], 'tokens', string.format('%.9f', left[i]), 'last_refill', string.format('%.0f', now))
  redis.call('EXPIRE', KEYS[i], math.ceil(2 * tonumber(ARGV[2 * i]) / 1000000))
end
return {0, 0}
)lua";

std::string sha1_of(std::string_view text) {
    std::array<unsigned char, 20> digest{};
    if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr) != 1)
        throw std::runtime_error("OpenSSL has no SHA-1");
    std::string out;
    for (const unsigned byte : digest)
        out += fmt::format("{:02x}", byte);
    return out;
}

} // namespace

const std::string& bucket_script() {
    static const std::string text = script;
    return text;
}

const std::string& bucket_script_sha1() {
    static const std::string digest = sha1_of(bucket_script());
    return digest;
}

redis_command bucket_command(const std::vector<shared_bucket>& buckets, bool by_digest) {
    redis_command out{by_digest ? "EVALSHA" : "EVAL", by_digest ? bucket_script_sha1() : bucket_script(),
                      std::to_string(buckets.size())};
    for (const auto& one : buckets)
        out.push_back(one.key);
    for (const auto& one : buckets) {
        out.push_back(std::to_string(std::max<std::uint64_t>(one.tokens, 1)));
        const auto period = std::max(one.period, std::chrono::milliseconds(1));
        out.push_back(std::to_string(std::chrono::microseconds(period).count()));
    }
    return out;
}

vmcp::result<bucket_verdict> verdict_in(const resp_value& reply, std::size_t buckets) {
    const auto& parts = reply.items;
    const bool numbers = parts.size() == 2 && parts[0].type == resp_value::kind::integer &&
                         parts[1].type == resp_value::kind::integer;
    if (!numbers || parts[0].number < 0 || static_cast<std::uint64_t>(parts[0].number) > buckets)
        return fail(errc::io, "Redis: the answer of the script of buckets is not its own");
    if (parts[0].number == 0)
        return bucket_verdict();
    const std::chrono::microseconds wait(std::max<std::int64_t>(parts[1].number, 0));
    return bucket_verdict{.empty = static_cast<std::size_t>(parts[0].number) - 1, .wait = wait};
}

vmcp::awaitable<vmcp::result<bucket_verdict>> take_tokens(redis_commands& redis,
                                                          std::vector<shared_bucket> buckets) {
    if (buckets.empty())
        co_return bucket_verdict();
    auto reply = co_await redis.run(bucket_command(buckets, true));
    // The server does not have the script (any more): after its first start, a restart or a failover.
    if (!reply && reply.error().detail.find("NOSCRIPT") != std::string::npos)
        reply = co_await redis.run(bucket_command(buckets, false));
    if (!reply)
        co_return reply.error();
    co_return verdict_in(*reply, buckets.size());
}

} // namespace transport
