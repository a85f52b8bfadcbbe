// Keeps an object_store like one list of the API server: lists it, watches it, and decides what follows from every way in which
// that can go wrong. No I/O, no clock, no randomness of its own.
//
// The rules are those of the Kubernetes API concepts ("Efficient detection of changes"): a watch begins where the list or the
// last event ended, also after it broke; where the server no longer remembers that (410, or an ERROR event that says so),
// the list is read anew and compared.
#pragma once

#include "transport/kube/kube_client.hpp"
#include "transport/kube/kube_documents.hpp"
#include "transport/kube/object_store.hpp"
#include "transport/kube/trouble_lines.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace kube {

using time_point = std::chrono::steady_clock::time_point;

struct reflector_settings {
    std::string collection{}; // "/api/v1/namespaces/default/secrets"
    std::string name{};       // of the one object that is wanted; empty: all of them
    reduction reduce{};
    std::size_t most_kept = object_store::usual_most_of_one; // bytes of one object, for the store
    std::shared_ptr<line_allowance> lines{}; // of the log, with others; null: as many as its own troubles are
    std::function<double()> dice{};          // from 0 to 1, that excluded
};

struct reflector_action {
    enum class kind : std::uint8_t { list, watch, pause };
    kind type = kind::list;
    std::string target{}; // of a request
    milliseconds idle{};  // of a watch: what may pass without a byte
    time_point until{};   // of a pause
};

// What is known of the list, for rows and the log.
struct reflector_state {
    bool listed = false;  // the store has held all of it once
    bool refused = false; // the server said why it gives none (403, 404), and asking again has little hope
    bool unknown_kind = false; // 404: the cluster has no such kind of objects
    std::string problem{};     // why the store may be out of date; empty: it is not
    std::uint64_t lists = 0;   // read whole, so far
    std::uint64_t watches = 0; // begun
    friend bool operator==(const reflector_state&, const reflector_state&) = default;
};

class reflector_machine {
public:
    // `store` outlives it.
    reflector_machine(reflector_settings settings, object_store& store)
        : settings_(std::move(settings))
        , store_(store) {}

    // What to do now. To be asked again after what it said is over.
    [[nodiscard]] reflector_action next(time_point now);

    // Each says whether the store holds something else now.
    bool listed(const kube_answer& answer, time_point now);
    bool watching(time_point now); // the head of a watch came, and says that there is one
    bool event(std::string_view line, time_point now);
    bool watch_ended(const kube_answer& answer, time_point now); // well, or not, or was never begun
    bool line_too_long(time_point now);

    // The watch under way is of no use any more: it is to be ended, without watch_ended().
    [[nodiscard]] bool gives_up_watch() const noexcept { return give_up_; }
    [[nodiscard]] const reflector_state& state() const noexcept { return state_; }

    static constexpr std::size_t full_page = 500;
    static constexpr std::size_t most_per_page = std::size_t{16} << 20; // bytes of one answer

private:
    [[nodiscard]] std::string list_target() const;
    [[nodiscard]] std::string watch_target(unsigned seconds) const;
    [[nodiscard]] std::string selector() const;
    bool take_page(const std::string& body, time_point now);
    void begin_list_again();
    void watch_failed(const watch_event& error, time_point now);
    [[nodiscard]] bool is_wanted(std::string_view name) const {
        return settings_.name.empty() || name == settings_.name;
    }
    void list_anew(time_point now);
    void failed(std::string problem, time_point now, std::optional<std::chrono::seconds> wait = {});
    void refused(const kube_answer& answer, std::string problem, time_point now);
    void went_well();
    [[nodiscard]] bool was_short(time_point now) const;

    const reflector_settings settings_;
    object_store& store_;
    reflector_state state_{};

    bool must_list_ = true;
    std::size_t page_size_ = full_page;
    std::string continue_{};  // of the list being read; what it held so far is staged in the store
    std::string version_{};   // where the watch goes on
    time_point not_before_{}; // of the next request
    time_point watch_began_{};
    bool watch_brought_ = false; // something, since it began
    bool give_up_ = false;
    bool was_short_ = false; // the last watch ended as soon as it had begun
    unsigned failures_ = 0;  // in a row
    unsigned in_vain_ = 0;   // lists that were of no use for a watch, in a row
};

} // namespace kube
