#include "transport/kube/object_store.hpp"

#include <algorithm>
#include <utility>

namespace kube {

object_store::claim object_store::room_for(const std::string& name, const std::string& kept) {
    constexpr std::size_t around = 128; // of the map
    return kept.size() > most_of_one_ ? nullptr : room_.take(kept.size() + name.size() + around);
}

bool object_store::put(const std::string& name, std::string kept) {
    const auto known = entries_.find(name);
    if (known == entries_.end() && entries_.size() >= most_objects) {
        overfull_ = true;
        return false;
    }
    if (known != entries_.end() && !known->second.no_room && known->second.kept == kept)
        return false;
    held_.erase(name); // what it held before makes room
    auto room = room_for(name, kept);
    return adopt(name, {.kept = std::move(kept), .held = std::move(room)});
}

bool object_store::adopt(const std::string& name, staged one) {
    if (one.as_before)
        return false;
    const auto [at, is_new] = entries_.try_emplace(name);
    auto& to = at->second;
    const bool was_without = !is_new && to.no_room;
    to.no_room = one.held == nullptr;
    to.kept = to.no_room ? std::string() : std::move(one.kept);
    if (one.held)
        held_[name] = std::move(one.held);
    else
        held_.erase(name);
    return !(was_without && to.no_room);
}

bool object_store::erase(std::string_view name) {
    const auto known = entries_.find(name);
    if (known == entries_.end())
        return false;
    if (const auto held = held_.find(name); held != held_.end())
        held_.erase(held);
    entries_.erase(known);
    return true;
}

void object_store::stage(const std::string& name, std::string kept) {
    if (!staged_.contains(name) && staged_.size() >= most_objects) {
        staged_overfull_ = true;
        return;
    }
    auto& to = staged_[name];
    to = {};
    const auto* const there = find(name);
    to.as_before = there != nullptr && !there->no_room && there->kept == kept;
    if (to.as_before) // or a list that is read anew would need all of the room once more
        return;
    to.held = room_for(name, kept);
    if (to.held)
        to.kept = std::move(kept);
}

void object_store::forget_staged() noexcept {
    staged_.clear();
    staged_overfull_ = false;
}

bool object_store::use_staged() {
    auto all = std::exchange(staged_, {});
    overfull_ = std::exchange(staged_overfull_, false);
    bool changed = false;
    for (auto it = entries_.begin(); it != entries_.end();) {
        const auto next = std::next(it);
        if (!all.contains(it->first))
            changed = erase(std::string(it->first)) || changed;
        it = next;
    }
    for (auto& [name, one] : all)
        changed = adopt(name, std::move(one)) || changed;
    return changed;
}

const object_store::entry* object_store::find(std::string_view name) const {
    const auto known = entries_.find(name);
    return known == entries_.end() ? nullptr : &known->second;
}

std::size_t object_store::without_room() const noexcept {
    return static_cast<std::size_t>(
        std::ranges::count_if(entries_, [](const auto& one) { return one.second.no_room; }));
}

} // namespace kube
