#include "vmcp/service/result_sinks.hpp"

#include "vmcp/catalog/uri_normal.hpp"
#include "vmcp/catalog/uri_walk.hpp"

#include <algorithm>

namespace vmcp {

std::string resource_sink::exposed(const std::string& uri) const {
    const auto& name = names_.backends()[backend_];
    if (names_.find_resource(uri))
        return names_.expose_uri(backend_, uri);
    if (session_ == nullptr)
        return uri;
    auto owner = session_->learn_uri(uri, name);
    if (owner != name && std::ranges::find(names_.backends(), owner) == names_.backends().end()) {
        session_->forget_uri(uri);
        owner = session_->learn_uri(uri, name);
    }
    if (owner == name)
        return uri;
    return names_.wrapped_uri(backend_, uri);
}

awaitable<void> resource_sink::done(const reply& answer) {
    const auto text = answer.whole.empty() ? answer.body : answer.whole;
    const auto rewritten =
        may_mention_uris(text)
            ? with_uris(text, references::all, [this](const std::string& uri) { return exposed(uri); })
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
