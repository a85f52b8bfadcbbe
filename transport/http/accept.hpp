// Reads Accept and Content-Type as far as MCP needs them: application/json and text/event-stream (RFC
// 9110, 12.5.1 and 8.3).
#pragma once

#include <cstdint>
#include <string_view>

namespace transport {

// Which of the two types the Accept fields of a request admit. The most specific media range decides for a
// type, so `text/event-stream;q=0, */*` admits JSON only. Members of the list that are not media ranges are
// skipped.
class accepted_media {
public:
    // Adds the value of one Accept field; a request may have several. Never called: everything is admitted (RFC 9110,
    // 12.5.1).
    void add(std::string_view accept);

    [[nodiscard]] bool json() const noexcept { return !given_ || json_.admitted; }
    [[nodiscard]] bool event_stream() const noexcept { return !given_ || event_stream_.admitted; }
    // The event stream is asked for by name, or as text: a client that takes just anything need not know what one is.
    [[nodiscard]] bool names_event_stream() const noexcept {
        return event_stream_.admitted && event_stream_.specificity >= 2;
    }

    // Of the two types, by name, the event stream comes first: clients that take both say so what they would rather have.
    [[nodiscard]] bool names_event_stream_first() const noexcept { return first_ == named::event_stream; }

private:
    enum class named : std::uint8_t { neither, json, event_stream };
    struct choice {
        bool admitted = false;
        std::uint8_t specificity = 0; // 0: no range matched yet, 1: */*, 2: type/*, 3: the type itself
    };

    void add_range(std::string_view range);
    void note(named type) noexcept {
        if (first_ == named::neither)
            first_ = type;
    }
    static void choose(choice& of, std::uint8_t specificity, bool admitted);

    bool given_ = false;
    choice json_{};
    choice event_stream_{};
    named first_ = named::neither;
};

// The type of a Content-Type value, whatever its case and parameters. False for an empty value and for a
// list.
[[nodiscard]] bool is_json(std::string_view content_type) noexcept;
[[nodiscard]] bool is_event_stream(std::string_view content_type) noexcept;

} // namespace transport
