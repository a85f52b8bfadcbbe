// Decides what a caller may use. Every method that names a thing asks, and so do the lists: what may not be called is
// not listed.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/caller.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

enum class thing_kind : std::uint8_t { tool, prompt, resource, resource_template };

// What a caller wants to do with one thing. `complete` is completion/complete about a prompt or template.
enum class use : std::uint8_t { call, get, read, subscribe, complete };

// One thing after look-up. All views; they live until the decision is there.
struct thing {
    thing_kind kind = thing_kind::tool;
    std::string_view name{};     // exposed name, or the URI or URI template as clients see it
    std::string_view backend{};  // empty: no backend has it, and the caller must not be told more than that
    std::string_view original{}; // its name at the backend
    std::string_view annotations{}; // of a tool, as its backend declared them: a raw JSON object, or empty
    std::string_view arguments{};   // of this very call: raw JSON object; empty in lists
};

// What a caller is told who may not, in the words of ToolHive: the same of everything, whether it is there or not.
[[nodiscard]] inline failure denied() {
    return fail(errc::forbidden, "call denied by authorization policy");
}

// Thread-safe. A failure of the policy itself is a "no".
class admission {
public:
    virtual ~admission() = default;

    // The caller may do everything: nothing else need be asked.
    [[nodiscard]] virtual bool allows_all(const caller& who) const = 0;

    // Callers of one class get the same decisions about everything but arguments, for as long as the policies are
    // the same: what one of them may see can be kept for all of them. Empty for callers that may do everything.
    [[nodiscard]] virtual std::string policy_class(const caller& who) const = 0;

    [[nodiscard]] virtual awaitable<bool> decide(const caller& who, use how, const thing& thing) = 0;

    // The same for each of many things, without arguments; the answer has as many elements.
    [[nodiscard]] virtual awaitable<std::vector<bool>> decide_many(const caller& who, use how,
                                                                   std::span<const thing> things) = 0;
};

// Lets everybody do everything: what holds without policies.
class allow_all final : public admission {
public:
    bool allows_all(const caller&) const override { return true; }
    std::string policy_class(const caller&) const override { return {}; }
    awaitable<bool> decide(const caller&, use, const thing&) override { co_return true; }
    awaitable<std::vector<bool>> decide_many(const caller&, use, std::span<const thing> things) override {
        co_return std::vector<bool>(things.size(), true);
    }
};

} // namespace vmcp
