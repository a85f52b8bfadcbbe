#include "auth/verification_budget.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace auth {
namespace {

// The seconds after which something is left again.
std::chrono::seconds wait_for(std::chrono::nanoseconds left, check_cost each_second) {
    const auto missing = std::chrono::nanoseconds(1) - left;
    const std::chrono::nanoseconds rate = each_second;
    return std::chrono::seconds(
        std::max<std::int64_t>(1, (missing.count() + rate.count() - 1) / rate.count()));
}

} // namespace

check_cost cost_of(algorithm which) noexcept {
    switch (which) {
    case algorithm::rs256:
    case algorithm::rs384:
    case algorithm::rs512:
    case algorithm::ps256:
    case algorithm::ps384:
    case algorithm::ps512:
        return check_cost(60);
    case algorithm::es256:
        return check_cost(100);
    case algorithm::eddsa:
        return check_cost(150);
    case algorithm::es384:
        return check_cost(1'000);
    case algorithm::es512:
        return check_cost(1'500);
    }
    return check_cost(1'500);
}

verification_budget::verification_budget(budget_limits limits) : limits_(limits) {
    for (auto& one : slices_)
        one = std::make_unique<slice>(limits_);
}

void verification_budget::refill(bucket& bucket, check_cost each_second, check_cost at_once,
                                 steady_time now) {
    const auto passed = now - bucket.seen;
    if (passed >= std::chrono::hours(1))
        bucket.left = at_once;
    else if (passed > passed.zero())
        bucket.left = std::min<std::chrono::nanoseconds>(
            at_once, bucket.left + std::chrono::nanoseconds(std::chrono::nanoseconds(passed).count() *
                                                            each_second.count() / 1'000'000));
    bucket.seen = std::max(bucket.seen, now);
}

check_leave verification_budget::ask(std::string_view peer, unsigned worker, steady_time now) {
    auto& in = slice_of(worker);
    const std::lock_guard hold(in.lock);
    refill(in.own, limits_.worker_each_second, limits_.worker_at_once, now);
    if (auto* const known = in.peers.find(budget_key(peer), now)) {
        refill(*known, limits_.peer_each_second, limits_.peer_at_once, now);
        if (known->left.count() <= 0)
            return {check_leave::kind::peer_spent, wait_for(known->left, limits_.peer_each_second)};
    }
    if (in.own.left.count() <= 0)
        return {check_leave::kind::worker_spent, wait_for(in.own.left, limits_.worker_each_second)};
    return {};
}

void verification_budget::charge(std::string_view peer, unsigned worker, check_cost cost, steady_time now) {
    constexpr std::chrono::minutes kept(5);
    auto& in = slice_of(worker);
    const std::lock_guard hold(in.lock);
    refill(in.own, limits_.worker_each_second, limits_.worker_at_once, now);
    in.own.left = std::min<std::chrono::nanoseconds>(in.own.left - cost, limits_.worker_at_once);
    const auto key = budget_key(peer);
    bucket next{limits_.peer_at_once, now};
    if (auto* const known = in.peers.find(key, now)) {
        refill(*known, limits_.peer_each_second, limits_.peer_at_once, now);
        next = *known;
    }
    next.left = std::min<std::chrono::nanoseconds>(next.left - cost, limits_.peer_at_once);
    in.peers.put(key, next, now + kept, now);
}

std::string budget_key(std::string_view address) {
    boost::system::error_code ec;
    const auto parsed = boost::asio::ip::make_address(address, ec);
    if (ec || !parsed.is_v6() || parsed.to_v6().is_v4_mapped())
        return std::string(address);
    auto bytes = parsed.to_v6().to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
    return boost::asio::ip::address_v6(bytes).to_string() + "/64";
}

} // namespace auth
