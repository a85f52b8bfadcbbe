// Proofs of possession: only what was signed with the key of RFC 9449's example passes for that key; places
// have one spelling; an address is the same in every notation.
#include "auth/dpop.hpp"
#include "auth/jws.hpp"
#include "tests/fakes/address_text.hpp"
#include "vmcp/base/base64url.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void check(bool holds) {
    if (!holds)
        std::abort();
}

// RFC 9449 section 7.1, and the key and token it goes with.
constexpr std::string_view genuine = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI"
                                     "6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQy"
                                     "VVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclU"
                                     "wQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJl"
                                     "MWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5"
                                     "leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhd"
                                     "CI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlp"
                                     "S0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOp"
                                     "txRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA";
constexpr std::string_view key = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
constexpr std::string_view token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";

auth::verdict<auth::dpop_proof> judge(std::string_view proof) {
    const std::string_view proofs[] = {proof};
    return auth::check_dpop({}, {proofs, "GET", "https://resource.example.org/protectedresource", token, {}},
                            auth::wall_time{auth::seconds{1'562'262'618}});
}

void check_proof(std::string_view proof) {
    const auto found = judge(proof);
    if (!found) {
        check(found.error().why == auth::refusal::invalid_dpop_proof);
        return;
    }
    // Whoever made another one has another key. Of an ECDSA signature there are two spellings.
    const auto input = genuine.substr(0, genuine.rfind('.') + 1);
    check(found->key != key || proof.substr(0, proof.rfind('.') + 1) == input);
    check(found->keep_for > auth::milliseconds{0} && found->keep_for <= auth::seconds{120});
}

std::string assembled(std::string_view text) {
    std::string out;
    for (int part = 0; part < 3; ++part) {
        const auto end = part == 2 ? text.size() : std::min(text.find('\n'), text.size());
        out += (part > 0 ? "." : "") + vmcp::base64url_encode(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const bool sound = judge(genuine).has_value();
    check(sound);
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_proof(text);
    check_proof(assembled(text));
    if (const auto once = auth::normalised_target(text)) {
        const auto twice = auth::normalised_target(*once);
        check(twice.has_value() && *twice == *once);
        check(once->find_first_of("?#") == std::string::npos);
    }
    if (text.find(':') == std::string_view::npos) {
        const auto four = fakes::kind_of_text(text);
        for (const std::string_view prefix : {"::ffff:", "64:ff9b::", "64:ff9b:1::"})
            check(fakes::kind_of_text(std::string(prefix) + std::string(text)) == four || !four);
    }
    return 0;
}
