#include "vmcp/model/message.hpp"

#include "vmcp/base/json_text.hpp"
#include "vmcp/base/words.hpp"
#include "vmcp/model/methods.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace vmcp {
namespace {

// Some encoders escape the slash ("tools\\/call"). A method spelled with escapes is looked up here, so that
// `method` can stay a slice; one that is not listed keeps its escaped spelling, and nobody knows it either
// way.
std::string_view method_text(std::string_view raw) {
    const std::string_view inner = raw.substr(1, raw.size() - 2);
    if (inner.find('\\') == std::string_view::npos)
        return inner;
    for (const auto& known : known_methods)
        if (json_key_is(raw, known.name))
            return known.name;
    return inner;
}

// A message while it is being read.
class reader {
public:
    reader(std::string_view text, unsigned max_depth) : text_(text), cursor_(text, max_depth) {}

    result<message> read() {
        json_kind kind{};
        if (!cursor_.peek(kind))
            return syntax_error();
        if (kind != json_kind::object) {
            json_slice all;
            if (!cursor_.value(all) || !cursor_.at_end())
                return syntax_error();
            return fail(errc::invalid_request, "a JSON-RPC message is an object");
        }
        if (!read_members() || !cursor_.at_end())
            return syntax_error();
        if (!problem_.empty())
            return fail(errc::invalid_request, problem_);
        trim_whole();
        return classify();
    }

private:
    failure syntax_error() const {
        return fail(errc::parse_error,
                    fmt::format("invalid JSON at byte {} of {}", cursor_.offset(), text_.size()));
    }

    // Notes a semantic problem but keeps reading: broken JSON behind it is the better report.
    void note(std::string_view problem) {
        if (problem_.empty())
            problem_ = problem;
    }

    void set(json_slice& member, const json_slice& value, std::string_view name) {
        if (!member.empty())
            note(fmt::format("member \"{}\" is given twice", name));
        member = value;
    }

    bool read_members() {
        std::string_view key;
        bool done = false;
        if (!cursor_.enter_object())
            return false;
        while (cursor_.next_member(key, done)) {
            if (done)
                return true;
            if (!read_member(key))
                return false;
        }
        return false;
    }

    bool read_member(std::string_view key) {
        if (json_key_is(key, "params"))
            return read_params();
        json_slice value;
        if (json_key_is(key, "result") ? !read_result(value) : !cursor_.value(value))
            return false;
        if (json_key_is(key, "jsonrpc"))
            set(jsonrpc_, value, "jsonrpc");
        else if (json_key_is(key, "id"))
            set(out_.id, value, "id");
        else if (json_key_is(key, "method"))
            set(method_, value, "method");
        else if (json_key_is(key, "result"))
            set(out_.result, value, "result");
        else if (json_key_is(key, "error"))
            set(out_.error, value, "error");
        return true;
    }

    // A value of any kind. The members of an object go to `take`, one by one.
    template <class Take>
    bool read_object(json_slice& value, Take&& take) {
        json_kind kind{};
        if (!cursor_.peek(kind))
            return false;
        if (kind != json_kind::object)
            return cursor_.value(value);
        const std::size_t start = cursor_.offset();
        std::string_view key;
        bool done = false;
        if (!cursor_.enter_object())
            return false;
        while (cursor_.next_member(key, done) && !done) {
            json_slice entry;
            if (!cursor_.value(entry))
                return false;
            take(key, entry);
        }
        value = {text_.substr(start, cursor_.offset() - start), json_kind::object};
        return !cursor_.failed();
    }

    bool read_result(json_slice& value) {
        return read_object(value, [this](std::string_view key, const json_slice& entry) {
            if (json_key_is(key, "isError"))
                out_.tool_failed = entry.raw == "true";
            else if (json_key_is(key, "_meta"))
                out_.result_meta = entry;
            else if (json_key_is(key, "resultType"))
                out_.result_type = entry;
        });
    }

    bool read_params() {
        json_kind kind{};
        if (!cursor_.peek(kind))
            return false;
        json_slice value;
        if (kind != json_kind::object) {
            if (!cursor_.value(value))
                return false;
            set(out_.params, value, "params");
            if (kind != json_kind::null)
                note("params must be an object");
            return true;
        }
        const std::size_t start = cursor_.offset();
        if (!cursor_.enter_object() || !read_param_members())
            return false;
        value = {text_.substr(start, cursor_.offset() - start), json_kind::object};
        set(out_.params, value, "params");
        return true;
    }

