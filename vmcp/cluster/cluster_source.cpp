#include "vmcp/cluster/cluster_source.hpp"

#include "vmcp/base/known_secrets.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/base/secret_forms.hpp"
#include "vmcp/config/secrets_of.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vmcp {
namespace {

// Many objects change at once when something is rolled out.
constexpr std::chrono::milliseconds between_looks{50};

std::string key_of(const cluster_definition& one) {
    return fmt::format("{}/{}", name_of(one.kind), one.backend.name);
}

// All keys of these are kept, bundles of authorities among them: what an object of the API server holds at most.
std::size_t most_kept_of(referred_kind kind) {
    constexpr std::size_t of_values = std::size_t{1} << 20;
    const bool values = kind == referred_kind::secret || kind == referred_kind::config_map;
    return values ? of_values : kube::object_store::usual_most_of_one;
}

} // namespace

cluster_source::cluster_source(transport::worker& home, std::shared_ptr<kube::kube_client> client,
                               std::string name_space, std::function<double()> dice)
    : home_(home)
    , client_(std::move(client))
    , dice_(std::move(dice))
    , rules_{.settings = std::make_shared<const config>(), .name_space = std::move(name_space)}
    , soon_(home.context()) {
}

cluster_source::~cluster_source() = default;

void cluster_source::use(std::shared_ptr<const config> settings, discovery_settings discovery) {
    // Settings that look for nothing have no strategies for what was found, which is served on until the restart that they take
    // effect with.
    if (stopped_ || !settings->cluster.discover)
        return;
    rules_.settings = std::move(settings);
    rules_.discovery = std::move(discovery);
    auto found = derive();
    watch_needed(found.needed);
    (void)take(std::move(found));
}

void cluster_source::start() {
    for (const auto kind : all_workload_kinds)
        lists_[kind] =
            watch({.collection = collection_of(kind, rules_.name_space), .reduce = kept_of_workload});
}

void cluster_source::stop() {
    stopped_ = true;
    soon_.cancel();
    for (const auto& [kind, one] : lists_)
        one->stop();
    for (const auto& [ref, one] : referred_)
        one->stop();
    client_->stop();
}

cluster_source::reflector_ptr cluster_source::watch(kube::reflector_settings settings) {
    settings.dice = dice_;
    settings.lines = lines_;
    auto made =
        std::make_shared<kube::reflector>(home_, client_, std::move(settings), room_, [this] { news(); });
    made->start();
    return made;
}

// ---- from news to definitions

void cluster_source::news() {
    if (stopped_ || std::exchange(due_, true))
        return;
    soon_.expires_at(std::max(std::chrono::steady_clock::now(), settled_at_ + between_looks));
    soon_.async_wait([this](const boost::system::error_code& ec) {
        due_ = false;
        if (!ec && !stopped_)
            settle();
    });
}

// Whatever the news was: everything is looked at as it is now.
void cluster_source::settle() {
    settled_at_ = std::chrono::steady_clock::now();
    auto found = derive();
    watch_needed(found.needed);
    bool pending = false;
    for (const auto& one : found.all)
        pending = pending || one.pending;
    const auto tools_before = tools_;
    const bool changed = take(std::move(found));
    const bool ready_now = publish_standing(pending); // who is told of the backends may ask for it
    if (changed && told_)
        told_();
    if (tools_ != tools_before && tools_told_)
        tools_told_();
    if (ready_now && ready_told_)
        ready_told_();
}

cluster_definitions cluster_source::derive() const {
    std::vector<cluster_workload> workloads;
    for (const auto& [kind, list] : lists_)
        for (const auto& [name, entry] : list->store().all())
            workloads.push_back({kind, name, entry.kept, entry.no_room});
    return define_backends(rules_, workloads, [this](const object_ref& ref) { return look_up(ref); });
}

referred_object cluster_source::look_up(const object_ref& ref) const {
    using state = referred_object::state;
    const auto watched = referred_.find(ref);
    if (watched == referred_.end())
        return referred_.size() < most_watched
                   ? referred_object{}
                   : referred_object{.at = state::unreadable,
                                     .problem =
                                         fmt::format("backends of this group refer to more than {} objects",
                                                     most_watched)};
    const auto& how = watched->second->state();
    if (const auto* const entry = watched->second->store().find(ref.name)) {
        if (entry->no_room)
            return {.at = state::unreadable, .problem = "it is too large for what may be kept"};
        return {.at = state::there, .kept = entry->kept};
    }
    if (how.listed)
        return {.at = state::missing};
    // It is asked for again and again; only where the server said no this will not pass by itself.
    return how.refused ? referred_object{.at = state::unreadable, .problem = how.problem} : referred_object{};
}

