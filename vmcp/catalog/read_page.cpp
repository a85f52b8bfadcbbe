#include "vmcp/catalog/read_page.hpp"

#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/catalog/entry_check.hpp"
#include "vmcp/catalog/list_kind.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace vmcp {
namespace {

std::string_view name_of(json_kind kind) {
    switch (kind) {
    case json_kind::object:
        return "an object";
    case json_kind::array:
        return "an array";
    case json_kind::string:
        return "a string";
    case json_kind::number:
        return "a number";
    case json_kind::boolean:
        return "a boolean";
    case json_kind::null:
        break;
    }
    return "null";
}

} // namespace

class list_page_reader::parser {
public:
    parser(list_kind kind, std::string_view text, std::vector<list_item>& out, list_budget* budget,
           std::size_t room)
        : kind_(kind)
        , spec_(spec_of(kind))
        , text_(text)
        , cursor_(text, list_json_depth)
        , out_(out)
        , budget_(budget)
        , room_(room) {}

    result<bool> step(std::size_t bytes) {
        // Where the rest is no more than that, it is read to its end, or to what is wrong with it.
        const std::size_t at = cursor_.offset();
        const std::size_t until = bytes < text_.size() - at ? at + bytes : std::string_view::npos;
        if (auto problem = begin())
            return *std::move(problem);
        std::string_view key;
        bool done = false;
        while (!done) {
            if (auto problem = read_entries(until))
                return *std::move(problem);
            if (in_list_)
                return false;
            if (!cursor_.next_member(key, done))
                return malformed();
            if (!done)
                if (auto problem = read_member(key))
                    return *std::move(problem);
        }
        if (!cursor_.at_end())
            return malformed();
        if (!seen_list_)
            return wrong("the result has no member \"{}\"", spec_.member);
        return true;
    }

    page_info& info() noexcept { return info_; }

private:
    template <class... Args>
    failure wrong(fmt::format_string<Args...> format, Args&&... args) const {
        return fail(errc::backend_protocol,
                    fmt::format("{}: {}", spec_.method, fmt::format(format, std::forward<Args>(args)...)));
    }

    failure malformed() const {
        return wrong("malformed JSON, or nested deeper than {} levels, at byte {} of the result",
                     list_json_depth, cursor_.offset());
    }

    std::optional<failure> begin() {
        if (std::exchange(begun_, true))
            return std::nullopt;
        json_kind kind{};
        if (cursor_.peek(kind) && kind != json_kind::object)
            return wrong("the result is not an object but {}", name_of(kind));
        if (!cursor_.enter_object())
            return malformed();
        return std::nullopt;
    }

    std::optional<failure> read_member(std::string_view key) {
        if (json_key_is(key, spec_.member))
            return enter_list();
        if (json_key_is(key, "nextCursor"))
            return read_cursor();
        json_slice skipped;
        if (!cursor_.value(skipped))
            return malformed();
        return std::nullopt;
    }

    std::optional<failure> read_cursor() {
        json_slice value;
        if (!cursor_.value(value))
            return malformed();
        if (seen_cursor_)
            return wrong("the result has the member \"nextCursor\" twice");
        seen_cursor_ = true;
        if (value.kind == json_kind::string)
            info_.cursor = value.raw;
        else if (value.kind != json_kind::null)
            return wrong("\"nextCursor\" is not a string but {}", name_of(value.kind));
        return std::nullopt;
    }

    std::optional<failure> enter_list() {
        if (seen_list_)
            return wrong("the result has the member \"{}\" twice", spec_.member);
        seen_list_ = true;
        json_kind kind{};
        if (!cursor_.peek(kind))
            return malformed();
        if (kind != json_kind::array) {
            json_slice value;
            if (!cursor_.value(value))
                return malformed();
            if (kind != json_kind::null)
                return wrong("\"{}\" is not an array but {}", spec_.member, name_of(kind));
            return std::nullopt;
        }
        if (!cursor_.enter_array())
            return malformed();
        in_list_ = true;
        return std::nullopt;
    }

    std::optional<failure> read_entries(std::size_t until) {
        while (in_list_ && cursor_.offset() < until) {
            bool done = false;
            if (!cursor_.next_element(done))
                return malformed();
            in_list_ = !done;
            if (done)
                break;
            if (!read_entry())
                return malformed();
            if (info_.bytes > room_)
                return fail(errc::no_memory,
                            fmt::format("{}: the first {} entries of the page cost more than the {} bytes "
                                        "that there is room for (limits.memory)",
                                        spec_.method, index_, room_));
        }
        return std::nullopt;
    }

