#include "auth/aws/signature_v4.hpp"

#include "auth/digest.hpp"
#include "vmcp/base/ascii.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <stdexcept>

namespace auth {
namespace {

using pair_of_text = std::pair<std::string, std::string>;

constexpr std::string_view algorithm_name = "AWS4-HMAC-SHA256";
constexpr std::string_view digits = "0123456789ABCDEF";

std::string hmac(std::string_view key, std::string_view text) {
    sha256_digest out{};
    unsigned size = 0;
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), &size) == nullptr)
        throw std::runtime_error("OpenSSL cannot make an HMAC");
    return std::string(bytes_of(out));
}

std::string hex_digest(std::string_view text) {
    return hex_of(bytes_of(sha256(text)));
}

// RFC 3986 section 2.3.
bool is_unreserved(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

std::string encoded(std::string_view text, std::string_view also = {}) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_unreserved(c) || also.find(c) != also.npos)
            out.push_back(c);
        else
            out.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
    return out;
}

std::string decoded(std::string_view text) {
    const auto value = [](char c) {
        const auto at = digits.find(c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c);
        return at == digits.npos ? -1 : static_cast<int>(at);
    };
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '%' && i + 2 < text.size() ? value(text[i + 1]) : -1;
        const int low = high >= 0 ? value(text[i + 2]) : -1;
        out.push_back(low >= 0 ? static_cast<char>(high * 16 + low) : text[i]);
        i += low >= 0 ? 2 : 0;
    }
    return out;
}

std::string canonical_query(std::string_view query) {
    std::vector<pair_of_text> all;
    while (!query.empty()) {
        const auto end = std::min(query.find('&'), query.size());
        const auto one = query.substr(0, end);
        const auto equals = std::min(one.find('='), one.size());
        if (!one.empty())
            all.emplace_back(encoded(decoded(one.substr(0, equals))),
                             encoded(decoded(one.substr(std::min(equals + 1, one.size())))));
        query.remove_prefix(std::min(end + 1, query.size()));
    }
    std::ranges::sort(all);
    std::string out;
    for (const auto& [name, value] : all)
        out.append(out.empty() ? "" : "&").append(name).append("=").append(value);
    return out;
}

// Without blanks at its ends, and with one for each run of them.
std::string trimmed(std::string_view value) {
    std::string out;
    for (const char c : value)
        if (c != ' ' || (!out.empty() && out.back() != ' '))
            out.push_back(c);
    while (out.ends_with(' '))
        out.pop_back();
    return out;
}

} // namespace

std::string hex_of(std::string_view bytes) {
    std::string out;
    for (const char c : bytes)
        fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(c));
    return out;
}

std::string aws_time(wall_time when) {
    return fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(when)));
}

aws_canonical canonical_request(const aws_request& request) {
    const auto mark = std::min(request.target.find('?'), request.target.size());
    std::multimap<std::string, std::string> fields; // lines of one field stay in order
    for (const auto& [name, value] : request.fields)
        fields.emplace(vmcp::lowered(name), trimmed(value));
    aws_canonical out;
    out.text.append(request.method)
        .append("\n")
        .append(encoded(request.target.substr(0, mark), "/"))
        .append("\n")
        .append(canonical_query(request.target.substr(std::min(mark + 1, request.target.size()))))
        .append("\n");
    std::string_view last;
    for (const auto& [name, value] : fields) {
        if (name == last) {
            out.text.back() = ',';
        } else {
            out.text.append(name).append(":");
            out.field_names.append(out.field_names.empty() ? "" : ";").append(name);
        }
        out.text.append(value).append("\n");
        last = name;
    }
    out.text.append("\n").append(out.field_names).append("\n").append(request.body_digest);
    return out;
}

std::string authorization_v4(const aws_request& request, const aws_keys& keys, const aws_scope& scope,
                             wall_time when) {
    const auto time = aws_time(when);
    const auto day = time.substr(0, time.find('T'));
    const auto canonical = canonical_request(request);
    const auto where = fmt::format("{}/{}/{}/aws4_request", day, scope.region, scope.service);
    const auto text = fmt::format("{}\n{}\n{}\n{}", algorithm_name, time, where, hex_digest(canonical.text));
    std::string key = "AWS4" + keys.secret_key;
    for (const auto step : {std::string_view(day), std::string_view(scope.region),
                            std::string_view(scope.service), std::string_view("aws4_request")})
        key = hmac(key, step);
    return fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", algorithm_name, keys.access_key,
                       where, canonical.field_names, hex_of(hmac(key, text)));
}

} // namespace auth
