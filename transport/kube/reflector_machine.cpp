#include "transport/kube/reflector_machine.hpp"

#include "vmcp/base/excerpt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace kube {
namespace {

using std::chrono::seconds;

constexpr unsigned unauthorized = 401;
constexpr unsigned forbidden = 403;
constexpr unsigned not_found = 404;
constexpr unsigned gone = 410;

constexpr seconds pause_of_refused{60};
constexpr milliseconds first_pause{800};
constexpr milliseconds longest_pause{30'000};
constexpr milliseconds between_watches{500};  // however they end
constexpr milliseconds before_list_anew{500}; // at most: a server tells all that watch it at once
constexpr unsigned enough_failures = 5;       // in a row, of watches: then from a new list
constexpr seconds watchdog{30};               // beyond what the server was asked to end a watch after

// From 0.75 to 1.25 of it, so that replicas do not come all at once.
milliseconds spread(milliseconds pause, double dice) {
    return milliseconds(static_cast<std::int64_t>(static_cast<double>(pause.count()) * (0.75 + dice / 2)));
}

milliseconds pause_after(unsigned failures) {
    auto out = first_pause;
    for (unsigned i = 1; i < failures && out < longest_pause; ++i)
        out *= 2;
    return std::min(out, longest_pause);
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '.' || c == '_' || c == '~';
        if (plain)
            out.push_back(c);
        else
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

} // namespace

// ---- what to do

std::string reflector_machine::selector() const {
    return settings_.name.empty() ? "" : "&fieldSelector=metadata.name%3D" + escaped(settings_.name);
}

std::string reflector_machine::list_target() const {
    auto out = fmt::format("{}?limit={}{}", settings_.collection, page_size_, selector());
    if (!continue_.empty())
        out += "&continue=" + escaped(continue_);
    return out;
}

std::string reflector_machine::watch_target(unsigned seconds) const {
    return fmt::format("{}?watch=1&allowWatchBookmarks=true&resourceVersion={}&timeoutSeconds={}{}",
                       settings_.collection, escaped(version_), seconds, selector());
}

reflector_action reflector_machine::next(time_point now) {
    give_up_ = false;
    if (now < not_before_)
        return {.type = reflector_action::kind::pause, .until = not_before_};
    if (must_list_)
        return {.type = reflector_action::kind::list, .target = list_target()};
    constexpr unsigned least = 300; // as client-go does
    const auto length = least + static_cast<unsigned>(settings_.dice() * least);
    watch_began_ = now;
    watch_brought_ = false;
    not_before_ = now + between_watches;
    ++state_.watches;
    return {.type = reflector_action::kind::watch,
            .target = watch_target(length),
            .idle = seconds(length) + watchdog};
}

// ---- lists

void reflector_machine::begin_list_again() {
    continue_.clear();
    store_.forget_staged();
}

void reflector_machine::list_anew(time_point now) {
    must_list_ = true;
    begin_list_again();
    // Once at once. A server that keeps saying so right after a list is not asked as fast as it answers.
    if (++in_vain_ > 1)
        failed("the API server keeps saying that its lists are too old", now);
    else
        not_before_ = now + milliseconds(static_cast<std::int64_t>(
                                static_cast<double>(before_list_anew.count()) * settings_.dice()));
}

bool reflector_machine::listed(const kube_answer& answer, time_point now) {
    if (answer.too_large && page_size_ > 1) {
        page_size_ = std::max<std::size_t>(1, page_size_ / 8);
        begin_list_again();
        not_before_ = now;
        return false;
    }
    if (answer.status == gone) { // `continue` is too old
        list_anew(now);
        return false;
    }
    if (answer.ok())
        return take_page(answer.body, now);
    was_short_ = false; // the next list that can be read says that all is well
    begin_list_again();
    refused(answer, explain(answer), now);
    return false;
}

bool reflector_machine::take_page(const std::string& body, time_point now) {
    auto page = read_list_page(body);
    if (!page) {
        begin_list_again();
        failed(page.error().detail, now);
        return false;
    }
    for (const auto& item : page->items)
        if (is_wanted(item.name)) // as of events
            store_.stage(item.name, settings_.reduce(item.text));
    continue_ = std::move(page->next);
    if (!continue_.empty())
        return false;
    version_ = std::move(page->resource_version);
    must_list_ = false; // pages stay as small as they had to be
    const bool first = !std::exchange(state_.listed, true);
    ++state_.lists;
    state_.refused = state_.unknown_kind = false;
    if (was_short_)
        state_.problem.clear(); // what is known is new; but pauses go on to grow until a watch has lasted
    else
        went_well();
    return store_.use_staged() || first;
}

// ---- watches

bool reflector_machine::watching(time_point) {
    if (!was_short_) // else it is not believed before it has lasted
        went_well();
    return false;
}

bool reflector_machine::was_short(time_point now) const {
    constexpr seconds least{1};
    return !watch_brought_ && now - watch_began_ < least;
}

bool reflector_machine::event(std::string_view line, time_point now) {
    const auto event = read_watch_event(line);
    if (!event) {
        give_up_ = true;
        must_list_ = true; // whatever it was is not known now
        ++in_vain_;
        failed(event.error().detail, now);
        return false;
    }
    if (event->type == watch_event::kind::error) {
        watch_failed(*event, now);
        return false;
    }
    watch_brought_ = true;
    was_short_ = false;
    in_vain_ = 0;
    went_well();
    if (!event->object.resource_version.empty())
        version_ = event->object.resource_version;
    // A server that does not know how to select by name sends others, too.
    const auto& name = event->object.name;
    if (!is_wanted(name))
        return false;
    if (event->type == watch_event::kind::put)
        return store_.put(name, settings_.reduce(event->object.text));
    return event->type == watch_event::kind::erased && store_.erase(name);
}

void reflector_machine::watch_failed(const watch_event& error, time_point now) {
    give_up_ = true;
    was_short_ = was_short(now);
    if (!was_short_) {
        in_vain_ = 0;
        failures_ = 0;
    }
    if (error.is_expired())
        return list_anew(now);
    failed(fmt::format("the watch ended with an error: {} {}", error.code, vmcp::excerpt_of(error.message)),
           now, error.retry_after);
    must_list_ = failures_ % enough_failures == 0;
}

bool reflector_machine::line_too_long(time_point now) {
    give_up_ = true;
    must_list_ = true;
    ++in_vain_;
    failed("an event of the API server is too long to be read", now);
    return false;
}

bool reflector_machine::watch_ended(const kube_answer& answer, time_point now) {
    if (answer.status == gone) {
        list_anew(now);
        return false;
    }
    if (answer.status != 0 && !answer.ok()) {
        refused(answer, explain(answer), now);
        // A version that the server has never had (it was restored from a copy) is refused in many ways.
        must_list_ = !state_.refused && failures_ % enough_failures == 0;
        return false;
    }
    const bool never_began = answer.status == 0;
    was_short_ = !never_began && was_short(now);
    if (never_began || was_short_)
        failed(answer.error.empty() ? "a watch ended as soon as it had begun" : explain(answer), now);
    else
        in_vain_ = 0;
    return false;
}

// ---- how it goes on

void reflector_machine::went_well() {
    failures_ = 0;
    state_.problem.clear();
    state_.refused = false;
    state_.unknown_kind = false;
}

void reflector_machine::failed(std::string problem, time_point now, std::optional<seconds> wait) {
    ++failures_;
    state_.problem = std::move(problem);
    const auto pause =
        wait ? std::max<milliseconds>(*wait, first_pause) : pause_after(std::max(failures_, in_vain_));
    not_before_ = now + spread(pause, settings_.dice());
    if (wait) // never earlier than it asked for
        not_before_ = std::max(not_before_, now + *wait);
}

void reflector_machine::refused(const kube_answer& answer, std::string problem, time_point now) {
    if (answer.status == forbidden || answer.status == not_found) {
        failed(std::move(problem), now, pause_of_refused);
        state_.refused = true;
        state_.unknown_kind = answer.status == not_found;
        return;
    }
    state_.refused = state_.unknown_kind = false;
    if (answer.status == unauthorized) // the client has looked for another token already
        problem += " (the token, or the client certificate, is not accepted)";
    failed(std::move(problem), now, answer.retry_after);
}

} // namespace kube
