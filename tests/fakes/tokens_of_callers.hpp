// Credentials of a backend that differ by caller: SUBJECT-token-N, where N grows with each that the backend refused.
#pragma once

#include "vmcp/base/errc.hpp"
#include "vmcp/model/credentials.hpp"
#include "vmcp/model/waiting.hpp"

#include <boost/asio/this_coro.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace fakes {

// Each caller has a token of its own; a refused one is replaced by the next, if it may be.
class tokens_of_callers final : public vmcp::credential_source {
public:
    vmcp::awaitable<vmcp::result<std::shared_ptr<const vmcp::credential>>>
    credential_for(const vmcp::caller* who) override {
        if (const int nth = ++asked; hangs && hangs(who, nth))
            co_await released.get(co_await boost::asio::this_coro::executor);
        const std::lock_guard lock(mutex_);
        const auto token = token_of(who == nullptr ? "gateway" : who->who.subject);
        if (token.starts_with("nobody"))
            co_return vmcp::fail(vmcp::errc::backend_unauthorized, "nobody has no token");
        auto made = std::make_shared<vmcp::credential>();
        made->fields = {{"Authorization", "Bearer " + token}};
        made->key = token;
        made->secrets = {token};
        co_return std::shared_ptr<const vmcp::credential>(std::move(made));
    }
    std::shared_ptr<const vmcp::credential> at_hand(const vmcp::caller*) override { return nullptr; }
    bool refused(const vmcp::credential& which) override {
        const std::lock_guard lock(mutex_);
        ++refusals;
        if (!renewable)
            return false;
        ++generations_[which.key.substr(0, which.key.find('-'))];
        return true;
    }
    [[nodiscard]] std::string token_of(const std::string& subject) {
        return subject + "-token-" + std::to_string(generations_[subject]);
    }

    std::atomic<bool> renewable{true};
    // Whose credential does not come until `released` is set, by how many were asked for, it included; empty: nobody's.
    std::function<bool(const vmcp::caller* who, int nth)> hangs{};
    vmcp::promised<bool> released{};
    std::atomic<int> refusals{0};
    std::atomic<int> asked{0};

private:
    std::mutex mutex_{};
    std::map<std::string, int> generations_{};
};

} // namespace fakes
