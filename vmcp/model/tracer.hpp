// Spans (https://opentelemetry.io/docs/specs/otel/trace/api/) as values, and where they go. Files that make none need not
// include this.
#pragma once

#include "vmcp/model/trace_context.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace vmcp {

// The numbers of OTLP (opentelemetry/proto/trace/v1/trace.proto, Span.SpanKind).
enum class span_kind : std::uint8_t { internal = 1, server = 2, client = 3 };

using attribute_value = std::variant<std::string, std::int64_t, bool>;

struct span {
    trace_context context{};               // its own ids
    std::array<std::uint8_t, 8> parent{};  // all zero: it is the first of its trace
    std::optional<trace_context> linked{}; // another span that it has to do with
    span_kind kind = span_kind::internal;
    std::string name{};
    std::chrono::system_clock::time_point began{};
    std::chrono::system_clock::time_point ended{};
    bool failed = false;
    std::string problem{}; // for people, of one that failed
    // Names live for ever. Texts are as peers wrote them: whoever sends them strikes secrets.
    std::vector<std::pair<std::string_view, attribute_value>> attributes{};

    // Empty texts say nothing and are left out; of long ones the beginning is kept.
    void add(std::string_view key, std::string_view text);
    void add(std::string_view key, std::int64_t number) { attributes.emplace_back(key, number); }
    // `type` is `error.type` (semantic conventions): a word of ours, or the number of an error as text.
    void fail(std::string_view type, std::string_view why);

    // About how many bytes it takes to keep.
    [[nodiscard]] std::size_t weight() const noexcept;
};

// Thread-safe.
class tracer {
public:
    virtual ~tracer() = default;
    // The context of a span below `parent`; where that is not known, of the first one of a trace, which is sampled or not
    // here. Only a sampled span has to be given to ended().
    [[nodiscard]] virtual trace_context begin(const trace_context& parent) = 0;
    // Never waits: what cannot be taken is counted as lost.
    virtual void ended(span finished) = 0;
};

// Where the spans of this process go; null: nowhere. From any thread.
[[nodiscard]] tracer* tracing() noexcept;
// The tracer outlives all threads that may end spans, or is taken away (null) before they have begun any.
void set_tracing(tracer* to) noexcept;

// A span of something that the gateway does, recorded when this ends. Nothing is made of it while traces are off, nor
// where the trace is not sampled.
class running_span {
public:
    running_span() = default; // none, until begin()
    // Where traces are off, the context is that of the parent: what is asked on behalf of a traced request names its span.
    running_span(const trace_context& parent, span_kind kind) { begin(parent, kind); }
    // Once.
    void begin(const trace_context& parent, span_kind kind);
    running_span(const running_span&) = delete;
    running_span& operator=(const running_span&) = delete;
    ~running_span() { end(); }

    // To be said to the peer, where it is known.
    [[nodiscard]] const trace_context& context() const noexcept { return context_; }
    // To be filled; null: nobody will read it.
    [[nodiscard]] span* record() noexcept { return open_ ? &*open_ : nullptr; }
    // Once; afterwards it is not recorded any more.
    void end();

private:
    trace_context context_{};
    tracer* to_ = nullptr;
    std::optional<span> open_{};
};

} // namespace vmcp
