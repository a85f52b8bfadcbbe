// All secrets that this process was configured with or has obtained, so that no text that repeats a peer's words shows one,
// whichever peer it is of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vmcp {

// Forms of secrets (secret_forms.hpp), found in a text in one pass, however many they are. Immutable.
class secret_set {
public:
    secret_set() = default;
    // Forms of less than four bytes are left out.
    explicit secret_set(std::vector<std::string> forms);

    // `text` with each form replaced by "***" wherever secret_at() finds it. `front` as there.
    [[nodiscard]] std::string strike(std::string_view text, std::size_t front) const;
    [[nodiscard]] std::string strike(std::string_view text) const;

    [[nodiscard]] bool empty() const noexcept { return forms_.empty(); }
    [[nodiscard]] const std::vector<std::string>& forms() const noexcept { return forms_; }
    [[nodiscard]] std::size_t longest() const noexcept { return longest_; }

private:
    [[nodiscard]] std::size_t length_at(std::string_view text, std::size_t front) const;
    void look_for(std::size_t& found, std::uint16_t key, std::string_view text, std::size_t front) const;

    std::vector<std::string> forms_{};
    std::unordered_map<std::uint16_t, std::vector<std::size_t>> by_start_{}; // their first two characters
    std::size_t longest_ = 0;
};

// The values of secrets of this process, whole (header fields, tokens, passwords), in place of those given before, which stay
// known until the next call: what carries them may still be under way. From any thread.
void know_secrets(const std::vector<std::string>& values);

// Never null: what know_secrets() was given.
[[nodiscard]] std::shared_ptr<const secret_set> known_secrets();

// Makes these forms known as long as what it returns lives, and a while longer: of tokens and keys that were obtained. From
// any thread. Their number is for whoever keeps them to bound.
[[nodiscard]] std::shared_ptr<const void> known_while_held(std::vector<std::string> forms);

// Of all secrets that are known, however they became so.
[[nodiscard]] bool any_secret_known();
[[nodiscard]] std::size_t longest_known_secret();
// As secret_set::strike().
[[nodiscard]] std::string strike_known(std::string_view text, std::size_t front);
[[nodiscard]] std::string strike_known(std::string_view text);

} // namespace vmcp
