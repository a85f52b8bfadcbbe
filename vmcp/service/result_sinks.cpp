#include "vmcp/service/result_sinks.hpp"

#include "vmcp/catalog/uri_walk.hpp"
#include "vmcp/service/exposed_uri.hpp"

namespace vmcp {

awaitable<void> resource_sink::done(const reply& answer) {
    const auto text = answer.text();
    const auto rewritten =
        may_mention_uris(text)
            ? with_uris(text, references::all,
                        [this](const std::string& uri) {
                            return uri == asked_ ? uri : exposed_uri(session_, names_, backend_, uri);
                        })
            : std::nullopt;
    if (rewritten && answer.whole.empty()) {
        co_await to_.done({.kind = answer.kind, .body = *rewritten});
        co_return;
    }
    if (rewritten) {
        if (const auto message = read_message(*rewritten, 1000)) {
            co_await to_.done(reply::of_message(*message, answer.kind));
            co_return;
        }
    }
    co_await to_.done(answer);
}

} // namespace vmcp
