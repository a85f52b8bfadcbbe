// What is kept of the objects of one list. No I/O.
#pragma once

#include "vmcp/base/byte_budget.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace kube {

// What is kept of an object, of its whole text: JSON, and only of what is looked at, so that a change of anything else is none.
using reduction = std::function<std::string(std::string_view object)>;

class object_store {
public:
    struct entry {
        std::string kept{};
        bool no_room = false; // it is there, but the budget leaves no room for it; `kept` is empty
    };
    using entries = std::map<std::string, entry, std::less<>>; // by name

    static constexpr std::size_t most_objects = 20'000;
    static constexpr std::size_t usual_most_of_one = std::size_t{64} << 10; // bytes

    // `room` is for all stores together; outlives it. An object of which more is to be kept than `most_of_one` finds no room.
    explicit object_store(vmcp::byte_budget& room, std::size_t most_of_one = usual_most_of_one)
        : room_(room)
        , most_of_one_(most_of_one) {}

    // Each says whether something is different now.
    bool put(const std::string& name, std::string kept);
    bool erase(std::string_view name);

    // A list that is read page by page: what it brings takes its room as it comes, beside what is there, which stays as it is
    // until use_staged() says that these are all that there are. Nothing else changes in between.
    void stage(const std::string& name, std::string kept);
    void forget_staged() noexcept;
    bool use_staged();

    [[nodiscard]] const entries& all() const noexcept { return entries_; }
    [[nodiscard]] const entry* find(std::string_view name) const;
    [[nodiscard]] std::size_t without_room() const noexcept;
    // There are more than `most_objects`, and those beyond were passed over.
    [[nodiscard]] bool overfull() const noexcept { return overfull_; }

private:
    using claim = std::shared_ptr<const void>;
    struct staged {
        std::string kept{};
        claim held{};           // null, unless as_before: there was no room
        bool as_before = false; // what is there already
    };

    [[nodiscard]] claim room_for(const std::string& name, const std::string& kept);
    bool adopt(const std::string& name, staged one);

    vmcp::byte_budget& room_;
    const std::size_t most_of_one_;
    entries entries_{};
    std::map<std::string, claim, std::less<>> held_{}; // their room
    std::map<std::string, staged, std::less<>> staged_{};
    bool overfull_ = false;
    bool staged_overfull_ = false;
};

} // namespace kube
