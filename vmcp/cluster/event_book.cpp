#include "vmcp/cluster/event_book.hpp"

#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vmcp {
namespace {

using nlohmann::json;

constexpr std::string_view controller = "vmcp";
constexpr std::size_t longest_note = 1'000; // 1024 bytes in the API

std::string text_of(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace

event_book::event_book(std::string instance, std::function<std::uint64_t()> number)
    : instance_(std::move(instance))
    , number_(std::move(number)) {
}

std::string event_book::folder_of(const stored_server& about) {
    return fmt::format("/apis/events.k8s.io/v1/namespaces/{}/events", about.name_space);
}

bool event_book::affordable(health::steady_time now) {
    if (!filled_)
        filled_ = now;
    const auto earned = (now - *filled_) / refill;
    if (earned > 0) {
        tokens_ = static_cast<int>(std::min<std::int64_t>(burst, tokens_ + earned));
        *filled_ += earned * refill;
    }
    if (tokens_ == 0)
        return false;
    --tokens_;
    return true;
}

std::optional<event_request> event_book::note(const status_change& change, const stored_server& about,
                                              const health::moment& now) {
    std::erase_if(kept_, [&](const kept& one) { return now.at - one.last > memory; });
    if (!affordable(now.at)) {
        ++left_out_;
        return std::nullopt;
    }
    const auto known = std::ranges::find_if(
        kept_, [&](const kept& one) { return one.change == change && one.uid == about.uid; });
    return known != kept_.end() ? again(*known, now) : first(change, about, now);
}

event_request event_book::again(kept& one, const health::moment& now) const {
    ++one.count;
    one.last = now.at;
    const json patch{
        {"series", {{"count", one.count}, {"lastObservedTime", kubernetes_micro_time(now.wall)}}}};
    return {.creates = false, .name = one.name, .body = text_of(patch)};
}

event_request event_book::first(const status_change& change, const stored_server& about,
                                const health::moment& now) {
    auto note = change.note;
    if (const auto before = std::exchange(left_out_, 0U); before > 0)
        note += fmt::format(" ({} before it were too many to be told)", count_of(before, "change"));
    constexpr std::size_t longest_front = 200;
    const auto name = fmt::format("{}.{:016x}", about.name.substr(0, longest_front), number_());
    const json all{{"apiVersion", "events.k8s.io/v1"},
                   {"kind", "Event"},
                   {"metadata", {{"name", name}, {"namespace", about.name_space}}},
                   {"eventTime", kubernetes_micro_time(now.wall)},
                   {"type", change.warning ? "Warning" : "Normal"},
                   {"reason", change.reason},
                   {"action", "HealthChanged"},
                   {"note", excerpt_of(note, {}, longest_note)},
                   {"reportingController", controller},
                   {"reportingInstance", instance_},
                   {"regarding",
                    {{"apiVersion", about.api_version},
                     {"kind", "VirtualMCPServer"},
                     {"namespace", about.name_space},
                     {"name", about.name},
                     {"uid", about.uid}}}};
    if (kept_.size() == most_kept)
        kept_.pop_front();
    kept_.push_back({.name = name, .change = change, .uid = about.uid, .last = now.at});
    return {.creates = true, .name = name, .body = text_of(all)};
}

void event_book::forget(const std::string& name) {
    std::erase_if(kept_, [&](const kept& one) { return one.name == name; });
}

} // namespace vmcp
