// Reads Accept and Content-Type as far as MCP needs them: application/json and text/event-stream (RFC
// 9110, 12.5.1 and 8.3).
#pragma once

#include <cstdint>
#include <string_view>

namespace transport {

// Which of the two types the Accept fields of a request admit, and which it would rather have. The most specific media range
// decides for a type, so `text/event-stream;q=0, */*` admits JSON only. Members of the list that are not media ranges are
// skipped.
class accepted_media {
public:
    // Adds the value of one Accept field; a request may have several. Without any range everything is admitted (RFC 9110,
    // 12.5.1).
    void add(std::string_view accept);

    [[nodiscard]] bool json() const noexcept { return !given_ || json_.weight > 0; }
    [[nodiscard]] bool event_stream() const noexcept { return !given_ || event_stream_.weight > 0; }
    // The event stream is asked for by name, or as text, or is all that is left: a client that takes just anything need not know
    // what one is.
    [[nodiscard]] bool names_event_stream() const noexcept {
        return event_stream_.weight > 0 && (event_stream_.specificity >= 2 || !json());
    }

    // An answer is to be an event stream where it can be either: by weight, and of equals by which comes first by name.
    [[nodiscard]] bool prefers_event_stream() const noexcept {
        return names_event_stream() &&
               (event_stream_.weight > json_.weight ||
                (event_stream_.weight == json_.weight && first_ == named::event_stream));
    }

private:
    enum class named : std::uint8_t { neither, json, event_stream };
    struct choice {
        double weight = 0;            // 0: not acceptable
        std::uint8_t specificity = 0; // 0: no range matched yet, 1: */*, 2: type/*, 3: the type itself
    };

    void add_range(std::string_view range);
    void note(named type) noexcept {
        if (first_ == named::neither)
            first_ = type;
    }
    static void choose(choice& choice, std::uint8_t specificity, double weight);

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
