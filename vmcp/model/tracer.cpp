#include "vmcp/model/tracer.hpp"

#include <atomic>
#include <utility>

namespace vmcp {
namespace {

std::atomic<tracer*> current{nullptr};

constexpr std::size_t longest_text = 1024;

} // namespace

void span::add(std::string_view key, std::string_view text) {
    if (!text.empty())
        attributes.emplace_back(key, std::string(text.substr(0, longest_text)));
}

void span::fail(std::string_view type, std::string_view why) {
    failed = true;
    problem = why.substr(0, longest_text);
    add("error.type", type);
}

std::size_t span::weight() const noexcept {
    std::size_t out = sizeof *this + name.size() + problem.size() + context.state.size();
    for (const auto& [key, value] : attributes) {
        out += sizeof(attributes[0]);
        if (const auto* text = std::get_if<std::string>(&value))
            out += text->size();
    }
    return out;
}

tracer* tracing() noexcept {
    return current.load(std::memory_order_acquire);
}

void set_tracing(tracer* to) noexcept {
    current.store(to, std::memory_order_release);
}

void running_span::begin(const trace_context& parent, span_kind kind) {
    context_ = parent;
    to_ = tracing();
    if (to_ == nullptr)
        return;
    context_ = to_->begin(parent);
    if (!context_.sampled)
        return;
    open_.emplace();
    open_->context = context_;
    open_->parent = parent.span_id;
    open_->kind = kind;
    open_->began = std::chrono::system_clock::now();
}

void running_span::end() {
    if (!open_)
        return;
    open_->ended = std::chrono::system_clock::now();
    auto finished = *std::exchange(open_, std::nullopt);
    if (tracing() == to_) // else it may be gone: coroutines that are left are destroyed at the very end
        to_->ended(std::move(finished));
}

} // namespace vmcp
