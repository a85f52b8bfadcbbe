#include "vmcp/service/session_catalogs.hpp"

#include "vmcp/base/log.hpp"
#include "vmcp/catalog/stable_hash.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace vmcp {

// What is made of some differences and one snapshot.
struct session_catalogs::view {
    std::weak_ptr<const snapshot> of{};
    std::vector<difference_ptr> by{};
    std::shared_ptr<const snapshot> made{};
    std::shared_ptr<const void> room{};

    [[nodiscard]] bool is_of(const std::shared_ptr<const snapshot>& shared) const {
        return !of.owner_before(shared) && !shared.owner_before(of);
    }
};

namespace {

std::shared_ptr<const backend_lists> lists_of(const snapshot& in, std::string_view backend) {
    const auto found = std::ranges::find(in.lists, backend, [](const auto& one) { return one->backend; });
    return found == in.lists.end() ? nullptr : *found;
}

std::uint64_t hash_of(const list_difference& difference) {
    std::uint64_t hash = stable_hash(difference.backend);
    for (const auto& part : difference.parts) {
        for (const auto& item : part.added)
            hash = stable_hash(item.raw, hash);
        for (const auto& key : part.missing)
            hash = stable_hash(key, hash);
    }
    return hash;
}

std::shared_ptr<const snapshot> merged_with(const snapshot& shared, const own_lists& own) {
    auto made = std::make_shared<snapshot>(shared);
    for (const auto& [key, difference] : own.all())
        for (auto& one : made->lists)
            if (one->backend == difference->backend)
                one = std::make_shared<const backend_lists>(with_difference(*one, *difference));
    made->catalog = merge(*shared.settings, shared.catalog->backends(), made->lists);
    // Of the clients that share it nearly all are of one policy class.
    made->views = std::make_shared<catalog_views>(made->catalog, shared.views->memory(), 0);
    return made;
}

// About: the pages, the texts that they were made of, and the names.
std::size_t size_of(const snapshot& made) {
    std::size_t pages = 0;
    for (const auto kind : all_list_kinds)
        pages += made.catalog->list(kind).bytes();
    return 3 * pages;
}

// Whether two clients have the same of their own.
bool same(const own_lists& own, const std::vector<std::shared_ptr<const list_difference>>& by) {
    return std::ranges::equal(own.all(), by, {}, &own_lists::of_backend::second);
}

} // namespace

session_catalogs::session_catalogs(const published<snapshot>& current, admission& policy, limits bounds,
                                   memory_ledger* memory)
    : current_(current)
    , policy_(policy)
    , limits_(bounds)
    , differences_(bounds.of_all, memory)
    , views_(bounds.merged, memory) {
}

// ---- what a client reads

std::shared_ptr<const snapshot> session_catalogs::of(std::shared_ptr<const snapshot> shared,
                                                     const client_session* client) {
    const auto own = client != nullptr ? client->own() : nullptr;
    return own ? view_of(shared, *own)->made : shared;
}

std::shared_ptr<const session_catalogs::view>
session_catalogs::view_of(const std::shared_ptr<const snapshot>& shared, const own_lists& own) {
    if (auto kept = std::static_pointer_cast<const view>(own.made()); kept && kept->is_of(shared))
        return kept;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& weak : known_views_)
            if (auto known = weak.lock(); known && known->is_of(shared) && same(own, known->by)) {
                own.keep(known);
                return known;
            }
    }
    auto made = std::make_shared<view>();
    made->of = shared;
    made->made = merged_with(*shared, own);
    std::ranges::transform(own.all(), std::back_inserter(made->by), &own_lists::of_backend::second);
    own.keep(nullptr); // the room of what it takes the place of
    made->room = views_.take(size_of(*made->made));
    if (!made->room)
        return made;
    const std::lock_guard lock(mutex_);
    std::erase_if(known_views_, [](const auto& weak) { return weak.expired(); });
    known_views_.push_back(made);
    own.keep(made);
    return made;
}

// ---- what a client has of its own

// Null: it is not to be kept.
session_catalogs::difference_ptr session_catalogs::keepable(list_difference made) {
    const auto bytes = made.bytes();
    if (made.empty())
        return nullptr;
    if (bytes > limits_.of_session) {
        log::warn("backend {}: what it lists for one client alone takes {} bytes, more than {}; the client "
                  "sees what "
                  "everybody sees",
                  made.backend, bytes, limits_.of_session);
        return nullptr;
    }
    const auto hash = hash_of(made);
    const std::lock_guard lock(mutex_);
    std::erase_if(known_, [](const auto& one) { return one.second.expired(); });
    for (auto [it, end] = known_.equal_range(hash); it != end; ++it)
        if (auto known = it->second.lock(); known && *known == made)
            return known;
    auto room = differences_.take(bytes);
    if (!room) {
        log::warn("backend {}: what backends list for single clients takes more than {} bytes, or than there "
                  "is room for (limits.memory); one more client sees what everybody sees",
                  made.backend, limits_.of_all);
        return nullptr;
    }
    struct kept {
        list_difference what;
        std::shared_ptr<const void> room;
    };
    const auto whole = std::make_shared<const kept>(kept{std::move(made), std::move(room)});
    difference_ptr out(whole, &whole->what);
    known_.emplace(hash, out);
    return out;
}

awaitable<bool> session_catalogs::take(std::shared_ptr<client_session> client, const void* key,
                                       session_lists read) {
    const auto shared = current_.load();
    const auto all = lists_of(*shared, read.lists.backend);
    const auto own = client->own();
    difference_ptr former;
    if (own)
        for (const auto& [backend, difference] : own->all())
            if (backend == key)
                former = difference;
    if (!all) // nobody is shown anything of it
        co_return former != nullptr;
    auto next = keepable(difference_of(read, *all, former ? *former : list_difference()));
    if (next == former)
        co_return next != nullptr;
    const auto before = of(shared, client.get());
    client->keep_own(key, next);
    const auto after = of(shared, client.get());
    if (const auto kinds = co_await changes_for(*client, before, after); kinds != 0)
        client->lists_changed(kinds);
    co_return next != nullptr;
}

// Where nobody of the client's policy class has listed what it was shown before: what changed for those who see everything.
awaitable<unsigned> session_catalogs::changes_for(const client_session& client,
                                                  std::shared_ptr<const snapshot> before,
                                                  std::shared_ptr<const snapshot> after) {
    const auto policy_class = client.policy_class();
    if (!policy_class.empty())
        for (const auto& kept : before->views->all())
            if (kept.policy_class == policy_class) {
                const auto now = co_await after->views->view_for(kept.example, policy_);
                co_return changed_between(*kept.view, *now);
            }
    co_return changed_between(*before->views->whole(), *after->views->whole());
}

void session_catalogs::published_to(client_session& client, const snapshot& shared) {
    const auto own = client.own();
    if (!own)
        return;
    for (const auto& [key, difference] : own->all()) {
        const auto all = lists_of(shared, difference->backend);
        if (!all)
            continue;
        auto rest = reduced(*difference, *all);
        // Its lists may have been read again meanwhile, and hold now.
        const auto now = client.own();
        const bool holds =
            now && std::ranges::find(now->all(), std::pair(key, difference)) != now->all().end();
        if (holds && !(rest == *difference))
            client.keep_own(key, keepable(std::move(rest)));
    }
}

} // namespace vmcp
