// When a request to the collector is sent again (OTLP/HTTP, "Failures" and "OTLP/HTTP Throttling"), and what the log says of
// it. Without I/O or clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vmcp {

struct export_answer {
    unsigned status = 0;       // 0: there was none
    std::string retry_after{}; // the field as it came; a date counts as absent
    std::string problem{};     // for people: what was met, or what the collector said
};

// Of one signal. What is done with the batch that was sent:
enum class batch_fate : std::uint8_t { taken, again, lost };

struct export_verdict {
    batch_fate batch = batch_fate::taken;
    std::chrono::milliseconds pause{}; // before the next request
    std::string warning{};             // for the log; empty: nothing is new
    std::string notice{};              // the same, of good news
};

class export_pace {
public:
    // Requests with one batch.
    static constexpr unsigned most_attempts = 5;
    static constexpr std::chrono::milliseconds longest_pause{60'000};

    // `spread` is 0 to 1, so that many gateways do not come back at the same moment.
    [[nodiscard]] export_verdict answered(const export_answer& answer, double spread);
    [[nodiscard]] bool failing() const noexcept { return failing_; }

private:
    unsigned attempts_ = 0; // with this batch
    unsigned in_a_row_ = 0; // that failed
    bool failing_ = false;  // and the log has said so
};

} // namespace vmcp
