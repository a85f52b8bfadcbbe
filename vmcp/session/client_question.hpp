// One request of a backend that a client was asked and has not answered yet, and all of them that are open.
#pragma once

#include "vmcp/model/client.hpp"
#include "vmcp/model/waiting.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vmcp {

// Thread-safe.
class client_question final : public pending_ask {
public:
    // `token`: the raw progress token of the backend; empty: it wants no progress. `forget` is called when nobody waits
    // for the answer any more. `away_since` tells since when the client is away, nothing while it is not; `patience`: how
    // long it may be.
    using away_fn = std::function<std::optional<steady_clock::time_point>()>;
    client_question(std::uint64_t id, std::string token, std::shared_ptr<outbound> stream,
                    std::function<void()> forget, away_fn away_since, std::chrono::milliseconds patience)
        : id_(id)
        , token_(std::move(token))
        , way_(std::move(stream))
        , forget_(std::move(forget))
        , away_since_(std::move(away_since))
        , patience_(patience) {}
    ~client_question() override { forget_(); }

    awaitable<result<std::string>> answer(steady_clock::time_point until) override;
    awaitable<void> room() override;
    void cancel(std::string_view reason) override;
    void on_progress(std::function<void(std::string)> to) override;

    [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
    // The client's whole response, or why there will be none.
    void settle(result<std::string> given) { answer_.set(std::move(given)); }
    // A notifications/progress of the client about it.
    void progressed(const message& progress);

private:
    const std::uint64_t id_;
    const std::string token_;
    const std::shared_ptr<outbound> way_;
    const std::function<void()> forget_;
    const away_fn away_since_;
    const std::chrono::milliseconds patience_;
    promised<result<std::string>> answer_{};
    std::mutex mutex_{};
    std::function<void(std::string)> progress_{};
};

// Not thread-safe: its session's lock guards it. It does not keep a question alive: whoever waits for the answer does.
class open_questions {
public:
    explicit open_questions(std::uint64_t first_id = 1) : next_id_(first_id) {}

    [[nodiscard]] std::uint64_t next_id() noexcept { return next_id_++; }
    void add(const std::shared_ptr<client_question>& asked) { open_.emplace(asked->id(), asked); }
    void remove(std::uint64_t id) { open_.erase(id); }
    // Null when nobody waits for it (late or made up).
    [[nodiscard]] std::shared_ptr<client_question> find(std::string_view raw_id) const;
    [[nodiscard]] std::vector<std::shared_ptr<client_question>> all() const;
    [[nodiscard]] std::size_t size() const noexcept { return open_.size(); }

private:
    std::uint64_t next_id_;
    std::unordered_map<std::uint64_t, std::weak_ptr<client_question>> open_{};
};

} // namespace vmcp
