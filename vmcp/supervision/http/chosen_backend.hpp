// A backend over Streamable HTTP whatever revision it speaks: calls go to it in the one that it was found to speak last, and it is
// found out anew when it refuses a call in the words of the other one.
#pragma once

#include "transport/mcp/back/http_backend.hpp"
#include "transport/mcp/modern_back/modern_backend.hpp"
#include "vmcp/model/backend.hpp"
#include "vmcp/supervision/http/carried_subscriptions.hpp"
#include "vmcp/supervision/http/era_choice.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace transport {
template <class T>
class awaited;
} // namespace transport

namespace vmcp {

// Thread-safe.
class chosen_backend final : public backend, public std::enable_shared_from_this<chosen_backend> {
public:
    // One definition of a backend; a changed definition is another one.
    explicit chosen_backend(std::shared_ptr<const transport::backend_context> context);

    // How it is found out what it speaks, by connections of its own: gives what was proved. On any worker. To be called before the
    // first call; without it nothing is asked.
    using learner = std::function<awaitable<health::era>()>;
    // `found`: called when that changed where calls go, so that the monitor looks as well.
    void learn_by(learner how, std::function<void()> found) {
        learn_ = std::move(how);
        found_ = std::move(found);
    }

    [[nodiscard]] const std::string& name() const noexcept override { return context_->name(); }
    [[nodiscard]] bool offers_resources() const noexcept override;
    awaitable<result<void>> exchange(const outgoing& request, reply_sink& out) override;
    std::shared_ptr<backend_session> session_for(const std::shared_ptr<client_session>& client) override;

    // The key under which client sessions hold what belongs to this.
    [[nodiscard]] const void* session_key() const noexcept { return this; }

    // What it speaks was proved: calls go that way from now on. What runs in the other way ends there. On a worker.
    void learned(health::era proved);

    // The one that calls go to: one of both is null.
    struct way {
        std::shared_ptr<transport::http_backend> legacy{};
        std::shared_ptr<transport::modern_backend> modern{};
    };
    [[nodiscard]] way current() const;

    // As of http_backend.
    void adjust(const backend_config& to);
    void retire();

private:
    class doubting_sink;

    [[nodiscard]] way way_of(health::era speaks) const;
    using self_ptr = std::shared_ptr<chosen_backend>; // kept while the call runs: a reload may drop it
    static awaitable<result<void>> exchange_legacy(self_ptr self, way by, const outgoing& request,
                                                   reply_sink& out);
    static awaitable<result<void>> exchange_modern(self_ptr self, way by, const outgoing& request,
                                                   reply_sink& out);
    static awaitable<result<void>> exchange_subscription(self_ptr self, const outgoing& request,
                                                         reply_sink& out);
    // True: it was found to be another one than `by`.
    awaitable<bool> is_another(const way& by, era_doubt how, const outgoing& request);
    static awaitable<void> learn(std::shared_ptr<chosen_backend> self,
                                 std::shared_ptr<transport::awaited<bool>> to);

    const std::shared_ptr<const transport::backend_context> context_;
    const std::shared_ptr<carried_subscriptions> subscriptions_ = std::make_shared<carried_subscriptions>();
    learner learn_{};
    std::function<void()> found_{};
    mutable std::mutex mutex_{};
    era_choice choice_;
    std::optional<backend_config>
        adjusted_{}; // limits of the same definition, newer than those it was made with
    way current_{};
    std::shared_ptr<transport::awaited<bool>> learning_{}; // null: nobody finds it out now
    bool retired_ = false;
};

} // namespace vmcp
