#include "vmcp/session/session_order.hpp"

namespace vmcp {
namespace {

// A scan must not stall others.
session_entry* oldest_idle(const std::list<session_entry*>& among) {
    constexpr int depth = 64;
    int looked = 0;
    for (auto it = among.rbegin(); it != among.rend() && looked < depth; ++it, ++looked)
        if (!(*it)->session->busy())
            return *it;
    return nullptr;
}

} // namespace

session_entry* session_group::oldest_unused() const {
    return oldest_idle(unused_);
}

session_entry* session_group::oldest_used() const {
    return oldest_idle(used_);
}

void session_group::join(session_entry& entry) {
    for (std::size_t kind = 0; kind < session_entry::kinds; ++kind)
        if (auto* const group = entry.groups[kind]) {
            auto& to = group->of(entry.used);
            entry.places[kind] = to.insert(to.begin(), &entry);
        }
}

void session_group::leave(session_entry& entry) {
    for (std::size_t kind = 0; kind < session_entry::kinds; ++kind)
        if (auto* const group = entry.groups[kind])
            group->of(entry.used).erase(entry.places[kind]);
}

void session_group::touch(session_entry& entry, bool used) {
    used = used || entry.used;
    for (std::size_t kind = 0; kind < session_entry::kinds; ++kind)
        if (auto* const group = entry.groups[kind]) {
            auto& to = group->of(used);
            to.splice(to.begin(), group->of(entry.used), entry.places[kind]);
        }
    entry.used = used;
}

} // namespace vmcp
