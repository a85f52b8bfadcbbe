// The core: answers what vmcp answers itself and routes the rest to the backend that owns it (MCP 2025-11-25,
// server/*).
#pragma once

#include "vmcp/base/memory_ledger.hpp"
#include "vmcp/base/published.hpp"
#include "vmcp/model/admission.hpp"
#include "vmcp/model/service.hpp"
#include "vmcp/service/look_up.hpp"
#include "vmcp/service/rate_limits.hpp"
#include "vmcp/service/session_catalogs.hpp"
#include "vmcp/service/snapshot.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

class gateway final : public service {
public:
    // All outlive it. `memory` may be null: nobody counts what is held; so may `rates`: nothing is limited.
    gateway(const published<snapshot>& current, admission& policy, session_catalogs& own,
            memory_ledger* memory = nullptr, rate_limits* rates = nullptr)
        : current_(current)
        , policy_(policy)
        , own_(own)
        , memory_(memory)
        , rates_(rates) {}

    awaitable<void> handle(std::shared_ptr<call> call, reply_sink& out) override;
    awaitable<bool> permits(const caller& who, const message& request) override;

private:
    using call_ptr = std::shared_ptr<call>;
    using handler = awaitable<result<void>> (gateway::*)(const call_ptr&, reply_sink&, const snapshot&);
    struct handled_method {
        std::string_view method;
        handler run;
    };
    static const handled_method methods[];

    awaitable<result<void>> ping(const call_ptr&, reply_sink&, const snapshot&);
    awaitable<result<void>> list_tools(const call_ptr&, reply_sink&, const snapshot&);
    awaitable<result<void>> list_prompts(const call_ptr&, reply_sink&, const snapshot&);
    awaitable<result<void>> list_resources(const call_ptr&, reply_sink&, const snapshot&);
    awaitable<result<void>> list_templates(const call_ptr&, reply_sink&, const snapshot&);
    awaitable<result<void>> call_tool(const call_ptr&, reply_sink&, const snapshot&);
    awaitable<result<void>> get_prompt(const call_ptr&, reply_sink&, const snapshot&);
    awaitable<result<void>> read_resource(const call_ptr&, reply_sink&, const snapshot&);
    awaitable<result<void>> subscribe(const call_ptr&, reply_sink&, const snapshot&);
    awaitable<result<void>> unsubscribe(const call_ptr&, reply_sink&, const snapshot&);
    awaitable<result<void>> complete(const call_ptr&, reply_sink&, const snapshot&);
    awaitable<result<void>> set_level(const call_ptr&, reply_sink&, const snapshot&);

    awaitable<result<void>> list(list_kind kind, const call_ptr& call, reply_sink& out, const snapshot& snap);
    // tools/call and prompts/get.
    awaitable<result<void>> use_named(list_kind kind, const call_ptr& call, reply_sink& out,
                                      const snapshot& snap);
    // Whether a call of a tool is within rateLimiting.
    awaitable<result<void>> within_limits(const call& call, named_route found, std::string_view name,
                                          const snapshot& snap);
    awaitable<result<void>> change_subscription(const call_ptr&, reply_sink&, const snapshot&,
                                                bool subscribe);
    awaitable<result<void>> read_unlisted(const call_ptr& call, reply_sink& out, const snapshot& snap,
                                          std::string_view uri);
    // Whether the caller may use a tool or prompt with these arguments, a URI, or something that policies know by several names:
    // each of them is asked about.
    awaitable<bool> may_use(const caller& who, list_kind kind, named_route found, std::string_view name,
                            std::string_view arguments);
    awaitable<bool> may_use(const caller& who, use how, const found_uri& found, std::string_view uri);
    awaitable<bool> may_use(const caller& who, use how, const catalog& in, list_kind kind,
                            const std::optional<route>& to, const std::vector<std::string>& names);

    const published<snapshot>& current_;
    admission& policy_;
    session_catalogs& own_;
    memory_ledger* memory_;
    rate_limits* rates_;
};

} // namespace vmcp