    bool read_param_members() {
        std::string_view key;
        bool done = false;
        while (cursor_.next_member(key, done)) {
            if (done)
                return true;
            json_slice value;
            if (json_key_is(key, "_meta") ? !read_meta(value) : !cursor_.value(value))
                return false;
            if (json_slice* member = known_param(key))
                set(*member, value, key.substr(1, key.size() - 2));
        }
        return false;
    }

    // What null stands for in the envelope depends on what else is there: {"result":null} alone is an answer.
    void forget_nulls() {
        const auto forget = [this](json_slice& member) {
            if (!member.empty() && member.kind == json_kind::null) {
                member = {};
                null_seen_ = true;
            }
        };
        forget(method_);
        forget(out_.params);
        forget(out_.error);
        if (!method_.empty() || !out_.error.empty())
            forget(out_.result);
        for (json_slice* optional : {&out_.param.cursor, &out_.param.meta, &out_.param.meta_token})
            if (optional->kind == json_kind::null)
                *optional = {};
    }

    bool is_surplus(std::string_view key, const json_slice& value) const {
        return value.kind == json_kind::null &&
               (json_key_is(key, "method") || json_key_is(key, "params") || json_key_is(key, "error") ||
                (json_key_is(key, "result") && out_.result.empty()));
    }

    // A second walk, for the few messages that need it. Some member stays, "jsonrpc" at least: what comes before the
    // first that does is cut together with the comma behind it, the rest with the comma in front.
    void find_surplus() {
        json_cursor cursor(out_.whole, any_depth);
        std::string_view key;
        json_slice value;
        bool done = false;
        std::size_t count = 0;
        std::optional<std::size_t> start; // of a cut that ends where the next key begins
        bool kept = false;
        const auto cut = [&](std::size_t from, std::size_t to) {
            out_.surplus.at(count++) = out_.whole.substr(from, to - from);
        };
        if (!cursor.enter_object())
            return;
        for (std::size_t end = 0; cursor.next_member(key, done) && !done; end = cursor.offset()) {
            const auto begin = static_cast<std::size_t>(key.data() - out_.whole.data());
            if (start)
                cut(*std::exchange(start, std::nullopt), begin);
            if (!cursor.value(value))
                return;
            if (!is_surplus(key, value))
                kept = true;
            else if (kept)
                cut(end, cursor.offset());
            else
                start = begin;
        }
    }

    json_slice* known_param(std::string_view key) {
        struct entry {
            std::string_view key;
            json_slice param_slices::* member;
        };
        static constexpr entry known[] = {
            {"name", &param_slices::name},
            {"arguments", &param_slices::arguments},
            {"uri", &param_slices::uri},
            {"cursor", &param_slices::cursor},
            {"level", &param_slices::level},
            {"ref", &param_slices::ref},
            {"requestId", &param_slices::request_id},
            {"progressToken", &param_slices::progress_token},
            {"_meta", &param_slices::meta},
            {"requestState", &param_slices::request_state},
            {"inputResponses", &param_slices::input_responses},
        };
        for (const auto& e : known)
            if (json_key_is(key, e.key))
                return &(out_.param.*e.member);
        return nullptr;
    }

    bool read_meta(json_slice& value) {
        return read_object(value, [this](std::string_view key, const json_slice& entry) {
            if (json_key_is(key, "progressToken"))
                set(out_.param.meta_token, entry, "progressToken");
        });
    }

    void trim_whole() {
        const auto first = text_.find_first_not_of(" \t\r\n");
        const auto last = text_.find_last_not_of(" \t\r\n");
        out_.whole = text_.substr(first, last - first + 1);
    }

    // A string or an integer (MCP schema, RequestId), in any spelling of the integer: 1, 1.0, 1e2.
    static bool id_ok(const json_slice& id) {
        if (id.kind == json_kind::number)
            return is_integer(id.raw);
        return id.kind == json_kind::string;
    }

