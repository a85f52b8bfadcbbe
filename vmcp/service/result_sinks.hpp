// Sinks that stand between a backend and the client's own sink and look at the response on its way.
#pragma once

#include "vmcp/base/memory_ledger.hpp"
#include "vmcp/catalog/catalog.hpp"
#include "vmcp/model/reply.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace vmcp {

// Passes everything on; the base of the others.
class forwarding_sink : public reply_sink {
public:
    explicit forwarding_sink(reply_sink& to) : to_(to) {}
    awaitable<void> notify(const gather& message) override { return to_.notify(message); }
    result<std::shared_ptr<pending_ask>> ask(const message& request) override { return to_.ask(request); }
    void pause() override { to_.pause(); }
    awaitable<void> done(const reply& answer) override { return to_.done(answer); }
    awaitable<void> fail(const failure& why) override { return to_.fail(why); }

protected:
    reply_sink& to_;
};

// Keeps the answer instead of sending it, so that the caller can decide.
class holding_sink final : public forwarding_sink {
public:
    // `memory` may be null.
    explicit holding_sink(reply_sink& to, memory_ledger* memory = nullptr)
        : forwarding_sink(to)
        , memory_(memory, memory_class::answers) {}
    awaitable<void> done(const reply& answer) override {
        // It was let in when it was read.
        memory_.cover_anyway(answer.text().size());
        held_ = kept_reply(answer);
        co_return;
    }
    // Lives as long as the sink.
    [[nodiscard]] reply held() const noexcept { return held_.view(); }

private:
    memory_claim memory_;
    kept_reply held_{};
};

// For answers that may mention resources: remembers whose URIs those are that no list has, and puts a form in place of a
// URI that would lead the client to another backend than the one that wrote it.
class resource_sink final : public forwarding_sink {
public:
    // `session` may be null: nothing is learned then. `asked`, which outlives this: a URI that the client came
    // with, and that stays.
    resource_sink(reply_sink& to, client_session* session, const catalog& names, std::uint32_t backend,
                  std::string_view asked = {})
        : forwarding_sink(to)
        , session_(session)
        , names_(names)
        , backend_(backend)
        , asked_(asked) {}
    awaitable<void> done(const reply& answer) override;

private:
    client_session* session_;
    const catalog& names_;
    std::uint32_t backend_;
    std::string_view asked_;
};

} // namespace vmcp
