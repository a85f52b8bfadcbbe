// A supervised backend that does nothing by itself: the test answers its probes and list readings one by one.
#pragma once

#include "vmcp/model/waiting.hpp"
#include "vmcp/supervision/supervised_backend.hpp"
#include "vmcp/supervision/unusable_backend.hpp"

#include <boost/asio/this_coro.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fakes {

class hand_backend final : public vmcp::supervised_backend {
public:
    explicit hand_backend(std::string name)
        : calls_(std::make_shared<vmcp::unusable_backend>(std::move(name))) {}

    // ---- what the test sees and does ----
    struct reading {
        vmcp::milliseconds patience{};
        vmcp::milliseconds for_session{};
        std::shared_ptr<vmcp::cancellation> control{};
        std::shared_ptr<vmcp::promised<vmcp::list_outcome>> answer =
            std::make_shared<vmcp::promised<vmcp::list_outcome>>();
    };
    class probe final : public vmcp::backend_probe {
    public:
        probe(health::probe_memory m, health::probe_kind k) : memory(std::move(m)), kind(k) {}
        vmcp::awaitable<health::probe_result> run(health::steady_time until) override {
            deadline = until;
            co_return co_await answer.get(co_await boost::asio::this_coro::executor);
        }
        void cancel() override {
            cancelled = true;
            answer.set({.met = {.what = health::finding::cancelled}, .memory = memory});
        }
        [[nodiscard]] std::optional<health::steady_time> asking_since() const override { return asked; }
        void answers(health::finding finding, std::string session = {}) {
            health::probe_result out{.met = {.what = finding}, .memory = memory};
            if (finding == health::finding::success) {
                out.memory.proved = health::era::legacy;
                out.memory.session_id = session.empty() ? memory.session_id : std::move(session);
            }
            answer.set(std::move(out));
        }

        const health::probe_memory memory;
        const health::probe_kind kind;
        health::steady_time deadline{};
        bool cancelled = false;
        std::optional<health::steady_time> asked{}; // the test says whether it has a request
        vmcp::promised<health::probe_result> answer{};
    };

    std::deque<reading> readings{};               // not answered yet; the test takes them out
    std::vector<std::shared_ptr<probe>> probes{}; // all of them, oldest first
    unsigned adjusted = 0, recoveries = 0, retired = 0;
    unsigned readings_begun = 0, most_at_once = 0;

    [[nodiscard]] probe& last_probe() { return *probes.back(); }
    // Answers the oldest reading.
    void lists(vmcp::list_reading made) { take().answer->set(std::move(made)); }
    void tools(const std::vector<std::string>& names) {
        vmcp::list_reading out;
        out.lists.backend = calls_->name();
        for (const auto& name : names)
            out.lists.tools.push_back({name, R"({"name":")" + name + "\"}"});
        lists(std::move(out));
    }
    void refuses(vmcp::failure why, health::evidence evidence) {
        take().answer->set(vmcp::list_refusal{std::move(why), std::move(evidence)});
    }

    // The oldest reading met no answer in its time.
    void runs_out() { refuses(vmcp::fail(vmcp::errc::backend_timeout), {.what = health::finding::timeout}); }

    // Its handshake did not.
    void handshake_runs_out() {
        refuses(vmcp::fail(vmcp::errc::backend_timeout),
                {.what = health::finding::timeout, .method = "initialize"});
    }

    // ---- what supervision does ----
    [[nodiscard]] std::shared_ptr<vmcp::backend> for_calls() const override { return calls_; }
    [[nodiscard]] const void* session_key() const noexcept override { return this; }
    vmcp::awaitable<vmcp::list_outcome> read_lists(vmcp::reading_patience patience,
                                                   std::shared_ptr<vmcp::cancellation> control) override {
        ++readings_begun;
        most_at_once = std::max(most_at_once, ++running_);
        reading made{.patience = patience.page, .for_session = patience.session, .control = control};
        const auto answer = made.answer;
        readings.push_back(std::move(made));
        const vmcp::cancellation::scope cancelled(control.get(), [answer] {
            answer->set(vmcp::list_refusal{.why = vmcp::fail(vmcp::errc::cancelled)});
        });
        auto outcome = co_await answer->get(co_await boost::asio::this_coro::executor);
        --running_;
        co_return outcome;
    }
    [[nodiscard]] std::shared_ptr<vmcp::backend_probe> make_probe(health::probe_memory memory,
                                                                  health::probe_kind kind) override {
        return probes.emplace_back(std::make_shared<probe>(std::move(memory), kind));
    }
    void adjust(const vmcp::backend_config&, const vmcp::config&) override { ++adjusted; }
    void recovered() override { ++recoveries; }
    void retire() override { ++retired; }
    [[nodiscard]] vmcp::backend_load load() const override { return {}; }

private:
    reading take() {
        auto first = std::move(readings.front());
        readings.pop_front();
        return first;
    }

    std::shared_ptr<vmcp::unusable_backend> calls_;
    unsigned running_ = 0;
};

} // namespace fakes