    static bool is_integer(std::string_view number) {
        const auto exponent = number.find_first_of("eE");
        if (exponent != std::string_view::npos && number[exponent + 1] == '-')
            return false;
        const auto point = number.find('.');
        return point == std::string_view::npos ||
               number.substr(0, exponent).find_first_not_of('0', point + 1) == std::string_view::npos;
    }

    result<message> classify() {
        if (jsonrpc_.raw != "\"2.0\"")
            return fail(errc::invalid_request, "member \"jsonrpc\" must be \"2.0\"");
        forget_nulls();
        if (null_seen_)
            find_surplus();
        if (method_.empty())
            return classify_answer();
        if (method_.kind != json_kind::string)
            return fail(errc::invalid_request, "method must be a string");
        if (!out_.result.empty() || !out_.error.empty())
            return fail(errc::invalid_request, "a message has either a method or a result or an error");
        if (!out_.id.empty() && !id_ok(out_.id))
            return fail(errc::invalid_request, "id must be a string or an integer");
        out_.method = method_text(method_.raw);
        out_.type = out_.id.empty() ? message::kind::notification : message::kind::request;
        return out_;
    }

    result<message> classify_answer() {
        if (out_.result.empty() == out_.error.empty())
            return fail(errc::invalid_request, "a message has either a method or a result or an error");
        out_.type = out_.error.empty() ? message::kind::response : message::kind::error;
        if (out_.id.kind == json_kind::null && out_.type == message::kind::error)
            out_.id = {}; // JSON-RPC 2.0 writes null where MCP leaves the id out
        if (out_.id.empty() ? out_.type == message::kind::response : !id_ok(out_.id))
            return fail(errc::invalid_request, "id must be a string or an integer");
        if (out_.type == message::kind::error && out_.error.kind != json_kind::object)
            return fail(errc::invalid_request, "error must be an object");
        return out_;
    }

    std::string_view text_;
    json_cursor cursor_;
    message out_{};
    json_slice jsonrpc_{};
    json_slice method_{};
    std::string problem_{};
    bool null_seen_ = false;
};

} // namespace

result<message> read_message(std::string_view text, unsigned max_depth) {
    return reader(text, max_depth).read();
}

message moved_message(const message& m, std::string_view text) noexcept {
    message out = m;
    // Views of other texts, such as methods that were spelled with escapes, stay what they are.
    const auto move = [&](std::string_view& part) {
        if (!part.empty() && part.data() >= m.whole.data() && part.data() < m.whole.data() + m.whole.size())
            part = text.substr(static_cast<std::size_t>(part.data() - m.whole.data()), part.size());
    };
    move(out.whole);
    move(out.method);
    auto& p = out.param;
    for (json_slice* slice :
         {&out.id, &out.params, &out.result, &out.error, &p.name, &p.arguments, &p.uri, &p.cursor, &p.level,
          &p.ref, &p.request_id, &p.progress_token, &p.meta, &p.meta_token, &p.request_state,
          &p.input_responses, &out.result_meta, &out.result_type})
        move(slice->raw);
    for (auto& slice : out.surplus)
        move(slice);
    return out;
}

void leave_out(splice& text, const surplus_slices& surplus) {
    for (const auto slice : surplus)
        text.replace(slice, {});
}

std::string plain_text(const message& m) {
    splice text(m.whole);
    leave_out(text, m.surplus);
    return text.pieces().str();
}

bool looks_like_batch(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && text[first] == '[';
}

result<std::vector<std::string_view>> read_batch(std::string_view text, std::size_t limit,
                                                 unsigned max_depth) {
    json_cursor cursor(text, max_depth + 1);
    std::vector<std::string_view> out;
    bool done = false;
    json_slice element;
    const auto bad = [&] {
        return fail(errc::parse_error, fmt::format("invalid JSON at byte {}", cursor.offset()));
    };
    if (!cursor.enter_array())
        return bad();
    while (cursor.next_element(done) && !done) {
        if (!cursor.value(element))
            return bad();
        if (out.size() == limit)
            return fail(errc::invalid_request,
                        fmt::format("a batch may hold at most {}", count_of(limit, "message")));
        out.push_back(element.raw);
    }
    if (cursor.failed() || !cursor.at_end())
        return bad();
    if (out.empty())
        return fail(errc::invalid_request, "an empty batch");
    return out;
}

} // namespace vmcp
