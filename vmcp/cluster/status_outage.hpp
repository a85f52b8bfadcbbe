// What goes wrong again and again is in the log once: when it begins, and when it is over.
#pragma once

#include "health/moment.hpp"
#include "vmcp/base/log.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace vmcp {

// `subject`, a literal: what is hindered.
class status_outage {
public:
    explicit status_outage(std::string_view subject) : subject_(subject) {}

    void began(health::steady_time now, std::string_view problem) {
        if (since_)
            return log::debug("{}: {}", subject_, problem);
        since_ = now;
        log::warn("{}: {}; it is tried again, and this is said once", subject_, problem);
    }
    void over(health::steady_time now) {
        if (!since_)
            return;
        log::info("{}: works again after {} s", subject_,
                  std::chrono::duration_cast<std::chrono::seconds>(now - *since_).count());
        since_.reset();
    }

private:
    std::string_view subject_;
    std::optional<health::steady_time> since_{};
};

} // namespace vmcp
