#include "vmcp/replicas/replicas.hpp"

#include "transport/net/target.hpp"
#include "vmcp/base/environment.hpp"
#include "vmcp/base/url.hpp"

#include <random>
#include <utility>

namespace vmcp {
namespace {

constexpr std::chrono::milliseconds between_beats{250};

result<transport::redis_place> place_of(const std::string& address) {
    const auto parsed = parse_url("http://" + address);
    if (!parsed)
        return parsed.error();
    return transport::redis_place{parsed->host, parsed->port};
}

transport::redis_settings settings_or_none(const session_storage_config& from, result<void>& usable) {
    auto made = redis_settings_of(from);
    if (made)
        return std::move(*made);
    usable = made.error();
    return {};
}

// Drawn at each start: with a thousand replicas one in five thousand sets has two of the same number. None is 0.
std::uint32_t replica_number() {
    std::random_device dice;
    return (dice() & ((std::uint32_t{1} << id_block::replica_bits) - 1)) | 1U;
}

} // namespace

result<transport::redis_settings> redis_settings_of(const session_storage_config& from) {
    transport::redis_settings out{.master = from.sentinel_master,
                                  .sentinel_password = from.sentinel_password,
                                  .username = from.username,
                                  .password = from.password,
                                  .database = from.database,
                                  .timeout = from.timeout};
    if (!from.address.empty()) {
        auto place = place_of(from.address);
        if (!place)
            return place.error();
        out.server = std::move(*place);
    }
    for (const auto& one : from.sentinels) {
        auto place = place_of(one);
        if (!place)
            return place.error();
        out.sentinels.push_back(std::move(*place));
    }
    if (from.tls) {
        auto context = transport::client_tls(from.ca_bundle);
        if (!context)
            return fail(errc::config, "sessionStorage: " + context.error().detail);
        out.tls = std::move(*context);
    }
    return out;
}

replicas::replicas(const config& settings, session_table& table)
    : settings_(settings_or_none(settings.session_storage, usable_))
    , client_(std::make_shared<transport::redis_client>(settings_))
    , store_(table, *client_, settings.session_storage.key_prefix, replica_number())
    , buckets_(*client_, environment("VMCP_NAMESPACE").value_or("default"), settings.name)
    , subscriber_(std::make_shared<transport::redis_subscriber>(settings_, store_.channels())) {
}

void replicas::start(transport::worker& control) {
    client_->start(control, [this, &control] {
        control.spawn(store_.connected(), "the sessions of a store that is reached again");
    });
    subscriber_->start(control, {.subscribed = [this] { store_.missed_messages(); },
                                 .message =
                                     [this, &control](std::string_view, std::string_view text) {
                                         control.spawn(store_.heard(std::string(text)),
                                                       "a message of another replica");
                                     }});
    control.spawn(beat(control), "the beat of shared sessions");
}

boost::asio::awaitable<void> replicas::beat(transport::worker& control) {
    transport::guarded_pause pause(control);
    pause_ = &pause;
    while (!stopped_ && co_await pause.until(steady_clock::now() + between_beats))
        store_.tick(steady_clock::now());
    pause_ = nullptr;
}

void replicas::flush() {
    store_.tick(steady_clock::now());
}

void replicas::stop() {
    stopped_ = true;
    if (pause_ != nullptr)
        pause_->cancel();
    subscriber_->stop();
    client_->stop();
}

} // namespace vmcp
