#include "vmcp/base/secret_index.hpp"

#include "vmcp/base/secret_forms.hpp"

#include <algorithm>
#include <iterator>
#include <mutex>

namespace vmcp {
namespace {

// An escape that the end of the text cuts.
bool is_cut(std::string_view rest) {
    constexpr std::size_t longest = 6;
    return (rest[0] == '%' || rest[0] == '\\' || rest[0] == '&') && rest.size() < longest &&
           first_written(rest).length == 1;
}

// The first bytes of a form, or of a text as it is meant; 0: there are fewer.
std::uint32_t start_of(std::string_view text, bool escapes) {
    std::uint32_t out = 0;
    for (std::size_t read = 0; read < least_front; ++read) {
        if (text.empty())
            return 0;
        const auto one = escapes ? first_written(text) : written_character{text[0], 1};
        out = out << 8U | static_cast<unsigned char>(one.meant);
        text.remove_prefix(one.length);
    }
    return out;
}

} // namespace

// The characters of a text as they are meant, read as far as somebody looks.
class secret_index::reading {
public:
    reading(std::string_view text, bool escapes) : text_(text), escapes_(escapes) {}

    // As much as there is of `wanted` characters.
    std::string_view front(std::size_t wanted) {
        while (meant_.size() < wanted && at_ < text_.size()) {
            const auto rest = text_.substr(at_);
            if (escapes_ && is_cut(rest))
                break;
            const auto one = escapes_ ? first_written(rest) : written_character{rest[0], 1};
            meant_.push_back(one.meant);
            at_ += one.length;
            ends_.push_back(at_);
        }
        return std::string_view(meant_).substr(0, wanted);
    }
    // How many bytes the first `characters` of them take, which were read.
    [[nodiscard]] std::size_t length_of(std::size_t characters) const {
        return characters == 0 ? 0 : ends_[characters - 1];
    }

private:
    std::string_view text_;
    bool escapes_;
    std::size_t at_ = 0;
    std::string meant_{};
    std::vector<std::size_t> ends_{};
};

void secret_index::add(const std::vector<std::string>& forms) {
    const std::unique_lock lock(mutex_);
    for (const auto& form : forms) {
        if (form.size() < least_front)
            continue;
        forms_.insert(form);
        ++starts_[start_of(form, false)];
        longest_ = std::max(longest_, form.size());
    }
}

void secret_index::remove(const std::vector<std::string>& forms) {
    const std::unique_lock lock(mutex_);
    for (const auto& form : forms) {
        // One of them that is not among the late ones already: those were removed once.
        auto [it, end] = forms_.equal_range(form);
        while (it != end && std::ranges::find(late_, it) != late_.end())
            ++it;
        if (it != end)
            late_.push_back(it);
    }
    for (; late_.size() > lingering_; late_.pop_front())
        drop(late_.front());
    if (forms_.empty())
        longest_ = 0;
}

void secret_index::drop(ordered::iterator form) {
    const auto start = starts_.find(start_of(*form, false));
    if (--start->second == 0)
        starts_.erase(start);
    forms_.erase(form);
}

// The longest form that the text begins with: the last one in order that is not behind the text, or one in front of that.
std::size_t secret_index::longest_front_of(std::string_view text) const {
    while (text.size() >= least_front) {
        const auto behind = forms_.upper_bound(text);
        if (behind == forms_.begin())
            return 0;
        const std::string_view form = *std::prev(behind);
        if (text.starts_with(form))
            return form.size();
        // What comes in front of it and is a front of the text is one of what both have in common.
        text = text.substr(0, static_cast<std::size_t>(std::ranges::mismatch(text, form).in1 - text.begin()));
    }
    return 0;
}

// Some form begins with the text.
bool secret_index::is_front(std::string_view text) const {
    const auto found = forms_.lower_bound(text);
    return found != forms_.end() && std::string_view(*found).starts_with(text);
}

std::size_t secret_index::length_at(std::string_view text, std::size_t front) const {
    for (const bool escapes : {false, true}) {
        if (!starts_.contains(start_of(text, escapes)))
            continue;
        reading meant(text, escapes);
        std::size_t looked_at = 4 * least_front;
        while (looked_at < longest_ && meant.front(looked_at).size() == looked_at &&
               is_front(meant.front(looked_at)))
            looked_at *= 2;
        const auto all = meant.front(looked_at);
        if (const auto found = longest_front_of(all); found > 0)
            return meant.length_of(found);
        if (all.size() < looked_at && all.size() >= front && is_front(all))
            return text.size();
    }
    return 0;
}

std::string secret_index::strike(std::string_view text, std::size_t front) const {
    const std::shared_lock lock(mutex_);
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = forms_.empty() ? 0 : length_at(text.substr(at), front);
        if (length > 0) {
            out += "***";
            at += length;
        } else {
            out.push_back(text[at++]);
        }
    }
    return out;
}

bool secret_index::empty() const {
    const std::shared_lock lock(mutex_);
    return forms_.empty();
}

std::size_t secret_index::longest() const {
    const std::shared_lock lock(mutex_);
    return longest_;
}

std::size_t secret_index::size() const {
    const std::shared_lock lock(mutex_);
    return forms_.size();
}

} // namespace vmcp
