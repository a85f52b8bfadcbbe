// The core: answers what vmcp answers itself and routes the rest to the backend that owns it (MCP 2025-11-25,
// server/*).
#pragma once

#include "vmcp/model/call.hpp"
#include "vmcp/service/snapshot.hpp"
#include "vmcp/session/session_table.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace vmcp {

// A session that was opened, and the `result` object of the InitializeResponse.
struct opened_session {
    std::shared_ptr<client_session> session{};
    std::string result{};
};

class gateway final : public service {
public:
    gateway(const published<snapshot>& current, session_table& sessions, admission& policy)
        : current_(current)
        , sessions_(sessions)
        , policy_(policy) {}

    // Handles an InitializeRequest (MCP 2025-11-25, basic/lifecycle): negotiates the revision and opens a
    // session. Answered from the snapshot, without a word to any backend.
    [[nodiscard]] result<opened_session> open(const message& request, std::shared_ptr<const principal> who);

    awaitable<void> handle(const call& what, reply_sink& out) override;
    awaitable<void> notice(const call& what) override;

    [[nodiscard]] std::shared_ptr<const snapshot> now() const { return current_.load(); }

private:
    using handler = awaitable<result<void>> (gateway::*)(const call&, reply_sink&, const snapshot&);
    struct method_row {
        std::string_view method;
        handler run;
    };
    static const method_row methods[];

    awaitable<result<void>> ping(const call&, reply_sink&, const snapshot&);
    awaitable<result<void>> list_tools(const call&, reply_sink&, const snapshot&);
    awaitable<result<void>> list_prompts(const call&, reply_sink&, const snapshot&);
    awaitable<result<void>> list_resources(const call&, reply_sink&, const snapshot&);
    awaitable<result<void>> list_templates(const call&, reply_sink&, const snapshot&);
    awaitable<result<void>> call_tool(const call&, reply_sink&, const snapshot&);
    awaitable<result<void>> get_prompt(const call&, reply_sink&, const snapshot&);
    awaitable<result<void>> read_resource(const call&, reply_sink&, const snapshot&);
    awaitable<result<void>> subscribe(const call&, reply_sink&, const snapshot&);
    awaitable<result<void>> unsubscribe(const call&, reply_sink&, const snapshot&);
    awaitable<result<void>> complete(const call&, reply_sink&, const snapshot&);
    awaitable<result<void>> set_level(const call&, reply_sink&, const snapshot&);

    awaitable<result<void>> list(list_kind kind, const call& what, reply_sink& out, const snapshot& snap);
    awaitable<result<void>> change_subscription(const call&, reply_sink&, const snapshot&, bool subscribe);
    awaitable<result<void>> read_unlisted(const call& what, reply_sink& out, const snapshot& snap,
                                          std::string_view uri);

    const published<snapshot>& current_;
    session_table& sessions_;
    admission& policy_;
};

// Lets everybody do everything: the policy of anonymous mode.
class allow_all final : public admission {
public:
    result<void> admit(const principal&, std::string_view, std::string_view) override { return {}; }
};

} // namespace vmcp
