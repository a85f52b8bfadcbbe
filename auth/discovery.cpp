#include "auth/discovery.hpp"

#include "auth/text.hpp"

namespace auth {

using namespace std::chrono_literals;

discovery_step discovery::begin() {
    urls_ = discovery_urls(issuer_);
    at_ = 0;
    problems_.clear();
    return {discovery_step::kind::fetch, urls_[at_], {}};
}

discovery_step discovery::fetched(const fetch_result& result, steady_time now) {
    const auto document = document_of(result);
    auto found = document ? read_provider_metadata(*document, issuer_, allow_http_)
                          : parsed<provider_metadata>(document.error());
    if (found) {
        metadata_ = std::move(*found);
        stale_ = false;
        found_at_ = now;
        failed_at_.reset();
        return {discovery_step::kind::done, {}, {}};
    }
    problems_.append(problems_.empty() ? "" : "; ")
        .append(shown(urls_[at_]))
        .append(": ")
        .append(found.error().text);
    ++at_;
    // A host that does not answer at one of its URLs is not asked at the next one.
    if (result.status != 0 && at_ < urls_.size())
        return {discovery_step::kind::fetch, urls_[at_], {}};
    failed_at_ = now;
    return {discovery_step::kind::failed, {}, problems_};
}

bool discovery::due(steady_time now) const {
    if (!metadata_)
        return true;
    if (failed_at_ && now - *failed_at_ < 1min)
        return false;
    return stale_ || now - found_at_ >= rediscover_after;
}

} // namespace auth