    // False when the text is malformed.
    bool read_entry() {
        const std::size_t number = index_++;
        json_kind kind{};
        if (!cursor_.peek(kind))
            return false;
        if (kind != json_kind::object) {
            json_slice value;
            if (!cursor_.value(value))
                return false;
            drop({}, fmt::format("entry {} is not an object but {}", number, name_of(kind)));
            return true;
        }
        const std::size_t start = cursor_.offset();
        json_slice key_value;
        unsigned keys = 0;
        std::string_view member;
        bool done = false;
        if (!cursor_.enter_object())
            return false;
        while (cursor_.next_member(member, done) && !done) {
            json_slice value;
            if (!cursor_.value(value))
                return false;
            if (json_key_is(member, spec_.key)) {
                key_value = value;
                ++keys;
            }
        }
        if (!done)
            return false;
        take(number, text_.substr(start, cursor_.offset() - start), key_value, keys);
        return true;
    }

    void take(std::size_t number, std::string_view raw, json_slice key_value, unsigned keys) {
        if (keys == 0)
            return drop({}, fmt::format("entry {} has no member \"{}\"", number, spec_.key));
        if (key_value.kind != json_kind::string)
            return drop({}, fmt::format("entry {}: its member \"{}\" is not a string but {}", number,
                                        spec_.key, name_of(key_value.kind)));
        if (key_value.raw.size() > max_list_key)
            return drop({}, fmt::format("entry {}: its member \"{}\" is {} bytes long, more than {}", number,
                                        spec_.key, key_value.raw.size(), max_list_key));
        auto key = unquoted(key_value.raw);
        if (!key)
            return drop({}, fmt::format("entry {}: its member \"{}\" holds half of a surrogate pair", number,
                                        spec_.key));
        if (key->empty())
            return drop({}, fmt::format("entry {}: its member \"{}\" is empty", number, spec_.key));
        if (keys > 1)
            return drop(std::move(*key),
                        fmt::format("entry {} has the member \"{}\" more than once", number, spec_.key));
        if (!fits(raw.size() + key->size())) {
            ++info_.left_out;
            return;
        }
        auto verdict = check_for_all(kind_, raw);
        const bool good = verdict.good();
        out_.push_back({std::move(*key), std::string(raw),
                        good ? nullptr : std::make_shared<const entry_verdicts>(std::move(verdict))});
        info_.bytes += cost_of(out_.back());
    }

    bool fits(std::size_t bytes) {
        if (budget_ == nullptr)
            return true;
        budget_->used_up = budget_->used_up || budget_->entries == 0 || budget_->bytes < bytes;
        if (budget_->used_up)
            return false;
        --budget_->entries;
        budget_->bytes -= bytes;
        return true;
    }

    void drop(std::string name, std::string reason) {
        ++info_.dropped;
        if (info_.reasons.size() < max_drop_reasons)
            info_.reasons.push_back({kind_, std::move(name), std::move(reason)});
    }

    list_kind kind_;
    list_spec spec_;
    std::string_view text_;
    json_cursor cursor_;
    std::vector<list_item>& out_;
    list_budget* budget_;
    std::size_t room_;
    page_info info_;
    std::size_t index_ = 0;
    bool begun_ = false;
    bool in_list_ = false;
    bool seen_list_ = false;
    bool seen_cursor_ = false;
};

list_page_reader::list_page_reader(list_kind kind, std::string_view result_json, std::vector<list_item>& out,
                                   list_budget* budget, std::size_t room)
    : parser_(std::make_unique<parser>(kind, result_json, out, budget, room))
    , out_(out)
    , before_(out.size())
    , budget_(budget)
    , had_(budget != nullptr ? *budget : list_budget()) {
}

list_page_reader::~list_page_reader() = default;

result<bool> list_page_reader::step(std::size_t bytes) {
    auto over = parser_->step(bytes);
    if (over)
        return over;
    out_.resize(before_);
    if (budget_ != nullptr)
        *budget_ = had_;
    return over;
}

page_info list_page_reader::info() && {
    return std::move(parser_->info());
}

std::size_t cost_of(const list_item& item) noexcept {
    constexpr std::size_t of_tables = 512; // routes, rows, and room to grow
    // What clients of some revisions see otherwise is kept in the catalog once more, at most as it was written.
    const auto* const verdict = item.verdict.get();
    const auto of_verdict =
        verdict == nullptr ? 0 : verdict->bytes() + verdict->otherwise.size() * item.raw.size();
    return 2 * sizeof(list_item) + 2 * item.raw.size() + 5 * item.key.size() + of_verdict + of_tables;
}

result<page_info> read_list_page(list_kind kind, std::string_view result_json, std::vector<list_item>& out,
                                 list_budget* budget, std::size_t room) {
    list_page_reader page(kind, result_json, out, budget, room);
    if (const auto over = page.step(result_json.size()); !over)
        return over.error();
    return std::move(page).info();
}

} // namespace vmcp
