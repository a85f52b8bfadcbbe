#include "vmcp/session/running_calls.hpp"

#include <algorithm>

namespace vmcp {

void running_calls::remove(const call& ended) {
    const auto it = std::ranges::find_if(calls_, [&](const auto& c) { return c.second.get() == &ended; });
    if (it == calls_.end())
        return;
    std::swap(*it, calls_.back());
    calls_.pop_back();
}

bool running_calls::cancel(std::string_view raw_id, std::string_view reason) const {
    bool found = false;
    for (const auto& [id, running] : calls_)
        if (id == raw_id) {
            running->cancel(std::string(reason));
            found = true;
        }
    return found;
}

void running_calls::cancel_all(std::string_view reason) const {
    for (const auto& [id, running] : calls_)
        running->cancel(std::string(reason));
}

} // namespace vmcp