void cluster_source::watch_needed(const std::set<object_ref>& needed) {
    std::erase_if(referred_, [&](const auto& one) {
        if (needed.contains(one.first))
            return false;
        one.second->stop();
        return true;
    });
    unwatched_ = 0;
    for (const auto& ref : needed) {
        if (referred_.contains(ref))
            continue;
        if (referred_.size() >= most_watched) {
            ++unwatched_;
            continue;
        }
        referred_[ref] =
            watch({.collection = collection_of(ref.kind, rules_.name_space),
                   .name = ref.name,
                   .reduce = [kind = ref.kind](std::string_view object) { return kept_of(kind, object); },
                   .most_kept = most_kept_of(ref.kind)});
    }
}

// A backend of which something is being asked for stays what it was until that is known.
bool cluster_source::take(cluster_definitions found) {
    std::vector<backend_config> next;
    std::map<std::string, backend_config> last;
    auth_configs_.clear();
    for (auto& one : found.all) {
        const auto key = key_of(one);
        if (!one.auth_config.empty()) // of equal names the first one is used
            auth_configs_.emplace(one.backend.name, one.auth_config);
        if (one.pending) {
            const auto before = last_.find(key);
            if (before == last_.end())
                continue;
            one.backend = before->second;
        }
        last[key] = one.backend;
        next.push_back(std::move(one.backend));
    }
    for (const auto& problem : found.tool_problems)
        if (std::ranges::find(tool_problems_, problem) == tool_problems_.end())
            log::warn("cluster: {}", problem);
    tool_problems_ = std::move(found.tool_problems);
    tools_ = std::move(found.tools);
    last_ = std::move(last);
    if (next == definitions_)
        return false;
    know(next);
    definitions_ = std::move(next);
    return true;
}

// Before anything can be said of them. Those of before stay known for a while (known_while_held).
void cluster_source::know(const std::vector<backend_config>& definitions) {
    std::vector<std::shared_ptr<const void>> next;
    for (const auto& definition : definitions)
        for (const auto& secret : secrets_of_backend(definition))
            if (!secret.empty())
                next.push_back(known_while_held(secret_forms(secret)));
    known_secrets_ = std::move(next);
}

std::string cluster_source::auth_config_of(std::string_view backend) const {
    const auto found = auth_configs_.find(backend);
    return found == auth_configs_.end() ? std::string() : found->second;
}

std::shared_ptr<const config> cluster_source::with_tools(std::shared_ptr<const config> settings) const {
    if (tools_.empty())
        return settings;
    auto out = std::make_shared<config>(*settings);
    for (auto& entry : out->aggregation.tools) {
        const auto found = tools_.find(entry.workload);
        if (found == tools_.end())
            continue;
        entry.filter = found->second.filter;
        entry.overrides = found->second.overrides;
        entry.exclude_all = entry.exclude_all || found->second.exclude_all;
    }
    return out;
}

// ---- what is shown

// Whether it is ready now, and was not before.
bool cluster_source::publish_standing(bool pending) {
    auto out = std::make_shared<cluster_standing>();
    out->backends = definitions_.size();
    out->watched = referred_.size();
    for (const auto& [kind, list] : lists_) {
        const auto& how = list->state();
        // A kind to which there is no right, or which there is not, has no objects for us.
        if (!how.listed && !how.refused && out->waits_for.empty())
            out->waits_for =
                how.problem.empty()
                    ? fmt::format("objects of kind {} have not been listed yet", name_of(kind))
                    : fmt::format("objects of kind {} cannot be listed: {}", name_of(kind), how.problem);
        if (!how.problem.empty())
            out->problems.push_back(fmt::format("{}: {}", name_of(kind), how.problem));
        if (list->store().overfull())
            out->problems.push_back(
                fmt::format("{}: there are more than {} objects; those beyond are not served", name_of(kind),
                            kube::object_store::most_objects));
    }
    for (const auto& [ref, one] : referred_)
        if (!one->state().problem.empty())
            out->problems.push_back(
                fmt::format("{} {}: {}", name_of(ref.kind), ref.name, one->state().problem));
    if (unwatched_ > 0)
        out->problems.push_back(fmt::format("backends refer to {} objects more than the {} that are watched",
                                            unwatched_, most_watched));
    if (out->waits_for.empty() && pending)
        out->waits_for = "objects that backends refer to have not been read yet";
    // Once is enough: what is known is served on.
    const bool was_ready = standing_.load()->ready;
    out->ready = was_ready || out->waits_for.empty();
    const bool ready_now = out->ready && !was_ready;
    standing_.store(std::move(out));
    return ready_now;
}

} // namespace vmcp
