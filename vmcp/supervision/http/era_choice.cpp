#include "vmcp/supervision/http/era_choice.hpp"

#include "vmcp/base/json_cursor.hpp"
#include "vmcp/model/peer_message.hpp"
#include "vmcp/model/version.hpp"

namespace vmcp {
namespace {

health::era era_of(backend_era setting) noexcept {
    switch (setting) {
    case backend_era::legacy:
        return health::era::legacy;
    case backend_era::modern:
        return health::era::modern;
    case backend_era::automatic:
        break;
    }
    return health::era::unknown;
}

bool names_the_newer(std::string_view words) noexcept {
    return words.find("io.modelcontextprotocol/") != std::string_view::npos ||
           words.find(stateless_version) != std::string_view::npos ||
           words.find("-32022") != std::string_view::npos;
}

} // namespace

era_doubt doubt_of_legacy_error(std::string_view raw_error) noexcept {
    const auto code = json_member(raw_error, "code", backend_json_depth).raw;
    if (code == "-32022" || code == "-32020")
        return era_doubt::strong;
    const bool of_requests = code == "-32600" || code == "-32602" || code == "-32000";
    return of_requests && names_the_newer(raw_error) ? era_doubt::strong : era_doubt::none;
}

era_doubt doubt_of_legacy_failure(errc code, bool in_handshake, unsigned status,
                                  std::string_view words) noexcept {
    constexpr unsigned timed_out = 408;
    constexpr unsigned too_many = 429;
    if (code == errc::backend_session_lost)
        return era_doubt::weak;
    const bool refused = status >= 400 && status < 500 && status != timed_out && status != too_many &&
                         status != 401 && status != 403; // NOLINT(readability-magic-numbers): credentials
    if (code != errc::backend_protocol || !(refused || (in_handshake && status == 0)))
        return era_doubt::none;
    return names_the_newer(words) ? era_doubt::strong : era_doubt::weak;
}

era_choice::era_choice(backend_era setting) noexcept
    : open_(setting == backend_era::automatic)
    , speaks_(era_of(setting)) {
}

bool era_choice::learned(health::era proved) noexcept {
    if (!open_ || proved == health::era::unknown || proved == speaks_)
        return false;
    speaks_ = proved;
    return true;
}

bool era_choice::may_ask(era_doubt how, health::steady_time now) noexcept {
    if (!open_ || how == era_doubt::none)
        return false;
    const auto rest = how == era_doubt::strong ? rest_after_strong : rest_after_weak;
    return last_in_vain_ == health::steady_time::min() || now - last_in_vain_ >= rest;
}

void era_choice::asked(bool changed, health::steady_time now) noexcept {
    last_in_vain_ = changed ? health::steady_time::min() : now;
}

} // namespace vmcp
