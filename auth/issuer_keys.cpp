#include "auth/issuer_keys.hpp"

#include "auth/text.hpp"

namespace auth {
namespace {

using namespace std::chrono_literals;

constexpr seconds lost_after = 30s;

void note(key_step& out, std::string problem) {
    out.problem.append(out.problem.empty() ? "" : "; ").append(problem);
}

} // namespace

issuer_keys::issuer_keys(issuer_settings settings)
    : settings_(std::move(settings))
    , discovery_(settings_.issuer, settings_.allow_http)
    , cache_(settings_.cache) {
}

key_step issuer_keys::start(steady_time now) {
    key_step out;
    jwks_step step;
    cache_.start(now, step);
    act(step, now, out);
    return out;
}

std::pair<key_answer, key_step> issuer_keys::ask(const key_query& query, steady_time now) {
    key_step out;
    jwks_step step;
    auto answer = cache_.ask(query, now, step);
    act(step, now, out);
    return {std::move(answer), std::move(out)};
}

key_step issuer_keys::tick(steady_time now) {
    key_step out;
    if (phase_ != phase::idle && now - started_ >= lost_after) {
        fetch_result lost;
        lost.error = "no answer within 30 s";
        out = fetched(last_id_, lost, now);
    }
    jwks_step step;
    cache_.tick(now, step);
    act(step, now, out);
    return out;
}

std::optional<steady_time> issuer_keys::wake() const {
    const auto cache = cache_.wake();
    if (phase_ == phase::idle)
        return cache;
    return cache ? std::min(*cache, started_ + lost_after) : started_ + lost_after;
}

key_step issuer_keys::fetched(std::uint64_t id, const fetch_result& result, steady_time now) {
    key_step out;
    if (id != last_id_)
        return out;
    switch (phase_) {
    case phase::idle:
        break;
    case phase::discovering:
        on_discovery(discovery_.fetched(result, now), now, out);
        break;
    case phase::loading:
        on_key_set(result, now, out);
        break;
    }
    return out;
}

// Passes on what the cache says; where it wants the key set, that may take several URLs.
void issuer_keys::act(const jwks_step& from, steady_time now, key_step& out) {
    out.answers.insert(out.answers.end(), from.answers.begin(), from.answers.end());
    out.changed = out.changed || from.changed;
    if (from.fetch) {
        rediscovered_ = false;
        begin(now, out);
    }
}

void issuer_keys::begin(steady_time now, key_step& out) {
    if (!settings_.jwks_uri.empty() || !discovery_.due(now))
        return fetch(phase::loading, key_set_url(), now, out);
    rediscovered_ = true;
    fetch(phase::discovering, discovery_.begin().url, now, out);
}

void issuer_keys::fetch(phase next, std::string url, steady_time now, key_step& out) {
    phase_ = next;
    started_ = now;
    out.fetch = key_fetch{++last_id_, std::move(url)};
}

const std::string& issuer_keys::key_set_url() const {
    return settings_.jwks_uri.empty() ? discovery_.metadata()->jwks_uri : settings_.jwks_uri;
}

void issuer_keys::on_discovery(const discovery_step& found, steady_time now, key_step& out) {
    switch (found.what) {
    case discovery_step::kind::fetch:
        return fetch(phase::discovering, found.url, now, out);
    case discovery_step::kind::done:
        out.changed = true;
        return fetch(phase::loading, key_set_url(), now, out);
    case discovery_step::kind::failed:
        break;
    }
    const std::string problem =
        "the metadata of " + shown(settings_.issuer) + " cannot be had: " + found.problem;
    if (!discovery_.metadata())
        return fail(problem, now, out);
    note(out, problem + "; what was known of it is used on");
    fetch(phase::loading, key_set_url(), now, out);
}

void issuer_keys::on_key_set(const fetch_result& result, steady_time now, key_step& out) {
    const auto moved = result.status == 404 || result.status == 410;
    if (moved && settings_.jwks_uri.empty() && !rediscovered_) {
        discovery_.contradicted();
        if (discovery_.due(now))
            return begin(now, out);
    }
    const auto document = document_of(result);
    if (!document)
        return fail(document.error().text, now, out);
    jwks_step step;
    const auto loaded = cache_.loaded(*document, result.cache_control, now, step);
    if (!loaded)
        note(out, "the key set at " + shown(key_set_url()) + " cannot be used: " + loaded.error().text);
    phase_ = phase::idle;
    act(step, now, out);
}

void issuer_keys::fail(std::string problem, steady_time now, key_step& out) {
    if (phase_ == phase::loading)
        problem = "the key set at " + shown(key_set_url()) + " cannot be had: " + problem;
    note(out, std::move(problem));
    phase_ = phase::idle;
    jwks_step step;
    cache_.failed(now, step);
    act(step, now, out);
}

} // namespace auth
