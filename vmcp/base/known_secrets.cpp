#include "vmcp/base/known_secrets.hpp"

#include "vmcp/base/published.hpp"
#include "vmcp/base/secret_forms.hpp"
#include "vmcp/base/secret_index.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <mutex>
#include <utility>

namespace vmcp {
namespace {

// Blanks are alike, as secret_at() has it.
constexpr unsigned char plain(char c) noexcept {
    return c == ' ' || (c >= '\t' && c <= '\r') ? ' ' : static_cast<unsigned char>(c);
}

constexpr std::uint16_t key_of(char first, char second) noexcept {
    return static_cast<std::uint16_t>(plain(first) << 8 | plain(second));
}

struct register_of_secrets {
    std::mutex mutex{};
    std::vector<std::string> before{}; // forms
    std::vector<std::string> now{};
    published<secret_set> current{std::make_shared<const secret_set>()};
    secret_index obtained{};
};

// A text is written in any part of the process, and must not show the secrets of any other: hence one for all, as there is
// one log.
register_of_secrets& known() {
    // Never ended: what holds a secret may outlive everything else.
    static auto* const one = new register_of_secrets; // NOLINT(cppcoreguidelines-owning-memory)
    return *one;
}

} // namespace

secret_set::secret_set(std::vector<std::string> forms) : forms_(std::move(forms)) {
    std::erase_if(forms_, [](const auto& form) { return form.size() < least_front; });
    // The longest first: no part of a form is to remain of which another one is the front.
    std::ranges::sort(forms_, [](const std::string& a, const std::string& b) {
        return a.size() != b.size() ? a.size() > b.size() : a < b;
    });
    const auto twice = std::ranges::unique(forms_);
    forms_.erase(twice.begin(), twice.end());
    for (std::size_t i = 0; i < forms_.size(); ++i)
        by_start_[key_of(forms_[i][0], forms_[i][1])].push_back(i);
    longest_ = forms_.empty() ? 0 : forms_.front().size();
}

void secret_set::look_for(std::size_t& found, std::uint16_t key, std::string_view text,
                          std::size_t front) const {
    const auto candidates = by_start_.find(key);
    if (candidates == by_start_.end())
        return;
    for (const std::size_t one : candidates->second)
        found = std::max(found, secret_at(text, forms_[one], front));
}

// Two characters decide which forms are looked at. Each may stand for itself or be an escape of another one, and a plus for
// a blank.
std::size_t secret_set::length_at(std::string_view text, std::size_t front) const {
    std::size_t found = 0;
    const auto first = first_written(text);
    for (const auto& [one, length] : {first, written_character{text[0], 1}}) {
        if (length >= text.size())
            continue;
        const auto rest = text.substr(length);
        const auto second = first_written(rest);
        look_for(found, key_of(one, second.meant), text, front);
        if (second.meant != rest[0])
            look_for(found, key_of(one, rest[0]), text, front);
        if (rest[0] == '+')
            look_for(found, key_of(one, ' '), text, front);
        if (first.length == 1)
            break; // it stands for itself only
    }
    return found;
}

std::string secret_set::strike(std::string_view text, std::size_t front) const {
    if (empty())
        return std::string(text);
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        if (const std::size_t length = length_at(text.substr(at), front); length > 0) {
            out += "***";
            at += length;
        } else {
            out.push_back(text[at++]);
        }
    }
    return out;
}

std::string secret_set::strike(std::string_view text) const {
    return strike(text, least_front);
}

void know_secrets(const std::vector<std::string>& values) {
    std::vector<std::string> forms;
    for (const auto& value : values)
        std::ranges::move(secret_forms(value), std::back_inserter(forms));
    auto& here = known();
    const std::lock_guard lock(here.mutex);
    here.before = std::exchange(here.now, forms);
    std::ranges::copy(here.before, std::back_inserter(forms));
    here.current.store(std::make_shared<const secret_set>(std::move(forms)));
}

std::shared_ptr<const secret_set> known_secrets() {
    return known().current.load();
}

std::shared_ptr<const void> known_while_held(std::vector<std::string> forms) {
    known().obtained.add(forms);
    struct held {
        explicit held(std::vector<std::string> values) : forms(std::move(values)) {}
        ~held() { known().obtained.remove(forms); }
        held(const held&) = delete;
        held& operator=(const held&) = delete;
        const std::vector<std::string> forms;
    };
    return std::make_shared<const held>(std::move(forms));
}

bool any_secret_known() {
    return !known_secrets()->empty() || !known().obtained.empty();
}

std::size_t longest_known_secret() {
    return std::max(known_secrets()->longest(), known().obtained.longest());
}

std::string strike_known(std::string_view text, std::size_t front) {
    auto out = known_secrets()->strike(text, front);
    return known().obtained.empty() ? out : known().obtained.strike(out, front);
}

std::string strike_known(std::string_view text) {
    return strike_known(text, least_front);
}

} // namespace vmcp
